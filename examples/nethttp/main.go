// Command nethttp receives Sendsar webhooks with net/http alone.
package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func main() { start(run) }

func run() error {
	verifier, err := newVerifier()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /webhooks/sendsar", verifier.Middleware(http.HandlerFunc(handle)))
	return serve(mux)
}

// handle runs for verified deliveries only. webhook.Handler(events.Deliver) can replace it,
// and answers 204.
func handle(w http.ResponseWriter, r *http.Request) {
	delivery, ok := webhook.FromContext(r.Context())
	if !ok { // the route was mounted without the middleware
		http.Error(w, "internal server error", http.StatusInternalServerError)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "internal server error", http.StatusInternalServerError)
		return
	}
	receipt, err := deliver(r.Context(), delivery, body)
	if err != nil {
		slog.Error("delivery failed", "error", err)
		http.Error(w, "internal server error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(receipt); err != nil {
		slog.Warn("answer not sent", "error", err)
	}
}
