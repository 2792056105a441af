package sendsarecho_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/assert"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func succeeds(context.Context, webhook.Delivery) error { return nil }

func fails(context.Context, webhook.Delivery) error { return errors.New("the database is away") }

func panics(context.Context, webhook.Delivery) error { panic("no such table") }

func TestHandleAnswersInPlace(t *testing.T) {
	for name, outer := range around() {
		t.Run("success, within "+name, func(t *testing.T) {
			var seen outcome
			server := startRoute(t, sendsarecho.Handle(succeeds), outer, watch(&seen), sendsarecho.New(accountSecret))
			got := send(t, server, signed(server, eventBody))
			assert.Equal(t, http.StatusNoContent, got.status)
			assert.Empty(t, got.body)
			assert.Equal(t, outcome{verified: true, body: eventBody}, seen)
		})
		for what, failing := range map[string]webhook.Handler{"a failure": fails, "a panic": panics} {
			t.Run(what+", within "+name, func(t *testing.T) {
				var seen outcome
				server := startRoute(t, sendsarecho.Handle(failing), outer, watch(&seen), sendsarecho.New(accountSecret))
				assertRejected(t, send(t, server, signed(server, eventBody)), http.StatusInternalServerError, "internal server error")
				assert.Equal(t, outcome{verified: true, body: eventBody}, seen)
			})
		}
		t.Run("no middleware, within "+name, func(t *testing.T) {
			var seen outcome
			server := startRoute(t, sendsarecho.Handle(func(context.Context, webhook.Delivery) error {
				assert.Fail(t, "the handler ran")
				return nil
			}), outer, watch(&seen))
			assertRejected(t, send(t, server, signed(server, eventBody)), http.StatusInternalServerError, "internal server error")
			assert.Equal(t, outcome{}, seen)
		})
	}
}

// Handle cannot change an answer that was already written, but it runs the handler.
func TestHandleBehindAnAnswer(t *testing.T) {
	for _, h := range []webhook.Handler{succeeds, fails} {
		ran := false
		server := startRoute(t, sendsarecho.Handle(func(ctx context.Context, d webhook.Delivery) error {
			ran = true
			return h(ctx, d)
		}), sendsarecho.New(accountSecret), func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				if err := handled(c); err != nil {
					return err
				}
				return next(c)
			}
		})
		got := send(t, server, signed(server, eventBody))
		assert.Equal(t, http.StatusOK, got.status)
		assert.Equal(t, "handled", got.body)
		assert.True(t, ran)
	}
}

func TestHandleNil(t *testing.T) {
	assert.PanicsWithValue(t, "sendsarecho.Handle: the handler is nil", func() { sendsarecho.Handle(nil) })
}
