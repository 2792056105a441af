package webhook_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// contextOf is t.Context, which Go has since 1.24.
func contextOf(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return ctx
}

// serve runs a handler on a local listener.
func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.Start()
	t.Cleanup(srv.Close)
	return srv
}

// never returns a handler that must not run.
func never(t *testing.T) http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the handler ran")
	})
}

// seen is what a handler saw of its delivery.
type seen struct {
	body             string
	delivery         webhook.Delivery
	contentLength    int64
	transferEncoding []string
	trailer          http.Header
}

// witness returns a handler that answers 200 with the number of bytes, and a channel with
// what the handler saw.
func witness(t *testing.T) (http.Handler, <-chan seen) {
	t.Helper()
	deliveries := make(chan seen, 100)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := readAll(t, r.Body)
		d, ok := webhook.FromContext(r.Context())
		if !ok || string(d.Body) != body {
			t.Errorf("the context's delivery: %t, of %d bytes; %d bytes were read", ok, len(d.Body), len(body))
		}
		deliveries <- seen{body, d, r.ContentLength, r.TransferEncoding, r.Trailer}
		_, _ = fmt.Fprintf(w, "%d bytes", len(body))
	}), deliveries
}

// took fails unless the handler ran for this body. It returns what the handler saw.
func took(t *testing.T, deliveries <-chan seen, body string) seen {
	t.Helper()
	select {
	case got := <-deliveries:
		if got.body != body {
			t.Errorf("the handler got %d bytes, %d were sent", len(got.body), len(body))
		}
		return got
	default:
		t.Error("the handler did not run")
		return seen{}
	}
}

// reply is a response whose body was read.
type reply struct {
	status int
	header http.Header
	body   string
	close  bool
}

func (r reply) check(t *testing.T, status int, body string) {
	t.Helper()
	if r.status != status || r.body != body {
		t.Errorf("answered %d %q, want %d %q", r.status, r.body, status, body)
	}
}

// checkRefusal fails unless r is the rejection with this status and text.
func (r reply) checkRefusal(t *testing.T, status int, public string) {
	t.Helper()
	r.check(t, status, public+"\n")
	if got := r.header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
}

func read(t *testing.T, res *http.Response) reply {
	t.Helper()
	return reply{res.StatusCode, res.Header, readAll(t, res.Body), res.Close}
}

// post sends a body with these signature lines.
func post(t *testing.T, srv *httptest.Server, path string, body io.Reader, lines ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(contextOf(t), http.MethodPost, srv.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header[webhook.SignatureHeader] = lines
	return do(t, srv, r)
}

func do(t *testing.T, srv *httptest.Server, r *http.Request) reply {
	t.Helper()
	res, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // it was read to its end
	return read(t, res)
}

// connection is one TCP connection to a server, for what an HTTP client does not do.
type connection struct {
	*net.TCPConn
	t  *testing.T
	in *bufio.Reader
}

func dial(t *testing.T, srv *httptest.Server) *connection {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(contextOf(t), "tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	// A server that waits for bytes that never come must not hang the tests.
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &connection{conn.(*net.TCPConn), t, bufio.NewReader(conn)}
}

// send writes lines, each with the line end of HTTP.
func (c *connection) send(lines ...string) {
	c.t.Helper()
	c.sendRaw(strings.Join(lines, "\r\n") + "\r\n")
}

func (c *connection) sendRaw(data string) {
	c.t.Helper()
	if _, err := io.WriteString(c.TCPConn, data); err != nil {
		c.t.Fatal(err)
	}
}

// response reads the next response, which may be a 100.
func (c *connection) response() reply {
	c.t.Helper()
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // as above
	return read(c.t, res)
}

// hangUp closes the sending side of the client, which can still read.
func (c *connection) hangUp() {
	c.t.Helper()
	if err := c.CloseWrite(); err != nil {
		c.t.Fatal(err)
	}
}

// ends fails unless the server sends nothing more and closes the connection. The client
// must hang up first: after its answer, the server still waits for the end of the body.
func (c *connection) ends() {
	c.t.Helper()
	c.hangUp()
	if rest, err := io.ReadAll(c.in); err != nil || len(rest) > 0 {
		c.t.Errorf("the connection continues with %q, %v", rest, err)
	}
}

// head returns the lines of a request up to its body.
func head(lines ...string) []string {
	return append(append([]string{"POST / HTTP/1.1", "Host: localhost"}, lines...), "")
}

// signatureLine returns the header line that signs eventBody.
func signatureLine(secret string) string {
	return webhook.SignatureHeader + ": " + webhook.Sign(secret, []byte(eventBody))
}

func lengthLine(n int) string { return fmt.Sprintf("Content-Length: %d", n) }
