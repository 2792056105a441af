// By hand in both majors: in Fiber v3, several kinds of context can have the delivery.

package sendsarfiber

import (
	"github.com/gofiber/fiber/v3"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// FromContext returns the delivery that this package's middleware verified. It returns
// false unless this request was verified.
//
// ctx is a fiber.Ctx or fiber.CustomCtx, its RequestCtx(), or, with PassLocalsToContext in
// fiber.Config, its Context(). webhook.FromContext compiles with them too, and never finds
// the delivery.
func FromContext(ctx any) (webhook.Delivery, bool) {
	return fiber.ValueFromContext[webhook.Delivery](ctx, deliveryKey{})
}

// deliveryKey is a type of our own, so that no other package can write under it.
type deliveryKey struct{}
