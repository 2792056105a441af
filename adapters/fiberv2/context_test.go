// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"context"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/stretchr/testify/assert"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestObserverSeesTheContextThatVerifierForSet(t *testing.T) {
	t.Parallel()
	type spanKey struct{}
	spans := make(chan any, room)
	verifier := webhook.MustNew(accountSecret, webhook.WithObserver(func(ctx context.Context, _ webhook.Delivery, _ error) {
		spans <- ctx.Value(spanKey{})
	}))
	s := newEndpoint(t, fiber.Config{}, sendsarfiber.WithConfig(sendsarfiber.Config{VerifierFor: func(c *fiber.Ctx) *webhook.Verifier {
		c.SetUserContext(context.WithValue(c.UserContext(), spanKey{}, "picked"))
		return verifier
	}}))
	s.deliver(t, announced(eventBody))
	assert.Equal(t, "picked", only(t, spans))
}

// It must not, but a mistake there must neither bring the server down nor reach into
// another connection's stream.
func TestVerifierForThatReadsTheBody(t *testing.T) {
	t.Parallel()
	verifier := webhook.MustNew(accountSecret)
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		s := newEndpointBehind(t, cfg, recover.New(), sendsarfiber.WithConfig(sendsarfiber.Config{
			VerifierFor: func(c *fiber.Ctx) *webhook.Verifier {
				_ = c.Body()
				return verifier
			},
		}))
		assert.Equal(t, string(eventBody), s.deliver(t, request(eventBody, signatureLine(eventBody))).body)
		assertRejected(t, s.deliver(t, request(eventBody, forgedLine(eventBody))), fiber.StatusUnauthorized)
	})
}

// webhook.FromContext compiles with these, which are contexts.
func TestTheCoresFromContextIsFalse(t *testing.T) {
	t.Parallel()
	app := newApp(fiber.Config{})
	app.Post(route, sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error {
		for _, ctx := range []context.Context{c.UserContext(), c.Context()} {
			_, ok := webhook.FromContext(ctx)
			assert.False(t, ok, "%T", ctx)
		}
		return c.SendString("asked")
	})
	assert.Equal(t, "asked", dial(t, start(t, app)).ask(t, announced(eventBody, signatureLine(eventBody))).body)
}

func TestValueOfAnotherMiddlewareIsNoDelivery(t *testing.T) {
	t.Parallel()
	app := newApp(fiber.Config{})
	app.Post(route, func(c *fiber.Ctx) error {
		for _, key := range []any{struct{}{}, "sendsarfiber", "delivery"} {
			c.Locals(key, webhook.Delivery{Body: eventBody})
		}
		assert.Zero(t, fromContext(c))
		return c.SendString("asked")
	})
	assert.Equal(t, "asked", dial(t, start(t, app)).ask(t, announced(eventBody)).body)
}
