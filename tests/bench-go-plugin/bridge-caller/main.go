// The caller: a subprocess that calls the target by way of the server, one call after the other.
package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/hashicorp/go-plugin"

	"github.com/wasmoat/wasmoat/tests/bench-go-plugin/bridge"
)

type caller struct{ api bridge.API }

func (c *caller) OnActivate(api bridge.API) { c.api = api }

func (c *caller) ServeHTTP(_ *bridge.Context, writer http.ResponseWriter, _ *http.Request) {
	writer.WriteHeader(http.StatusNotFound)
}

func (c *caller) Calls(count int) (int64, string) {
	took := make([]time.Duration, 0, count)
	for range count {
		start := time.Now()
		request := &bridge.Request{
			Method: http.MethodPost,
			URL:    &url.URL{Path: "/bridge-target/v1/keep"},
			Header: http.Header{"Content-Type": {"application/json"}},
		}
		status, _, answer := c.api.PluginHTTP(request, []byte(bridge.Body))
		took = append(took, time.Since(start))
		if status != http.StatusOK || string(answer) != bridge.Body {
			return 0, fmt.Sprintf("status %d: %s", status, answer)
		}
	}
	slices.Sort(took)
	return took[len(took)/2].Nanoseconds(), ""
}

func main() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: bridge.Handshake,
		Plugins:         plugin.PluginSet{bridge.Name: &bridge.Plugin{Impl: &caller{}}},
	})
}
