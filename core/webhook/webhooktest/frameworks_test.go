package webhooktest_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// playSuite plays the chosen cases of a suite, and returns the problems of those that fail.
func playSuite(t *testing.T, s webhooktest.Suite, chosen func(name string) bool) map[string]string {
	t.Helper()
	var turns []webhooktest.Turn
	for _, name := range webhooktest.CaseNames() {
		if chosen(name) {
			turns = append(turns, webhooktest.Turn{Case: name})
		}
	}
	problems := webhooktest.PlaySuite(t, s, turns...)
	for name, problem := range problems {
		if problem == "" {
			delete(problems, name)
		}
	}
	return problems
}

func inGroups(groups ...string) func(name string) bool {
	return func(name string) bool {
		for _, group := range groups {
			if strings.HasPrefix(name, group+"/") {
				return true
			}
		}
		return false
	}
}

func checkFine(t *testing.T, problems map[string]string) {
	t.Helper()
	for _, problem := range problems {
		t.Error(problem)
	}
}

// If a framework appends each answer to the existing body, its adapter cannot prevent it.
func TestFrameworkThatAddsAnswers(t *testing.T) {
	t.Parallel()
	keeps := func(a *smallAdapter) {
		refuse := a.refuse
		a.refuse = func(c *call, err error) error {
			earlier := bytes.Clone(c.body)
			defer func() { c.body = append(earlier, c.body...) }()
			return refuse(c, err)
		}
	}
	s := webhooktest.Suite{Start: smallPackage{adds: true, spoil: keeps}.receive}
	checkFine(t, playSuite(t, s, inGroups("earlier answer", "header")))
	s.Start = smallPackage{spoil: keeps}.receive
	if len(playSuite(t, s, inGroups("earlier answer"))) == 0 {
		t.Error("an adapter may keep an earlier body where its framework would not")
	}
}

// buffersFirst is a framework that reads the body before anything else runs.
func buffersFirst(_ webhooktest.Receiver, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, 8<<20))
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		case err != nil:
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, req)
	})
}

func TestBuffersFirst(t *testing.T) {
	skipShort(t)
	t.Parallel()
	known := webhooktest.BuffersFirst()
	declared := func(name string) bool {
		for _, d := range known {
			if d.Case == name {
				return true
			}
		}
		return false
	}
	t.Run("excuses a framework that does", func(t *testing.T) {
		t.Parallel()
		s := webhooktest.Suite{Start: smallPackage{before: buffersFirst}.receive, Differences: known}
		others := inGroups("genuine", "header", "framing", "limit", "smuggling", "order", "verifier for", "error handler")
		checkFine(t, playSuite(t, s, func(name string) bool { return declared(name) || others(name) }))
	})
	t.Run("is needed by it", func(t *testing.T) {
		t.Parallel()
		s := webhooktest.Suite{Start: smallPackage{before: buffersFirst}.receive}
		const unsigned = "early refusal/unsigned, announced, 0 bytes of the body sent"
		problems := webhooktest.PlaySuite(t, s, webhooktest.Turn{Case: unsigned, Patience: soon})
		if !declared(unsigned) || !strings.Contains(problems[unsigned], noAnswer) {
			t.Errorf("without it, %s says %q", unsigned, problems[unsigned])
		}
	})
}

func TestAnswersExpect(t *testing.T) {
	t.Parallel()
	answers := func(_ webhooktest.Receiver, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Header.Get("Expect") != "" {
				w.WriteHeader(http.StatusContinue)
			}
			next.ServeHTTP(w, req)
		})
	}
	expect := func(name string) bool { return strings.Contains(name, "Expect") }
	s := webhooktest.Suite{Start: smallPackage{before: answers}.receive}
	undeclared := playSuite(t, s, expect)
	s.Differences = webhooktest.AnswersExpect()
	checkFine(t, playSuite(t, s, expect))
	if len(undeclared) != len(s.Differences) {
		t.Errorf("%d cases differ, and %d are declared", len(undeclared), len(s.Differences))
	}
}

// The ready-made lists must excuse neither an acknowledgement nor a run of the handler.
func TestListsExcuseRefusalsAlone(t *testing.T) {
	for _, d := range slices.Concat(webhooktest.BuffersFirst(), webhooktest.AnswersExpect()) {
		for _, outcome := range strings.Split(d.Outcome, " | ") {
			statuses, rest, _ := strings.Cut(outcome, ", ")
			acknowledges := slices.ContainsFunc(strings.Fields(statuses), func(status string) bool { return status[0] == '2' })
			if acknowledges || rest != "handled 0" {
				t.Errorf("%s excuses %q", d.Case, outcome)
			}
		}
	}
}

// This server drops a connection when the client has closed its side.
func TestDropsHalfClosed(t *testing.T) {
	t.Parallel()
	chosen := func(name string) bool {
		switch name {
		case "genuine/every byte value", "header/none", "framing/cut off, far before its end", "framing/no last chunk", "connection/five deliveries, chunked", "genuine/Expect 100-continue":
			return true
		}
		return inGroups("early refusal")(name)
	}
	s := webhooktest.Suite{Start: smallPackage{listen: func(l net.Listener) net.Listener { return droppingListener{l} }}.receive}
	if problems := playSuite(t, s, inGroups("framing")); len(problems) == 0 {
		t.Error("the server answers a client that has ended its side")
	}
	s.DropsHalfClosed = true
	checkFine(t, playSuite(t, s, chosen))
}

// The limit of half a second must not apply to answers to complete messages. If the client may
// close its side only after the answer, a busy machine still has the usual time.
func TestBusyServerIsWaitedFor(t *testing.T) {
	busy := func(_ webhooktest.Receiver, app http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(700 * time.Millisecond) // more than the half second that must not apply
			app.ServeHTTP(w, r)
		})
	}
	s := webhooktest.Suite{Start: smallPackage{before: busy}.receive}
	checkFine(t, playSuite(t, s, func(name string) bool { return name == "context/genuine" }))
	s.Start = smallPackage{before: busy, listen: func(l net.Listener) net.Listener { return droppingListener{l} }}.receive
	s.DropsHalfClosed = true
	checkFine(t, playSuite(t, s, func(name string) bool { return name == "genuine/in chunks of one byte" || name == "header/none" }))
}

type droppingListener struct{ net.Listener }

func (l droppingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &droppingConn{TCPConn: conn.(*net.TCPConn), dropped: make(chan struct{})}
	c.arrived, c.arriving = net.Pipe()
	go c.take()
	return c, nil
}

// droppingConn closes when the client has closed its side. Its writes wait, so that a client
// that closes its side with the request never gets an answer.
type droppingConn struct {
	*net.TCPConn
	arrived  net.Conn // a pipe
	arriving net.Conn
	dropped  chan struct{}
	once     sync.Once
}

func (c *droppingConn) take() {
	_, _ = io.Copy(c.arriving, c.TCPConn) // however it ends
	c.drop()
	_ = c.arriving.Close() // never fails
}

func (c *droppingConn) drop() {
	c.once.Do(func() {
		close(c.dropped)
		_ = c.TCPConn.Close() // closing is the purpose
	})
}

func (c *droppingConn) Read(p []byte) (int, error)        { return c.arrived.Read(p) }
func (c *droppingConn) SetReadDeadline(t time.Time) error { return c.arrived.SetReadDeadline(t) }
func (c *droppingConn) Close() error                      { c.drop(); return c.arrived.Close() }

func (c *droppingConn) Write(p []byte) (int, error) {
	select {
	case <-c.dropped:
	case <-time.After(30 * time.Millisecond):
	}
	return c.TCPConn.Write(p)
}
