// The server between two plugins: starts both, lets one call the other, and prints the median as
// JSON for `cargo xtask bench`.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"

	"github.com/wasmoat/wasmoat/tests/bench-go-plugin/bridge"
)

func main() {
	caller := flag.String("caller", "", "the calling plugin's program")
	target := flag.String("target", "", "the other plugin's program")
	warmUp := flag.Int("warm-up", 2_000, "calls before measuring")
	calls := flag.Int("calls", 20_000, "calls to measure")
	flag.Parse()
	median, err := measure(*caller, *target, *warmUp, *calls)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	type measurement struct {
		MedianNs int64 `json:"median_ns"`
	}
	summary := map[string]measurement{"bridge_go_plugin": {median}}
	if err := json.NewEncoder(os.Stdout).Encode(summary); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// server passes a plugin's request on, as Mattermost's does: the first part of the path is the
// target, which sees the rest and who calls.
type server struct{ target *bridge.Client }

func (s *server) PluginHTTP(request *bridge.Request, body []byte) (int, http.Header, []byte) {
	path, found := strings.CutPrefix(request.URL.Path, "/bridge-target")
	if !found {
		return http.StatusNotFound, nil, nil
	}
	request.RequestURI = request.URL.Path
	request.URL.Path = path
	request.Header.Del("Mattermost-User-Id")
	request.Header.Set("Mattermost-Plugin-ID", "bridge-caller")
	request.ContentLength = int64(len(body))
	context := &bridge.Context{RequestID: "rq7d9y1kzbrn8mefg3ohtxcwsa", UserAgent: "bench"}
	recorder := &bridge.Recorder{Status: http.StatusOK, Headers: http.Header{}}
	if err := s.target.ServeHTTP(context, recorder, request, bytes.NewReader(body)); err != nil {
		return http.StatusInternalServerError, nil, []byte(err.Error())
	}
	return recorder.Status, recorder.Headers, recorder.Answer.Bytes()
}

func start(path string, api bridge.API) (*bridge.Client, func(), error) {
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: bridge.Handshake,
		Plugins:         plugin.PluginSet{bridge.Name: &bridge.Plugin{API: api}},
		Cmd:             exec.Command(path),
		Logger:          hclog.NewNullLogger(),
	})
	protocol, err := client.Client()
	if err != nil {
		client.Kill()
		return nil, nil, err
	}
	raw, err := protocol.Dispense(bridge.Name)
	if err != nil {
		client.Kill()
		return nil, nil, err
	}
	hooks, ok := raw.(*bridge.Client)
	if !ok {
		client.Kill()
		return nil, nil, fmt.Errorf("the plugin is a %T", raw)
	}
	if err := hooks.OnActivate(); err != nil {
		client.Kill()
		return nil, nil, err
	}
	return hooks, client.Kill, nil
}

func measure(callerPath, targetPath string, warmUp, calls int) (int64, error) {
	if callerPath == "" || targetPath == "" || warmUp < 1 || calls < 1 {
		return 0, errors.New("give -caller PROGRAM, -target PROGRAM, and at least one call")
	}
	between := &server{}
	target, stop, err := start(targetPath, between)
	if err != nil {
		return 0, err
	}
	defer stop()
	between.target = target
	caller, stop, err := start(callerPath, between)
	if err != nil {
		return 0, err
	}
	defer stop()
	for _, count := range []int{warmUp, calls} {
		median, failed, err := caller.Calls(count)
		if err != nil {
			return 0, err
		}
		if failed != "" {
			return 0, errors.New(failed)
		}
		if count == calls {
			return median, nil
		}
	}
	return 0, errors.New("nothing was measured")
}
