package apps

import (
	"bytes"

	"github.com/gofiber/fiber/v2"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func newFiberV2(kind Kind, stream bool) App {
	app := fiber.New(fiber.Config{
		DisablePreParseMultipartForm: true,
		BodyLimit:                    receivers.MaxBytes,
		StreamRequestBody:            stream,
		DisableStartupMessage:        true,
	})
	chain := []fiber.Handler{func(c *fiber.Ctx) error {
		_ = c.BodyRaw() // a handler of its own would work on it now
		return c.SendStatus(fiber.StatusNoContent)
	}}
	switch kind {
	case Ours:
		chain = append([]fiber.Handler{sendsarfiber.New(receivers.Secret)}, chain...)
	case ByHand:
		chain = append([]fiber.Handler{func(c *fiber.Ctx) error {
			// Fiber reuses the body's memory: whoever keeps it needs a copy.
			body := bytes.Clone(c.BodyRaw())
			if err := receivers.VerifySnippet(body, c.Get(webhook.SignatureHeader)); err != nil {
				return fiber.NewError(fiber.StatusUnauthorized, "invalid signature")
			}
			c.Locals(bodyKey{}, body)
			return c.Next()
		}}, chain...)
	}
	app.Post(receivers.Path, chain...)
	return newFastHTTPApp(app.Handler(), app.Listener, app.Shutdown)
}
