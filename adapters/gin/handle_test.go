package sendsargin_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func succeeds(context.Context, webhook.Delivery) error { return nil }

func fails(context.Context, webhook.Delivery) error { return errors.New("the database is away") }

func panics(context.Context, webhook.Delivery) error { panic("no such table") }

func TestHandleAnswersInPlace(t *testing.T) {
	for name, outer := range around() {
		t.Run("success, within "+name, func(t *testing.T) {
			var seen outcome
			server := startRoute(t, outer, watch(&seen), sendsargin.New(accountSecret), sendsargin.Handle(succeeds))
			got := send(t, server, signed(server, eventBody))
			assert.Equal(t, http.StatusNoContent, got.status)
			assert.Empty(t, got.body)
			assert.Equal(t, outcome{verified: true, body: eventBody}, seen)
		})
		for what, failing := range map[string]webhook.Handler{"a failure": fails, "a panic": panics} {
			t.Run(what+", within "+name, func(t *testing.T) {
				var seen outcome
				server := startRoute(t, outer, watch(&seen), sendsargin.New(accountSecret), sendsargin.Handle(failing), neverRun(t))
				assertRejected(t, send(t, server, signed(server, eventBody)), http.StatusInternalServerError, "internal server error")
				assert.Equal(t, outcome{aborted: true, verified: true, body: eventBody}, seen)
			})
		}
		t.Run("no middleware, within "+name, func(t *testing.T) {
			var seen outcome
			server := startRoute(t, outer, watch(&seen), sendsargin.Handle(func(context.Context, webhook.Delivery) error {
				assert.Fail(t, "the handler ran")
				return nil
			}), neverRun(t))
			assertRejected(t, send(t, server, signed(server, eventBody)), http.StatusInternalServerError, "internal server error")
			assert.Equal(t, outcome{aborted: true}, seen)
		})
	}
}

// The status is sent before an outer middleware continues: c.Writer.Written reports it.
func TestHandleSendsItsStatus(t *testing.T) {
	server := startRoute(t, func(c *gin.Context) {
		c.Next()
		assert.True(t, c.Writer.Written())
	}, sendsargin.New(accountSecret), sendsargin.Handle(succeeds))
	assert.Equal(t, http.StatusNoContent, send(t, server, signed(server, eventBody)).status)
}

// Handle cannot change an answer that was already written, but it runs the handler.
func TestHandleBehindAnAnswer(t *testing.T) {
	for _, h := range []webhook.Handler{succeeds, fails} {
		ran := false
		server := startRoute(t, sendsargin.New(accountSecret), handled, sendsargin.Handle(func(ctx context.Context, d webhook.Delivery) error {
			ran = true
			return h(ctx, d)
		}))
		got := send(t, server, signed(server, eventBody))
		assert.Equal(t, http.StatusOK, got.status)
		assert.Equal(t, "handled", got.body)
		assert.True(t, ran)
	}
}

func TestHandleNil(t *testing.T) {
	assert.PanicsWithValue(t, "sendsargin.Handle: the handler is nil", func() { sendsargin.Handle(nil) })
}
