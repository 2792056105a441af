package sendsargin_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
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
			err := panicError(t, func() { sendsargin.New(tt.secret, tt.opts...) })
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
	pick := func(*gin.Context) *webhook.Verifier { return nil }
	tests := []struct {
		name string
		cfg  sendsargin.Config
		is   error
		says string
	}{
		{name: "without a Verifier", says: "exactly one of"},
		{name: "with an ErrorHandler alone", cfg: sendsargin.Config{ErrorHandler: func(*gin.Context, error) {}}, says: "exactly one of"},
		{name: "with both ways to a Verifier", cfg: sendsargin.Config{Verifier: webhook.MustNew(accountSecret), VerifierFor: pick}, says: "exactly one of"},
		{name: "with a zero Verifier", cfg: sendsargin.Config{Verifier: new(webhook.Verifier)}, is: webhook.ErrInvalidSecret, says: "Config.Verifier"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := panicError(t, func() { sendsargin.WithConfig(tt.cfg) })
			require.ErrorContains(t, err, "sendsargin: ")
			require.ErrorContains(t, err, tt.says)
			if tt.is != nil {
				assert.ErrorIs(t, err, tt.is)
			}
		})
	}
}

func TestNewTakesTheOptionsOfTheCore(t *testing.T) {
	var index int
	server := startRoute(t,
		sendsargin.New(accountSecret, webhook.WithPreviousSecrets("", retiredSecret), webhook.WithMaxBodyBytes(int64(len(eventBody)))),
		func(c *gin.Context) {
			d, ok := sendsargin.FromContext(c)
			assert.True(t, ok)
			index = d.SecretIndex
			c.Status(http.StatusNoContent)
		})

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
	cfg := sendsargin.Config{Verifier: v, ErrorHandler: func(*gin.Context, error) {}}
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
		func(c *gin.Context) {
			c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), spanKey{}, "span"))
			want = c.Request.Context()
		},
		sendsargin.WithConfig(sendsargin.Config{VerifierFor: func(c *gin.Context) *webhook.Verifier {
			if c.Query("account") == "unknown" {
				return nil
			}
			return observed
		}}),
		func(*gin.Context) { assert.Len(t, reports, 1, "the observer runs before the handler") })

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
