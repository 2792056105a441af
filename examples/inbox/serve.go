package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// This file is the same in every example on net/http.

// start logs JSON to the standard error, and ends the program with exit status 1 if run fails.
func start(run func() error) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	if err := run(); err != nil {
		slog.Error("cannot run", "error", err)
		os.Exit(1)
	}
}

// newVerifier takes the secrets from the environment.
func newVerifier(options ...webhook.Option) (*webhook.Verifier, error) {
	secret := os.Getenv("SENDSAR_WEBHOOK_SECRET")
	if secret == "" {
		return nil, errors.New("SENDSAR_WEBHOOK_SECRET is not set: copy the webhook secret (whsec_…) from the Sendsar console")
	}
	// New, not MustNew: a bad secret is a message and exit status 1, not a panic.
	return webhook.New(secret, append(options,
		webhook.WithPreviousSecrets(os.Getenv("SENDSAR_WEBHOOK_PREVIOUS_SECRET")),
		webhook.WithLogger(slog.Default()))...)
}

// serve runs until SIGINT or SIGTERM, and then lets requests in flight finish.
func serve(handler http.Handler) error {
	addr := os.Getenv("ADDR")
	if addr == "" {
		addr = "127.0.0.1:8080"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second, // without these a slow client holds its connection for ever
		ReadTimeout:       10 * time.Second,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
	stop, forget := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer forget()

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Println("listening on", listener.Addr())

	select {
	case err := <-failed:
		return err
	case <-stop.Done():
		forget() // so that a second signal ends the program at once
	}
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		slog.Warn("requests cut off", "error", err)
	}
	return nil
}
