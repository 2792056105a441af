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
	"time"
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

func TestEveryCommandEndsAtOnceOnASignal(t *testing.T) {
	const reading, waiting = true, false
	saved := file(t, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
	for name, test := range map[string]struct {
		args    []string
		reads   bool
		answer  string // of the endpoint
		signal  syscall.Signal
		printed string
	}{
		"sign while it reads":                 {[]string{"sign"}, reading, "", syscall.SIGINT, ""},
		"sign while it reads, by SIGTERM":     {[]string{"sign"}, reading, "", syscall.SIGTERM, ""},
		"verify while it reads":               {[]string{"verify", "-signature", "x"}, reading, "", syscall.SIGINT, ""},
		"send while it reads":                 {[]string{"send", "-data", "-", anyURL}, reading, "", syscall.SIGINT, ""},
		"send while it waits":                 {[]string{"send", "URL"}, waiting, "", syscall.SIGINT, "interrupted after 0 of 1 deliveries"},
		"send while an answer is half there":  {[]string{"send", "URL"}, waiting, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1", syscall.SIGINT, "interrupted after 0 of 1 deliveries"},
		"send with JSON":                      {[]string{"send", "-json", "URL"}, waiting, "", syscall.SIGTERM, `"interrupted":true`},
		"replay while it waits":               {[]string{"replay", saved, "URL"}, waiting, "", syscall.SIGINT, ""},
		"replay while an answer is half done": {[]string{"replay", saved, "URL"}, waiting, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1", syscall.SIGINT, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ready := make(chan struct{})
			url := raw(t, func(string) string { close(ready); return test.answer })
			for i := range test.args {
				test.args[i] = strings.Replace(test.args[i], "URL", url, 1)
			}
			var stdout, stderr bytes.Buffer
			cmd := call{args: test.args}.command(t)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if test.reads {
				in, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				go func() {
					_, _ = in.Write(bytes.Repeat([]byte("x"), 256<<10)) // more than the pipe holds
					close(ready)                                        // the pipe stays open
				}()
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			<-ready
			start := time.Now()
			if err := cmd.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // its exit status is checked
			r := result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
			r.checkSilence(t)
			r.check(t, 128+int(test.signal), test.printed)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}
