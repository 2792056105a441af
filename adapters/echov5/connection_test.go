package sendsarecho_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestConnectionServesOn(t *testing.T) {
	server := newEndpoint(t, sendsarecho.New(accountSecret))
	conn := dial(t, server.Server)
	for range 2 {
		conn.post(t, eventBody, lengthLine(len(eventBody)), signatureLine(eventBody))
		got := conn.answer(t)
		assert.Equal(t, "handled", got.body)
		assert.False(t, got.closes)

		// A forged body was read to its end: no reason to close.
		conn.post(t, eventBody, lengthLine(len(eventBody)), signatureLine("another body"))
		got = conn.answer(t)
		assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
		assert.False(t, got.closes)
	}
	assert.EqualValues(t, 2, server.runs.Load())
}

func TestRefusalOfARequestWithoutABodyKeepsTheConnection(t *testing.T) {
	server := newEndpoint(t, sendsarecho.New(accountSecret))
	conn := dial(t, server.Server)
	for range 2 {
		conn.post(t, "", lengthLine(0))
		got := conn.answer(t)
		assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
		assert.False(t, got.closes)
	}
}

func TestEarlyRefusalDoesNotWaitForTheBody(t *testing.T) {
	tests := []struct {
		name   string
		lines  []string
		status int
		text   string
	}{
		{"unsigned", []string{lengthLine(100_000)}, http.StatusUnauthorized, "invalid signature"},
		{"unsigned, chunked", []string{"Transfer-Encoding: chunked"}, http.StatusUnauthorized, "invalid signature"},
		{"too long", []string{lengthLine(2_000_000), signatureLine("")}, http.StatusRequestEntityTooLarge, "request body too large"},
		{"unsigned, waiting for 100 Continue", []string{lengthLine(100_000), "Expect: 100-continue"}, http.StatusUnauthorized, "invalid signature"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := newEndpoint(t, sendsarecho.New(accountSecret))
			conn := dial(t, server.Server)
			conn.post(t, "", tt.lines...)
			got := conn.answer(t) // not one byte of the body was sent
			assertRejected(t, got, tt.status, tt.text)
			assert.True(t, got.closes)
			assert.Zero(t, server.runs.Load())
		})
	}
}

func TestContinueIsSentForASignedRequest(t *testing.T) {
	server := newEndpoint(t, sendsarecho.New(accountSecret))
	conn := dial(t, server.Server)
	conn.post(t, "", lengthLine(len(eventBody)), signatureLine(eventBody), "Expect: 100-continue")
	assert.Equal(t, http.StatusContinue, conn.answer(t).status)
	conn.write(t, eventBody)
	assert.Equal(t, "handled", conn.answer(t).body)
}

func TestBodyThatDoesNotArriveWhole(t *testing.T) {
	tests := []struct {
		name, text string
		line       string
	}{
		{"cut short", eventBody[:10], lengthLine(len(eventBody))},
		{"nothing of it", "", lengthLine(len(eventBody))},
		{"cut short in a chunk", "ff\r\n" + eventBody, "Transfer-Encoding: chunked"},
		{"without the last chunk", "1\r\n{\r\n", "Transfer-Encoding: chunked"},
		{"a chunk of no known length", "xyz\r\n" + eventBody, "Transfer-Encoding: chunked"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var seen outcome
			server := newEndpoint(t, watch(&seen), sendsarecho.New(accountSecret))
			conn := dial(t, server.Server)
			// Signed over the part that comes: it must not be judged.
			conn.post(t, tt.text, tt.line, signatureLine(tt.text))
			require.NoError(t, conn.Conn.(*net.TCPConn).CloseWrite())
			assertRejected(t, conn.answer(t), http.StatusBadRequest, "request body could not be read")
			require.ErrorIs(t, seen.err, webhook.ErrBodyRead)
			assert.Zero(t, server.runs.Load())
		})
	}
}

func neverRun(t *testing.T) echo.HandlerFunc {
	t.Helper()
	return func(*echo.Context) error {
		assert.Fail(t, "the handler ran")
		return nil
	}
}

// expire makes every read from the connection time out at once.
func expire(w http.ResponseWriter) error {
	return http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
}

func TestReadTimeout(t *testing.T) {
	appOf := func(middleware ...echo.MiddlewareFunc) *echo.Echo {
		app := echo.New()
		app.POST(route, neverRun(t), append(middleware, sendsarecho.New(accountSecret))...)
		return app
	}
	tests := []struct {
		name  string
		start func(t *testing.T, seen *outcome) *httptest.Server
	}{
		{"a deadline that a middleware set", func(t *testing.T, seen *outcome) *httptest.Server {
			t.Helper()
			return start(t, appOf(watch(seen), before(func(c *echo.Context) { assert.NoError(t, expire(c.Response())) })))
		}},
		{"the server's ReadTimeout", func(t *testing.T, seen *outcome) *httptest.Server {
			t.Helper()
			server := httptest.NewUnstartedServer(appOf(watch(seen)))
			server.Config.ReadHeaderTimeout = time.Hour // so that only the body is late
			server.Config.ReadTimeout = 20 * time.Millisecond
			server.Start()
			t.Cleanup(server.Close)
			return server
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var seen outcome
			conn := dial(t, tt.start(t, &seen))
			conn.post(t, eventBody[:10], lengthLine(len(eventBody)), signatureLine(eventBody))
			got := conn.answer(t)
			assertRejected(t, got, http.StatusRequestTimeout, "request timed out")
			assert.True(t, got.closes)
			require.ErrorIs(t, seen.err, webhook.ErrBodyRead)
			assert.Equal(t, "timeout", webhook.Reason(seen.err))
		})
	}
}

// The documentation says so.
func TestStartConfigHasAReadTimeout(t *testing.T) {
	stop := errors.New("seen enough")
	var timeout time.Duration
	err := echo.StartConfig{
		Address: "127.0.0.1:0", HideBanner: true, HidePort: true,
		BeforeServeFunc: func(server *http.Server) error {
			timeout = server.ReadTimeout
			return stop
		},
	}.Start(t.Context(), echo.New())
	require.ErrorIs(t, err, stop)
	assert.Equal(t, 30*time.Second, timeout)
}

func TestInsideOfATimeoutHandler(t *testing.T) {
	app := echo.New()
	app.POST(route, func(c *echo.Context) error { return c.String(http.StatusOK, "handled") }, sendsarecho.New(accountSecret))
	server := start(t, http.TimeoutHandler(app, time.Hour, ""))
	assert.Equal(t, "handled", send(t, server, signed(t, server, eventBody)).body)
	assertRejected(t, send(t, server, unsigned(t, server)), http.StatusUnauthorized, "invalid signature")
}

// startHTTP2 serves the webhook route over TLS and HTTP/2.
func startHTTP2(t *testing.T, handle echo.HandlerFunc, middleware ...echo.MiddlewareFunc) *httptest.Server {
	t.Helper()
	app := echo.New()
	app.POST(route, handle, middleware...)
	server := httptest.NewUnstartedServer(app)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// "Connection: close" there would close the connection for all of its streams.
func TestHTTP2RefusalKeepsTheConnection(t *testing.T) {
	var connection []string
	server := startHTTP2(t,
		func(c *echo.Context) error { return c.String(http.StatusOK, "handled") },
		func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				assert.Equal(t, 2, c.Request().ProtoMajor)
				err := next(c)
				connection = c.Response().Header().Values("Connection")
				return err
			}
		},
		sendsarecho.New(accountSecret, webhook.WithMaxBodyBytes(1000)))

	connections := 0
	ask := func(r *http.Request) answer {
		return send(t, server, r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
			GotConn: func(info httptrace.GotConnInfo) {
				if !info.Reused {
					connections++
				}
			},
		})))
	}
	for range 2 {
		assert.Equal(t, "handled", ask(signed(t, server, eventBody)).body)
		assertRejected(t, ask(unsigned(t, server)), http.StatusUnauthorized, "invalid signature")
		assert.Empty(t, connection)
		assertRejected(t, ask(signed(t, server, strings.Repeat("x", 1001))), http.StatusRequestEntityTooLarge, "request body too large")
		assert.Empty(t, connection)
	}
	assert.Equal(t, 1, connections)
}

// brokenBody ends in an error, which resets the HTTP/2 stream.
type brokenBody struct{ io.Reader }

func (b brokenBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("broken on purpose")
	}
	return n, err
}

func TestHTTP2StreamThatIsReset(t *testing.T) {
	refused := make(chan error, 1)
	server := startHTTP2(t,
		neverRun(t),
		sendsarecho.New(accountSecret, webhook.WithObserver(func(_ context.Context, _ webhook.Delivery, err error) { refused <- err })))
	r := signed(t, server, eventBody)
	r.Body, r.ContentLength = io.NopCloser(brokenBody{strings.NewReader(eventBody)}), -1
	response, err := server.Client().Do(r)
	if err == nil { // the server may have answered before the client gave up
		require.NoError(t, response.Body.Close())
	}
	assert.ErrorIs(t, <-refused, webhook.ErrBodyRead)
}
