//go:build unix

package main_test

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

func TestSendEndsOnASignalWithWhatCameOfItSoFar(t *testing.T) {
	for name, test := range map[string]struct {
		signal os.Signal
		flags  []string
		status int
		texts  []string
	}{
		"SIGINT":          {syscall.SIGINT, nil, 130, []string{"interrupted after 7 of 1000000 deliveries", "       7  200 OK", "latency in ms"}},
		"SIGTERM":         {syscall.SIGTERM, nil, 143, []string{"interrupted after 7 of 1000000 deliveries"}},
		"SIGINT and JSON": {syscall.SIGINT, []string{"-json"}, 130, []string{`"ok":false`, `"done":7`, `"interrupted":true`, `"statuses":{"200":7}`}},
	} {
		t.Run(name, func(t *testing.T) {
			var count atomic.Int64
			eighth := make(chan struct{})
			e := newEndpoint(t, func(_ http.ResponseWriter, r *http.Request) {
				switch n := count.Add(1); {
				case n == 8:
					close(eighth)
					fallthrough
				case n > 8:
					<-r.Context().Done()
				}
			})
			var stdout, stderr bytes.Buffer
			cmd := call{args: append([]string{"send", "-n", "1000000", e.url}, test.flags...)}.command(t)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			<-eighth
			if err := cmd.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // its exit status is checked
			r := result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
			r.checkSilence(t)
			r.check(t, test.status, test.texts...)
			if strings.Contains(r.stdout, "no answer") || strings.Contains(r.stdout, "fix:") {
				t.Errorf("what was called off is no failure:\n%s", r.stdout)
			}
		})
	}
}
