package sendsarecho_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
	mw "github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestErrorHandlerGetsTheCoresError(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			var got error
			verified := true
			calls := 0
			server := newEndpoint(t, tt.chain(func(c *echo.Context, err error) error {
				calls++
				got = err
				_, verified = sendsarecho.FromContext(c)
				return c.String(http.StatusTeapot, webhook.Reason(err))
			})...)
			answer := send(t, server.Server, tt.request(t, server.Server))
			assert.Equal(t, 1, calls)
			require.ErrorIs(t, got, tt.err)
			require.ErrorContains(t, got, tt.err.Error())
			var ofEcho *echo.HTTPError
			assert.NotErrorAs(t, got, &ofEcho)
			assert.False(t, verified)
			assert.Equal(t, http.StatusTeapot, answer.status)
			assert.Equal(t, webhook.Reason(tt.err), answer.body)
			assert.Zero(t, server.runs.Load())
		})
	}
}

// refuseWith has a forged delivery refused on an endpoint with this ErrorHandler.
func refuseWith(t *testing.T, handle func(*echo.Context, error) error, outer ...echo.MiddlewareFunc) (answer, outcome) {
	t.Helper()
	seen := outcome{verified: true}
	sameWriter := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			earlier := writerOf(c)
			err := next(c)
			assert.Same(t, earlier, writerOf(c), "the writer is not what it was before")
			return err
		}
	}
	server := newEndpoint(t, append(outer, watch(&seen), sameWriter, sendsarecho.WithConfig(sendsarecho.Config{
		Verifier:     webhook.MustNew(accountSecret),
		ErrorHandler: handle,
	}))...)
	got := send(t, server.Server, forged(t, server.Server))
	assert.Zero(t, server.runs.Load(), "the webhook handler ran")
	assert.False(t, seen.verified)
	return got, seen
}

func TestErrorHandlerAnswers(t *testing.T) {
	own := map[string]bool{"own": true}
	tests := []struct {
		name   string
		handle func(c *echo.Context, err error) error
		status int
		body   string
	}{
		{"403 with JSON", func(c *echo.Context, _ error) error { return c.JSON(http.StatusForbidden, own) }, 403, "{\"own\":true}\n"},
		{"401 with JSON", func(c *echo.Context, _ error) error { return c.JSON(http.StatusUnauthorized, own) }, 401, "{\"own\":true}\n"},
		{"200 with JSON, on purpose", func(c *echo.Context, _ error) error { return c.JSON(http.StatusOK, own) }, 200, "{\"own\":true}\n"},
		{"403 alone", func(c *echo.Context, _ error) error { return c.NoContent(http.StatusForbidden) }, 403, ""},
		{"204, on purpose", func(c *echo.Context, _ error) error { return c.NoContent(http.StatusNoContent) }, 204, ""},
		{"a redirect", func(c *echo.Context, _ error) error { return c.Redirect(http.StatusSeeOther, "/") }, 303, ""},
		{"a stream", func(c *echo.Context, _ error) error {
			c.Response().WriteHeader(http.StatusForbidden)
			_, err := io.WriteString(c.Response(), "own")
			return err
		}, 403, "own"},
		{"as net/http does", func(c *echo.Context, _ error) error {
			http.Error(c.Response(), "own", http.StatusForbidden)
			return nil
		}, 403, "own\n"},
		{"and returns the error too", func(c *echo.Context, err error) error {
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

func TestErrorHandlerReturnsAnErrorOfItsOwn(t *testing.T) {
	teapot := echo.NewHTTPError(http.StatusTeapot, "own")
	tests := []struct {
		name   string
		handle func(c *echo.Context, err error) error
		seen   error
		status int
		body   string
	}{
		{"a plain one", func(*echo.Context, error) error { return errUnready }, errUnready, 500, `{"message":"Internal Server Error"}`},
		{"one of Echo's", func(*echo.Context, error) error { return teapot }, teapot, 418, `{"message":"own"}`},
		{
			"one of Echo's around the refusal",
			func(_ *echo.Context, err error) error { return wrapIn(teapot, err) },
			wrapIn(teapot, webhook.ErrSignatureMismatch), 418, `{"message":"own"}`,
		},
		{
			"one of Echo's within another one, beside the refusal",
			func(_ *echo.Context, err error) error { return fmt.Errorf("%w, because %w", err, teapot) },
			teapot, 418, `{"message":"own"}`,
		},
		{"a plain one after an answer", func(c *echo.Context, _ error) error {
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
	tests := map[string]func(c *echo.Context, err error) error{
		"returns the error":         func(_ *echo.Context, err error) error { return err },
		"returns it wrapped":        func(_ *echo.Context, err error) error { return fmt.Errorf("refused: %w", err) },
		"returns it beside another": func(_ *echo.Context, err error) error { return errors.Join(errUnready, err) },
		"returns another of ours":   func(*echo.Context, error) error { return webhook.ErrNoVerifier },
		"returns nil":               func(*echo.Context, error) error { return nil },
		"sets a header": func(c *echo.Context, _ error) error {
			c.Response().Header().Set("X-Own", "1")
			return nil
		},
		"sets 200":          func(c *echo.Context, _ error) error { return setStatus(c, http.StatusOK) },
		"sets 204":          func(c *echo.Context, _ error) error { return setStatus(c, http.StatusNoContent) },
		"sends Early Hints": sendEarlyHints,
		"only flushes": func(c *echo.Context, _ error) error {
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

func sendEarlyHints(c *echo.Context, _ error) error {
	c.Response().WriteHeader(http.StatusEarlyHints)
	return nil
}

func TestRefusalAfterAnEarlierMiddleware(t *testing.T) {
	refuse := func(_ *echo.Context, err error) error { return err }
	for name, earlier := range map[string]func(*echo.Context, error) error{
		"set 202":          func(c *echo.Context, _ error) error { return setStatus(c, http.StatusAccepted) },
		"set 403":          func(c *echo.Context, _ error) error { return setStatus(c, http.StatusForbidden) },
		"sent Early Hints": sendEarlyHints,
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := refuseWith(t, refuse, before(func(c *echo.Context) { assert.NoError(t, earlier(c, nil)) }))
			assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
		})
	}
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
	quiet := mw.RecoverWithConfig(mw.RecoverConfig{DisablePrintStack: true})
	t.Run("is an internal error under Recover", func(t *testing.T) {
		server := newEndpoint(t, quiet, sendsarecho.WithConfig(sendsarecho.Config{
			Verifier:     webhook.MustNew(accountSecret),
			ErrorHandler: func(*echo.Context, error) error { panic("no") },
		}))
		assert.Equal(t, http.StatusInternalServerError, send(t, server.Server, forged(t, server.Server)).status)
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
		Verifier:     webhook.MustNew(accountSecret),
		ErrorHandler: mustNotAnswer(t),
	}))
	assert.Equal(t, "handled", send(t, server.Server, signed(t, server.Server, eventBody)).body)
}
