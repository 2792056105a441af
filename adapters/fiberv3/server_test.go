package sendsarfiber_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	accountSecret = "whsec_0123456789abcdef0123456789abcdef0123456789abcdef"
	strangeSecret = "whsec_fedcba9876543210fedcba9876543210fedcba9876543210"

	route      = "/webhooks/sendsar"
	otherRoute = "/other"

	// patience ends a test that hangs; no verdict depends on it.
	patience = 20 * time.Second
	// stall is the ReadTimeout of servers whose client stops sending.
	stall = 300 * time.Millisecond
	// prefetched is how much of an announced stream fasthttp reads before any middleware
	// runs.
	prefetched = 8 << 10
	// room is the capacity of a channel: more than a handler should ever send, so that a
	// test fails instead of blocking the server.
	room = 16
)

var eventBody = []byte(`{"event":"message.created","roomId":"r1","message":{"text":"hello"}}`)

var streamed = fiber.Config{StreamRequestBody: true}

// settings are the ways Fiber keeps a body.
var settings = []struct {
	name string
	cfg  fiber.Config
}{
	{"buffered", fiber.Config{}},
	{"buffered and Immutable", fiber.Config{Immutable: true}},
	{"streamed", fiber.Config{StreamRequestBody: true}},
	{"streamed and Immutable", fiber.Config{StreamRequestBody: true, Immutable: true}},
}

func eachSetting(t *testing.T, run func(t *testing.T, cfg fiber.Config)) {
	t.Helper()
	for _, setting := range settings {
		t.Run(setting.name, func(t *testing.T) {
			t.Parallel()
			run(t, setting.cfg)
		})
	}
}

// framing makes a request in one of the two ways to mark the end of a body: announced or
// chunked.
type framing func(body []byte, headers ...string) []byte

var framings = []struct {
	name    string
	request framing
}{
	{"announced", announced},
	{"chunked", chunked},
}

// eachFraming is eachSetting with an announced and with a chunked body.
func eachFraming(t *testing.T, run func(t *testing.T, cfg fiber.Config, request framing)) {
	t.Helper()
	eachSetting(t, func(t *testing.T, cfg fiber.Config) {
		for _, framing := range framings {
			t.Run(framing.name, func(t *testing.T) { run(t, cfg, framing.request) })
		}
	})
}

// start runs the app on a real listener and returns its address.
func start(t *testing.T, app *fiber.App) string {
	t.Helper()
	return startOn(t, app, nil)
}

// startOn is start on a listener that wrap changes, unless wrap is nil.
func startOn(t *testing.T, app *fiber.App, wrap func(net.Listener) net.Listener) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	if wrap != nil {
		listener = wrap(listener)
	}
	served := make(chan error, 1)
	go func() { served <- serve(app, listener) }()
	t.Cleanup(func() {
		assert.Eventually(t, func() bool { return app.Server().GetOpenConnectionsCount() == 0 },
			patience, time.Millisecond, "connections left open")
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		assert.NoError(t, app.ShutdownWithContext(ctx))
		assert.NoError(t, <-served)
	})
	return listener.Addr().String()
}

// endpoint serves a webhook route and another one, and counts how often their handlers ran.
type endpoint struct {
	addr   string
	runs   atomic.Int32
	others atomic.Int32
}

// newEndpoint serves middleware on route. Its handler answers with the body it saw.
func newEndpoint(t *testing.T, cfg fiber.Config, middleware fiber.Handler) *endpoint {
	t.Helper()
	return newEndpointBehind(t, cfg, nil, middleware)
}

// newEndpointBehind is newEndpoint with an earlier middleware on every route.
func newEndpointBehind(t *testing.T, cfg fiber.Config, earlier, middleware fiber.Handler) *endpoint {
	t.Helper()
	s := &endpoint{}
	app := newApp(cfg)
	if earlier != nil {
		app.Use(earlier)
	}
	app.Post(route, middleware, s.handle)
	app.Post(otherRoute, func(c fiber.Ctx) error {
		s.others.Add(1)
		return c.SendString("other")
	})
	s.addr = start(t, app)
	return s
}

func (s *endpoint) handle(c fiber.Ctx) error {
	s.runs.Add(1)
	return c.Send(c.BodyRaw())
}

// deliver sends one request on a connection of its own.
func (s *endpoint) deliver(t *testing.T, request []byte) answer {
	t.Helper()
	return dial(t, s.addr).ask(t, request)
}

// wire is one raw connection.
type wire struct {
	conn   net.Conn
	reader *bufio.Reader
}

func dial(t *testing.T, addr string) *wire {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() }) // the test may have closed it already
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return &wire{conn, bufio.NewReader(conn)}
}

// write writes everything at once, so that a server may read past a request's end.
func (c *wire) write(t *testing.T, parts ...[]byte) {
	t.Helper()
	_, err := c.conn.Write(bytes.Join(parts, nil))
	require.NoError(t, err)
}

// endSending ends the client's side, unless the server has closed already.
func (c *wire) endSending() { _ = c.conn.(*net.TCPConn).CloseWrite() }

// answer is what a client sees of a response.
type answer struct {
	status int
	body   string
	closes bool // Connection: close
	header http.Header
}

func (c *wire) answer(t *testing.T) answer {
	t.Helper()
	got, err := c.read()
	require.NoError(t, err)
	return got
}

func (c *wire) read() (answer, error) {
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return answer{}, err
	}
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, string(text), response.Close, response.Header}, errors.Join(err, response.Body.Close())
}

func (c *wire) ask(t *testing.T, request []byte) answer {
	t.Helper()
	got, err := c.exchange(request)
	require.NoError(t, err)
	return got
}

// exchange is ask for goroutines other than the test's.
func (c *wire) exchange(request []byte) (answer, error) {
	if _, err := c.conn.Write(request); err != nil {
		return answer{}, err
	}
	return c.read()
}

// assertClosed waits for the end of the connection, after which no bytes that were sent on
// it can be taken for another request.
func (c *wire) assertClosed(t *testing.T) {
	t.Helper()
	_, err := c.reader.ReadByte()
	require.Error(t, err, "there is another response")
	assert.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection stayed open")
}

func assertRejected(t *testing.T, got answer, status int) {
	t.Helper()
	assert.Equal(t, status, got.status)
	assert.Equal(t, publicTexts[status], got.body)
}

var publicTexts = map[int]string{
	fiber.StatusUnauthorized:          "invalid signature",
	fiber.StatusRequestEntityTooLarge: "request body too large",
	fiber.StatusRequestTimeout:        "request timed out",
	fiber.StatusBadRequest:            "request body could not be read",
	fiber.StatusInternalServerError:   "internal server error",
}

func signatureLine(body []byte) string {
	return webhook.SignatureHeader + ": " + webhook.Sign(accountSecret, body)
}

// forgedLine is a stranger's signature: well-formed, and made with another secret.
func forgedLine(body []byte) string {
	return webhook.SignatureHeader + ": " + webhook.Sign(strangeSecret, body)
}

// head returns a request up to its body.
func head(path string, headers ...string) []byte {
	lines := append([]string{"POST " + path + " HTTP/1.1", "Host: app.test"}, headers...)
	return []byte(strings.Join(lines, "\r\n") + "\r\n\r\n")
}

func announced(body []byte, headers ...string) []byte {
	return append(head(route, append(headers, fmt.Sprintf("Content-Length: %d", len(body)))...), body...)
}

const chunkedHeader = "Transfer-Encoding: chunked"

// chunked returns a request with the body in pieces whose size is not that of a usual
// buffer.
func chunked(body []byte, headers ...string) []byte {
	request := head(route, append(headers, chunkedHeader)...)
	for len(body) > 0 {
		piece := body[:min(len(body), 3001)]
		request = append(request, chunk(piece)...)
		body = body[len(piece):]
	}
	return append(request, "0\r\n\r\n"...)
}

func chunk(data []byte) []byte { return fmt.Appendf(nil, "%x\r\n%s\r\n", len(data), data) }

// otherRequest returns a request for the unprotected route. It must not run if it was part
// of a refused body.
func otherRequest() []byte { return head(otherRoute, "Content-Length: 0") }

// filler returns n bytes that differ from place to place.
func filler(n int) []byte {
	var b bytes.Buffer
	for b.Len() < n {
		_, _ = fmt.Fprintf(&b, "%d,", b.Len()) // a Buffer does not fail
	}
	return b.Bytes()[:n]
}

// observed is one call of an observer.
type observed struct {
	err      error
	delivery webhook.Delivery
}

// observer returns an option and a channel of the calls.
func observer() (webhook.Option, <-chan observed) {
	calls := make(chan observed, room)
	return webhook.WithObserver(func(_ context.Context, d webhook.Delivery, err error) {
		calls <- observed{err, d}
	}), calls
}

// only returns the single thing in a channel.
func only[T any](t *testing.T, calls <-chan T) T {
	t.Helper()
	require.Len(t, calls, 1)
	return <-calls
}

func withErrorHandler(handler fiber.ErrorHandler) fiber.Handler {
	return sendsarfiber.WithConfig(sendsarfiber.Config{Verifier: webhook.MustNew(accountSecret), ErrorHandler: handler})
}

// onPath returns the request with another target.
func onPath(path string, request []byte) []byte {
	return bytes.Replace(request, []byte(route), []byte(path), 1)
}

// status returns an ErrorHandler that only sets a status.
func status(code int) fiber.ErrorHandler {
	return func(c fiber.Ctx, _ error) error {
		c.Status(code)
		return nil
	}
}

// found is what a handler finds with FromContext.
type found struct {
	delivery webhook.Delivery
	ok       bool
}

func fromContext(c fiber.Ctx) found {
	d, ok := sendsarfiber.FromContext(c)
	return found{d, ok}
}
