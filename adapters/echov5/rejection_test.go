package sendsarecho_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v5"
	mw "github.com/labstack/echo/v5/middleware"
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
	spoilHeader := func(values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[webhook.SignatureHeader] = values }
	}
	spoilBody := func(announced int64) func(*http.Request) {
		return func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", limit+1))), announced
		}
	}
	genuine := webhook.Sign(accountSecret, []byte(eventBody))
	return []refusal{
		{
			name: "no signature", pick: verifier, spoil: spoilHeader(),
			err: webhook.ErrMissingSignature, status: 401, text: "invalid signature",
		},
		{
			name: "a malformed signature", pick: verifier, spoil: spoilHeader("sha256=00"),
			err: webhook.ErrMalformedSignature, status: 401, text: "invalid signature",
		},
		{
			name: "two signatures", pick: verifier, spoil: spoilHeader(genuine, genuine),
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
			before: before(func(c *echo.Context) { _, _ = io.ReadAll(c.Request().Body) }), // whatever it returns, the body is gone
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

// heldBack is the response of a net/http middleware that waits for the handler's end:
// a compressor, a cache or http.TimeoutHandler. It answers 200 if nothing was written.
type heldBack struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *heldBack) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *heldBack) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func holdBack(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := &heldBack{ResponseWriter: w}
		next.ServeHTTP(held, r)
		held.WriteHeader(http.StatusOK)
		w.WriteHeader(held.status)
		_, _ = held.body.WriteTo(w) // the client is gone
	})
}

// around are middlewares that render, replace or hold back what is within them.
func around() map[string]echo.MiddlewareFunc {
	return map[string]echo.MiddlewareFunc{
		"nothing": before(func(*echo.Context) {}),
		"http.TimeoutHandler": echo.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.TimeoutHandler(next, time.Hour, "")
		}),
		"a writer that holds back": echo.WrapMiddleware(holdBack),
		"Echo's Gzip":              mw.Gzip(),
		"Echo's Gzip from 1 KB":    mw.GzipWithConfig(mw.GzipConfig{MinLength: 1000}),
		"Echo's Recover":           mw.Recover(),
		"a middleware that renders errors": func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				if err := next(c); err != nil {
					return c.String(http.StatusOK, err.Error())
				}
				return nil
			}
		},
		"a tracer that replaces the request and puts it back": func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				original := c.Request()
				defer c.SetRequest(original)
				c.SetRequest(original.WithContext(context.WithValue(original.Context(), spanKey{}, "span")))
				return next(c)
			}
		},
	}
}

func TestDefaultRejection(t *testing.T) {
	for name, outer := range around() {
		unauthorized := make(map[string]http.Header)
		for _, tt := range refusals() {
			t.Run(tt.name+", within "+name, func(t *testing.T) {
				seen := outcome{verified: true}
				app := echo.New()
				setErrorHandler(app, func(c *echo.Context, err error) error {
					assert.Fail(t, "the app's error handler was called")
					return c.String(http.StatusInternalServerError, err.Error())
				})
				app.Use(outer, watch(&seen))
				app.POST(route, neverRun(t), tt.chain(nil)...)
				server := start(t, app)
				got := send(t, server, tt.request(t, server))
				assertRejected(t, got, tt.status, tt.text)
				assert.Equal(t, outcome{}, seen)
				if tt.status == http.StatusUnauthorized {
					got.header.Del("Date")
					unauthorized[tt.name] = got.header
				}
			})
		}
		for reason, header := range unauthorized {
			assert.Equal(t, unauthorized["no signature"], header, "%s, within %s: a client can tell", reason, name)
		}
		t.Run("a genuine delivery, within "+name, func(t *testing.T) {
			server := newEndpoint(t, outer, sendsarecho.New(accountSecret))
			assert.Equal(t, "handled", send(t, server.Server, signed(t, server.Server, eventBody)).body)
		})
	}
}

func TestDefaultRejectionReplacesTheHeadersOfAnotherContent(t *testing.T) {
	server := newEndpoint(t, before(func(c *echo.Context) {
		c.Response().Header().Set("Content-Length", "3")
		c.Response().Header().Set("Content-Type", "image/png")
	}), sendsarecho.New(accountSecret))
	assertRejected(t, send(t, server.Server, forged(t, server.Server)), http.StatusUnauthorized, "invalid signature")
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
	app := echo.New()
	app.JSONSerializer = nil // would panic
	app.POST(route, neverRun(t), watch(&seen), sendsarecho.New(accountSecret))
	var counted countingWriter
	server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted = countingWriter{ResponseWriter: w}
		app.ServeHTTP(&counted, r)
	}))
	r := unsigned(t, server)
	r.URL.RawQuery = "pretty"
	assertRejected(t, send(t, server, r), http.StatusUnauthorized, "invalid signature")
	assert.Equal(t, 1, counted.headers)
	assert.Equal(t, 1, counted.writes)
	assert.NoError(t, seen.err, "a failed write was returned")
}

// mustNotAnswer is an ErrorHandler where something else has answered.
func mustNotAnswer(t *testing.T) func(*echo.Context, error) error {
	t.Helper()
	return func(_ *echo.Context, err error) error {
		assert.Fail(t, "the ErrorHandler was called")
		return err
	}
}

func TestRefusalLeavesACommittedResponseAlone(t *testing.T) {
	var seen outcome
	var refused error
	server := newEndpoint(t,
		watch(&seen),
		before(func(c *echo.Context) { assert.NoError(t, c.String(http.StatusAccepted, "first")) }),
		sendsarecho.WithConfig(sendsarecho.Config{
			Verifier:     webhook.MustNew(strangeSecret, observe(&refused)),
			ErrorHandler: mustNotAnswer(t),
		}))
	got := send(t, server.Server, signed(t, server.Server, eventBody))
	assert.Equal(t, http.StatusAccepted, got.status)
	assert.Equal(t, "first", got.body)
	assert.Zero(t, server.runs.Load())
	require.ErrorIs(t, refused, webhook.ErrSignatureMismatch)
	assert.Equal(t, outcome{}, seen)
}

func TestWaysToMountTheMiddleware(t *testing.T) {
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

// assertSilent checks that a text has no secret, nothing of the body, and neither the
// signature that was sent nor one that would have been right.
func assertSilent(t *testing.T, text string, sent *http.Request) {
	t.Helper()
	secrets := []string{accountSecret, retiredSecret, strangeSecret}
	forbidden := []string{"whsec_", hex.EncodeToString([]byte("whsec_")), "room-7", "xxxx"}
	for _, secret := range secrets {
		forbidden = append(forbidden, secret[len("whsec_"):])
		forbidden = append(forbidden, strings.TrimPrefix(webhook.Sign(secret, []byte(eventBody)), "sha256="))
	}
	forbidden = append(forbidden, sent.Header.Values(webhook.SignatureHeader)...)
	for _, part := range forbidden {
		assert.NotContains(t, text, part)
	}
}

// The client and Echo's logs learn nothing but the status; the reason is in the log of
// webhook.WithLogger.
func TestLogsAndAnswersAreSilent(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			var echos, ours bytes.Buffer
			logged := webhook.Reason(tt.err) != "no_verifier" && webhook.Reason(tt.err) != "invalid_secret"
			if logged {
				tt.pick = webhook.MustNew(accountSecret, webhook.WithMaxBodyBytes(1024),
					webhook.WithLogger(slog.New(slog.NewJSONHandler(&ours, nil))))
			}
			app := echo.New()
			logTo(app, &echos)
			app.POST(route, neverRun(t), tt.chain(nil)...)
			server := start(t, app)

			r := tt.request(t, server)
			got := send(t, server, r)
			require.Equal(t, tt.status, got.status)
			assertSilent(t, fmt.Sprint(got.body, got.header, echos.String(), ours.String()), r)
			assert.Contains(t, echos.String(), fmt.Sprintf(`"status":%d`, tt.status))
			assert.NotContains(t, echos.String()+got.body, tt.err.Error())
			if logged {
				assert.Contains(t, ours.String(), fmt.Sprintf(`"msg":"webhook refused","reason":%q`, webhook.Reason(tt.err)))
				assert.Contains(t, ours.String(), tt.err.Error())
			}
		})
	}
}
