// By hand in both majors: in Fiber v3, several kinds of context can have the delivery.

package sendsarfiber

import (
	"github.com/gofiber/fiber/v2"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// FromContext returns the delivery that this package's middleware verified. It returns
// false unless this request was verified.
func FromContext(c *fiber.Ctx) (webhook.Delivery, bool) {
	d, ok := c.Locals(deliveryKey{}).(webhook.Delivery)
	return d, ok
}

// deliveryKey is a type of our own, so that no other package can write under it.
type deliveryKey struct{}
