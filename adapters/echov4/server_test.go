// Code generated from ../echov5 by .ci/majors; DO NOT EDIT.

package sendsarecho_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	route = "/webhooks/sendsar"

	accountSecret = "whsec_7c1d0f5a9e3b48620d7f1c2a5b9e8d4f60713a2c9b8e5d4f"
	retiredSecret = "whsec_19f8e7d6c5b4a3928170f6e5d4c3b2a1908f7e6d5c4b3a29"
	strangeSecret = "whsec_e0d1c2b3a4958677685a4b3c2d1e0f00112233445566778a"

	eventBody = `{"event":"message.created","roomId":"room-7","message":{"text":"hello"}}`
)

// start serves h on a listener of its own. When the test ends it waits for the
// requests that are still running.
func start(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// startRoute serves handle on the webhook route, the first middleware outermost.
func startRoute(t *testing.T, handle echo.HandlerFunc, middleware ...echo.MiddlewareFunc) *httptest.Server {
	t.Helper()
	app := echo.New()
	app.POST(route, handle, middleware...)
	return start(t, app)
}

// endpoint is a webhook route whose handler says "handled" and counts its runs.
type endpoint struct {
	*httptest.Server
	runs atomic.Int32
}

func newEndpoint(t *testing.T, middleware ...echo.MiddlewareFunc) *endpoint {
	t.Helper()
	e := new(endpoint)
	e.Server = startRoute(t, e.handle, middleware...)
	return e
}

func (e *endpoint) handle(c echo.Context) error {
	e.runs.Add(1)
	return c.String(http.StatusOK, "handled")
}

// contextOf is t.Context, which Go has since 1.24.
func contextOf(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return ctx
}

// before is a middleware that does something and goes on.
func before(do func(c echo.Context)) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			do(c)
			return next(c)
		}
	}
}

// neverRun is a handler behind which no refused delivery may come.
func neverRun(t *testing.T) echo.HandlerFunc {
	t.Helper()
	return func(echo.Context) error {
		assert.Fail(t, "the handler ran")
		return nil
	}
}

// observe keeps the error of the last delivery.
func observe(into *error) webhook.Option {
	return webhook.WithObserver(func(_ context.Context, _ webhook.Delivery, err error) { *into = err })
}

// signed is a delivery of body as Sendsar sends it.
func signed(t *testing.T, server *httptest.Server, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(contextOf(t), http.MethodPost, server.URL+route, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(webhook.SignatureHeader, webhook.Sign(accountSecret, []byte(body)))
	return r
}

// forged is the same delivery, signed by a stranger.
func forged(t *testing.T, server *httptest.Server) *http.Request {
	t.Helper()
	r := signed(t, server, eventBody)
	r.Header.Set(webhook.SignatureHeader, webhook.Sign(strangeSecret, []byte(eventBody)))
	return r
}

// unsigned is the same delivery without a signature.
func unsigned(t *testing.T, server *httptest.Server) *http.Request {
	t.Helper()
	r := signed(t, server, eventBody)
	r.Header.Del(webhook.SignatureHeader)
	return r
}

// inBothFramings runs test for a body of announced length and for a chunked one, which
// frame makes of a request.
func inBothFramings(t *testing.T, name string, test func(t *testing.T, frame func(r *http.Request) (chunked bool))) {
	t.Helper()
	t.Run(name+", announced", func(t *testing.T) {
		test(t, func(*http.Request) bool { return false })
	})
	t.Run(name+", chunked", func(t *testing.T) {
		test(t, func(r *http.Request) bool {
			r.ContentLength = -1
			return true
		})
	})
}

// answer is a response that was read whole.
type answer struct {
	status int
	header http.Header
	body   string
	closes bool // "Connection: close", which package http takes out of the header
}

func send(t *testing.T, server *httptest.Server, r *http.Request) answer {
	t.Helper()
	response, err := server.Client().Transport.RoundTrip(r) // follows no redirect
	require.NoError(t, err)
	return readAnswer(t, response)
}

func readAnswer(t *testing.T, response *http.Response) answer {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return answer{response.StatusCode, response.Header, string(body), response.Close}
}

// assertRejected checks the default rejection to the byte.
func assertRejected(t *testing.T, got answer, status int, text string) {
	t.Helper()
	assert.Equal(t, status, got.status)
	assert.Equal(t, fmt.Sprintf(`{"message":%q}`, text), got.body)
	assert.Equal(t, []string{"application/json"}, got.header.Values("Content-Type"))
}

// assertSigned compares bytes: a body that is the same JSON is not the one that was signed.
func assertSigned(t *testing.T, got []byte) {
	t.Helper()
	want := []byte(eventBody)
	assert.Equal(t, string(want), string(got))
}

// outcome is what a middleware outside of ours finds when the chain is done.
type outcome struct {
	err      error
	verified bool
}

func watch(seen *outcome) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := next(c)
			_, verified := sendsarecho.FromContext(c)
			*seen = outcome{err, verified}
			return err
		}
	}
}

// wire is a connection on which a test says HTTP/1.1 itself.
type wire struct {
	net.Conn
	reader *bufio.Reader
}

func dial(t *testing.T, server *httptest.Server) *wire {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(contextOf(t), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() }) // a test may have closed it
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)), "so that a defect is no deadlock")
	return &wire{conn, bufio.NewReader(conn)}
}

// post writes a request with these header lines and then text as it is.
func (w *wire) post(t *testing.T, text string, lines ...string) {
	t.Helper()
	head := "POST " + route + " HTTP/1.1\r\nHost: localhost\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
	w.write(t, head+text)
}

func (w *wire) write(t *testing.T, text string) {
	t.Helper()
	_, err := io.WriteString(w.Conn, text)
	require.NoError(t, err)
}

func (w *wire) answer(t *testing.T) answer {
	t.Helper()
	response, err := http.ReadResponse(w.reader, nil)
	require.NoError(t, err)
	return readAnswer(t, response)
}

func signatureLine(body string) string {
	return webhook.SignatureHeader + ": " + webhook.Sign(accountSecret, []byte(body))
}

func lengthLine(n int) string { return fmt.Sprintf("Content-Length: %d", n) }
