package sendsarecho_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

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
		before(func(c *echo.Context) {
			c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), spanKey{}, "span")))
			want = c.Request().Context()
		}),
		sendsarecho.WithConfig(sendsarecho.Config{VerifierFor: func(c *echo.Context) *webhook.Verifier {
			if c.QueryParam("account") == "unknown" {
				return nil
			}
			return observed
		}}),
		before(func(*echo.Context) { assert.Len(t, reports, 1, "the observer runs before the handler") }))

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
