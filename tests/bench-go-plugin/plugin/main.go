// The plugin: a subprocess that lets every post pass.
package main

import (
	"github.com/hashicorp/go-plugin"

	"github.com/wasmoat/wasmoat/tests/bench-go-plugin/hook"
)

type filter struct{}

func (filter) MessageWillBePosted(_ *hook.Context, _ *hook.Post) (*hook.Post, string) {
	return nil, ""
}

func main() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: hook.Handshake,
		Plugins:         plugin.PluginSet{hook.Name: &hook.Plugin{Impl: filter{}}},
	})
}
