package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// This file is the same in the example of every framework.

// events has a function for each type of event that needs some work. Every other type is
// acknowledged too: otherwise Sendsar counts it as failed.
var events = newEvents()

func newEvents() *webhook.Mux {
	events := new(webhook.Mux)
	events.On(webhook.EventMessageCreated, func(_ context.Context, e webhook.Event) error {
		// A real function stores the event here, before the answer is sent. The SHA-256 of
		// e.Delivery.Body is its unique key: a replayed delivery verifies again.
		slog.Info("message created", "event", e)
		return nil
	})
	events.OnOther(func(_ context.Context, e webhook.Event) error {
		slog.Info("nothing to do", "event", e)
		return nil
	})
	return events
}

// receipt is the answer of these examples. It shows which bytes a handler reads in its
// framework. The usual answer is 204, from Handle(events.Deliver).
type receipt struct {
	Event  webhook.EventType `json:"event"`
	Bytes  int               `json:"bytes"`
	SHA256 string            `json:"sha256"`
}

// deliver does the work of a delivery. body is what the handler has read. The receipt shows
// that it is the same as d.Body.
func deliver(ctx context.Context, d webhook.Delivery, body []byte) (receipt, error) {
	slog.Info("delivery verified", "bytes", len(body), "secret_index", d.SecretIndex)
	if err := events.Deliver(ctx, d); err != nil {
		return receipt{}, err
	}
	e, _ := d.Event() // a body that is no event has no type
	sum := sha256.Sum256(body)
	return receipt{Event: e.Type, Bytes: len(body), SHA256: hex.EncodeToString(sum[:])}, nil
}
