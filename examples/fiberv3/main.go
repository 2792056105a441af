// Command fiberv3 receives Sendsar webhooks in a Fiber v3 app.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v3"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	if err := run(); err != nil {
		slog.Error("cannot run", "error", err)
		os.Exit(1)
	}
}

func run() error {
	secret := os.Getenv("SENDSAR_WEBHOOK_SECRET")
	if secret == "" {
		return errors.New("SENDSAR_WEBHOOK_SECRET is not set: copy the webhook secret (whsec_…) from the Sendsar console")
	}
	// New, not MustNew: a bad secret is a message and exit status 1, not a panic.
	verifier, err := webhook.New(secret,
		webhook.WithPreviousSecrets(os.Getenv("SENDSAR_WEBHOOK_PREVIOUS_SECRET")),
		webhook.WithLogger(slog.Default()))
	if err != nil {
		return err
	}

	app := fiber.New(fiber.Config{
		ReadTimeout: 10 * time.Second, // without it a slow client holds its connection for ever
		// Fiber allocates the length that a request announces, up to BodyLimit, before any
		// middleware runs: allow no more than the verifier does.
		BodyLimit: webhook.DefaultMaxBodyBytes,
		// What Fiber takes apart before any middleware runs cannot be verified any more.
		DisablePreParseMultipartForm: true,
	})
	app.Post("/webhooks/sendsar", sendsarfiber.WithConfig(sendsarfiber.Config{Verifier: verifier}), handle)

	addr := os.Getenv("ADDR")
	if addr == "" {
		addr = "127.0.0.1:8080"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return serve(listener, app)
}

// handle runs for verified deliveries only.
func handle(c fiber.Ctx) error {
	delivery, ok := sendsarfiber.FromContext(c)
	if !ok { // the route was mounted without the middleware
		return fiber.ErrInternalServerError
	}
	body := c.BodyRaw() // not c.Body, which inflates; valid until this handler returns
	// Always as JSON: the Content-Type header is not signed. A body that is no event was
	// signed all the same and is acknowledged, or Sendsar counts it as failed.
	event, err := delivery.Event()
	if err != nil {
		slog.Warn("delivery is no event", "error", err)
	}
	slog.Info("delivery verified", "event", event.Type, "bytes", len(body), "secret_index", delivery.SecretIndex)

	// A real handler stores the event here, before it answers, with sum as a unique key:
	// a replayed delivery verifies again.
	sum := sha256.Sum256(body)
	return c.JSON(fiber.Map{"event": event.Type, "bytes": len(body), "sha256": hex.EncodeToString(sum[:])})
}

// serve runs until SIGINT or SIGTERM and then lets requests in flight finish.
func serve(listener net.Listener, app *fiber.App) error {
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()

	failed := make(chan error, 1)
	go func() { failed <- app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true}) }()
	fmt.Println("listening on", listener.Addr())

	select {
	case err := <-failed:
		return err
	case <-stop.Done():
	}
	if err := app.ShutdownWithTimeout(10 * time.Second); err != nil {
		slog.Warn("requests cut off", "error", err)
	}
	return nil
}
