// The host: starts the plugin, calls its hook one call after the other, and prints the median as
// JSON for `cargo xtask bench`.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"

	"github.com/wasmoat/wasmoat/tests/bench-go-plugin/hook"
)

func main() {
	path := flag.String("plugin", "", "the plugin's program")
	warmUp := flag.Int("warm-up", 5_000, "calls before measuring")
	calls := flag.Int("calls", 50_000, "calls to measure")
	flag.Parse()
	median, err := measure(*path, *warmUp, *calls)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	type measurement struct {
		MedianNs int64 `json:"median_ns"`
	}
	summary := map[string]measurement{"hook_go_plugin": {median.Nanoseconds()}}
	if err := json.NewEncoder(os.Stdout).Encode(summary); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func measure(path string, warmUp, calls int) (time.Duration, error) {
	if path == "" || warmUp < 0 || calls < 1 {
		return 0, errors.New("give -plugin PROGRAM, and at least one call")
	}
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: hook.Handshake,
		Plugins:         plugin.PluginSet{hook.Name: &hook.Plugin{}},
		Cmd:             exec.Command(path),
		Logger:          hclog.NewNullLogger(),
	})
	defer client.Kill()
	protocol, err := client.Client()
	if err != nil {
		return 0, err
	}
	raw, err := protocol.Dispense(hook.Name)
	if err != nil {
		return 0, err
	}
	hooks, ok := raw.(*hook.Client)
	if !ok {
		return 0, fmt.Errorf("the plugin is a %T", raw)
	}
	context, post := hook.Sample()
	took := make([]time.Duration, 0, calls)
	for call := range warmUp + calls {
		start := time.Now()
		replacement, rejection, err := hooks.MessageWillBePosted(context, post)
		elapsed := time.Since(start)
		if err != nil {
			return 0, err
		}
		if replacement != nil || rejection != "" {
			return 0, errors.New("the plugin did not let the post pass")
		}
		if call >= warmUp {
			took = append(took, elapsed)
		}
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
