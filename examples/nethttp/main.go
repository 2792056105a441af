// Command nethttp receives Sendsar webhooks with net/http alone.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

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

	mux := http.NewServeMux()
	mux.Handle("POST /webhooks/sendsar", verifier.Middleware(http.HandlerFunc(handle)))

	addr := os.Getenv("ADDR")
	if addr == "" {
		addr = "127.0.0.1:8080"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return serve(listener, mux)
}

// handle runs for verified deliveries only.
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
	w.Header().Set("Content-Type", "application/json")
	answer := map[string]any{"event": event.Type, "bytes": len(body), "sha256": hex.EncodeToString(sum[:])}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		slog.Warn("answer not sent", "error", err)
	}
}

// serve runs until SIGINT or SIGTERM and then lets requests in flight finish.
func serve(listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second, // without these a slow client holds its connection for ever
		ReadTimeout:       10 * time.Second,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Println("listening on", listener.Addr())

	select {
	case err := <-failed:
		return err
	case <-stop.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		slog.Warn("requests cut off", "error", err)
	}
	return nil
}
