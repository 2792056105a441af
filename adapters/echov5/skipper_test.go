package sendsarecho_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestSkippedRequestIsUnverified(t *testing.T) {
	skip, skips, picks, observed := true, 0, 0, 0
	verifier := webhook.MustNew(accountSecret, webhook.WithObserver(func(context.Context, webhook.Delivery, error) { observed++ }))
	var body []byte
	var original, inside io.ReadCloser
	var verified bool
	server := startRoute(t,
		func(c *echo.Context) error {
			_, verified = sendsarecho.FromContext(c)
			inside = c.Request().Body
			var err error
			body, err = io.ReadAll(c.Request().Body)
			return errors.Join(err, c.NoContent(http.StatusNoContent))
		},
		before(func(c *echo.Context) { original = c.Request().Body }),
		sendsarecho.WithConfig(sendsarecho.Config{
			Skipper: func(*echo.Context) bool {
				skips++
				return skip
			},
			VerifierFor: func(*echo.Context) *webhook.Verifier {
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
