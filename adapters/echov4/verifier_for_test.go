// Code generated from ../echov5 by .ci/majors; DO NOT EDIT.

package sendsarecho_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// countedBody counts the reads of a body.
type countedBody struct {
	io.ReadCloser
	reads int
}

func (b *countedBody) Read(p []byte) (int, error) {
	b.reads++
	return b.ReadCloser.Read(p)
}

func TestVerifierForIsCalledOnceBeforeTheBodyIsRead(t *testing.T) {
	verifier := webhook.MustNew(accountSecret)
	body := new(countedBody)
	calls, readsAtTheCall := 0, 0
	server := newEndpoint(t,
		before(func(c echo.Context) {
			body.ReadCloser = c.Request().Body
			c.Request().Body = body
		}),
		sendsarecho.WithConfig(sendsarecho.Config{VerifierFor: func(c echo.Context) *webhook.Verifier {
			calls++
			readsAtTheCall += body.reads
			assert.Same(t, body, c.Request().Body, "the pick sees the request as it came")
			c.Set("account", "a")
			return verifier
		}}),
		before(func(c echo.Context) {
			assert.Equal(t, "a", c.Get("account"), "the handler sees what the pick noted")
		}))

	require.Equal(t, "handled", send(t, server.Server, signed(t, server.Server, eventBody)).body)
	assert.Equal(t, 1, calls)
	assert.Zero(t, readsAtTheCall)
	assert.Positive(t, body.reads)

	*body = countedBody{}
	assertRejected(t, send(t, server.Server, unsigned(t, server.Server)), http.StatusUnauthorized, "invalid signature")
	assert.Equal(t, 2, calls)
	assert.Zero(t, body.reads, "nothing is read without a signature")
}

func TestVerifierForTwoAccounts(t *testing.T) {
	accounts := map[string]*webhook.Verifier{
		"a": webhook.MustNew(accountSecret),
		"b": webhook.MustNew(strangeSecret),
	}
	app := echo.New()
	app.POST("/webhooks/:account",
		func(c echo.Context) error { return c.String(http.StatusOK, "handled for "+c.Param("account")) },
		sendsarecho.WithConfig(sendsarecho.Config{VerifierFor: func(c echo.Context) *webhook.Verifier { return accounts[c.Param("account")] }}))
	server := start(t, app)

	tests := []struct {
		account, secret string
		status          int
		body            string
	}{
		{"a", accountSecret, http.StatusOK, "handled for a"},
		{"b", strangeSecret, http.StatusOK, "handled for b"},
		{"a", strangeSecret, http.StatusUnauthorized, `{"message":"invalid signature"}`},
		{"b", accountSecret, http.StatusUnauthorized, `{"message":"invalid signature"}`},
		{"c", accountSecret, http.StatusUnauthorized, `{"message":"invalid signature"}`},
	}
	for _, tt := range tests {
		r := signed(t, server, eventBody)
		r.URL.Path = "/webhooks/" + tt.account
		r.Header.Set(webhook.SignatureHeader, webhook.Sign(tt.secret, []byte(eventBody)))
		got := send(t, server, r)
		assert.Equal(t, tt.status, got.status, "%+v", tt)
		assert.Equal(t, tt.body, got.body, "%+v", tt)
	}
}
