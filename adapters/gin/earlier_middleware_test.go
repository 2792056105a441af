package sendsargin_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return compressed.String()
}

// With an announced length it is an internal error. Without one it mostly looks like a
// forgery, and only the error can say what else it may be.
func TestBodyThatAnEarlierMiddlewareTouched(t *testing.T) {
	const altered, mismatch = "body_altered", "signature_mismatch"
	compressed := gzipped(t, strings.Repeat(eventBody, 10))
	other := strings.ToUpper(eventBody)
	tests := []struct {
		name        string
		contentType string
		body        string
		touch       gin.HandlerFunc
		announced   string // the reason of the refusal, if any
		chunked     string
	}{
		{"read whole", "application/json", eventBody, func(c *gin.Context) {
			_, err := io.ReadAll(c.Request.Body)
			assert.NoError(t, err)
		}, altered, mismatch},
		{"read in part", "application/json", eventBody, func(c *gin.Context) {
			_, err := io.ReadFull(c.Request.Body, make([]byte, 1))
			assert.NoError(t, err)
		}, altered, mismatch},
		{"read whole and closed", "application/json", eventBody, func(c *gin.Context) {
			_, err := io.ReadAll(c.Request.Body)
			assert.NoError(t, err)
			assert.NoError(t, c.Request.Body.Close())
		}, altered, altered},
		{"closed unread", "application/json", eventBody, func(c *gin.Context) {
			assert.NoError(t, c.Request.Body.Close())
		}, altered, altered},
		{"replaced by a longer one", "application/json", eventBody, func(c *gin.Context) {
			c.Request.Body = io.NopCloser(strings.NewReader(eventBody + " "))
		}, altered, mismatch},
		{"replaced by a longer one, its length set", "application/json", eventBody, func(c *gin.Context) {
			c.Request.Body = io.NopCloser(strings.NewReader(eventBody + " "))
			c.Request.ContentLength = int64(len(eventBody + " "))
		}, altered, mismatch},
		{"replaced by as many other bytes, the length set", "application/json", eventBody, func(c *gin.Context) {
			c.Request.Body = io.NopCloser(strings.NewReader(other))
			c.Request.ContentLength = int64(len(other))
		}, mismatch, mismatch},
		{"read and put back", "application/json", eventBody, func(c *gin.Context) {
			body, err := io.ReadAll(c.Request.Body)
			if assert.NoError(t, err) {
				c.Request.Body = io.NopCloser(bytes.NewReader(body))
			}
		}, "", ""},
		{"bound with ShouldBindJSON", "application/json", eventBody, func(c *gin.Context) {
			assert.NoError(t, c.ShouldBindJSON(new(bound)))
		}, altered, mismatch},
		{"bound with ShouldBindBodyWith", "application/json", eventBody, func(c *gin.Context) {
			assert.NoError(t, c.ShouldBindBodyWith(new(bound), binding.JSON))
		}, altered, mismatch},
		{"parsed as a form", "application/x-www-form-urlencoded", "event=call.ended", func(c *gin.Context) {
			assert.Equal(t, "call.ended", c.PostForm("event"))
		}, altered, mismatch},
		{"inflated", "application/json", compressed, func(c *gin.Context) {
			inflated, err := gzip.NewReader(c.Request.Body)
			if assert.NoError(t, err) {
				c.Request.Body = inflated
			}
		}, altered, mismatch},
	}
	for _, tt := range tests {
		inBothFramings(t, tt.name, func(t *testing.T, frame func(*http.Request) bool) {
			var refused error
			server := newEndpoint(t, tt.touch, sendsargin.New(accountSecret, observe(&refused)))
			r := signed(t, server.Server, tt.body)
			r.Header.Set("Content-Type", tt.contentType)
			want := tt.announced
			if frame(r) {
				want = tt.chunked
			}
			got := send(t, server.Server, r)
			assert.Equal(t, want, webhook.Reason(refused))
			switch want {
			case altered:
				require.ErrorContains(t, refused, "verify first")
				assertRejected(t, got, http.StatusInternalServerError, "internal server error")
			case mismatch:
				assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
			default:
				assert.Equal(t, "handled", got.body)
				return
			}
			assert.Zero(t, server.runs.Load())
		})
	}
}

func TestLimitOfAnEarlierMiddleware(t *testing.T) {
	for _, chunked := range []bool{false, true} {
		var refused error
		server := newEndpoint(t,
			func(c *gin.Context) { c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 10) },
			sendsargin.New(accountSecret, observe(&refused)))
		r := signed(t, server.Server, eventBody)
		if chunked {
			r.ContentLength = -1
		}
		assertRejected(t, send(t, server.Server, r), http.StatusRequestEntityTooLarge, "request body too large")
		assert.ErrorIs(t, refused, webhook.ErrBodyTooLarge)
	}
}

// An outer middleware may hold on to the body it saw, or have put its own there.
func TestBodyIsTheSameValueAfterAnEarlyRefusal(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(r *http.Request)
	}{
		{"no signature", func(r *http.Request) { r.Header.Del(webhook.SignatureHeader) }},
		{"a malformed signature", func(r *http.Request) { r.Header.Set(webhook.SignatureHeader, "sha256=") }},
		{"a length over the limit", func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", 2000))), 2000
		}},
		{"more chunks than the limit", func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", 2000))), -1
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, during, after io.ReadCloser
			server := newEndpoint(t,
				func(c *gin.Context) {
					before = c.Request.Body
					c.Next()
					after = c.Request.Body
				},
				sendsargin.WithConfig(sendsargin.Config{
					Verifier:     webhook.MustNew(accountSecret, webhook.WithMaxBodyBytes(1000)),
					ErrorHandler: func(c *gin.Context, _ error) { during = c.Request.Body },
				}))
			r := signed(t, server.Server, eventBody)
			tt.spoil(r)
			send(t, server.Server, r)
			assert.Same(t, before, during)
			assert.Same(t, before, after)
		})
	}
}
