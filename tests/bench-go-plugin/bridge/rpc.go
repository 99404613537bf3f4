// Package bridge carries a call from one plugin to another over hashicorp/go-plugin, the way
// Mattermost does: the caller's PluginHTTP goes to the server over net/rpc, the server hands the
// request to the target's ServeHTTP over net/rpc, and the request's body and the response travel on
// connections of their own beside it.
package bridge

import (
	"bytes"
	"encoding/gob"
	"io"
	"net/http"
	"net/rpc"
	"net/url"

	"github.com/hashicorp/go-plugin"
)

// Name under which a plugin is dispensed.
const Name = "hooks"

// Handshake keeps the plugins from being started by hand.
var Handshake = plugin.HandshakeConfig{
	ProtocolVersion:  1,
	MagicCookieKey:   "WASMOAT_BENCH_PLUGIN",
	MagicCookieValue: "bridge",
}

// Body is what is asked and answered; Wasmoat's own bench sends the same.
const Body = `{"channel_id":"n5o1xhsx8p8o7bjgs6tkwbjtdw","text":"The quick brown fox jumps over the lazy dog."}`

// Context says where a call comes from, as Mattermost's plugin.Context does.
type Context struct {
	SessionID, RequestID, IPAddress, AcceptLanguage, UserAgent string
}

// Request is what net/rpc can carry of an http.Request.
type Request struct {
	Method        string
	URL           *url.URL
	Proto         string
	ProtoMajor    int
	ProtoMinor    int
	Header        http.Header
	Host          string
	RemoteAddr    string
	RequestURI    string
	ContentLength int64
}

// API is what the server offers to a plugin.
type API interface {
	PluginHTTP(request *Request, body []byte) (status int, header http.Header, answer []byte)
}

// Hooks is what a plugin offers to the server.
type Hooks interface {
	// OnActivate is given the server's API.
	OnActivate(api API)
	// ServeHTTP answers a request.
	ServeHTTP(context *Context, writer http.ResponseWriter, request *http.Request)
	// Calls makes calls of another plugin and says how many nanoseconds each took, in the middle.
	Calls(count int) (median int64, failed string)
}

func init() {
	gob.Register(http.Header{})
}

// Plugin joins the two sides for go-plugin.
type Plugin struct {
	Impl Hooks
	API  API
}

// Server is the side in the plugin's process.
func (p *Plugin) Server(broker *plugin.MuxBroker) (any, error) {
	return &hooksServer{p.Impl, broker}, nil
}

// Client is the side in the server's process.
func (p *Plugin) Client(broker *plugin.MuxBroker, client *rpc.Client) (any, error) {
	return &Client{client, broker, p.API}, nil
}

// Client calls the hooks of a plugin in the other process.
type Client struct {
	rpc    *rpc.Client
	broker *plugin.MuxBroker
	api    API
}

// OnActivate gives the plugin the way to the server's API.
func (c *Client) OnActivate() error {
	id := c.broker.NextId()
	go c.broker.AcceptAndServe(id, &apiServer{c.api})
	return c.rpc.Call("Plugin.OnActivate", id, &struct{}{})
}

// Calls lets the plugin call another one.
func (c *Client) Calls(count int) (int64, string, error) {
	returns := &CallsReturns{}
	err := c.rpc.Call("Plugin.Calls", count, returns)
	return returns.A, returns.B, err
}

// ServeHTTP hands a request to the plugin. The body and the response have connections of their own.
func (c *Client) ServeHTTP(context *Context, writer http.ResponseWriter, request *Request, body io.Reader) error {
	responses := c.broker.NextId()
	go func() {
		connection, err := c.broker.Accept(responses)
		if err != nil {
			return
		}
		defer connection.Close()
		server := rpc.NewServer()
		if err := server.RegisterName("Plugin", &responseServer{writer}); err == nil {
			server.ServeConn(connection)
		}
	}()
	bodies := c.broker.NextId()
	go func() {
		connection, err := c.broker.Accept(bodies)
		if err != nil {
			return
		}
		defer connection.Close()
		_, _ = io.Copy(connection, body)
	}()
	args := &ServeArgs{Responses: responses, Bodies: bodies, Context: context, Request: request}
	return c.rpc.Call("Plugin.ServeHTTP", args, &struct{}{})
}

// ServeArgs of ServeHTTP.
type ServeArgs struct {
	Responses uint32
	Bodies    uint32
	Context   *Context
	Request   *Request
}

// CallsReturns of Calls.
type CallsReturns struct {
	A int64
	B string
}

type hooksServer struct {
	impl   Hooks
	broker *plugin.MuxBroker
}

func (s *hooksServer) OnActivate(id uint32, _ *struct{}) error {
	connection, err := s.broker.Dial(id)
	if err != nil {
		return err
	}
	s.impl.OnActivate(&apiClient{rpc.NewClient(connection)})
	return nil
}

func (s *hooksServer) Calls(count int, returns *CallsReturns) error {
	returns.A, returns.B = s.impl.Calls(count)
	return nil
}

func (s *hooksServer) ServeHTTP(args *ServeArgs, _ *struct{}) error {
	responses, err := s.broker.Dial(args.Responses)
	if err != nil {
		return err
	}
	writer := &responseClient{rpc: rpc.NewClient(responses), header: http.Header{}}
	defer writer.rpc.Close()
	body, err := s.broker.Dial(args.Bodies)
	if err != nil {
		return err
	}
	defer body.Close()
	r := args.Request
	request := &http.Request{
		Method: r.Method, URL: r.URL, Proto: r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor,
		Header: r.Header, Host: r.Host, RemoteAddr: r.RemoteAddr, RequestURI: r.RequestURI,
		ContentLength: r.ContentLength, Body: io.NopCloser(io.LimitReader(body, r.ContentLength)),
	}
	s.impl.ServeHTTP(args.Context, writer, request)
	return nil
}

// PluginHTTPArgs of PluginHTTP.
type PluginHTTPArgs struct {
	Request *Request
	Body    []byte
}

// PluginHTTPReturns of PluginHTTP.
type PluginHTTPReturns struct {
	Status int
	Header http.Header
	Body   []byte
}

type apiServer struct{ impl API }

func (s *apiServer) PluginHTTP(args *PluginHTTPArgs, returns *PluginHTTPReturns) error {
	returns.Status, returns.Header, returns.Body = s.impl.PluginHTTP(args.Request, args.Body)
	return nil
}

type apiClient struct{ rpc *rpc.Client }

func (c *apiClient) PluginHTTP(request *Request, body []byte) (int, http.Header, []byte) {
	returns := &PluginHTTPReturns{}
	if err := c.rpc.Call("Plugin.PluginHTTP", &PluginHTTPArgs{request, body}, returns); err != nil {
		return http.StatusInternalServerError, nil, []byte(err.Error())
	}
	return returns.Status, returns.Header, returns.Body
}

// The plugin writes its response by calls to the server, one for each write.
type responseServer struct{ writer http.ResponseWriter }

func (s *responseServer) Header(_ struct{}, reply *http.Header) error {
	*reply = s.writer.Header()
	return nil
}

// WriteHeaderArgs of WriteHeader.
type WriteHeaderArgs struct {
	Status int
	Header http.Header
}

func (s *responseServer) WriteHeader(args *WriteHeaderArgs, _ *struct{}) error {
	header := s.writer.Header()
	for name, values := range args.Header {
		header[name] = values
	}
	s.writer.WriteHeader(args.Status)
	return nil
}

func (s *responseServer) Write(bytes []byte, _ *struct{}) error {
	_, err := s.writer.Write(bytes)
	return err
}

type responseClient struct {
	rpc         *rpc.Client
	header      http.Header
	hasHeader   bool
	wroteHeader bool
}

func (c *responseClient) Header() http.Header {
	if !c.hasHeader {
		_ = c.rpc.Call("Plugin.Header", struct{}{}, &c.header)
		c.hasHeader = true
	}
	return c.header
}

func (c *responseClient) WriteHeader(status int) {
	if !c.wroteHeader {
		c.wroteHeader = true
		_ = c.rpc.Call("Plugin.WriteHeader", &WriteHeaderArgs{status, c.header}, &struct{}{})
	}
}

func (c *responseClient) Write(bytes []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	if err := c.rpc.Call("Plugin.Write", bytes, &struct{}{}); err != nil {
		return 0, err
	}
	return len(bytes), nil
}

// Recorder keeps a response in memory, as the server does for PluginHTTP.
type Recorder struct {
	Status  int
	Headers http.Header
	Answer  bytes.Buffer
}

// Header of the response.
func (r *Recorder) Header() http.Header { return r.Headers }

// WriteHeader keeps the status.
func (r *Recorder) WriteHeader(status int) { r.Status = status }

// Write keeps a part of the body.
func (r *Recorder) Write(bytes []byte) (int, error) { return r.Answer.Write(bytes) }
