// Code generated from ../echov5 by .ci/majors; DO NOT EDIT.

package sendsarecho_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// refuseWith has a forged delivery refused on an endpoint with this ErrorHandler.
func refuseWith(t *testing.T, handle func(echo.Context, error) error, outer ...echo.MiddlewareFunc) (answer, outcome) {
	t.Helper()
	seen := outcome{verified: true}
	sameWriter := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			earlier := writerOf(c)
			err := next(c)
			assert.Same(t, earlier, writerOf(c), "the writer is not what it was before")
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

// errUnready is what an app's own error looks like.
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
