// Code generated from ../echov5 by .ci/majors; DO NOT EDIT.

package sendsarecho_test

import (
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// A program loads its secrets from the environment or a secret store.
const (
	exampleSecret    = "whsec_26f5f1b965779e95dec35b7a8edb053c31aa4c8e1b6dd010"
	exampleOldSecret = "whsec_067a8be2c10fc3b8d12d60aa74a394106f9314bd90634af6"
)

const exampleBody = `{"event":"message.created","roomId":"room-7","message":{"id":"msg_1"}}`

// deliverAndPrint sends a signed body as Sendsar does and prints the answer.
func deliverAndPrint(app http.Handler, path, secret, body string) {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, webhooktest.NewRequest(path, secret, []byte(body)))
	fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body)))
}

// acknowledge is in the place of a handler that stores the event and then answers 2xx.
func acknowledge(c echo.Context) error { return c.NoContent(http.StatusNoContent) }

// One line verifies an endpoint. A bad secret panics at start-up. The
// client sees one text for all refusals; the log has the reason.
func ExampleNew() {
	app := echo.New()
	app.POST("/webhooks/sendsar", acknowledge, sendsarecho.New(exampleSecret, webhook.WithLogger(slog.Default())))

	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar", "whsec_c4bb2c6e266626a1ad0c202841ef74e1ceff903861d79acf", exampleBody)
	// Output:
	// 204
	// 401 {"message":"invalid signature"}
}

// A group of routes behind one middleware. The path is not signed: anyone who recorded
// a delivery to one of them can send it to the others.
func ExampleNew_group() {
	app := echo.New()
	webhooks := app.Group("/webhooks", sendsarecho.New(exampleSecret))
	webhooks.POST("/sendsar", acknowledge)
	webhooks.POST("/sendsar/audit", acknowledge)

	deliverAndPrint(app, "/webhooks/sendsar/audit", exampleSecret, exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar/audit", "whsec_c4bb2c6e266626a1ad0c202841ef74e1ceff903861d79acf", exampleBody)
	// Output:
	// 204
	// 401 {"message":"invalid signature"}
}

// A Verifier of your own turns a bad secret into an error instead of a panic. While a
// rotation settles, deliveries arrive under either secret.
func ExampleWithConfig() {
	verifier, err := webhook.New(exampleSecret, webhook.WithPreviousSecrets(exampleOldSecret))
	if err != nil {
		log.Fatal(err) // it never shows the secret
	}
	app := echo.New()
	app.POST("/webhooks/sendsar", acknowledge, sendsarecho.WithConfig(sendsarecho.Config{Verifier: verifier}))

	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar", exampleOldSecret, exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar", "whsec_c4bb2c6e266626a1ad0c202841ef74e1ceff903861d79acf", exampleBody)
	// Output:
	// 204
	// 204
	// 401 {"message":"invalid signature"}
}

// Secrets that change while the program runs: an atomic pointer swaps the Verifier, and no
// request sees half of a change.
func ExampleConfig_verifierFor() {
	var current atomic.Pointer[webhook.Verifier]
	current.Store(webhook.MustNew(exampleOldSecret)) // before the server starts
	app := echo.New()
	app.POST("/webhooks/sendsar", acknowledge, sendsarecho.WithConfig(sendsarecho.Config{
		VerifierFor: func(echo.Context) *webhook.Verifier { return current.Load() },
	}))

	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, exampleBody)
	// New, not MustNew, while the program runs: after an error the Verifier before stays in use.
	if verifier, err := webhook.New(exampleSecret, webhook.WithPreviousSecrets(exampleOldSecret)); err == nil {
		current.Store(verifier)
	}
	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, exampleBody)
	// Output:
	// 401 {"message":"invalid signature"}
	// 204
}

// Several accounts on one endpoint: each has a Verifier of its own, so that none can
// sign for another. An unknown account is a nil Verifier, and is refused.
func ExampleConfig_accounts() {
	verifiers := map[string]*webhook.Verifier{ // not written to any more once requests come
		"acme":   webhook.MustNew("whsec_27349aea00d3ef4bd859350f56b58eb83aeb3a21f28be3af"),
		"globex": webhook.MustNew("whsec_5f20b190fa500a689e2ee4d0a659e6d5997165c44a36e397"),
	}
	app := echo.New()
	app.POST("/webhooks/sendsar/:account", acknowledge, sendsarecho.WithConfig(sendsarecho.Config{
		VerifierFor: func(c echo.Context) *webhook.Verifier { return verifiers[c.Param("account")] },
	}))

	deliverAndPrint(app, "/webhooks/sendsar/acme", "whsec_27349aea00d3ef4bd859350f56b58eb83aeb3a21f28be3af", exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar/acme", "whsec_5f20b190fa500a689e2ee4d0a659e6d5997165c44a36e397", exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar/nobody", "whsec_27349aea00d3ef4bd859350f56b58eb83aeb3a21f28be3af", exampleBody)
	// Output:
	// 204
	// 401 {"message":"invalid signature"}
	// 401 {"message":"invalid signature"}
}

// An answer of your own. The status and the text come from package webhook: the error
// itself is for the log only.
func ExampleConfig_errorHandler() {
	app := echo.New()
	app.POST("/webhooks/sendsar", acknowledge, sendsarecho.WithConfig(sendsarecho.Config{
		Verifier: webhook.MustNew(exampleSecret),
		ErrorHandler: func(c echo.Context, err error) error {
			return c.JSON(webhook.StatusCode(err), map[string]string{"title": webhook.PublicMessage(err)})
		},
	}))

	deliverAndPrint(app, "/webhooks/sendsar", "whsec_c4bb2c6e266626a1ad0c202841ef74e1ceff903861d79acf", exampleBody)
	// Output: 401 {"title":"invalid signature"}
}

// Whatever was signed is acknowledged: an event of another type, and a body that is no
// event too.
func ExampleFromContext() {
	app := echo.New()
	app.POST("/webhooks/sendsar", func(c echo.Context) error {
		delivery, ok := sendsarecho.FromContext(c)
		if !ok { // mounted without the middleware
			return echo.ErrInternalServerError
		}
		event, err := delivery.Event() // not c.Bind, which trusts the Content-Type
		if err == nil && event.Type == webhook.EventMessageCreated {
			fmt.Println("a message in", event.RoomID) // store it
		}
		return c.NoContent(http.StatusNoContent)
	}, sendsarecho.New(exampleSecret))

	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(app, "/webhooks/sendsar", exampleSecret, `{"event":"console.test","roomId":"console-test"}`)
	// Output:
	// a message in room-7
	// 204
	// 204
}

// In a test of your app, package webhooktest makes the request that Sendsar would send,
// and with another secret a forged one. It needs no secret of yours.
func Example_handlerTest() {
	secret := webhooktest.NewSecret()
	app := echo.New()
	app.POST("/webhooks/sendsar", acknowledge, sendsarecho.New(secret))

	body := []byte(`{"event":"call.missed","roomId":"room-7"}`)
	for _, signer := range []string{secret, webhooktest.NewSecret()} {
		w := httptest.NewRecorder()
		app.ServeHTTP(w, webhooktest.NewRequest("/webhooks/sendsar", signer, body))
		fmt.Println(w.Code)
	}
	// Output:
	// 204
	// 401
}
