// Command river is a user of sendsarriver that has no framework.
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func main() {
	ctx := context.Background()
	db, err := sendsarriver.OpenSQLite("sendsar.db")
	if err != nil {
		log.Fatal(err)
	}
	var events webhook.Mux
	inbox, err := sendsarriver.SQLite(ctx, db, sendsarriver.Config{Handler: events.Deliver})
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := webhook.New(os.Getenv("SENDSAR_WEBHOOK_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("POST /webhooks/sendsar", verifier.Middleware(webhook.Handler(inbox.Store)))
	log.Fatal(inbox.Run(ctx))
}
