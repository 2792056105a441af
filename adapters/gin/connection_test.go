package sendsargin_test

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

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// expire makes every read from the connection time out at once.
func expire(w http.ResponseWriter) error {
	return http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
}

func TestReadTimeout(t *testing.T) {
	tests := []struct {
		name   string
		before gin.HandlerFunc
		server time.Duration
	}{
		{"a deadline that a middleware set", func(c *gin.Context) { assert.NoError(t, expire(c.Writer)) }, time.Hour},
		{"the server's ReadTimeout", func(*gin.Context) {}, 20 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var refused error
			engine := newApp()
			engine.POST(route, tt.before, sendsargin.New(accountSecret, observe(&refused)),
				neverRun(t))
			server := httptest.NewUnstartedServer(engine)
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
	engine := newApp()
	engine.POST(route, sendsargin.New(accountSecret), func(c *gin.Context) { c.String(http.StatusOK, "handled") })
	server := start(t, http.TimeoutHandler(engine, time.Hour, ""))
	assert.Equal(t, "handled", send(t, server, signed(t, server, eventBody)).body)
	assertRejected(t, send(t, server, unsigned(t, server)), http.StatusUnauthorized, "invalid signature")
}

// startHTTP2 serves the webhook route over TLS and HTTP/2.
func startHTTP2(t *testing.T, handlers ...gin.HandlerFunc) *httptest.Server {
	t.Helper()
	engine := newApp()
	engine.POST(route, handlers...)
	server := httptest.NewUnstartedServer(engine)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// "Connection: close" there would close the connection for all of its streams.
func TestHTTP2RefusalKeepsTheConnection(t *testing.T) {
	var connection []string
	server := startHTTP2(t,
		func(c *gin.Context) {
			assert.Equal(t, 2, c.Request.ProtoMajor)
			c.Next()
			connection = c.Writer.Header().Values("Connection")
		},
		sendsargin.New(accountSecret, webhook.WithMaxBodyBytes(1000)),
		func(c *gin.Context) { c.String(http.StatusOK, "handled") })

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
		sendsargin.New(accountSecret, webhook.WithObserver(func(_ context.Context, _ webhook.Delivery, err error) { refused <- err })),
		neverRun(t))
	r := signed(t, server, eventBody)
	r.Body, r.ContentLength = io.NopCloser(brokenBody{strings.NewReader(eventBody)}), -1
	response, err := server.Client().Do(r)
	if err == nil { // the server may have answered before the client gave up
		require.NoError(t, response.Body.Close())
	}
	assert.ErrorIs(t, <-refused, webhook.ErrBodyRead)
}

// Gin's h2c handler reads the whole body before any middleware can refuse it.
func TestUseH2CBuffersTheBodyFirst(t *testing.T) {
	const upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__"
	refuse := func(t *testing.T, useH2C bool) (*wire, *countedBody) {
		t.Helper()
		body := new(countedBody)
		refused := make(chan struct{})
		engine := newApp()
		engine.UseH2C = useH2C
		engine.POST(route, func(c *gin.Context) {
			c.Next()
			close(refused)
		}, sendsargin.New(accountSecret))
		routed := engine.Handler()
		server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body.ReadCloser = r.Body
			r.Body = body
			routed.ServeHTTP(w, r)
		}))
		conn := dial(t, server)
		conn.post(t, eventBody, lengthLine(len(eventBody)), upgrade)
		<-refused
		return conn, body
	}
	t.Run("with UseH2C", func(t *testing.T) {
		conn, body := refuse(t, true)
		assert.Positive(t, body.reads)
		line, err := conn.reader.ReadString('\n')
		require.NoError(t, err)
		assert.Equal(t, "HTTP/1.1 101 Switching Protocols\r\n", line)
		require.NoError(t, conn.Close()) // or the server would wait for HTTP/2
	})
	t.Run("without it", func(t *testing.T) {
		conn, body := refuse(t, false)
		assert.Zero(t, body.reads)
		assertRejected(t, conn.answer(t), http.StatusUnauthorized, "invalid signature")
	})
}
