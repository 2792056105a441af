package sendsargin_test

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// refuseWith has a forged delivery refused on an endpoint with this ErrorHandler.
func refuseWith(t *testing.T, handle func(*gin.Context, error), outer ...gin.HandlerFunc) (answer, outcome) {
	t.Helper()
	var seen outcome
	sameWriter := func(c *gin.Context) {
		earlier := c.Writer
		c.Next()
		assert.Same(t, earlier, c.Writer, "the writer is not what it was before")
	}
	server := startRoute(t, append(outer, watch(&seen), sameWriter, sendsargin.WithConfig(sendsargin.Config{
		Verifier:     webhook.MustNew(accountSecret),
		ErrorHandler: handle,
	}), neverRun(t))...)
	return send(t, server, forged(server)), seen
}

func TestErrorHandlerAnswers(t *testing.T) {
	tests := []struct {
		name   string
		handle func(c *gin.Context, err error)
		status int
		body   string
	}{
		{"200 with JSON, on purpose", func(c *gin.Context, _ error) { c.JSON(http.StatusOK, "own") }, 200, `"own"`},
		{"204, on purpose", func(c *gin.Context, _ error) { c.AbortWithStatus(http.StatusNoContent) }, 204, ""},
		{"409, aborting once more", func(c *gin.Context, _ error) { c.AbortWithStatusJSON(http.StatusConflict, "own") }, 409, `"own"`},
		{"a status, then another one with text, and c.Next", func(c *gin.Context, _ error) {
			c.Status(http.StatusUnauthorized)
			assert.Equal(t, http.StatusUnauthorized, c.Writer.Status())
			c.String(http.StatusForbidden, "own")
			c.Next()
			assert.NoError(t, http.NewResponseController(c.Writer).SetWriteDeadline(time.Time{}))
		}, 403, "own"},
		{"403 alone, not yet written", func(c *gin.Context, _ error) { c.Status(http.StatusForbidden) }, 403, ""},
		{"a redirect", func(c *gin.Context, _ error) { c.Redirect(http.StatusSeeOther, "/") }, 303, ""},
		{"a stream", func(c *gin.Context, _ error) {
			c.Status(http.StatusForbidden)
			c.Writer.WriteHeaderNow()
			_, err := io.WriteString(c.Writer, "own")
			assert.NoError(t, err)
		}, 403, "own"},
		{"the forged body", func(c *gin.Context, _ error) {
			if body, err := c.GetRawData(); assert.NoError(t, err) {
				c.Data(http.StatusForbidden, jsonType, body)
			}
		}, 403, eventBody},
		{"as net/http does", func(c *gin.Context, _ error) { http.Error(c.Writer, "own", http.StatusForbidden) }, 403, "own\n"},
	}
	for _, tt := range tests {
		for name, outer := range around() {
			t.Run(tt.name+", within "+name, func(t *testing.T) {
				got, seen := refuseWith(t, tt.handle, outer)
				assert.Equal(t, tt.status, got.status)
				assert.Equal(t, tt.body, got.body)
				assert.Equal(t, outcome{aborted: true}, seen)
			})
		}
	}
}

func TestErrorHandlerThatDoesNotAnswer(t *testing.T) {
	tests := map[string]func(c *gin.Context, err error){
		"aborts":        func(c *gin.Context, _ error) { c.Abort() },
		"sets a header": func(c *gin.Context, _ error) { c.Header("X-Own", "1") },
		"sets 200":      func(c *gin.Context, _ error) { c.Status(http.StatusOK) },
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
				assert.Equal(t, outcome{aborted: true}, seen)
			})
		}
	}
}

// What it records with c.Error is the app's own choice.
func TestErrorHandlerRecordsAnError(t *testing.T) {
	got, seen := refuseWith(t, func(c *gin.Context, _ error) { _ = c.Error(errors.New("a full queue")) }) // the returned value is for metadata
	assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
	assert.Equal(t, outcome{aborted: true, errors: []string{"a full queue"}}, seen)
}

// Gin's Recovery answers 500. For http.ErrAbortHandler, net/http's way to drop a connection,
// that of newer versions only ends the chain, and the status that is set is sent.
func TestErrorHandlerThatPanics(t *testing.T) {
	recoveries := map[string]gin.HandlerFunc{
		"Gin's Recovery": gin.RecoveryWithWriter(io.Discard),
		"a recovery that only ends the chain": func(c *gin.Context) {
			defer func() {
				if recover() != nil {
					c.Abort()
				}
			}()
			c.Next()
		},
	}
	for name, recovery := range recoveries {
		for outerName, outer := range around() {
			t.Run(name+" around "+outerName, func(t *testing.T) {
				got, _ := refuseWith(t, func(c *gin.Context, _ error) {
					c.Status(http.StatusOK)
					panic(http.ErrAbortHandler)
				}, recovery, outer)
				assert.Equal(t, http.StatusInternalServerError, got.status)
			})
		}
	}
}
