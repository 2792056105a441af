// Code generated from ../echov5 by .ci/majors; DO NOT EDIT.

package sendsarecho_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// panicError is the error that f panics with.
func panicError(t *testing.T, f func()) (err error) {
	t.Helper()
	defer func() {
		value := recover()
		require.NotNil(t, value, "it did not panic")
		var ok bool
		err, ok = value.(error)
		require.True(t, ok, "it panicked with a %T", value)
	}()
	f()
	return nil
}

func TestNewPanics(t *testing.T) {
	tests := []struct {
		name   string
		secret string
		opts   []webhook.Option
		is     error
		says   string
	}{
		{name: "on an empty secret", is: webhook.ErrInvalidSecret, says: "is empty"},
		{name: "on a bad previous secret", secret: accountSecret, opts: []webhook.Option{webhook.WithPreviousSecrets("sk_live_0123456789abcdef")}, is: webhook.ErrInvalidSecret, says: "previous secret 1"},
		{name: "on a nil option", secret: accountSecret, opts: []webhook.Option{nil}, says: "option 1 is nil"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := panicError(t, func() { sendsarecho.New(tt.secret, tt.opts...) })
			require.ErrorContains(t, err, tt.says)
			if tt.is != nil {
				require.ErrorIs(t, err, tt.is)
			}
			assert.NotContains(t, err.Error(), "7c1d0f5a")
			assert.NotContains(t, err.Error(), "0123456789abcdef")
		})
	}
}

func TestWithConfigPanics(t *testing.T) {
	pick := func(echo.Context) *webhook.Verifier { return nil }
	tests := []struct {
		name string
		cfg  sendsarecho.Config
		is   error
		says string
	}{
		{name: "no Verifier", says: "exactly one of"},
		{name: "an ErrorHandler alone", cfg: sendsarecho.Config{ErrorHandler: func(_ echo.Context, err error) error { return err }}, says: "exactly one of"},
		{name: "both ways to a Verifier", cfg: sendsarecho.Config{Verifier: webhook.MustNew(accountSecret), VerifierFor: pick}, says: "exactly one of"},
		{name: "a zero Verifier", cfg: sendsarecho.Config{Verifier: new(webhook.Verifier)}, is: webhook.ErrInvalidSecret, says: "Config.Verifier"},
	}
	for _, tt := range tests {
		check := func(t *testing.T, err error) {
			t.Helper()
			require.ErrorContains(t, err, "sendsarecho: ")
			require.ErrorContains(t, err, tt.says)
			if tt.is != nil {
				assert.ErrorIs(t, err, tt.is)
			}
		}
		t.Run("ToMiddleware returns an error for "+tt.name, func(t *testing.T) {
			middleware, err := tt.cfg.ToMiddleware()
			check(t, err)
			assert.Nil(t, middleware)
		})
		t.Run("WithConfig panics on "+tt.name, func(t *testing.T) {
			check(t, panicError(t, func() { sendsarecho.WithConfig(tt.cfg) }))
		})
	}
}

func TestToMiddlewareVerifies(t *testing.T) {
	middleware, err := sendsarecho.Config{Verifier: webhook.MustNew(accountSecret)}.ToMiddleware()
	require.NoError(t, err)
	server := newEndpoint(t, middleware)
	assert.Equal(t, "handled", send(t, server.Server, signed(t, server.Server, eventBody)).body)
	assertRejected(t, send(t, server.Server, forged(t, server.Server)), http.StatusUnauthorized, "invalid signature")
}

func TestNewTakesTheOptionsOfTheCore(t *testing.T) {
	var index int
	server := startRoute(t, func(c echo.Context) error {
		d, ok := sendsarecho.FromContext(c)
		assert.True(t, ok)
		index = d.SecretIndex
		return c.NoContent(http.StatusNoContent)
	}, sendsarecho.New(accountSecret, webhook.WithPreviousSecrets("", retiredSecret), webhook.WithMaxBodyBytes(int64(len(eventBody)))))

	t.Run("previous secrets", func(t *testing.T) {
		r := signed(t, server, eventBody)
		r.Header.Set(webhook.SignatureHeader, webhook.Sign(retiredSecret, []byte(eventBody)))
		assert.Equal(t, http.StatusNoContent, send(t, server, r).status)
		assert.Equal(t, 1, index)
	})
	t.Run("body limit", func(t *testing.T) {
		assertRejected(t, send(t, server, signed(t, server, eventBody+" ")), http.StatusRequestEntityTooLarge, "request body too large")
	})
}

func TestConfigShowsNoSecret(t *testing.T) {
	v := webhook.MustNew(accountSecret, webhook.WithPreviousSecrets(retiredSecret))
	cfg := sendsarecho.Config{Verifier: v, ErrorHandler: func(_ echo.Context, err error) error { return err }}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{cfg, &cfg, []any{cfg}} {
			printed := fmt.Sprintf(verb, value)
			assert.NotContains(t, printed, "whsec_", verb)
			assert.NotContains(t, printed, fmt.Sprintf("%x", "whsec_"), verb)
			assert.NotContains(t, printed, "119 104 115 101 99 95", verb) // the same as decimal bytes
		}
	}
}

// spanKey stands for what a tracing middleware puts into the request's context.
type spanKey struct{}

func TestObserverGetsTheRequestsContext(t *testing.T) {
	type report struct {
		ctx      context.Context
		span     any
		delivery webhook.Delivery
		err      error
	}
	var (
		reports []report
		want    context.Context
	)
	observed := webhook.MustNew(accountSecret, webhook.WithObserver(func(ctx context.Context, d webhook.Delivery, err error) {
		reports = append(reports, report{ctx, ctx.Value(spanKey{}), d, err})
	}))
	server := newEndpoint(t,
		before(func(c echo.Context) {
			c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), spanKey{}, "span")))
			want = c.Request().Context()
		}),
		sendsarecho.WithConfig(sendsarecho.Config{VerifierFor: func(c echo.Context) *webhook.Verifier {
			if c.QueryParam("account") == "unknown" {
				return nil
			}
			return observed
		}}),
		before(func(echo.Context) { assert.Len(t, reports, 1, "the observer runs before the handler") }))

	tests := []struct {
		name    string
		request *http.Request
		err     error
	}{
		{"accepted", signed(t, server.Server, eventBody), nil},
		{"no signature", unsigned(t, server.Server), webhook.ErrMissingSignature},
		{"forged", forged(t, server.Server), webhook.ErrSignatureMismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reports = nil
			send(t, server.Server, tt.request)
			require.Len(t, reports, 1)
			assert.Equal(t, want, reports[0].ctx)
			assert.Equal(t, "span", reports[0].span)
			if tt.err == nil {
				require.NoError(t, reports[0].err)
				assertSigned(t, reports[0].delivery.Body)
				return
			}
			require.ErrorIs(t, reports[0].err, tt.err)
			assert.Equal(t, webhook.Delivery{}, reports[0].delivery)
		})
	}
	t.Run("no Verifier, no observer", func(t *testing.T) {
		reports = nil
		r := signed(t, server.Server, eventBody)
		r.URL.RawQuery = "account=unknown"
		assert.Equal(t, http.StatusUnauthorized, send(t, server.Server, r).status)
		assert.Empty(t, reports)
	})
}

func TestSkippedRequestIsUnverified(t *testing.T) {
	skip, skips, picks, observed := true, 0, 0, 0
	verifier := webhook.MustNew(accountSecret, webhook.WithObserver(func(context.Context, webhook.Delivery, error) { observed++ }))
	var body []byte
	var original, inside io.ReadCloser
	var verified bool
	server := startRoute(t,
		func(c echo.Context) error {
			_, verified = sendsarecho.FromContext(c)
			inside = c.Request().Body
			var err error
			body, err = io.ReadAll(c.Request().Body)
			return errors.Join(err, c.NoContent(http.StatusNoContent))
		},
		before(func(c echo.Context) { original = c.Request().Body }),
		sendsarecho.WithConfig(sendsarecho.Config{
			Skipper: func(echo.Context) bool {
				skips++
				return skip
			},
			VerifierFor: func(echo.Context) *webhook.Verifier {
				picks++
				return verifier
			},
		}))

	for _, r := range []*http.Request{signed(t, server, eventBody), forged(t, server), unsigned(t, server)} {
		require.Equal(t, http.StatusNoContent, send(t, server, r).status)
		assert.False(t, verified)
		assertSigned(t, body)
		assert.Same(t, original, inside)
	}
	assert.Equal(t, 3, skips)
	assert.Zero(t, picks)
	assert.Zero(t, observed)

	skip = false
	require.Equal(t, http.StatusNoContent, send(t, server, signed(t, server, eventBody)).status)
	assert.True(t, verified)
	assertRejected(t, send(t, server, unsigned(t, server)), http.StatusUnauthorized, "invalid signature")
	assert.Equal(t, 2, picks)
	assert.Equal(t, 2, observed)
}
