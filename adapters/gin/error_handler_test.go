package sendsargin_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestErrorHandlerGetsTheCoresError(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			var got error
			aborted, verified := false, true
			calls := 0
			server := newEndpoint(t, tt.chain(func(c *gin.Context, err error) {
				calls++
				got, aborted = err, c.IsAborted()
				_, verified = sendsargin.FromContext(c)
				c.String(http.StatusTeapot, webhook.Reason(err))
			})...)
			answer := send(t, server.Server, tt.request(t, server.Server))
			assert.Equal(t, 1, calls)
			require.ErrorIs(t, got, tt.err)
			require.ErrorContains(t, got, tt.err.Error())
			assert.True(t, aborted, "the chain must be aborted before the handler runs")
			assert.False(t, verified)
			assert.Equal(t, http.StatusTeapot, answer.status)
			assert.Equal(t, webhook.Reason(tt.err), answer.body)
			assert.Zero(t, server.runs.Load())
		})
	}
}

// refuseWith has a forged delivery refused on an endpoint with this ErrorHandler.
func refuseWith(t *testing.T, handle func(*gin.Context, error), outer ...gin.HandlerFunc) (answer, outcome) {
	t.Helper()
	var seen outcome
	sameWriter := func(c *gin.Context) {
		before := c.Writer
		c.Next()
		assert.Same(t, before, c.Writer, "the writer is not what it was before")
	}
	server := newEndpoint(t, append(outer, watch(&seen), sameWriter, sendsargin.WithConfig(sendsargin.Config{
		Verifier:     webhook.MustNew(accountSecret),
		ErrorHandler: handle,
	}))...)
	got := send(t, server.Server, forged(t, server.Server))
	assert.Zero(t, server.runs.Load(), "the webhook handler ran")
	assert.False(t, seen.verified)
	assert.True(t, seen.aborted)
	return got, seen
}

func TestErrorHandlerAnswers(t *testing.T) {
	own := gin.H{"own": true}
	tests := []struct {
		name   string
		handle func(c *gin.Context, err error)
		status int
		body   string
	}{
		{"403 with JSON", func(c *gin.Context, _ error) { c.JSON(http.StatusForbidden, own) }, 403, `{"own":true}`},
		{"401 with JSON", func(c *gin.Context, _ error) { c.JSON(http.StatusUnauthorized, own) }, 401, `{"own":true}`},
		{"200 with JSON, on purpose", func(c *gin.Context, _ error) { c.JSON(http.StatusOK, own) }, 200, `{"own":true}`},
		{"409, aborting once more", func(c *gin.Context, _ error) { c.AbortWithStatusJSON(http.StatusConflict, own) }, 409, `{"own":true}`},
		{"a status, then another one with text", func(c *gin.Context, _ error) {
			c.Status(http.StatusUnauthorized)
			c.String(http.StatusForbidden, "own")
		}, 403, "own"},
		{"and calls c.Next after it", func(c *gin.Context, _ error) {
			c.String(http.StatusForbidden, "own")
			c.Next()
		}, 403, "own"},
		{"403 alone, not yet written", func(c *gin.Context, _ error) { c.Status(http.StatusForbidden) }, 403, ""},
		{"403 alone, written", func(c *gin.Context, _ error) { c.AbortWithStatus(http.StatusForbidden) }, 403, ""},
		{"204, on purpose", func(c *gin.Context, _ error) { c.AbortWithStatus(http.StatusNoContent) }, 204, ""},
		{"a redirect", func(c *gin.Context, _ error) { c.Redirect(http.StatusSeeOther, "/") }, 303, ""},
		{"a stream", func(c *gin.Context, _ error) {
			c.Status(http.StatusForbidden)
			c.Writer.WriteHeaderNow()
			_, err := io.WriteString(c.Writer, "own")
			assert.NoError(t, err)
		}, 403, "own"},
		{"as net/http does", func(c *gin.Context, _ error) { http.Error(c.Writer, "own", http.StatusForbidden) }, 403, "own\n"},
	}
	for _, tt := range tests {
		for name, outer := range around() {
			t.Run(tt.name+", within "+name, func(t *testing.T) {
				got, seen := refuseWith(t, tt.handle, outer)
				assert.Equal(t, tt.status, got.status)
				assert.Equal(t, tt.body, got.body)
				assert.Empty(t, seen.errors)
			})
		}
	}
}

func TestErrorHandlerStreams(t *testing.T) {
	got, _ := refuseWith(t, func(c *gin.Context, _ error) {
		c.Status(http.StatusForbidden)
		parts := 0
		c.Stream(func(w io.Writer) bool {
			parts++
			_, err := io.WriteString(w, "part ")
			assert.NoError(t, err)
			return parts < 2
		})
	})
	assert.Equal(t, http.StatusForbidden, got.status)
	assert.Equal(t, "part part ", got.body)
}

// What it records with c.Error is the app's own choice.
func TestErrorHandlerRecordsAnError(t *testing.T) {
	got, seen := refuseWith(t, func(c *gin.Context, err error) { _ = c.AbortWithError(http.StatusForbidden, err) }) // the returned value is for metadata
	assert.Equal(t, http.StatusForbidden, got.status)
	assert.Len(t, seen.errors, 1)
	got, seen = refuseWith(t, func(c *gin.Context, _ error) { _ = c.Error(errors.New("a full queue")) }) // as above
	assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
	assert.Len(t, seen.errors, 1)
}

func TestErrorHandlerThatDoesNotAnswer(t *testing.T) {
	tests := map[string]func(c *gin.Context, err error){
		"does nothing":                func(*gin.Context, error) {},
		"calls c.Next":                func(c *gin.Context, _ error) { c.Next() },
		"aborts":                      func(c *gin.Context, _ error) { c.Abort() },
		"sets a header":               func(c *gin.Context, _ error) { c.Header("X-Own", "1") },
		"sets 200":                    func(c *gin.Context, _ error) { c.Status(http.StatusOK) },
		"sets 204":                    func(c *gin.Context, _ error) { c.Status(http.StatusNoContent) },
		"sets 202 through the writer": func(c *gin.Context, _ error) { c.Writer.WriteHeader(http.StatusAccepted) },
		// After an informational status net/http sends a 200 of its own.
		"sets 103":           func(c *gin.Context, _ error) { c.Status(http.StatusEarlyHints) },
		"aborts with 103":    func(c *gin.Context, _ error) { c.AbortWithStatus(http.StatusEarlyHints) },
		"only flushes":       func(c *gin.Context, _ error) { c.Writer.Flush() },
		"writes the headers": func(c *gin.Context, _ error) { c.Writer.WriteHeaderNow() },
		"replaces the writer": func(c *gin.Context, _ error) {
			c.Writer = &heldBack{ResponseWriter: c.Writer, header: make(http.Header)}
			c.String(http.StatusOK, "never sent")
		},
	}
	for name, handle := range tests {
		for outerName, outer := range around() {
			t.Run(name+", within "+outerName, func(t *testing.T) {
				got, seen := refuseWith(t, handle, outer)
				assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
				assert.Empty(t, seen.errors)
			})
		}
	}
}

func TestErrorHandlerMayKeepTheForgedBody(t *testing.T) {
	var kept []byte
	_, _ = refuseWith(t, func(c *gin.Context, _ error) {
		var err error
		kept, err = c.GetRawData()
		assert.NoError(t, err)
	})
	assertSigned(t, kept)
}

// Recovery answers a panic with 500. http.ErrAbortHandler is net/http's way to drop a
// connection, and the Recovery of newer versions only ends the chain.
func TestErrorHandlerThatPanics(t *testing.T) {
	for name, value := range map[string]any{"with a text": "no", "with http.ErrAbortHandler": http.ErrAbortHandler} {
		for outerName, outer := range around() {
			t.Run(name+", within "+outerName, func(t *testing.T) {
				server := newEndpoint(t, gin.RecoveryWithWriter(io.Discard), outer, sendsargin.WithConfig(sendsargin.Config{
					Verifier: webhook.MustNew(accountSecret),
					ErrorHandler: func(c *gin.Context, _ error) {
						c.Status(http.StatusOK)
						panic(value)
					},
				}))
				got := send(t, server.Server, forged(t, server.Server))
				assert.Contains(t, []int{http.StatusUnauthorized, http.StatusInternalServerError}, got.status)
				assert.Zero(t, server.runs.Load())
			})
		}
	}
}

func TestErrorHandlerIsNotCalledForAVerifiedDelivery(t *testing.T) {
	server := newEndpoint(t, sendsargin.WithConfig(sendsargin.Config{
		Verifier:     webhook.MustNew(accountSecret),
		ErrorHandler: mustNotAnswer(t),
	}))
	require.Equal(t, "handled", send(t, server.Server, signed(t, server.Server, eventBody)).body)
}
