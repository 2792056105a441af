// Code generated from ../echov5 by .ci/majors; DO NOT EDIT.

package sendsarecho_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	mw "github.com/labstack/echo/v4/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// heldBack is the response of a net/http middleware that waits until the handler ends: a
// compressor, a cache or http.TimeoutHandler. It answers 200 if nothing was written.
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
		_, _ = held.body.WriteTo(w) // fails only if the client is gone
	})
}

func timeoutHandler(next http.Handler) http.Handler {
	return http.TimeoutHandler(next, time.Hour, "")
}

// around returns middlewares that render, replace or hold back the answers within them.
func around() map[string]echo.MiddlewareFunc {
	return map[string]echo.MiddlewareFunc{
		"nothing":                  before(func(echo.Context) {}),
		"http.TimeoutHandler":      echo.WrapMiddleware(timeoutHandler),
		"a writer that holds back": echo.WrapMiddleware(holdBack),
		"Echo's Gzip":              mw.Gzip(),
		"Echo's Gzip from 1 KB":    mw.GzipWithConfig(mw.GzipConfig{MinLength: 1000}),
		"Echo's Recover":           mw.Recover(),
		"Early Hints":              before(func(c echo.Context) { c.Response().WriteHeader(http.StatusEarlyHints) }),
		"a middleware that renders errors": func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				if err := next(c); err != nil {
					return c.String(http.StatusOK, err.Error())
				}
				return nil
			}
		},
		"a tracer that replaces the request and puts it back": func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				original := c.Request()
				defer c.SetRequest(original)
				c.SetRequest(original.WithContext(context.WithoutCancel(original.Context())))
				return next(c)
			}
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
				app := echo.New()
				setErrorHandler(app, func(c echo.Context, err error) error {
					assert.Fail(t, "the app's error handler was called")
					return c.String(http.StatusInternalServerError, err.Error())
				})
				app.Use(outer, watch(&seen))
				app.POST(route, neverRun(t), sendsarecho.WithConfig(sendsarecho.Config{
					VerifierFor: func(echo.Context) *webhook.Verifier { return tt.verifier },
				}))
				server := start(t, app)
				assertRejected(t, send(t, server, signed(server, eventBody)), tt.status, tt.text)
				assert.Equal(t, outcome{}, seen)
			})
		}
		t.Run("a genuine delivery, within "+name, func(t *testing.T) {
			server := newEndpoint(t, outer, sendsarecho.New(accountSecret))
			assert.Equal(t, "handled", send(t, server.Server, signed(server.Server, eventBody)).body)
		})
	}
}

func TestDefaultRejectionReplacesTheHeadersOfAnotherContent(t *testing.T) {
	server := startRoute(t, neverRun(t), before(func(c echo.Context) {
		c.Response().Header().Set("Content-Length", "3")
		c.Response().Header().Set("Content-Type", "image/png")
	}), sendsarecho.New(accountSecret))
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
	app := echo.New()
	app.JSONSerializer = nil // would panic
	app.POST(route, neverRun(t), watch(&seen), sendsarecho.New(accountSecret))
	var counted countingWriter
	server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted = countingWriter{ResponseWriter: w}
		app.ServeHTTP(&counted, r)
	}))
	r := forged(server)
	r.URL.RawQuery = "pretty"
	assertRejected(t, send(t, server, r), http.StatusUnauthorized, "invalid signature")
	assert.Equal(t, 1, counted.headers)
	assert.Equal(t, 1, counted.writes)
	assert.NoError(t, seen.err, "a failed write was returned")
}

func TestRefusalLeavesACommittedResponseAlone(t *testing.T) {
	var seen outcome
	var refused error
	server := startRoute(t, neverRun(t),
		watch(&seen),
		before(func(c echo.Context) { assert.NoError(t, c.String(http.StatusAccepted, "first")) }),
		sendsarecho.WithConfig(sendsarecho.Config{
			Verifier: webhook.MustNew(accountSecret, observe(&refused)),
			ErrorHandler: func(_ echo.Context, err error) error {
				assert.Fail(t, "the ErrorHandler was called")
				return err
			},
		}))
	got := send(t, server, forged(server))
	assert.Equal(t, http.StatusAccepted, got.status)
	assert.Equal(t, "first", got.body)
	require.ErrorIs(t, refused, webhook.ErrSignatureMismatch)
	assert.Equal(t, outcome{}, seen)
}

func TestWaysToMountTheMiddleware(t *testing.T) {
	tests := map[string]func(app *echo.Echo) http.Handler{
		"on a group": func(app *echo.Echo) http.Handler {
			app.Group("/webhooks", sendsarecho.New(accountSecret)).POST("/sendsar", handled)
			return app
		},
		"on the app": func(app *echo.Echo) http.Handler {
			app.Use(sendsarecho.New(accountSecret))
			app.POST(route, handled)
			return app
		},
		"before the router": func(app *echo.Echo) http.Handler {
			app.Pre(sendsarecho.New(accountSecret))
			app.POST(route, handled)
			return app
		},
		"in an app within http.TimeoutHandler": func(app *echo.Echo) http.Handler {
			app.POST(route, handled, sendsarecho.New(accountSecret))
			return timeoutHandler(app)
		},
	}
	for name, mount := range tests {
		t.Run(name, func(t *testing.T) {
			server := start(t, mount(echo.New()))
			assert.Equal(t, "handled", send(t, server, signed(server, eventBody)).body)
			assertRejected(t, send(t, server, forged(server)), http.StatusUnauthorized, "invalid signature")
		})
	}
}

func TestErrorOfTheHandlerIsItsOwn(t *testing.T) {
	var seen outcome
	server := startRoute(t, func(echo.Context) error { return errUnready }, watch(&seen), sendsarecho.New(accountSecret))
	assert.Equal(t, http.StatusInternalServerError, send(t, server, signed(server, eventBody)).status)
	assert.Equal(t, outcome{err: errUnready, verified: true, body: eventBody}, seen)
}

// In HTTP/2, "Connection: close" would close the connection for all of its streams.
func TestHTTP2RefusalKeepsTheConnection(t *testing.T) {
	app := echo.New()
	app.POST(route, handled, sendsarecho.New(accountSecret, webhook.WithMaxBodyBytes(int64(len(eventBody)))))
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

// refuseWith sends a forged delivery to an endpoint with this ErrorHandler.
func refuseWith(t *testing.T, handle func(echo.Context, error) error, outer ...echo.MiddlewareFunc) (answer, outcome) {
	t.Helper()
	seen := outcome{verified: true}
	sameWriter := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			earlier := writerOf(c)
			err := next(c)
			assert.Same(t, earlier, writerOf(c), "the earlier writer is not restored")
			return err
		}
	}
	server := startRoute(t, neverRun(t), append(outer, watch(&seen), sameWriter, sendsarecho.WithConfig(sendsarecho.Config{
		Verifier:     webhook.MustNew(accountSecret),
		ErrorHandler: handle,
	}))...)
	got := send(t, server, forged(server))
	assert.False(t, seen.verified)
	return got, seen
}

func TestErrorHandlerAnswers(t *testing.T) {
	tests := []struct {
		name   string
		handle func(c echo.Context, err error) error
		status int
		body   string
	}{
		{"200 with JSON, on purpose", func(c echo.Context, _ error) error { return c.JSON(http.StatusOK, "own") }, 200, "\"own\"\n"},
		{"204, on purpose", func(c echo.Context, _ error) error { return c.NoContent(http.StatusNoContent) }, 204, ""},
		{"a redirect", func(c echo.Context, _ error) error { return c.Redirect(http.StatusSeeOther, "/") }, 303, ""},
		{"the forged body", func(c echo.Context, _ error) error {
			return c.Stream(http.StatusForbidden, jsonType, c.Request().Body)
		}, 403, eventBody},
		{"as net/http does", func(c echo.Context, _ error) error {
			http.Error(c.Response(), "own", http.StatusForbidden)
			return nil
		}, 403, "own\n"},
		{"and returns the error too", func(c echo.Context, err error) error {
			return errors.Join(c.String(http.StatusForbidden, "own"), fmt.Errorf("refused: %w", err))
		}, 403, "own"},
	}
	for _, tt := range tests {
		for name, outer := range around() {
			t.Run(tt.name+", within "+name, func(t *testing.T) {
				got, seen := refuseWith(t, tt.handle, outer)
				assert.Equal(t, tt.status, got.status)
				assert.Equal(t, tt.body, got.body)
				assert.NoError(t, seen.err)
			})
		}
	}
}

// errUnready is an error of the app's own.
var errUnready = errors.New("the queue is full")

func TestErrorHandlerReturnsAnErrorOfItsOwn(t *testing.T) {
	teapot := echo.NewHTTPError(http.StatusTeapot, "own")
	tests := []struct {
		name   string
		handle func(c echo.Context, err error) error
		seen   error
		status int
		body   string
	}{
		{"a plain one", func(echo.Context, error) error { return errUnready }, errUnready, 500, `{"message":"Internal Server Error"}`},
		{"one of Echo's", func(echo.Context, error) error { return teapot }, teapot, 418, `{"message":"own"}`},
		{
			"one of Echo's around the refusal",
			func(_ echo.Context, err error) error { return wrapIn(teapot, err) },
			wrapIn(teapot, webhook.ErrSignatureMismatch), 418, `{"message":"own"}`,
		},
		{
			"one of Echo's within another one, beside the refusal",
			func(_ echo.Context, err error) error { return fmt.Errorf("%w, because %w", err, teapot) },
			teapot, 418, `{"message":"own"}`,
		},
		{"a plain one after an answer", func(c echo.Context, _ error) error {
			return errors.Join(errUnready, c.String(http.StatusForbidden, "own"))
		}, errors.Join(errUnready), 403, "own"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, seen := refuseWith(t, tt.handle)
			assert.Equal(t, tt.seen, seen.err)
			assert.Equal(t, tt.status, got.status)
			assert.Equal(t, tt.body, strings.TrimSpace(got.body))
		})
	}
}

func TestErrorHandlerThatDoesNotAnswer(t *testing.T) {
	tests := map[string]func(c echo.Context, err error) error{
		"returns the error":         func(_ echo.Context, err error) error { return err },
		"returns it beside another": func(_ echo.Context, err error) error { return errors.Join(errUnready, err) },
		"returns another of ours":   func(echo.Context, error) error { return webhook.ErrNoVerifier },
		"sets a header": func(c echo.Context, _ error) error {
			c.Response().Header().Set("X-Own", "1")
			return nil
		},
		"replaces the response": replaceResponse,
		"sets 200":              func(c echo.Context, _ error) error { return setStatus(c, http.StatusOK) },
		"sends Early Hints": func(c echo.Context, _ error) error {
			c.Response().WriteHeader(http.StatusEarlyHints)
			return nil
		},
		"only flushes": func(c echo.Context, _ error) error {
			flush(c)
			return nil
		},
	}
	for name, handle := range tests {
		for outerName, outer := range around() {
			t.Run(name+", within "+outerName, func(t *testing.T) {
				got, seen := refuseWith(t, handle, outer)
				assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
				assert.NoError(t, seen.err)
			})
		}
	}
}
