package apps

import (
	"bytes"
	"net"

	"github.com/gofiber/fiber/v3"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func newFiberV3(kind Kind, stream bool) App {
	app := fiber.New(fiber.Config{
		DisablePreParseMultipartForm: true,
		BodyLimit:                    receivers.MaxBytes,
		StreamRequestBody:            stream,
	})
	chain := []any{func(c fiber.Ctx) error {
		_ = c.BodyRaw() // a handler of its own would work on it now
		return c.SendStatus(fiber.StatusNoContent)
	}}
	switch kind {
	case Ours:
		chain = append([]any{sendsarfiber.New(receivers.Secret)}, chain...)
	case ByHand:
		chain = append([]any{func(c fiber.Ctx) error {
			// Fiber reuses the body's memory: whoever keeps it needs a copy.
			body := bytes.Clone(c.BodyRaw())
			if err := receivers.VerifySnippet(body, c.Get(webhook.SignatureHeader)); err != nil {
				return fiber.NewError(fiber.StatusUnauthorized, "invalid signature")
			}
			c.Locals(bodyKey{}, body)
			return c.Next()
		}}, chain...)
	}
	app.Post(receivers.Path, chain[0], chain[1:]...)
	return newFastHTTPApp(app.Handler(), func(listener net.Listener) error {
		return app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true})
	}, app.Shutdown)
}
