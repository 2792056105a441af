// Command otel is a user of sendsarotel that has no framework.
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	sendsarotel "github.com/sendsar-community/webhooks-go/adapters/otel"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func main() {
	metrics, err := sendsarotel.New()
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := webhook.New(os.Getenv("SENDSAR_WEBHOOK_SECRET"), metrics)
	if err != nil {
		log.Fatal(err)
	}
	done := func(context.Context, webhook.Delivery) error { return nil }
	http.Handle("POST /webhooks/sendsar", verifier.Middleware(webhook.Handler(done)))
}
