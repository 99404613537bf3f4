// The target: a subprocess that answers every request with what came.
package main

import (
	"io"
	"net/http"

	"github.com/hashicorp/go-plugin"

	"github.com/wasmoat/wasmoat/tests/bench-go-plugin/bridge"
)

type target struct{}

func (target) OnActivate(bridge.API) {}

func (target) Calls(int) (int64, string) { return 0, "the target calls nobody" }

func (target) ServeHTTP(_ *bridge.Context, writer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		writer.WriteHeader(http.StatusInternalServerError)
		return
	}
	writer.Header().Set("Content-Type", "application/json")
	_, _ = writer.Write(body)
}

func main() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: bridge.Handshake,
		Plugins:         plugin.PluginSet{bridge.Name: &bridge.Plugin{Impl: target{}}},
	})
}
