package sendsarfiber_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// found is what a handler finds with FromContext.
type found struct {
	delivery webhook.Delivery
	ok       bool
}

func fromContext(c fiber.Ctx) found {
	d, ok := sendsarfiber.FromContext(c)
	return found{d, ok}
}

func TestFromContext(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		seen := make(chan found, room)
		ask := func(c fiber.Ctx) error {
			seen <- fromContext(c)
			// Reads the body: a stream left unread desynchronises fasthttp before 1.76.
			return c.SendString("body: " + string(c.BodyRaw()))
		}
		app := quietApp(cfg)
		app.Use(func(c fiber.Ctx) error {
			err := c.Next()
			if len(seen) == 0 { // no handler has asked
				seen <- fromContext(c)
			}
			return err
		})
		verify := sendsarfiber.New(testSecret)
		app.Post(hookPath, verify, ask)
		app.Post("/unprotected", ask)
		app.Post("/failing", verify, func(fiber.Ctx) error { return errors.New("the handler's own") })
		app.Post("/twice", verify, sendsarfiber.New(previousSecret), ask)
		app.Post("/handled-by-next", withErrorHandler(func(c fiber.Ctx, _ error) error { return c.Next() }), ask)
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

// customCtx is what an app that extends Fiber's context has.
type customCtx struct{ fiber.DefaultCtx }

func TestFromContextOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		ctx  func(c fiber.Ctx) any
		// in fiber.Config; without it a context.Context does not see the Locals
		needsPassLocalsToContext, never bool
	}{
		{name: "a fiber.Ctx", ctx: func(c fiber.Ctx) any { return c }},
		{name: "a fiber.Ctx as a context.Context", ctx: func(c fiber.Ctx) any { return context.Context(c) }},
		{name: "a *fasthttp.RequestCtx", ctx: func(c fiber.Ctx) any { return c.RequestCtx() }},
		{name: "the RequestCtx of a fiber.Req", ctx: func(c fiber.Ctx) any { return c.Req().RequestCtx() }},
		{name: "c.Context", ctx: func(c fiber.Ctx) any { return c.Context() }, needsPassLocalsToContext: true},
		{name: "a context derived from c.Context", ctx: func(c fiber.Ctx) any {
			return context.WithValue(c.Context(), contextKey{}, 1)
		}, needsPassLocalsToContext: true},
		{name: "another context", ctx: func(fiber.Ctx) any { return context.Background() }, never: true},
		{name: "nil", ctx: func(fiber.Ctx) any { return nil }, never: true},
		{name: "something else", ctx: func(c fiber.Ctx) any { return c.Body() }, never: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, custom := range []bool{false, true} {
				for _, passLocals := range []bool{false, true} {
					seen := make(chan found, room)
					ask := func(c fiber.Ctx) {
						d, ok := sendsarfiber.FromContext(test.ctx(c))
						seen <- found{d, ok}
					}
					cfg := fiber.Config{PassLocalsToContext: passLocals}
					app := quietApp(cfg)
					if custom {
						app = fiber.NewWithCustomCtx(func(app *fiber.App) fiber.CustomCtx {
							return &customCtx{*fiber.NewDefaultCtx(app)}
						}, cfg)
					}
					verify := sendsarfiber.New(testSecret)
					app.Post(hookPath, verify, ask)
					app.Post(otherPath, verify, sendsarfiber.WithConfig(sendsarfiber.Config{
						Verifier: webhook.MustNew(previousSecret),
						ErrorHandler: func(c fiber.Ctx, err error) error {
							ask(c)
							return err
						},
					}))
					c := dial(t, listen(t, app))

					c.ask(t, announced(event, signed(event)))
					got := only(t, seen)
					assert.Equal(t, !test.never && (passLocals || !test.needsPassLocalsToContext), got.ok)
					if got.ok {
						assert.Equal(t, event, got.delivery.Body)
					}
					// What a first instance verified is gone once a second one refuses.
					c.ask(t, onPath(otherPath, announced(event, signed(event))))
					assert.Zero(t, only(t, seen))
				}
			}
		})
	}
}

type contextKey struct{}

// It compiles with a fiber.Ctx too, which is a context.Context.
func TestCoreFromContextNeverFindsTheDelivery(t *testing.T) {
	t.Parallel()
	for _, passLocals := range []bool{false, true} {
		seen := make(chan bool, room)
		app := quietApp(fiber.Config{PassLocalsToContext: passLocals})
		app.Post(hookPath, sendsarfiber.New(testSecret), func(c fiber.Ctx) error {
			for _, ctx := range []context.Context{c, c.RequestCtx(), c.Context()} {
				_, ok := webhook.FromContext(ctx)
				seen <- ok
			}
			return nil
		})
		dial(t, listen(t, app)).ask(t, announced(event, signed(event)))
		require.Len(t, seen, 3)
		assert.Equal(t, []bool{false, false, false}, []bool{<-seen, <-seen, <-seen})
	}
}

func TestDeliveryMayBeKept(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		type kept struct{ delivery, raw []byte }
		runs := make(chan kept, room)
		app := quietApp(cfg)
		app.Post(hookPath, sendsarfiber.New(testSecret), func(c fiber.Ctx) error {
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
		app.Post(hookPath, sendsarfiber.New(testSecret), func(c fiber.Ctx) error {
			clear(c.BodyRaw())
			bodies <- fromContext(c).delivery.Body
			return nil
		})
		dial(t, listen(t, app)).ask(t, request(event, signed(event)))
		assert.Equal(t, event, only(t, bodies))
	})
}
