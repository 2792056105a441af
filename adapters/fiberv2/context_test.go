package sendsarfiber_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// found is what a handler finds with FromContext.
type found struct {
	delivery webhook.Delivery
	ok       bool
}

func fromContext(c *fiber.Ctx) found {
	d, ok := sendsarfiber.FromContext(c)
	return found{d, ok}
}

func TestFromContext(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		seen := make(chan found, room)
		ask := func(c *fiber.Ctx) error {
			seen <- fromContext(c)
			// Reads the body: a stream left unread desynchronises fasthttp before 1.76.
			return c.SendString("body: " + string(c.BodyRaw()))
		}
		app := quietApp(cfg)
		app.Use(func(c *fiber.Ctx) error {
			err := c.Next()
			if len(seen) == 0 { // no handler has asked
				seen <- fromContext(c)
			}
			return err
		})
		verify := sendsarfiber.New(testSecret)
		app.Post(hookPath, verify, ask)
		app.Post("/unprotected", ask)
		app.Post("/failing", verify, func(*fiber.Ctx) error { return errors.New("the handler's own") })
		app.Post("/twice", verify, sendsarfiber.New(previousSecret), ask)
		app.Post("/handled-by-next", withErrorHandler(func(c *fiber.Ctx, _ error) error { return c.Next() }), ask)
		c := dial(t, listen(t, app))

		for _, test := range []struct {
			name, path string
			request    []byte
			verified   bool
		}{
			{"true in the handler", hookPath, request(event, signed(event)), true},
			{"false for the next request on the connection", "/unprotected", request(event, signed(event)), false},
			{"true in an outer middleware after the handler failed", "/failing", request(event, signed(event)), true},
			{"false in an outer middleware after a refusal", hookPath, request(event, forged(event)), false},
			{"false where a second instance refuses what the first verified", "/twice", request(event, signed(event)), false},
			{"false where an ErrorHandler runs the handler", "/handled-by-next", request(event, forged(event)), false},
			{"true again afterwards", hookPath, request(event, signed(event)), true},
		} {
			t.Run(test.name, func(t *testing.T) {
				c.ask(t, onPath(test.path, test.request))
				got := only(t, seen)
				assert.Equal(t, test.verified, got.ok)
				if !test.verified {
					assert.Zero(t, got.delivery)
					return
				}
				assert.Equal(t, event, got.delivery.Body)
				assert.Equal(t, len(event), cap(got.delivery.Body))
			})
		}
	})
}

func TestCoreFromContextNeverFindsTheDelivery(t *testing.T) {
	t.Parallel()
	seen := make(chan bool, room)
	app := quietApp(fiber.Config{})
	app.Post(hookPath, sendsarfiber.New(testSecret), func(c *fiber.Ctx) error {
		_, inUserContext := webhook.FromContext(c.UserContext())
		_, inContext := webhook.FromContext(c.Context())
		seen <- inUserContext
		seen <- inContext
		return nil
	})
	dial(t, listen(t, app)).ask(t, announced(event, signed(event)))
	require.Len(t, seen, 2)
	assert.False(t, <-seen)
	assert.False(t, <-seen)
}

func TestDeliveryMayBeKept(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		type kept struct{ delivery, raw []byte }
		runs := make(chan kept, room)
		app := quietApp(cfg)
		app.Post(hookPath, sendsarfiber.New(testSecret), func(c *fiber.Ctx) error {
			runs <- kept{fromContext(c).delivery.Body, c.BodyRaw()}
			return nil
		})
		c := dial(t, listen(t, app))

		first, second := bytes.Repeat([]byte("1"), 50), bytes.Repeat([]byte("2"), 50)
		c.ask(t, request(first, signed(first)))
		one := only(t, runs)
		c.ask(t, request(second, signed(second)))
		two := only(t, runs)

		assert.Equal(t, first, one.delivery, "the first delivery after the second")
		assert.Equal(t, second, two.delivery)
		switch {
		case cfg.Immutable:
			assert.Equal(t, first, one.raw)
		case !cfg.StreamRequestBody:
			// Fiber does reuse its memory, or this test would show nothing. (A stream's
			// buffer goes to a pool, and may or may not come back at once.)
			assert.Equal(t, second, one.raw)
		}
	})
}

func TestDeliveryIsACopyOfTheBody(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		bodies := make(chan []byte, room)
		app := quietApp(cfg)
		app.Post(hookPath, sendsarfiber.New(testSecret), func(c *fiber.Ctx) error {
			clear(c.BodyRaw())
			bodies <- fromContext(c).delivery.Body
			return nil
		})
		dial(t, listen(t, app)).ask(t, request(event, signed(event)))
		assert.Equal(t, event, only(t, bodies))
	})
}
