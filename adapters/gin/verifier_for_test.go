package sendsargin_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
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
		func(c *gin.Context) {
			body.ReadCloser = c.Request.Body
			c.Request.Body = body
		},
		sendsargin.WithConfig(sendsargin.Config{VerifierFor: func(c *gin.Context) *webhook.Verifier {
			calls++
			readsAtTheCall += body.reads
			c.Set("account", "a")
			return verifier
		}}),
		func(c *gin.Context) {
			assert.Equal(t, "a", c.GetString("account"), "the handler sees what the pick noted")
		})

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
	engine := newApp()
	engine.POST("/webhooks/:account",
		sendsargin.WithConfig(sendsargin.Config{VerifierFor: func(c *gin.Context) *webhook.Verifier { return accounts[c.Param("account")] }}),
		func(c *gin.Context) { c.String(http.StatusOK, "handled for "+c.Param("account")) })
	server := start(t, engine)

	tests := []struct {
		account, secret string
		status          int
		body            string
	}{
		{"a", accountSecret, http.StatusOK, "handled for a"},
		{"b", strangeSecret, http.StatusOK, "handled for b"},
		{"a", strangeSecret, http.StatusUnauthorized, `{"error":"invalid signature"}`},
		{"b", accountSecret, http.StatusUnauthorized, `{"error":"invalid signature"}`},
		{"c", accountSecret, http.StatusUnauthorized, `{"error":"invalid signature"}`},
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
