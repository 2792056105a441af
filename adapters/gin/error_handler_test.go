package sendsargin_test

import (
	"errors"
	"fmt"
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
			var aborted, verified bool
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
			assert.Equal(t, tt.status, webhook.StatusCode(got))
			assert.True(t, aborted, "the chain must be aborted before the handler runs")
			assert.False(t, verified)
			assert.Equal(t, http.StatusTeapot, answer.status)
			assert.Equal(t, webhook.Reason(tt.err), answer.body)
			assert.Zero(t, server.runs.Load())
		})
	}
}

func TestErrorHandlerAnswers(t *testing.T) {
	tests := []struct {
		name     string
		handle   func(c *gin.Context, err error)
		status   int
		body     string
		recorded int
	}{
		{
			"with its own JSON",
			func(c *gin.Context, _ error) { c.JSON(http.StatusForbidden, gin.H{"own": true}) },
			http.StatusForbidden, `{"own":true}`, 0,
		},
		{
			"with its own JSON, aborting once more",
			func(c *gin.Context, _ error) { c.AbortWithStatusJSON(http.StatusForbidden, gin.H{"own": true}) },
			http.StatusForbidden, `{"own":true}`, 0,
		},
		{
			"and calls c.Next after it",
			func(c *gin.Context, _ error) {
				c.String(http.StatusForbidden, "own")
				c.Next()
			},
			http.StatusForbidden, "own", 0,
		},
		{
			"with a status alone, not yet written",
			func(c *gin.Context, _ error) { c.Status(http.StatusForbidden) },
			http.StatusForbidden, "", 0,
		},
		{
			"with a status alone, written",
			func(c *gin.Context, _ error) { c.AbortWithStatus(http.StatusForbidden) },
			http.StatusForbidden, "", 0,
		},
		{
			"with a status and an error",
			func(c *gin.Context, err error) { _ = c.AbortWithError(http.StatusForbidden, err) }, // the returned value is for metadata
			http.StatusForbidden, "", 1,
		},
		{
			"with a written 204, on purpose",
			func(c *gin.Context, _ error) { c.AbortWithStatus(http.StatusNoContent) },
			http.StatusNoContent, "", 0,
		},
		{
			"with a 200 and a body, on purpose",
			func(c *gin.Context, _ error) { c.String(http.StatusOK, "ignored") },
			http.StatusOK, "ignored", 0,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, seen := refuseWith(t, tt.handle)
			assert.Equal(t, tt.status, got.status)
			assert.Equal(t, tt.body, got.body)
			assert.Len(t, seen.errors, tt.recorded)
			assert.True(t, seen.aborted)
		})
	}
}

func TestErrorHandlerThatDoesNotAnswer(t *testing.T) {
	tests := []struct {
		name     string
		handle   func(c *gin.Context, err error)
		recorded int
	}{
		{"does nothing", func(*gin.Context, error) {}, 1},
		{"calls c.Next", func(c *gin.Context, _ error) { c.Next() }, 1},
		{"aborts", func(c *gin.Context, _ error) { c.Abort() }, 1},
		{"sets a header", func(c *gin.Context, _ error) { c.Header("X-Own", "1") }, 1},
		{"sets 200", func(c *gin.Context, _ error) { c.Status(http.StatusOK) }, 1},
		{"sets 204", func(c *gin.Context, _ error) { c.Status(http.StatusNoContent) }, 1},
		{"sets 202 through the writer", func(c *gin.Context, _ error) { c.Writer.WriteHeader(http.StatusAccepted) }, 1},
		// After an informational status net/http sends a 200 of its own.
		{"sets 103", func(c *gin.Context, _ error) { c.Status(http.StatusEarlyHints) }, 1},
		{"records the error", func(c *gin.Context, err error) { _ = c.Error(err) }, 1},
		{"records the error with metadata", func(c *gin.Context, err error) { _ = c.Error(err).SetType(gin.ErrorTypePublic).SetMeta("m") }, 1},
		{"records the error wrapped", func(c *gin.Context, err error) { _ = c.Error(fmt.Errorf("webhook refused: %w", err)) }, 1},
		{"records another error", func(c *gin.Context, _ error) { _ = c.Error(errors.New("a full queue")) }, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, seen := refuseWith(t, tt.handle)
			assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
			assert.Len(t, seen.errors, tt.recorded)
			matching := 0
			for _, err := range seen.errors {
				if errors.Is(err, webhook.ErrSignatureMismatch) {
					matching++
				}
			}
			assert.Equal(t, 1, matching)
		})
	}
}

// refuseWith has a forged delivery refused on an endpoint with this ErrorHandler.
func refuseWith(t *testing.T, handle func(*gin.Context, error), before ...gin.HandlerFunc) (answer, outcome) {
	t.Helper()
	var seen outcome
	chain := append([]gin.HandlerFunc{watch(&seen)}, before...)
	server := newEndpoint(t, append(chain, sendsargin.WithConfig(sendsargin.Config{
		Verifier:     webhook.MustNew(strangeSecret),
		ErrorHandler: handle,
	}))...)
	got := send(t, server.Server, signed(t, server.Server, eventBody))
	assert.Zero(t, server.runs.Load(), "the webhook handler ran")
	assert.False(t, seen.verified)
	return got, seen
}

func TestErrorHandlerAfterAStatusOfAnotherMiddleware(t *testing.T) {
	setStatus := func(status int) gin.HandlerFunc {
		return func(c *gin.Context) { c.Status(status) }
	}
	t.Run("a status that stood before is no answer", func(t *testing.T) {
		got, _ := refuseWith(t, func(*gin.Context, error) {}, setStatus(http.StatusForbidden))
		assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
	})
	t.Run("a success that stood before is no answer", func(t *testing.T) {
		got, _ := refuseWith(t, func(*gin.Context, error) {}, setStatus(http.StatusAccepted))
		assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
	})
	t.Run("another status is one", func(t *testing.T) {
		got, _ := refuseWith(t, func(c *gin.Context, _ error) { c.Status(http.StatusForbidden) }, setStatus(http.StatusAccepted))
		assert.Equal(t, http.StatusForbidden, got.status)
		assert.Empty(t, got.body)
	})
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

func TestErrorHandlerThatPanics(t *testing.T) {
	got, _ := refuseWith(t, func(*gin.Context, error) { panic("no") }, gin.RecoveryWithWriter(io.Discard))
	assert.Equal(t, http.StatusInternalServerError, got.status)
}

// It is net/http's way to drop a connection, which Recovery turns into an ordinary end.
func TestErrorHandlerThatPanicsWithErrAbortHandler(t *testing.T) {
	got, _ := refuseWith(t, func(*gin.Context, error) { panic(http.ErrAbortHandler) }, gin.RecoveryWithWriter(io.Discard))
	assert.NotEqual(t, http.StatusOK, got.status, "a refused delivery was acknowledged")
}

func TestErrorHandlerIsNotCalledForAVerifiedDelivery(t *testing.T) {
	server := newEndpoint(t, sendsargin.WithConfig(sendsargin.Config{
		Verifier:     webhook.MustNew(accountSecret),
		ErrorHandler: func(*gin.Context, error) { assert.Fail(t, "called") },
	}))
	require.Equal(t, "handled", send(t, server.Server, signed(t, server.Server, eventBody)).body)
}
