//go:build unix

package webhooktest_test

import (
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

func returning(baseURL string) func(*testing.T, webhooktest.Receiver) string {
	return func(*testing.T, webhooktest.Receiver) string { return baseURL }
}

// childRun is the environment variable with the name of the run of a child process.
const childRun = "WEBHOOKTEST_CHILD_RUN"

// A failing Run fails its test, so each has a process of its own.
func TestRunFails(t *testing.T) {
	otherNames := []string{"header/in the Authorization header", "header/in the Webhook-Signature header", "header/in the X-Signature header"}
	declared := func(names ...string) (known []webhooktest.Difference) {
		for _, name := range names {
			known = append(known, webhooktest.Difference{Case: name, Outcome: "200, handled 1", Reason: "names do not count"})
		}
		return known
	}
	type run struct {
		name  string
		start func(t *testing.T, r webhooktest.Receiver) string
		known []webhooktest.Difference
		fails []string // the subtests that fail
		says  string   // "" if the run passes
	}
	runs := []run{
		{"on a receiver that is wrong", serveOtherNames, nil, otherNames, "outcome: 200, handled 1"},
		{"with declarations to paste", serveOtherNames, nil, otherNames, declarationsOf(otherNames)},
		{"on a handler that is late", serveLate, nil, nil, "the handler ran after the request was answered or given up"},
		{"on a start that never calls Returned", func(t *testing.T, r webhooktest.Receiver) string {
			r.Returned = func(webhooktest.Request) {}
			return smallPackage{}.receive(t, r)
		}, nil, nil, "start never calls Receiver.Returned"},
		{"on a receiver of which too little is declared", serveOtherNames, declared(otherNames[1:]...), otherNames[:1], "should be: 401"},
		{"on nothing where all is declared", serveOtherNames, declared(otherNames...), nil, ""},
		{"on a declaration that is no longer needed", serveMiddleware, declared(otherNames[0]), otherNames[:1], "names do not count"},
		{"on a declaration of no case", serveMiddleware, declared("header/nothing"), nil, `"header/nothing", and there is no such case`},
		{"on a declaration without a reason", serveOtherNames, append(declared(otherNames[1:]...), webhooktest.Difference{Case: otherNames[0], Outcome: "200, handled 1"}), nil, "no reason"},
		{"where start fails", func(t *testing.T, _ webhooktest.Receiver) string { t.Fatal("no port is free"); return "" }, nil, nil, "no port is free"},
		{"on no base URL", returning(""), nil, nil, `start returned "", which is not a base URL such as "http://127.0.0.1:34567"`},
		{"on an address", returning("127.0.0.1:80"), nil, nil, `start returned "127.0.0.1:80", which is not a base URL`},
		{"on a listener's address in a sentence", returning("listening on 127.0.0.1:80"), nil, nil, "which is not a base URL"},
		{"on https", returning("https://127.0.0.1:80"), nil, nil, "which is not a base URL"},
		{"on a base URL without a port", returning("http://127.0.0.1"), nil, nil, "which is not a base URL"},
		{"on a base URL without a host", returning("http://:80"), nil, nil, "which is not a base URL"},
		{"on a base URL with the path", returning("http://127.0.0.1:80/webhooks/sendsar"), nil, nil, "which is not a base URL"},
		{"on a control character", returning("http://127.0.0.1:80\n"), nil, nil, "which is not a base URL"},
		{"on a port at which nothing listens", func(t *testing.T, _ webhooktest.Receiver) string { return "http://" + closedPort(t) }, nil, nil, "and nothing listens there"},
	}
	if child := os.Getenv(childRun); child != "" {
		i := slices.IndexFunc(runs, func(run run) bool { return run.name == child })
		webhooktest.Run(t, runs[i].start, runs[i].known...)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	leading := regexp.MustCompile(`\n[ \t]+`) // as package testing indents
	failed := regexp.MustCompile(`(?m)^ +--- FAIL: TestRunFails/([^/\n]+/[^\n]+) \(`)
	for _, run := range runs {
		t.Run(run.name, func(t *testing.T) {
			t.Parallel()
			// One group is enough to see how a problem is reported.
			command := exec.Command(self, "-test.run=^TestRunFails$/^header$")
			command.Env = append(os.Environ(), childRun+"="+run.name)
			output, err := command.CombinedOutput()
			var exit *exec.ExitError
			if run.says == "" != (err == nil) || err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
				t.Errorf("it ended with %v", err)
			}
			text := string(output)
			text = leading.ReplaceAllString(text, "\n")
			if strings.Count(text, "start returned") > 1 || !strings.Contains(text, run.says) {
				t.Errorf("no %q, or too often, in\n%s", run.says, text)
			}
			for _, wrong := range []string{"panic", "FailNow", "DATA RACE"} {
				if strings.Contains(text, wrong) {
					t.Errorf("%s in\n%s", wrong, text)
				}
			}
			var names []string
			for _, match := range failed.FindAllStringSubmatch(string(output), -1) {
				names = append(names, strings.ReplaceAll(match[1], "_", " "))
			}
			slices.Sort(names)
			if !slices.Equal(names, run.fails) {
				t.Errorf("failed: %q, want %q", names, run.fails)
			}
		})
	}
}

// declarationsOf returns the lines at the end of a Run.
func declarationsOf(names []string) string {
	lines := []string{"declare them, each with its reason:"}
	for _, name := range slices.Backward(names) { // the order in which the cases run
		lines = append(lines, `{Case: "`+name+`", Outcome: "200, handled 1", Reason: ""}, // a handler ran: mend this one first`)
	}
	return strings.Join(lines, "\n")
}

// serveLate runs the handler for the last request again when a request of the next case
// arrives.
func serveLate(t *testing.T, r webhooktest.Receiver) string {
	var mu sync.Mutex
	var last string
	p := smallPackage{before: func(r webhooktest.Receiver, app http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			app.ServeHTTP(w, req)
			mu.Lock()
			defer mu.Unlock()
			if id := req.Header.Get(webhooktest.IDHeader); id != last {
				if last != "" {
					r.Handle(webhooktest.Request{ID: last, Body: func() ([]byte, error) { return nil, nil }})
				}
				last = id
			}
		})
	}}
	return p.receive(t, r)
}

// closedPort returns an address on which nothing listens any more.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}
