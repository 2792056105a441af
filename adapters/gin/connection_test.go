package sendsargin_test

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

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestConnectionServesOn(t *testing.T) {
	server := newEndpoint(t, sendsargin.New(accountSecret))
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
			server := newEndpoint(t, sendsargin.New(accountSecret))
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
	server := newEndpoint(t, sendsargin.New(accountSecret))
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
			server := newEndpoint(t, watch(&seen), sendsargin.New(accountSecret))
			conn := dial(t, server.Server)
			// Signed over the part that comes: it must not be judged.
			conn.post(t, tt.text, tt.line, signatureLine(tt.text))
			require.NoError(t, conn.Conn.(*net.TCPConn).CloseWrite())
			assertRejected(t, conn.answer(t), http.StatusBadRequest, "request body could not be read")
			require.Len(t, seen.errors, 1)
			require.ErrorIs(t, seen.errors[0], webhook.ErrBodyRead)
			assert.Zero(t, server.runs.Load())
		})
	}
}

// expire makes every read from the connection time out at once.
func expire(w http.ResponseWriter) error {
	return http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
}

func TestReadTimeout(t *testing.T) {
	engineOf := func(seen *outcome, before ...gin.HandlerFunc) *gin.Engine {
		engine := newEngine()
		chain := append([]gin.HandlerFunc{watch(seen)}, before...)
		engine.POST(route, append(chain, sendsargin.New(accountSecret), func(*gin.Context) { assert.Fail(t, "the handler ran") })...)
		return engine
	}
	tests := []struct {
		name  string
		start func(t *testing.T, seen *outcome) *httptest.Server
	}{
		{"a deadline that a middleware set", func(t *testing.T, seen *outcome) *httptest.Server {
			t.Helper()
			return start(t, engineOf(seen, func(c *gin.Context) { assert.NoError(t, expire(c.Writer)) }))
		}},
		{"the server's ReadTimeout", func(t *testing.T, seen *outcome) *httptest.Server {
			t.Helper()
			server := httptest.NewUnstartedServer(engineOf(seen))
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
			require.Len(t, seen.errors, 1)
			require.ErrorIs(t, seen.errors[0], webhook.ErrBodyRead)
			assert.Equal(t, "timeout", webhook.Reason(seen.errors[0]))
		})
	}
}

func TestInsideOfATimeoutHandler(t *testing.T) {
	engine := newEngine()
	engine.POST(route, sendsargin.New(accountSecret), func(c *gin.Context) { c.String(http.StatusOK, "handled") })
	server := start(t, http.TimeoutHandler(engine, time.Hour, ""))
	assert.Equal(t, "handled", send(t, server, signed(t, server, eventBody)).body)
	assertRejected(t, send(t, server, unsigned(t, server)), http.StatusUnauthorized, "invalid signature")
}

// startHTTP2 serves the webhook route over TLS and HTTP/2.
func startHTTP2(t *testing.T, handlers ...gin.HandlerFunc) *httptest.Server {
	t.Helper()
	engine := newEngine()
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
		func(*gin.Context) { assert.Fail(t, "the handler ran") })
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
		engine := newEngine()
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
