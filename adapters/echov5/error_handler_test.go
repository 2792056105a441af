package sendsarecho_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestErrorHandlerGetsTheFinishedError(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			var got error
			var verified bool
			calls := 0
			server := newEndpoint(t, tt.chain(func(c *echo.Context, err error) error {
				calls++
				got = err
				_, verified = sendsarecho.FromContext(c)
				return c.String(http.StatusTeapot, webhook.Reason(err))
			})...)
			answer := send(t, server.Server, tt.request(t, server.Server))
			assert.Equal(t, 1, calls)
			assertFinished(t, got, tt)
			assert.Equal(t, tt.status, webhook.StatusCode(got))
			assert.False(t, verified)
			assert.Equal(t, http.StatusTeapot, answer.status)
			assert.Equal(t, webhook.Reason(tt.err), answer.body)
			assert.Zero(t, server.runs.Load())
		})
	}
}

// refuseWith has a forged delivery refused on an endpoint with this ErrorHandler.
func refuseWith(t *testing.T, handle func(*echo.Context, error) error, outer ...echo.MiddlewareFunc) answer {
	t.Helper()
	server := newEndpoint(t, append(outer, sendsarecho.WithConfig(sendsarecho.Config{
		Verifier:     webhook.MustNew(accountSecret),
		ErrorHandler: handle,
	}))...)
	got := send(t, server.Server, forged(t, server.Server))
	assert.Zero(t, server.runs.Load(), "the webhook handler ran")
	return got
}

func TestErrorHandlerAnswers(t *testing.T) {
	tests := []struct {
		name   string
		handle func(c *echo.Context, err error) error
		status int
		body   string
	}{
		{
			"with its own text",
			func(c *echo.Context, _ error) error { return c.String(http.StatusForbidden, "own") },
			http.StatusForbidden, "own",
		},
		{
			"with a status alone",
			func(c *echo.Context, _ error) error { return c.NoContent(http.StatusForbidden) },
			http.StatusForbidden, "",
		},
		{
			"with its own text and returns the error too",
			func(c *echo.Context, err error) error {
				assert.NoError(t, c.String(http.StatusForbidden, "own"))
				return err
			},
			http.StatusForbidden, "own",
		},
		{
			"with another *echo.HTTPError",
			func(*echo.Context, error) error { return echo.NewHTTPError(http.StatusForbidden, "own") },
			http.StatusForbidden, "{\"message\":\"own\"}\n",
		},
		{
			"with an error that is not Echo's",
			func(*echo.Context, error) error { return errUnready },
			http.StatusInternalServerError, "{\"message\":\"Internal Server Error\"}\n",
		},
		{
			"with a changed error",
			func(_ *echo.Context, err error) error {
				var httpError *echo.HTTPError
				if assert.ErrorAs(t, err, &httpError) {
					httpError.Code, httpError.Message = http.StatusForbidden, "own"
				}
				return err
			},
			http.StatusForbidden, "{\"message\":\"own\"}\n",
		},
		{
			"with a written 204, on purpose",
			func(c *echo.Context, _ error) error { return c.NoContent(http.StatusNoContent) },
			http.StatusNoContent, "",
		},
		{
			"with a 200 and a body, on purpose",
			func(c *echo.Context, _ error) error { return c.String(http.StatusOK, "ignored") },
			http.StatusOK, "ignored",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var seen outcome
			var returned error
			got := refuseWith(t, func(c *echo.Context, err error) error {
				returned = tt.handle(c, err)
				return returned
			}, watch(&seen))
			assert.Equal(t, tt.status, got.status)
			assert.Equal(t, tt.body, got.body)
			assert.Equal(t, returned, seen.err, "what the handler returned is passed on as it is")
		})
	}
}

// setStatus suggests a status and sends nothing.
func setStatus(c *echo.Context, status int) error {
	response, err := echo.UnwrapResponse(c.Response())
	if err == nil {
		response.Status = status
	}
	return err
}

func TestErrorHandlerThatLeavesItToTheDefault(t *testing.T) {
	tests := []struct {
		name   string
		handle func(c *echo.Context, err error) error
	}{
		{"returns the error unchanged", func(_ *echo.Context, err error) error { return err }},
		{"returns nil", func(*echo.Context, error) error { return nil }},
		{"has the app's error handler answer", func(c *echo.Context, err error) error {
			c.Echo().HTTPErrorHandler(c, err)
			return nil
		}},
		{"sets a header", func(c *echo.Context, _ error) error {
			c.Response().Header().Set("X-Own", "1")
			return nil
		}},
		{"sets 200", func(c *echo.Context, _ error) error {
			return setStatus(c, http.StatusOK)
		}},
		{"sets 204", func(c *echo.Context, _ error) error {
			return setStatus(c, http.StatusNoContent)
		}},
		{"changes the error and returns nil", func(_ *echo.Context, err error) error {
			var httpError *echo.HTTPError
			if assert.ErrorAs(t, err, &httpError) {
				httpError.Code, httpError.Message = http.StatusOK, "fine"
			}
			return nil
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var seen outcome
			got := refuseWith(t, tt.handle, watch(&seen))
			assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
			assert.False(t, seen.verified)
			if !seen.committed {
				assertFinished(t, seen.err, refusal{status: 401, text: "invalid signature", err: webhook.ErrSignatureMismatch})
			}
		})
	}
}

// Gzip stands between the handler and Echo's response, and holds a status back until it
// sees a body.
func TestErrorHandlerBehindGzip(t *testing.T) {
	tests := []struct {
		name   string
		handle func(c *echo.Context, err error) error
		status int
		body   string
	}{
		{"that answers", func(c *echo.Context, _ error) error { return c.String(http.StatusForbidden, "own") }, http.StatusForbidden, "own"},
		{"that answers with a status alone", func(c *echo.Context, _ error) error { return c.NoContent(http.StatusForbidden) }, http.StatusForbidden, ""},
		{"that leaves it to the default", func(*echo.Context, error) error { return nil }, http.StatusUnauthorized, "{\"message\":\"invalid signature\"}\n"},
	}
	for _, tt := range tests {
		for _, minLength := range []int{0, 1000} {
			t.Run(fmt.Sprintf("%s, compressing from %d bytes", tt.name, minLength), func(t *testing.T) {
				got := refuseWith(t, tt.handle, middleware.GzipWithConfig(middleware.GzipConfig{MinLength: minLength}))
				assert.Equal(t, tt.status, got.status)
				assert.Equal(t, tt.body, got.body)
			})
		}
	}
}

// opaqueWriter hides Echo's response: it does not unwrap.
type opaqueWriter struct{ http.ResponseWriter }

// Whether the handler answered cannot be seen there, so the default rejection follows.
func TestErrorHandlerBehindAWriterThatHidesEchos(t *testing.T) {
	hide := before(func(c *echo.Context) { c.SetResponse(opaqueWriter{c.Response()}) })
	t.Run("and does nothing", func(t *testing.T) {
		got := refuseWith(t, func(*echo.Context, error) error { return nil }, hide)
		assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
	})
	t.Run("and answers", func(t *testing.T) {
		got := refuseWith(t, func(c *echo.Context, _ error) error { return c.String(http.StatusForbidden, "own") }, hide)
		assert.Equal(t, http.StatusForbidden, got.status)
		assert.Contains(t, got.body, "own")
	})
}

func TestErrorHandlersChangesAreForOneRequest(t *testing.T) {
	var errs []error
	server := newEndpoint(t, sendsarecho.WithConfig(sendsarecho.Config{
		Verifier: webhook.MustNew(accountSecret),
		ErrorHandler: func(_ *echo.Context, err error) error {
			errs = append(errs, err)
			var httpError *echo.HTTPError
			if assert.ErrorAs(t, err, &httpError) && len(errs) == 1 {
				httpError.Code, httpError.Message = http.StatusForbidden, "own"
			}
			return err
		},
	}))
	assert.Equal(t, http.StatusForbidden, send(t, server.Server, forged(t, server.Server)).status)
	assertRejected(t, send(t, server.Server, forged(t, server.Server)), http.StatusUnauthorized, "invalid signature")
	require.Len(t, errs, 2)
	assert.NotSame(t, errs[0], errs[1])
}

func TestErrorHandlerMayKeepTheForgedBody(t *testing.T) {
	var kept []byte
	refuseWith(t, func(c *echo.Context, err error) error {
		var readErr error
		kept, readErr = io.ReadAll(c.Request().Body)
		assert.NoError(t, readErr)
		return err
	})
	assertSigned(t, kept)
}

func TestErrorHandlerThatPanics(t *testing.T) {
	quiet := middleware.RecoverWithConfig(middleware.RecoverConfig{DisablePrintStack: true})
	t.Run("is an internal error under Recover", func(t *testing.T) {
		got := refuseWith(t, func(*echo.Context, error) error { panic("no") }, quiet)
		assert.Equal(t, http.StatusInternalServerError, got.status)
	})
	t.Run("with http.ErrAbortHandler drops the connection", func(t *testing.T) {
		server := newEndpoint(t, quiet, sendsarecho.WithConfig(sendsarecho.Config{
			Verifier:     webhook.MustNew(accountSecret),
			ErrorHandler: func(*echo.Context, error) error { panic(http.ErrAbortHandler) },
		}))
		conn := dial(t, server.Server)
		conn.post(t, "", lengthLine(0))
		_, err := conn.reader.ReadByte()
		assert.ErrorIs(t, err, io.EOF)
	})
}

func TestErrorHandlerIsNotCalledForAVerifiedDelivery(t *testing.T) {
	server := newEndpoint(t, sendsarecho.WithConfig(sendsarecho.Config{
		Verifier: webhook.MustNew(accountSecret),
		ErrorHandler: func(_ *echo.Context, err error) error {
			assert.Fail(t, "called")
			return err
		},
	}))
	assert.Equal(t, "handled", send(t, server.Server, signed(t, server.Server, eventBody)).body)
}
