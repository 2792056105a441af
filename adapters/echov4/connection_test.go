// Code generated from ../echov5 by .ci/majors; DO NOT EDIT.

package sendsarecho_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// expire makes every read from the connection time out at once.
func expire(w http.ResponseWriter) error {
	return http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
}

func TestReadTimeout(t *testing.T) {
	tests := []struct {
		name   string
		before echo.MiddlewareFunc
		server time.Duration
	}{
		{"a deadline that a middleware set", before(func(c echo.Context) { assert.NoError(t, expire(c.Response())) }), time.Hour},
		{"the server's ReadTimeout", before(func(echo.Context) {}), 20 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var refused error
			app := echo.New()
			app.POST(route, neverRun(t), tt.before, sendsarecho.New(accountSecret, observe(&refused)))
			server := httptest.NewUnstartedServer(app)
			server.Config.ReadHeaderTimeout = time.Hour // so that only the body is late
			server.Config.ReadTimeout = tt.server
			server.Start()
			t.Cleanup(server.Close)
			conn := dial(t, server)
			conn.post(t, eventBody[:10], lengthLine(len(eventBody)), signatureLine(eventBody))
			got := conn.answer(t)
			assertRejected(t, got, http.StatusRequestTimeout, "request timed out")
			assert.True(t, got.closes)
			require.ErrorIs(t, refused, webhook.ErrBodyRead)
			assert.Equal(t, "timeout", webhook.Reason(refused))
		})
	}
}

func TestInsideOfATimeoutHandler(t *testing.T) {
	app := echo.New()
	app.POST(route, func(c echo.Context) error { return c.String(http.StatusOK, "handled") }, sendsarecho.New(accountSecret))
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
		func(c echo.Context) error { return c.String(http.StatusOK, "handled") },
		func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
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
