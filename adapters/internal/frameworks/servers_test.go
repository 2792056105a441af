package frameworks_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	secret    = "whsec_0123456789abcdef0123456789abcdef0123456789abcdef"
	hookPath  = "/hook"
	otherPath = "/other"
	limit     = 20_000 // small, so that the fuzzer reaches it

	// patience ends the wait for a server that keeps a connection after its client has
	// finished. What it answered by then is judged.
	patience = 2 * time.Second
)

// A server has the middleware on POST /hook, with a handler that answers with the body it
// saw, and GET /other without the middleware. Both report to the witness.
type server struct {
	name string

	// seesHead is true where the adapter reads the header block as it was sent, and closes
	// the connection behind an ambiguous one. net/http removes Content-Length beside
	// Transfer-Encoding before any handler runs, and goes on behind the last chunk.
	seesHead bool

	start func(tb testing.TB, v *webhook.Verifier, w *witness) (addr string)
}

// servers is filled by the init functions of the files of the servers.
var servers []server

// running is a server that listens. It has a witness of its own, because connections to two
// servers can have the same client's address.
type running struct {
	server
	addr    string
	witness *witness
}

func startAll(tb testing.TB) (all []running) {
	tb.Helper()
	verifier, err := webhook.New(secret, webhook.WithMaxBodyBytes(limit))
	require.NoError(tb, err)
	for _, s := range servers {
		w := new(witness)
		all = append(all, running{s, s.start(tb, verifier, w), w})
	}
	return all
}

// serveHTTP runs a handler of net/http.
func serveHTTP(tb testing.TB, handler http.Handler) (addr string) {
	tb.Helper()
	s := httptest.NewServer(handler)
	tb.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// serveApp runs a Fiber app.
func serveApp(tb testing.TB, serve func(net.Listener) error, shutdown func() error) (addr string) {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	done := make(chan error, 1)
	go func() { done <- serve(listener) }()
	tb.Cleanup(func() {
		require.NoError(tb, shutdown())
		require.NoError(tb, <-done)
	})
	return listener.Addr().String()
}

// A witness keeps what the handlers saw, by the address of the client.
type witness struct{ clients sync.Map }

// sightings are what the handlers saw on one connection.
type sightings struct {
	mu     sync.Mutex
	hooks  []hookRun
	others int
}

// hookRun is one run of the webhook handler.
type hookRun struct {
	body     []byte // as the framework gives it to the handler
	delivery webhook.Delivery
	verified bool
}

func (w *witness) hook(client string, body []byte, d webhook.Delivery, verified bool) {
	w.add(client, func(s *sightings) { s.hooks = append(s.hooks, hookRun{bytes.Clone(body), d, verified}) })
}

func (w *witness) other(client string) {
	w.add(client, func(s *sightings) { s.others++ })
}

func (w *witness) add(client string, what func(*sightings)) {
	if found, ok := w.clients.Load(client); ok { // else its connection has been given up
		s := found.(*sightings)
		s.mu.Lock()
		defer s.mu.Unlock()
		what(s)
	}
}

// An answer is a final response; interim ones (1xx) do not count.
type answer struct {
	status int
	body   []byte
}

// exchange sends wire on a connection of its own, closes the sending side, and reads until
// the server closes.
func (w *witness) exchange(t *testing.T, addr string, wire []byte) (answers []answer, saw *sightings) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Errorf("cannot connect: %v", err) // not require, which must not run in another goroutine
		return nil, new(sightings)
	}
	defer func() { _ = conn.Close() }() // everything was read
	client := conn.LocalAddr().String()
	saw = new(sightings)
	w.clients.Store(client, saw)
	defer w.clients.Delete(client)

	_ = conn.SetDeadline(time.Now().Add(patience)) // fails on a closed connection alone
	written := make(chan struct{})
	go func() {
		defer close(written)
		// A server may refuse, and close, before it has read everything.
		_, _ = conn.Write(wire)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	received, _ := io.ReadAll(conn) // a reset ends the answers too
	<-written

	for reader := bufio.NewReader(bytes.NewReader(received)); ; {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("an answer is no HTTP: %v", err)
			}
			return answers, saw
		}
		body, _ := io.ReadAll(response.Body) // one cut short counts
		_ = response.Body.Close()            // of bytes that were all read
		if response.StatusCode >= http.StatusOK {
			answers = append(answers, answer{response.StatusCode, body})
		}
	}
}
