// Command fiberv3 receives Sendsar webhooks in a Fiber v3 app.
package main

import (
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func main() { start(run) }

func run() error {
	verifier, err := newVerifier()
	if err != nil {
		return err
	}
	app := fiber.New(fiber.Config{
		ReadTimeout: 10 * time.Second, // without it a slow client holds its connection for ever
		// Fiber allocates the length that a request announces, up to BodyLimit, before any
		// middleware runs: allow no more than the verifier does.
		BodyLimit: webhook.DefaultMaxBodyBytes,
		// By default Fiber parses a multipart body before any middleware runs. Such a body
		// can no longer be verified.
		DisablePreParseMultipartForm: true,
		ErrorHandler:                 answer,
	})
	app.Use(recover.New()) // without it a panic in a handler ends the process
	app.Post("/webhooks/sendsar", sendsarfiber.WithConfig(sendsarfiber.Config{Verifier: verifier}), handle)
	return serve(app, func(listener net.Listener) error {
		return app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true}) // no banner
	})
}

// answer replaces Fiber's own error handler, which sends the error's text to the client:
// that of a panic, or the part of a request that could not be parsed.
func answer(c fiber.Ctx, err error) error {
	status := fiber.StatusInternalServerError
	if e := (*fiber.Error)(nil); errors.As(err, &e) {
		status = e.Code
	}
	if status >= fiber.StatusInternalServerError {
		slog.Error("request failed", "error", err)
	}
	return c.SendStatus(status)
}

// handle runs for verified deliveries only. sendsarfiber.Handle(events.Deliver) can replace
// it, and answers 204.
func handle(c fiber.Ctx) error {
	delivery, ok := sendsarfiber.FromContext(c)
	if !ok { // the route was mounted without the middleware
		return fiber.ErrInternalServerError
	}
	body := c.BodyRaw() // not c.Body, which inflates; valid until this handler returns
	receipt, err := deliver(c.Context(), delivery, body)
	if err != nil {
		slog.Error("delivery failed", "error", err)
		return fiber.ErrInternalServerError
	}
	return c.JSON(receipt)
}
