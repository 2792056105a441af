package sendsarfiber_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

func TestConformance(t *testing.T) {
	t.Logf("on fasthttp 1.%d", fasthttpMinor())
	for _, streaming := range []bool{false, true} {
		for _, immutable := range []bool{false, true} {
			for _, limit := range []int{1 << 20, 100_000} { // above and below the suite's
				settings := fiber.Config{StreamRequestBody: streaming, Immutable: immutable, BodyLimit: limit}
				t.Run(fmt.Sprintf("streaming %t, immutable %t, BodyLimit %d", streaming, immutable, limit), func(t *testing.T) {
					webhooktest.Run(t, func(t *testing.T, r webhooktest.Receiver) string {
						return startReceiver(t, receiver(r, settings))
					}, differences(settings)...)
				})
			}
		}
	}
}

// A request that an adapter made has no raw header block.
func TestConformanceBehindNetHTTP(t *testing.T) {
	webhooktest.Run(t, func(t *testing.T, r webhooktest.Receiver) string {
		server := httptest.NewServer(adaptor.FiberApp(receiver(r, fiber.Config{BodyLimit: 1 << 20})))
		t.Cleanup(server.Close)
		return server.URL
	}, behindNetHTTP()...)
}

// receiver is a receiver in the settings that the package's documentation asks for.
func receiver(r webhooktest.Receiver, settings fiber.Config) *fiber.App {
	settings.DisablePreParseMultipartForm = true
	cfg := sendsarfiber.Config{Verifier: r.Verifier}
	if r.OnRefusal != webhooktest.Default {
		cfg.ErrorHandler = func(c fiber.Ctx, err error) error {
			r.Refused(err)
			switch r.OnRefusal {
			case webhooktest.ReturnError:
				return err
			case webhooktest.WrapError:
				return fmt.Errorf("webhook: %w", err)
			case webhooktest.CallNext:
				return c.Next()
			default:
				return nil
			}
		}
	}
	app := newApp(settings)
	if r.Alter != nil {
		app.Use(func(c fiber.Ctx) error {
			request := c.Request()
			body := request.BodyStream()
			if body == nil {
				body = bytes.NewReader(request.Body())
			}
			altered, err := io.ReadAll(r.Alter(body))
			if err != nil {
				// fasthttp before 1.76 takes what is left for the next request.
				_, drainErr := io.Copy(io.Discard, body)
				return errors.Join(err, drainErr)
			}
			if request.IsBodyStream() {
				request.SetBodyStream(bytes.NewReader(altered), request.Header.ContentLength())
			} else {
				request.SetBodyRaw(altered)
			}
			return c.Next()
		})
	}
	app.Post(r.Path, sendsarfiber.WithConfig(cfg), func(c fiber.Ctx) error {
		delivery, verified := sendsarfiber.FromContext(c)
		return c.SendString(r.Handle(webhooktest.Request{
			Delivery: delivery,
			Verified: verified,
			Body:     func() ([]byte, error) { return c.BodyRaw(), nil },
			Form:     func(field string) string { return c.FormValue(field) },
			JSON:     func(into any) error { return c.Bind().Body(into) },
		}))
	})
	return app
}

// startReceiver runs an app on a listener of its own.
func startReceiver(t *testing.T, app *fiber.App) (baseURL string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- serve(app, listener) }()
	t.Cleanup(func() {
		assert.NoError(t, app.Shutdown())
		assert.NoError(t, <-done)
	})
	return "http://" + listener.Addr().String()
}
