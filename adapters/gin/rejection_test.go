package sendsargin_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// heldBack is the writer of a timeout middleware: it keeps the answer until the chain has
// ended, and the first status counts. Like many such writers, it overrides few of Gin's own
// methods.
type heldBack struct {
	gin.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *heldBack) Header() http.Header { return w.header }

func (w *heldBack) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *heldBack) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *heldBack) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *heldBack) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func holdBack(c *gin.Context) {
	original := c.Writer
	held := &heldBack{ResponseWriter: original, header: make(http.Header)}
	c.Writer = held
	defer func() {
		c.Writer = original
		for name, values := range held.header {
			original.Header()[name] = values
		}
		if held.status != 0 {
			original.WriteHeader(held.status)
		}
		_, _ = held.body.WriteTo(original) // fails only if the client is gone
	}()
	c.Next()
}

// around returns middlewares that render, replace or hold back the answers within them.
func around() map[string]gin.HandlerFunc {
	return map[string]gin.HandlerFunc{
		"nothing":                    func(*gin.Context) {},
		"Gin's ErrorLogger":          gin.ErrorLogger(),
		"a writer that holds back":   holdBack,
		"a status that is no answer": func(c *gin.Context) { c.Status(http.StatusAccepted) },
		"the error handler of Gin's documentation": func(c *gin.Context) {
			c.Next()
			if len(c.Errors) > 0 {
				c.JSON(http.StatusInternalServerError, gin.H{"message": c.Errors.Last().Error()})
			}
		},
		"a tracer that replaces the request and puts it back": func(c *gin.Context) {
			original := c.Request
			defer func() { c.Request = original }()
			c.Request = original.WithContext(context.WithoutCancel(original.Context()))
			c.Next()
		},
	}
}

func TestDefaultRejection(t *testing.T) {
	refusals := []struct {
		verifier *webhook.Verifier
		status   int
		text     string
	}{
		{webhook.MustNew(strangeSecret), http.StatusUnauthorized, "invalid signature"},
		{webhook.MustNew(accountSecret, webhook.WithMaxBodyBytes(1)), http.StatusRequestEntityTooLarge, "request body too large"},
		{new(webhook.Verifier), http.StatusInternalServerError, "internal server error"},
	}
	for name, outer := range around() {
		for _, tt := range refusals {
			t.Run(tt.text+", within "+name, func(t *testing.T) {
				seen := outcome{verified: true}
				server := startRoute(t, outer, watch(&seen), sendsargin.WithConfig(sendsargin.Config{
					VerifierFor: func(*gin.Context) *webhook.Verifier { return tt.verifier },
				}), neverRun(t))
				assertRejected(t, send(t, server, signed(server, eventBody)), tt.status, tt.text)
				assert.Equal(t, outcome{aborted: true}, seen)
			})
		}
		t.Run("a genuine delivery, within "+name, func(t *testing.T) {
			server := startRoute(t, outer, sendsargin.New(accountSecret), handled)
			assert.Equal(t, "handled", send(t, server, signed(server, eventBody)).body)
		})
	}
}

func TestDefaultRejectionReplacesTheHeadersOfAnotherContent(t *testing.T) {
	server := startRoute(t, func(c *gin.Context) {
		c.Header("Content-Length", "3")
		c.Header("Content-Type", "image/png")
	}, sendsargin.New(accountSecret), neverRun(t))
	assertRejected(t, send(t, server, forged(server)), http.StatusUnauthorized, "invalid signature")
}

// countingWriter counts what reaches the server's own ResponseWriter.
type countingWriter struct {
	http.ResponseWriter
	headers, writes int
}

func (w *countingWriter) WriteHeader(status int) {
	w.headers++
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.writes++
	_, _ = w.ResponseWriter.Write(p) // only the error below counts
	return 0, errors.New("the client is gone")
}

func TestDefaultRejectionIsWrittenOnce(t *testing.T) {
	var seen outcome
	app := newApp()
	app.POST(route, watch(&seen), sendsargin.New(accountSecret), neverRun(t))
	var counted countingWriter
	server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted = countingWriter{ResponseWriter: w}
		app.ServeHTTP(&counted, r)
	}))
	assertRejected(t, send(t, server, forged(server)), http.StatusUnauthorized, "invalid signature")
	assert.Equal(t, 1, counted.headers)
	assert.Equal(t, 1, counted.writes)
	assert.Equal(t, outcome{aborted: true}, seen, "a failed write was recorded")
}

// answeringBody answers the request when it is read, as the body of gin-contrib's size
// limit does.
type answeringBody struct {
	io.ReadCloser
	c      *gin.Context
	status int
}

func (b answeringBody) Read([]byte) (int, error) {
	b.c.String(b.status, "first")
	b.c.AbortWithStatus(b.status)
	return 0, errors.New("HTTP request too large")
}

// The middleware runs after the handler, or an earlier limit answers while the body is
// read.
func TestRefusalLeavesACommittedResponseAlone(t *testing.T) {
	handler := func(c *gin.Context) { c.String(http.StatusAccepted, "first") }
	body := func(status int) gin.HandlerFunc {
		return func(c *gin.Context) { c.Request.Body = answeringBody{c.Request.Body, c, status} }
	}
	genuine := webhook.Sign(accountSecret, []byte(eventBody))
	tests := []struct {
		name      string
		earlier   gin.HandlerFunc
		signature string
		status    int
		refusal   error
		says      string
	}{
		{"behind the handler", handler, genuine, 202, webhook.ErrBodyAltered, "the response is already written"},
		{"behind the handler, unsigned", handler, "", 202, webhook.ErrBodyAltered, "the response is already written"},
		{"behind a limit", body(413), genuine, 413, webhook.ErrBodyTooLarge, "an earlier limit has answered already"},
		{"behind another body that answers", body(418), genuine, 418, webhook.ErrBodyRead, "the reader failed"},
	}
	handlers := map[string]func(*gin.Context, error){
		"without an ErrorHandler": nil,
		"with an ErrorHandler": func(c *gin.Context, _ error) {
			assert.Fail(t, "the ErrorHandler was called")
			c.String(http.StatusForbidden, "own")
		},
	}
	for _, tt := range tests {
		for name, handle := range handlers {
			inBothFramings(t, tt.name+", "+name, func(t *testing.T, frame func(*http.Request) bool) {
				var refused error
				var seen outcome
				server := startRoute(t, watch(&seen), tt.earlier, sendsargin.WithConfig(sendsargin.Config{
					Verifier:     webhook.MustNew(accountSecret, observe(&refused)),
					ErrorHandler: handle,
				}), neverRun(t))
				r := signed(server, eventBody)
				r.Header.Set(webhook.SignatureHeader, tt.signature)
				frame(r)
				got := send(t, server, r)
				assert.Equal(t, tt.status, got.status)
				assert.Equal(t, "first", got.body)
				require.ErrorIs(t, refused, tt.refusal)
				require.ErrorContains(t, refused, tt.says)
				assert.Equal(t, outcome{aborted: true}, seen)
			})
		}
	}
}

func TestWaysToMountTheMiddleware(t *testing.T) {
	tests := map[string]func(app *gin.Engine) http.Handler{
		"on a group": func(app *gin.Engine) http.Handler {
			app.Group("/webhooks", sendsargin.New(accountSecret)).POST("/sendsar", handled)
			return app
		},
		"on the app": func(app *gin.Engine) http.Handler {
			app.Use(sendsargin.New(accountSecret)).POST(route, handled)
			return app
		},
		"behind NoRoute": func(app *gin.Engine) http.Handler {
			app.NoRoute(sendsargin.New(accountSecret), handled) // Gin has set 404 already
			return app
		},
		"in an app within http.TimeoutHandler": func(app *gin.Engine) http.Handler {
			app.POST(route, sendsargin.New(accountSecret), handled)
			return http.TimeoutHandler(app, time.Hour, "")
		},
	}
	for name, mount := range tests {
		t.Run(name, func(t *testing.T) {
			server := start(t, mount(newApp()))
			assert.Equal(t, "handled", send(t, server, signed(server, eventBody)).body)
			assertRejected(t, send(t, server, forged(server)), http.StatusUnauthorized, "invalid signature")
		})
	}
}

// In HTTP/2, "Connection: close" would close the connection for all of its streams.
func TestHTTP2RefusalKeepsTheConnection(t *testing.T) {
	app := newApp()
	app.POST(route, sendsargin.New(accountSecret, webhook.WithMaxBodyBytes(int64(len(eventBody)))), handled)
	server := httptest.NewUnstartedServer(app)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)

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
		assert.Equal(t, "handled", ask(signed(server, eventBody)).body)
		assertRejected(t, ask(forged(server)), http.StatusUnauthorized, "invalid signature")
		assertRejected(t, ask(signed(server, eventBody+" ")), http.StatusRequestEntityTooLarge, "request body too large")
	}
	assert.Equal(t, 1, connections)
}

// countedBody counts the reads of a body.
type countedBody struct {
	io.ReadCloser
	reads int
}

func (b *countedBody) Read(p []byte) (int, error) {
	b.reads++
	return b.ReadCloser.Read(p)
}

// Gin's h2c handler reads the whole body before any middleware can refuse it.
func TestUseH2CBuffersTheBodyFirst(t *testing.T) {
	for _, useH2C := range []bool{true, false} {
		body := new(countedBody)
		refused := make(chan struct{})
		app := newApp()
		app.UseH2C = useH2C
		app.POST(route, func(c *gin.Context) {
			c.Next()
			close(refused)
		}, sendsargin.New(accountSecret), neverRun(t))
		routed := app.Handler()
		server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body.ReadCloser, r.Body = r.Body, body
			routed.ServeHTTP(w, r)
		}))
		r := signed(server, eventBody)
		r.Header = http.Header{"Connection": {"Upgrade, HTTP2-Settings"}, "Upgrade": {"h2c"}, "Http2-Settings": {"AAMAAABkAAQAAP__"}}
		response, err := server.Client().Transport.RoundTrip(r)
		require.NoError(t, err)
		<-refused
		if useH2C {
			assert.Equal(t, http.StatusSwitchingProtocols, response.StatusCode)
			assert.Positive(t, body.reads)
			require.NoError(t, response.Body.Close()) // or the server would wait for HTTP/2
			continue
		}
		assertRejected(t, readAnswer(t, response), http.StatusUnauthorized, "invalid signature")
		assert.Zero(t, body.reads)
	}
}

// refuseWith sends a forged delivery to an endpoint with this ErrorHandler.
func refuseWith(t *testing.T, handle func(*gin.Context, error), outer ...gin.HandlerFunc) (answer, outcome) {
	t.Helper()
	var seen outcome
	sameWriter := func(c *gin.Context) {
		earlier := c.Writer
		c.Next()
		assert.Same(t, earlier, c.Writer, "the earlier writer is not restored")
	}
	server := startRoute(t, append(outer, watch(&seen), sameWriter, sendsargin.WithConfig(sendsargin.Config{
		Verifier:     webhook.MustNew(accountSecret),
		ErrorHandler: handle,
	}), neverRun(t))...)
	return send(t, server, forged(server)), seen
}

func TestErrorHandlerAnswers(t *testing.T) {
	tests := []struct {
		name   string
		handle func(c *gin.Context, err error)
		status int
		body   string
	}{
		{"200 with JSON, on purpose", func(c *gin.Context, _ error) { c.JSON(http.StatusOK, "own") }, 200, `"own"`},
		{"204, on purpose", func(c *gin.Context, _ error) { c.AbortWithStatus(http.StatusNoContent) }, 204, ""},
		{"409, aborting once more", func(c *gin.Context, _ error) { c.AbortWithStatusJSON(http.StatusConflict, "own") }, 409, `"own"`},
		{"a status, then another one with text, and c.Next", func(c *gin.Context, _ error) {
			c.Status(http.StatusUnauthorized)
			assert.Equal(t, http.StatusUnauthorized, c.Writer.Status())
			c.String(http.StatusForbidden, "own")
			c.Next()
			assert.NoError(t, http.NewResponseController(c.Writer).SetWriteDeadline(time.Time{}))
		}, 403, "own"},
		{"403 alone, not yet written", func(c *gin.Context, _ error) { c.Status(http.StatusForbidden) }, 403, ""},
		{"a redirect", func(c *gin.Context, _ error) { c.Redirect(http.StatusSeeOther, "/") }, 303, ""},
		{"a stream", func(c *gin.Context, _ error) {
			c.Status(http.StatusForbidden)
			c.Writer.WriteHeaderNow()
			_, err := io.WriteString(c.Writer, "own")
			assert.NoError(t, err)
		}, 403, "own"},
		{"the forged body", func(c *gin.Context, _ error) {
			if body, err := c.GetRawData(); assert.NoError(t, err) {
				c.Data(http.StatusForbidden, jsonType, body)
			}
		}, 403, eventBody},
		{"as net/http does", func(c *gin.Context, _ error) { http.Error(c.Writer, "own", http.StatusForbidden) }, 403, "own\n"},
	}
	for _, tt := range tests {
		for name, outer := range around() {
			t.Run(tt.name+", within "+name, func(t *testing.T) {
				got, seen := refuseWith(t, tt.handle, outer)
				assert.Equal(t, tt.status, got.status)
				assert.Equal(t, tt.body, got.body)
				assert.Equal(t, outcome{aborted: true}, seen)
			})
		}
	}
}

func TestErrorHandlerThatDoesNotAnswer(t *testing.T) {
	tests := map[string]func(c *gin.Context, err error){
		"aborts":        func(c *gin.Context, _ error) { c.Abort() },
		"sets a header": func(c *gin.Context, _ error) { c.Header("X-Own", "1") },
		"sets 200":      func(c *gin.Context, _ error) { c.Status(http.StatusOK) },
		// After an informational status net/http sends a 200 of its own.
		"sets 103":           func(c *gin.Context, _ error) { c.Status(http.StatusEarlyHints) },
		"aborts with 103":    func(c *gin.Context, _ error) { c.AbortWithStatus(http.StatusEarlyHints) },
		"only flushes":       func(c *gin.Context, _ error) { c.Writer.Flush() },
		"writes the headers": func(c *gin.Context, _ error) { c.Writer.WriteHeaderNow() },
		"replaces the writer": func(c *gin.Context, _ error) {
			c.Writer = &heldBack{ResponseWriter: c.Writer, header: make(http.Header)}
			c.String(http.StatusOK, "never sent")
		},
	}
	for name, handle := range tests {
		for outerName, outer := range around() {
			t.Run(name+", within "+outerName, func(t *testing.T) {
				got, seen := refuseWith(t, handle, outer)
				assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
				assert.Equal(t, outcome{aborted: true}, seen)
			})
		}
	}
}

// An ErrorHandler may record errors with c.Error.
func TestErrorHandlerRecordsAnError(t *testing.T) {
	got, seen := refuseWith(t, func(c *gin.Context, _ error) { _ = c.Error(errors.New("a full queue")) }) // the returned value is for metadata
	assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
	assert.Equal(t, outcome{aborted: true, errors: []string{"a full queue"}}, seen)
}

// Gin's Recovery answers 500. For http.ErrAbortHandler, net/http's way to drop a
// connection, newer versions only end the chain, and the current status is sent.
func TestPanicsAreNotAcknowledged(t *testing.T) {
	recoveries := map[string]gin.HandlerFunc{
		"Gin's Recovery": gin.RecoveryWithWriter(io.Discard),
		"a recovery that only ends the chain": func(c *gin.Context) {
			defer func() {
				if recover() != nil {
					c.Abort()
				}
			}()
			c.Next()
		},
	}
	observed := webhook.WithObserver(func(context.Context, webhook.Delivery, error) { panic(http.ErrAbortHandler) })
	panicking := map[string]gin.HandlersChain{
		"the ErrorHandler": {sendsargin.WithConfig(sendsargin.Config{
			Verifier: webhook.MustNew(strangeSecret),
			ErrorHandler: func(c *gin.Context, _ error) {
				c.Status(http.StatusOK)
				panic(http.ErrAbortHandler)
			},
		}), neverRun(t)},
		"an observer after a VerifierFor that replaced the request": {sendsargin.WithConfig(sendsargin.Config{
			VerifierFor: func(c *gin.Context) *webhook.Verifier {
				c.Request = c.Request.WithContext(c.Request.Context())
				return webhook.MustNew(strangeSecret, observed)
			},
		}), neverRun(t)},
		"VerifierFor": {sendsargin.WithConfig(sendsargin.Config{
			VerifierFor: func(*gin.Context) *webhook.Verifier { panic(http.ErrAbortHandler) },
		}), neverRun(t)},
		"an observer of a refusal":  {sendsargin.New(strangeSecret, observed), neverRun(t)},
		"an observer of a delivery": {sendsargin.New(accountSecret, observed), neverRun(t)},
		"the handler": {sendsargin.New(accountSecret), sendsargin.Handle(func(context.Context, webhook.Delivery) error {
			panic(http.ErrAbortHandler)
		}), neverRun(t)},
	}
	for name, recovery := range recoveries {
		for outerName, outer := range around() {
			for who, chain := range panicking {
				t.Run(who+", in "+name+" around "+outerName, func(t *testing.T) {
					server := startRoute(t, append(gin.HandlersChain{recovery, outer}, chain...)...)
					assert.Equal(t, http.StatusInternalServerError, send(t, server, signed(server, eventBody)).status)
				})
			}
		}
	}
}
