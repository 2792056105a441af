// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// A program loads its secrets from the environment or a secret store.
const (
	exampleSecret    = "whsec_26f5f1b965779e95dec35b7a8edb053c31aa4c8e1b6dd010"
	exampleOldSecret = "whsec_067a8be2c10fc3b8d12d60aa74a394106f9314bd90634af6"
	// The secret of another account.
	exampleForeignSecret = "whsec_c4bb2c6e266626a1ad0c202841ef74e1ceff903861d79acf"
)

const exampleBody = `{"event":"message.created","roomId":"room-7","message":{"id":"msg_1"}}`

// A genuine body with a chat message that can be read as a form.
const exampleFormBody = `{"event":"message.created","roomId":"room-7","message":{"text":"&event=message.deleted&roomId=room-8&"}}`

// exampleApp is an app with the settings of [ExampleNew].
func exampleApp() *fiber.App {
	return fiber.New(fiber.Config{
		DisablePreParseMultipartForm: true, BodyLimit: webhook.DefaultMaxBodyBytes, ReadTimeout: 10 * time.Second,
	})
}

// deliverAndPrint sends a signed body as Sendsar does and prints the answer.
func deliverAndPrint(app *fiber.App, path, secret, body string) {
	response, err := app.Test(webhooktest.NewRequest(path, secret, []byte(body)), -1)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := io.ReadAll(response.Body)
	fmt.Println(strings.TrimSpace(fmt.Sprint(response.StatusCode, " ", string(answer))))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		fmt.Println(err)
	}
}

// acknowledge replaces a handler that stores the event and then answers 2xx.
func acknowledge(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusNoContent) }

// One line verifies an endpoint, together with these settings of the app. A bad secret
// panics at start-up.
func ExampleNew() {
	app := fiber.New(fiber.Config{
		// By default Fiber parses a multipart body before any middleware runs. Such a body
		// can no longer be verified.
		DisablePreParseMultipartForm: true,
		// Fiber allocates the length that a request announces, up to BodyLimit, before any
		// middleware runs: allow no more than the Verifier does.
		BodyLimit: webhook.DefaultMaxBodyBytes,
		// Without it a slow client holds its connection for ever.
		ReadTimeout: 10 * time.Second,
	})
	app.Post("/webhooks/sendsar", sendsarfiber.New(exampleSecret, webhook.WithLogger(slog.Default())), acknowledge)

	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar", exampleForeignSecret, exampleBody)
	// Output:
	// 204
	// 401 invalid signature
}

// Dispatch by the event's type. A type without a function is acknowledged, and so is a body
// that is not an event. If a function fails, the answer is 500: Sendsar counts the delivery
// as failed, and slog's default logger gets the error.
func ExampleHandle() {
	var events webhook.Mux
	events.On(webhook.EventMessageCreated, func(_ context.Context, e webhook.Event) error {
		fmt.Println("a message in", e.RoomID) // store it
		return nil
	})
	events.On(webhook.EventCallEnded, func(context.Context, webhook.Event) error {
		return errors.New("the database is away")
	})
	app := exampleApp()
	app.Post("/webhooks/sendsar",
		sendsarfiber.New(exampleSecret, webhook.WithLogger(slog.Default())), // why a delivery was refused
		sendsarfiber.Handle(events.Deliver))

	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, `{"event":"console.test","roomId":"console-test"}`)
	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, `{"event":"call.ended","roomId":"room-7"}`)
	// Output:
	// a message in room-7
	// 204
	// 204
	// 500 internal server error
}

// A group of routes behind one middleware. The path is not signed: anyone who recorded
// a delivery to one of them can send it to the others.
func ExampleNew_group() {
	app := exampleApp()
	webhooks := app.Group("/webhooks", sendsarfiber.New(exampleSecret))
	webhooks.Post("/sendsar", acknowledge)
	webhooks.Post("/sendsar/audit", acknowledge)

	deliverAndPrint(app, "/webhooks/sendsar/audit", exampleSecret, exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar/audit", exampleForeignSecret, exampleBody)
	// Output:
	// 204
	// 401 invalid signature
}

// webhook.New returns an error for a bad secret instead of a panic. During a rotation,
// deliveries are signed with either secret.
func ExampleWithConfig() {
	verifier, err := webhook.New(exampleSecret, webhook.WithPreviousSecrets(exampleOldSecret))
	if err != nil {
		log.Fatal(err) // it never shows the secret
	}
	app := exampleApp()
	app.Post("/webhooks/sendsar", sendsarfiber.WithConfig(sendsarfiber.Config{Verifier: verifier}), acknowledge)

	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar", exampleOldSecret, exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar", exampleForeignSecret, exampleBody)
	// Output:
	// 204
	// 204
	// 401 invalid signature
}

// The secrets change while the program runs: an atomic pointer swaps the Verifier, so no
// request sees half of a change.
func ExampleConfig_verifierFor() {
	var current atomic.Pointer[webhook.Verifier]
	current.Store(webhook.MustNew(exampleOldSecret)) // before the server starts
	app := exampleApp()
	app.Post("/webhooks/sendsar", sendsarfiber.WithConfig(sendsarfiber.Config{
		VerifierFor: func(*fiber.Ctx) *webhook.Verifier { return current.Load() },
	}), acknowledge)

	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, exampleBody)
	// Use New here, not MustNew: after an error the previous Verifier stays in use.
	if verifier, err := webhook.New(exampleSecret, webhook.WithPreviousSecrets(exampleOldSecret)); err == nil {
		current.Store(verifier)
	}
	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, exampleBody)
	// Output:
	// 401 invalid signature
	// 204
}

// Several accounts share one endpoint: each has its own Verifier, so that none can sign for
// another. The delivery has the account's name. For an unknown account the function returns
// nil, and the request is refused.
func ExampleConfig_accounts() {
	verifiers := make(map[string]*webhook.Verifier) // read-only once requests arrive
	for name, secret := range map[string]string{"acme": exampleSecret, "globex": exampleOldSecret} {
		verifiers[name] = webhook.MustNew(secret, webhook.WithAccount(name))
	}
	store := func(_ context.Context, d webhook.Delivery) error {
		fmt.Println("a delivery for", d.Account)
		return nil
	}
	app := exampleApp()
	app.Post("/webhooks/sendsar/:account", sendsarfiber.WithConfig(sendsarfiber.Config{
		VerifierFor: func(c *fiber.Ctx) *webhook.Verifier { return verifiers[c.Params("account")] },
	}), sendsarfiber.Handle(store))

	deliverAndPrint(app, "/webhooks/sendsar/acme", exampleSecret, exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar/globex", exampleSecret, exampleBody) // acme's secret
	deliverAndPrint(app, "/webhooks/sendsar/nobody", exampleSecret, exampleBody)
	// Output:
	// a delivery for acme
	// 204
	// 401 invalid signature
	// 401 invalid signature
}

// Send an answer of your own. The status and the text come from package webhook, which
// finds the cause in err. The error itself is for the log only.
func ExampleConfig_errorHandler() {
	app := exampleApp()
	app.Post("/webhooks/sendsar", sendsarfiber.WithConfig(sendsarfiber.Config{
		Verifier: webhook.MustNew(exampleSecret),
		ErrorHandler: func(c *fiber.Ctx, err error) error {
			return c.Status(webhook.StatusCode(err)).JSON(fiber.Map{"title": webhook.PublicMessage(err)})
		},
	}), acknowledge)

	deliverAndPrint(app, "/webhooks/sendsar", exampleForeignSecret, exampleBody)
	// Output: 401 {"title":"invalid signature"}
}

// Write a handler of your own for another answer than Handle's. This one acknowledges
// everything that was signed, also events of other types and bodies that are not events.
func ExampleFromContext() {
	app := exampleApp()
	app.Post("/webhooks/sendsar", sendsarfiber.New(exampleSecret), func(c *fiber.Ctx) error {
		delivery, ok := sendsarfiber.FromContext(c) // a copy: may be kept, unlike c.BodyRaw
		if !ok {                                    // mounted without the middleware
			return fiber.ErrInternalServerError
		}
		event, err := delivery.Event() // not c.BodyParser, which trusts the Content-Type
		if err == nil && event.Type == webhook.EventMessageCreated {
			fmt.Println("a message in", event.RoomID) // store it
		}
		return c.SendStatus(fiber.StatusNoContent)
	})

	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, `{"event":"console.test","roomId":"console-test"}`)
	// Output:
	// a message in room-7
	// 204
	// 204
}

// c.BodyParser is wrong here: it chooses the format by the Content-Type, which is not signed.
// Someone sends a genuine delivery again as a form, and it binds to text that a user wrote
// in the chat. Delivery.Event reads what Sendsar signed.
func ExampleFromContext_bind() {
	app := exampleApp()
	app.Post("/webhooks/sendsar", sendsarfiber.New(exampleSecret), func(c *fiber.Ctx) error {
		var bound struct {
			Event  string `json:"event"  form:"event"`
			RoomID string `json:"roomId" form:"roomId"`
		}
		err := c.BodyParser(&bound)
		fmt.Println("bound:", bound.Event, bound.RoomID, err)

		delivery, _ := sendsarfiber.FromContext(c)
		event, err := delivery.Event()
		fmt.Println("signed:", event.Type, event.RoomID, err)
		return c.SendStatus(fiber.StatusNoContent)
	})

	replayed := webhooktest.NewRequest("/webhooks/sendsar", exampleSecret, []byte(exampleFormBody))
	replayed.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := app.Test(replayed, -1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(response.StatusCode, response.Body.Close())
	// Output:
	// bound: message.deleted room-8 <nil>
	// signed: message.created room-7 <nil>
	// 204 <nil>
}

// In a test of your app, package webhooktest makes the request that Sendsar would send, or
// a forged one, with another secret. The test needs no real secret.
func Example_handlerTest() {
	secret := webhooktest.NewSecret()
	app := exampleApp()
	app.Post("/webhooks/sendsar", sendsarfiber.New(secret), acknowledge)

	body := []byte(`{"event":"call.missed","roomId":"room-7"}`)
	for _, signer := range []string{secret, webhooktest.NewSecret()} {
		response, err := app.Test(webhooktest.NewRequest("/webhooks/sendsar", signer, body), -1)
		if err != nil {
			log.Fatal(err) // in a test: t.Fatal
		}
		fmt.Println(response.StatusCode)
		_ = response.Body.Close() // it is in memory
	}
	// Output:
	// 204
	// 401
}
