package sendsarecho_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// refusal is one way in which a request is refused.
type refusal struct {
	name   string
	spoil  func(r *http.Request) // what the client does wrong
	before echo.MiddlewareFunc   // or a middleware before ours
	pick   *webhook.Verifier     // or VerifierFor
	err    error
	status int
	text   string
}

func refusals() []refusal {
	const limit = 1024
	verifier := webhook.MustNew(accountSecret, webhook.WithMaxBodyBytes(limit))
	spoilHeader := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(webhook.SignatureHeader, value) }
	}
	spoilBody := func(announced int64) func(*http.Request) {
		return func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", limit+1))), announced
		}
	}
	return []refusal{
		{
			name: "no signature", pick: verifier,
			spoil: func(r *http.Request) { r.Header.Del(webhook.SignatureHeader) },
			err:   webhook.ErrMissingSignature, status: 401, text: "invalid signature",
		},
		{
			name: "a malformed signature", pick: verifier, spoil: spoilHeader("sha256=00"),
			err: webhook.ErrMalformedSignature, status: 401, text: "invalid signature",
		},
		{
			name: "two signatures", pick: verifier,
			spoil: func(r *http.Request) {
				r.Header.Add(webhook.SignatureHeader, r.Header.Get(webhook.SignatureHeader))
			},
			err: webhook.ErrMalformedSignature, status: 401, text: "invalid signature",
		},
		{
			name: "a stranger's signature", pick: verifier,
			spoil: spoilHeader(webhook.Sign(strangeSecret, []byte(eventBody))),
			err:   webhook.ErrSignatureMismatch, status: 401, text: "invalid signature",
		},
		{
			name: "no Verifier",
			err:  webhook.ErrNoVerifier, status: 401, text: "invalid signature",
		},
		{
			name: "a length over the limit", pick: verifier, spoil: spoilBody(limit + 1),
			err: webhook.ErrBodyTooLarge, status: 413, text: "request body too large",
		},
		{
			name: "more chunks than the limit", pick: verifier, spoil: spoilBody(-1),
			err: webhook.ErrBodyTooLarge, status: 413, text: "request body too large",
		},
		{
			name: "a body that was consumed before", pick: verifier,
			before: before(func(c *echo.Context) { _, _ = io.ReadAll(c.Request().Body) }), // whatever it says, the body is gone
			err:    webhook.ErrBodyAltered, status: 500, text: "internal server error",
		},
		{
			name: "a zero Verifier", pick: new(webhook.Verifier),
			err: webhook.ErrInvalidSecret, status: 500, text: "internal server error",
		},
	}
}

// chain is the refusal's middleware, the adapter last.
func (f refusal) chain(handleError func(*echo.Context, error) error) []echo.MiddlewareFunc {
	ours := sendsarecho.WithConfig(sendsarecho.Config{
		VerifierFor:  func(*echo.Context) *webhook.Verifier { return f.pick },
		ErrorHandler: handleError,
	})
	if f.before == nil {
		return []echo.MiddlewareFunc{ours}
	}
	return []echo.MiddlewareFunc{f.before, ours}
}

// request is the one that is refused.
func (f refusal) request(t *testing.T, server *httptest.Server) *http.Request {
	t.Helper()
	r := signed(t, server, eventBody)
	if f.spoil != nil {
		f.spoil(r)
	}
	return r
}

// assertFinished checks what Echo's error handlers rely on: an *echo.HTTPError that is
// outermost, and the only one in the chain that has a status.
func assertFinished(t *testing.T, err error, want refusal) {
	t.Helper()
	httpError, ok := err.(*echo.HTTPError) //nolint:errorlint // it must be the outermost
	if !assert.True(t, ok, "the outermost error is a %T", err) {
		return
	}
	assert.Equal(t, want.status, httpError.Code)
	assert.Equal(t, want.status, echo.StatusCode(err))
	assert.Equal(t, want.text, httpError.Message)
	assert.Zero(t, echo.StatusCode(errors.Unwrap(httpError)))
	assert.ErrorIs(t, err, want.err)
}

func TestDefaultRejection(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			var seen outcome
			server := newEndpoint(t, append([]echo.MiddlewareFunc{watch(&seen)}, tt.chain(nil)...)...)
			assertRejected(t, send(t, server.Server, tt.request(t, server.Server)), tt.status, tt.text)
			assert.Zero(t, server.runs.Load(), "the handler ran")
			assert.False(t, seen.verified)
			assert.False(t, seen.committed, "answering is for the app's error handler")
			assertFinished(t, seen.err, tt)
		})
	}
}

// Whoever handles the error may write to it, so no two requests may share one.
func TestDefaultRejectionIsANewErrorEachTime(t *testing.T) {
	var seen outcome
	server := newEndpoint(t, watch(&seen), sendsarecho.New(accountSecret))
	send(t, server.Server, unsigned(t, server.Server))
	first := seen.err
	send(t, server.Server, unsigned(t, server.Server))
	assert.Equal(t, first, seen.err)
	assert.NotSame(t, first, seen.err)
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
	return w.ResponseWriter.Write(p)
}

func TestDefaultRejectionIsWrittenOnce(t *testing.T) {
	app := echo.New()
	app.Use(middleware.Recover())
	app.POST(route, func(c *echo.Context) error { return c.String(http.StatusOK, "handled") }, sendsarecho.New(accountSecret))
	var counted countingWriter
	server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted = countingWriter{ResponseWriter: w}
		app.ServeHTTP(&counted, r)
	}))
	assertRejected(t, send(t, server, unsigned(t, server)), http.StatusUnauthorized, "invalid signature")
	assert.Equal(t, 1, counted.headers)
	assert.Equal(t, 1, counted.writes)
}

func TestAppsHTTPErrorHandlerRendersTheRejection(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			var got error
			app := echo.New()
			app.HTTPErrorHandler = func(c *echo.Context, err error) {
				got = err
				var httpError *echo.HTTPError
				if assert.ErrorAs(t, err, &httpError) {
					assert.NoError(t, c.JSON(httpError.Code, map[string]string{"problem": httpError.Message}))
				}
			}
			app.POST(route, neverRun(t), tt.chain(nil)...)
			server := start(t, app)
			answer := send(t, server, tt.request(t, server))
			assert.Equal(t, tt.status, answer.status)
			assert.JSONEq(t, `{"problem":"`+tt.text+`"}`, answer.body)
			assertFinished(t, got, tt)
		})
	}
}

// http.Handler has no way back: what stands is not added to.
func TestDefaultRejectionLeavesACommittedResponseAlone(t *testing.T) {
	var seen outcome
	server := newEndpoint(t,
		watch(&seen),
		before(func(c *echo.Context) { assert.NoError(t, c.String(http.StatusAccepted, "first")) }),
		sendsarecho.New(strangeSecret))
	got := send(t, server.Server, signed(t, server.Server, eventBody))
	assert.Equal(t, http.StatusAccepted, got.status)
	assert.Equal(t, "first", got.body)
	assert.Zero(t, server.runs.Load())
	assert.ErrorIs(t, seen.err, webhook.ErrSignatureMismatch)
}

func TestMiddlewareBeyondTheRoute(t *testing.T) {
	handle := func(c *echo.Context) error { return c.String(http.StatusOK, "handled") }
	tests := []struct {
		name  string
		mount func(app *echo.Echo)
	}{
		{"on a group", func(app *echo.Echo) {
			app.Group("/webhooks", sendsarecho.New(accountSecret)).POST("/sendsar", handle)
		}},
		{"on the app", func(app *echo.Echo) {
			app.Use(sendsarecho.New(accountSecret))
			app.POST(route, handle)
		}},
		{"before the router", func(app *echo.Echo) {
			app.Pre(sendsarecho.New(accountSecret))
			app.POST(route, handle)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := echo.New()
			tt.mount(app)
			server := start(t, app)
			assert.Equal(t, "handled", send(t, server, signed(t, server, eventBody)).body)
			assertRejected(t, send(t, server, forged(t, server)), http.StatusUnauthorized, "invalid signature")
		})
	}
}

// errUnready is what an app's own error looks like.
var errUnready = errors.New("the queue is full")

func TestErrorOfTheHandlerIsItsOwn(t *testing.T) {
	var seen outcome
	server := startRoute(t, func(*echo.Context) error { return errUnready }, watch(&seen), sendsarecho.New(accountSecret))
	assert.Equal(t, http.StatusInternalServerError, send(t, server, signed(t, server, eventBody)).status)
	require.Equal(t, errUnready, seen.err)
	assert.True(t, seen.verified)
}
