// Package hook carries one Mattermost hook over hashicorp/go-plugin, the way Mattermost's own
// plugin package does: net/rpc with gob over the subprocess's connection.
package hook

import (
	"encoding/gob"
	"net/rpc"

	"github.com/hashicorp/go-plugin"
)

// Name under which the plugin is dispensed.
const Name = "hooks"

// Handshake keeps the plugin from being started by hand.
var Handshake = plugin.HandshakeConfig{
	ProtocolVersion:  1,
	MagicCookieKey:   "WASMOAT_BENCH_PLUGIN",
	MagicCookieValue: "message-will-be-posted",
}

// Hooks is the one hook that is measured. A nil post and an empty text let the post pass.
type Hooks interface {
	MessageWillBePosted(context *Context, post *Post) (*Post, string)
}

// Types that hide behind `any` in a post's properties have to be known to the encoder, as in
// Mattermost.
func init() {
	gob.Register([]any{})
}

// Args and Returns are named as Mattermost's generator names them: one letter per value.
type Args struct {
	A *Context
	B *Post
}

// Returns of the hook.
type Returns struct {
	A *Post
	B string
}

// Plugin joins the two sides for go-plugin.
type Plugin struct{ Impl Hooks }

// Server is the side in the plugin's process.
func (p *Plugin) Server(*plugin.MuxBroker) (any, error) { return &server{p.Impl}, nil }

// Client is the side in the host's process.
func (p *Plugin) Client(_ *plugin.MuxBroker, client *rpc.Client) (any, error) {
	return &Client{client}, nil
}

type server struct{ impl Hooks }

func (s *server) MessageWillBePosted(args *Args, returns *Returns) error {
	returns.A, returns.B = s.impl.MessageWillBePosted(args.A, args.B)
	return nil
}

// Client calls the hook in the other process.
type Client struct{ rpc *rpc.Client }

// MessageWillBePosted asks the plugin.
func (c *Client) MessageWillBePosted(context *Context, post *Post) (*Post, string, error) {
	returns := &Returns{}
	err := c.rpc.Call("Plugin.MessageWillBePosted", &Args{context, post}, returns)
	return returns.A, returns.B, err
}
