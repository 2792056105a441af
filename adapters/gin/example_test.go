package sendsargin_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
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

// deliverAndPrint sends a signed body as Sendsar does and prints the answer.
func deliverAndPrint(router http.Handler, path, secret, body string) {
	w := httptest.NewRecorder()
	router.ServeHTTP(w, webhooktest.NewRequest(path, secret, []byte(body)))
	fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body)))
}

// acknowledge replaces a handler that stores the event and then answers 2xx.
func acknowledge(c *gin.Context) { c.Status(http.StatusNoContent) }

// One line verifies an endpoint. A bad secret panics at start-up. The client gets one text
// for every signature that is missing or wrong; the log has the reason.
func ExampleNew() {
	router := gin.New()
	router.POST("/webhooks/sendsar", sendsargin.New(exampleSecret, webhook.WithLogger(slog.Default())), acknowledge)

	deliverAndPrint(router, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(router, "/webhooks/sendsar", exampleForeignSecret, exampleBody)
	// Output:
	// 204
	// 401 {"error":"invalid signature"}
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
	router := gin.New()
	router.POST("/webhooks/sendsar",
		sendsargin.New(exampleSecret, webhook.WithLogger(slog.Default())), // why a delivery was refused
		sendsargin.Handle(events.Deliver))

	deliverAndPrint(router, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(router, "/webhooks/sendsar", exampleSecret, `{"event":"console.test","roomId":"console-test"}`)
	deliverAndPrint(router, "/webhooks/sendsar", exampleSecret, `{"event":"call.ended","roomId":"room-7"}`)
	// Output:
	// a message in room-7
	// 204
	// 204
	// 500 {"error":"internal server error"}
}

// A group of routes behind one middleware. The path is not signed: anyone who recorded
// a delivery to one of them can send it to the others.
func ExampleNew_group() {
	router := gin.New()
	webhooks := router.Group("/webhooks", sendsargin.New(exampleSecret))
	webhooks.POST("/sendsar", acknowledge)
	webhooks.POST("/sendsar/audit", acknowledge)

	deliverAndPrint(router, "/webhooks/sendsar/audit", exampleSecret, exampleBody)
	deliverAndPrint(router, "/webhooks/sendsar/audit", exampleForeignSecret, exampleBody)
	// Output:
	// 204
	// 401 {"error":"invalid signature"}
}

// webhook.New returns an error for a bad secret instead of a panic. During a rotation,
// deliveries are signed with either secret.
func ExampleWithConfig() {
	verifier, err := webhook.New(exampleSecret, webhook.WithPreviousSecrets(exampleOldSecret))
	if err != nil {
		log.Fatal(err) // it never shows the secret
	}
	router := gin.New()
	router.POST("/webhooks/sendsar", sendsargin.WithConfig(sendsargin.Config{Verifier: verifier}), acknowledge)

	deliverAndPrint(router, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(router, "/webhooks/sendsar", exampleOldSecret, exampleBody)
	deliverAndPrint(router, "/webhooks/sendsar", exampleForeignSecret, exampleBody)
	// Output:
	// 204
	// 204
	// 401 {"error":"invalid signature"}
}

// The secrets change while the program runs: an atomic pointer swaps the Verifier, so no
// request sees half of a change.
func ExampleConfig_verifierFor() {
	var current atomic.Pointer[webhook.Verifier]
	current.Store(webhook.MustNew(exampleOldSecret)) // before the server starts
	router := gin.New()
	router.POST("/webhooks/sendsar", sendsargin.WithConfig(sendsargin.Config{
		VerifierFor: func(*gin.Context) *webhook.Verifier { return current.Load() },
	}), acknowledge)

	deliverAndPrint(router, "/webhooks/sendsar", exampleSecret, exampleBody)
	// Use New here, not MustNew: after an error the previous Verifier stays in use.
	if verifier, err := webhook.New(exampleSecret, webhook.WithPreviousSecrets(exampleOldSecret)); err == nil {
		current.Store(verifier)
	}
	deliverAndPrint(router, "/webhooks/sendsar", exampleSecret, exampleBody)
	// Output:
	// 401 {"error":"invalid signature"}
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
	router := gin.New()
	router.POST("/webhooks/sendsar/:account", sendsargin.WithConfig(sendsargin.Config{
		VerifierFor: func(c *gin.Context) *webhook.Verifier { return verifiers[c.Param("account")] },
	}), sendsargin.Handle(store))

	deliverAndPrint(router, "/webhooks/sendsar/acme", exampleSecret, exampleBody)
	deliverAndPrint(router, "/webhooks/sendsar/globex", exampleSecret, exampleBody) // acme's secret
	deliverAndPrint(router, "/webhooks/sendsar/nobody", exampleSecret, exampleBody)
	// Output:
	// a delivery for acme
	// 204
	// 401 {"error":"invalid signature"}
	// 401 {"error":"invalid signature"}
}

// Send an answer of your own. The status and the text come from package webhook. The error
// itself is for the log only.
func ExampleConfig_errorHandler() {
	router := gin.New()
	router.POST("/webhooks/sendsar", sendsargin.WithConfig(sendsargin.Config{
		Verifier: webhook.MustNew(exampleSecret),
		ErrorHandler: func(c *gin.Context, err error) {
			c.JSON(webhook.StatusCode(err), gin.H{"title": webhook.PublicMessage(err)})
		},
	}), acknowledge)

	deliverAndPrint(router, "/webhooks/sendsar", exampleForeignSecret, exampleBody)
	// Output: 401 {"title":"invalid signature"}
}

// Write a handler of your own for another answer than Handle's. This one acknowledges
// everything that was signed, also events of other types and bodies that are not events.
func ExampleFromContext() {
	router := gin.New()
	router.POST("/webhooks/sendsar", sendsargin.New(exampleSecret), func(c *gin.Context) {
		delivery, ok := sendsargin.FromContext(c)
		if !ok { // mounted without the middleware
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		event, err := delivery.Event() // not ShouldBind, which trusts the Content-Type
		if err == nil && event.Type == webhook.EventMessageCreated {
			fmt.Println("a message in", event.RoomID) // store it
		}
		c.Status(http.StatusNoContent)
	})

	deliverAndPrint(router, "/webhooks/sendsar", exampleSecret, exampleBody)
	deliverAndPrint(router, "/webhooks/sendsar", exampleSecret, `{"event":"console.test","roomId":"console-test"}`)
	// Output:
	// a message in room-7
	// 204
	// 204
}

// ShouldBind is wrong here: it chooses the format by the Content-Type, which is not signed.
// Someone sends a genuine delivery again as a form, and it binds to text that a user wrote
// in the chat. Delivery.Event reads what Sendsar signed.
func ExampleFromContext_shouldBind() {
	router := gin.New()
	router.POST("/webhooks/sendsar", sendsargin.New(exampleSecret), func(c *gin.Context) {
		var bound struct {
			Event  string `json:"event"  form:"event"`
			RoomID string `json:"roomId" form:"roomId"`
		}
		err := c.ShouldBind(&bound)
		fmt.Println("bound:", bound.Event, bound.RoomID, err)

		delivery, _ := sendsargin.FromContext(c)
		event, err := delivery.Event()
		fmt.Println("signed:", event.Type, event.RoomID, err)
		c.Status(http.StatusNoContent)
	})

	replayed := webhooktest.NewRequest("/webhooks/sendsar", exampleSecret, []byte(exampleFormBody))
	replayed.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	router.ServeHTTP(w, replayed)
	fmt.Println(w.Code)
	// Output:
	// bound: message.deleted room-8 <nil>
	// signed: message.created room-7 <nil>
	// 204
}

// In a test of your router, package webhooktest makes the request that Sendsar would send,
// or a forged one, with another secret. The test needs no real secret.
func Example_handlerTest() {
	secret := webhooktest.NewSecret()
	router := gin.New()
	router.POST("/webhooks/sendsar", sendsargin.New(secret), acknowledge)

	body := []byte(`{"event":"call.missed","roomId":"room-7"}`)
	for _, signer := range []string{secret, webhooktest.NewSecret()} {
		w := httptest.NewRecorder()
		router.ServeHTTP(w, webhooktest.NewRequest("/webhooks/sendsar", signer, body))
		fmt.Println(w.Code)
	}
	// Output:
	// 204
	// 401
}
