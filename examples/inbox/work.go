package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// attemptTimeout is short, so that this example stops soon. An app sets what its work
// needs.
const attemptTimeout = 10 * time.Second

// work does the work of a delivery. Its fields make it slow or make it fail, to show what
// the inbox does then.
type work struct {
	events webhook.Mux

	before, after time.Duration     // the transaction; WORK_MS and HOLD_MS
	failEvent     webhook.EventType // FAIL_EVENT: fails …
	failUntil     string            // FAIL_UNTIL: … until this file exists
}

func newWork() (*work, error) {
	before, err := milliseconds("WORK_MS")
	if err != nil {
		return nil, err
	}
	after, err := milliseconds("HOLD_MS")
	if err != nil {
		return nil, err
	}
	w := &work{
		before: before, after: after,
		failEvent: webhook.EventType(os.Getenv("FAIL_EVENT")), failUntil: os.Getenv("FAIL_UNTIL"),
	}
	w.events.On(webhook.EventMessageCreated, func(ctx context.Context, e webhook.Event) error {
		// A real function writes to its tables here, with the transaction of sendsarriver.Tx(ctx).
		slog.InfoContext(ctx, "message created", "event", e)
		return nil
	})
	w.events.OnOther(func(ctx context.Context, e webhook.Event) error {
		slog.InfoContext(ctx, "nothing to do", "event", e)
		return nil
	})
	return w, nil
}

func milliseconds(name string) (time.Duration, error) {
	value := os.Getenv(name)
	if value == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%s is not a number of milliseconds: %q", name, value)
	}
	return time.Duration(n) * time.Millisecond, nil
}

// do makes one attempt. It may run again for the same delivery, after a crash for instance, and
// in two processes at the same time. What it writes with the transaction of sendsarriver.Tx
// still takes effect once, so the table needs no unique key.
func (w *work) do(ctx context.Context, d webhook.Delivery) error {
	// Slow work comes before the transaction: on SQLite everything else waits for its end.
	if err := sleep(ctx, w.before); err != nil {
		return err
	}
	tx, err := sendsarriver.Tx(ctx)
	if err != nil {
		return err
	}
	e, _ := d.Event() // a body that is no event has no type
	sum := sha256.Sum256(d.Body)
	if _, err := tx.ExecContext(ctx, `INSERT INTO effects (account, event, body_sha256) VALUES ($1, $2, $3)`,
		d.Account, printable(e.Type), hex.EncodeToString(sum[:])); err != nil {
		return err
	}
	if err := w.events.Deliver(ctx, d); err != nil {
		return err
	}
	if w.fails(e.Type) {
		return errors.New("FAIL_EVENT asks for this")
	}
	return sleep(ctx, w.after)
}

func (w *work) fails(t webhook.EventType) bool {
	if w.failEvent == "" || t != w.failEvent {
		return false
	}
	_, err := os.Stat(w.failUntil)
	return err != nil
}

// printable replaces NUL, which JSON can hold and PostgreSQL's text cannot.
func printable(t webhook.EventType) string {
	return strings.ReplaceAll(string(t), "\x00", "\ufffd")
}

// sleep returns an error if ctx ends first: the attempt's time is over.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
