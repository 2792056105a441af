package sendsarecho_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
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

func TestUnusableConfigs(t *testing.T) {
	pick := func(*echo.Context) *webhook.Verifier { return nil }
	tests := []struct {
		name string
		cfg  sendsarecho.Config
		is   error
		says string
	}{
		{name: "no Verifier", says: "exactly one of"},
		{name: "an ErrorHandler alone", cfg: sendsarecho.Config{ErrorHandler: func(_ *echo.Context, err error) error { return err }}, says: "exactly one of"},
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
	server := startRoute(t, func(c *echo.Context) error {
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
	cfg := sendsarecho.Config{Verifier: v, ErrorHandler: func(_ *echo.Context, err error) error { return err }}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{cfg, &cfg, []any{cfg}} {
			printed := fmt.Sprintf(verb, value)
			assert.NotContains(t, printed, "whsec_", verb)
			assert.NotContains(t, printed, fmt.Sprintf("%x", "whsec_"), verb)
			assert.NotContains(t, printed, "119 104 115 101 99 95", verb) // the same as decimal bytes
		}
	}
}
