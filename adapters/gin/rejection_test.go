package sendsargin_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// refusal is one way in which a request is refused.
type refusal struct {
	name   string
	spoil  func(r *http.Request) // what the client does wrong
	before gin.HandlerFunc       // or a middleware before ours
	pick   *webhook.Verifier     // or VerifierFor
	err    error
	status int
	text   string
}

func refusals() []refusal {
	const limit = 1024
	verifier := webhook.MustNew(accountSecret, webhook.WithMaxBodyBytes(limit))
	spoilHeader := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(webhook.SignatureHeader, value) }
	}
	long := strings.NewReader(strings.Repeat("x", limit+1))
	return []refusal{
		{
			name: "no signature", pick: verifier,
			spoil: func(r *http.Request) { r.Header.Del(webhook.SignatureHeader) },
			err:   webhook.ErrMissingSignature, status: 401, text: "invalid signature",
		},
		{
			name: "a malformed signature", pick: verifier, spoil: spoilHeader("sha256=00"),
			err: webhook.ErrMalformedSignature, status: 401, text: "invalid signature",
		},
		{
			name: "two signatures", pick: verifier,
			spoil: func(r *http.Request) {
				r.Header.Add(webhook.SignatureHeader, r.Header.Get(webhook.SignatureHeader))
			},
			err: webhook.ErrMalformedSignature, status: 401, text: "invalid signature",
		},
		{
			name: "a stranger's signature", pick: verifier,
			spoil: spoilHeader(webhook.Sign(strangeSecret, []byte(eventBody))),
			err:   webhook.ErrSignatureMismatch, status: 401, text: "invalid signature",
		},
		{
			name: "no Verifier",
			err:  webhook.ErrNoVerifier, status: 401, text: "invalid signature",
		},
		{
			name: "a length over the limit", pick: verifier,
			spoil: func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(long), limit+1 },
			err:   webhook.ErrBodyTooLarge, status: 413, text: "request body too large",
		},
		{
			name: "more chunks than the limit", pick: verifier,
			spoil: func(r *http.Request) {
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", limit+1))), -1
			},
			err: webhook.ErrBodyTooLarge, status: 413, text: "request body too large",
		},
		{
			name: "a body that was consumed before", pick: verifier,
			before: func(c *gin.Context) { _, _ = io.ReadAll(c.Request.Body) }, // whatever it says, the body is gone
			err:    webhook.ErrBodyAltered, status: 500, text: "internal server error",
		},
		{
			name: "a zero Verifier", pick: new(webhook.Verifier),
			err: webhook.ErrInvalidSecret, status: 500, text: "internal server error",
		},
	}
}

// chain is the refusal's middleware, the adapter last.
func (f refusal) chain(handleError func(*gin.Context, error)) []gin.HandlerFunc {
	ours := sendsargin.WithConfig(sendsargin.Config{
		VerifierFor:  func(*gin.Context) *webhook.Verifier { return f.pick },
		ErrorHandler: handleError,
	})
	if f.before == nil {
		return []gin.HandlerFunc{ours}
	}
	return []gin.HandlerFunc{f.before, ours}
}

// request is the one that is refused.
func (f refusal) request(t *testing.T, server *httptest.Server) *http.Request {
	t.Helper()
	r := signed(t, server, eventBody)
	if f.spoil != nil {
		f.spoil(r)
	}
	return r
}

func TestDefaultRejection(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			var seen outcome
			server := newEndpoint(t, append([]gin.HandlerFunc{watch(&seen)}, tt.chain(nil)...)...)
			got := send(t, server.Server, tt.request(t, server.Server))
			assertRejected(t, got, tt.status, tt.text)
			assert.Zero(t, server.runs.Load(), "the handler ran")
			assert.True(t, seen.aborted)
			assert.False(t, seen.verified)
			require.Len(t, seen.errors, 1)
			assert.ErrorIs(t, seen.errors[0], tt.err)
		})
	}
}

// countingWriter counts what reaches the server's own ResponseWriter.
type countingWriter struct {
	http.ResponseWriter
	headers, writes int
}

func (w *countingWriter) WriteHeader(status int) {
	w.headers++
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.writes++
	return w.ResponseWriter.Write(p)
}

func TestDefaultRejectionIsWrittenOnce(t *testing.T) {
	engine := newEngine()
	engine.Use(
		gin.RecoveryWithWriter(io.Discard),
		func(c *gin.Context) { // the usual place for one answer to all errors
			c.Next()
			if len(c.Errors) > 0 && !c.Writer.Written() {
				c.JSON(http.StatusBadGateway, gin.H{"errors": c.Errors.Errors()})
			}
		},
	)
	engine.POST(route, sendsargin.New(accountSecret), func(c *gin.Context) { c.String(http.StatusOK, "handled") })
	var counted countingWriter
	server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted = countingWriter{ResponseWriter: w}
		engine.ServeHTTP(&counted, r)
	}))
	assertRejected(t, send(t, server, unsigned(t, server)), http.StatusUnauthorized, "invalid signature")
	assert.Equal(t, 1, counted.headers)
	assert.Equal(t, 1, counted.writes)
}

// http.Handler has no way back: what stands is not added to.
func TestDefaultRejectionLeavesAWrittenResponseAlone(t *testing.T) {
	var seen outcome
	server := newEndpoint(t,
		watch(&seen),
		func(c *gin.Context) { c.String(http.StatusAccepted, "first") },
		sendsargin.New(strangeSecret))
	got := send(t, server.Server, signed(t, server.Server, eventBody))
	assert.Equal(t, http.StatusAccepted, got.status)
	assert.Equal(t, "first", got.body)
	assert.Len(t, seen.errors, 1)
	assert.Zero(t, server.runs.Load())
}

// Rejecting by panic would be 200 there.
func TestDefaultRejectionUnderRecovery(t *testing.T) {
	server := newEndpoint(t, gin.RecoveryWithWriter(io.Discard), sendsargin.New(strangeSecret))
	assertRejected(t, send(t, server.Server, signed(t, server.Server, eventBody)), http.StatusUnauthorized, "invalid signature")
	assert.Zero(t, server.runs.Load())
}

func TestMiddlewareOnAGroup(t *testing.T) {
	engine := newEngine()
	group := engine.Group("/webhooks", sendsargin.New(accountSecret))
	handled := 0
	group.POST("/sendsar", func(c *gin.Context) {
		handled++
		c.String(http.StatusOK, "handled")
	})
	server := start(t, engine)
	assert.Equal(t, "handled", send(t, server, signed(t, server, eventBody)).body)
	assertRejected(t, send(t, server, forged(t, server)), http.StatusUnauthorized, "invalid signature")
	assert.Equal(t, 1, handled)
}

// Gin has set 404 already when the handlers of NoRoute run.
func TestMiddlewareOnNoRoute(t *testing.T) {
	engine := newEngine()
	engine.NoRoute(sendsargin.New(accountSecret), func(c *gin.Context) { c.String(http.StatusOK, "handled") })
	server := start(t, engine)
	assert.Equal(t, "handled", send(t, server, signed(t, server, eventBody)).body)
	assertRejected(t, send(t, server, unsigned(t, server)), http.StatusUnauthorized, "invalid signature")
}
