package sendsarriver

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/riverqueue/river"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// The limits of a group: deliveries that are stored in one transaction.
const (
	groupDeliveries = 128
	groupBytes      = 4 << 20
)

// storing is a delivery that a caller of Store waits for.
type storing struct {
	account string
	sha256  [sha256.Size]byte
	body    []byte
	ctx     context.Context //nolint:containedctx // of the caller; the delivery is dropped when it has ended
	until   time.Time
	alone   bool
	result  chan error // buffered, because the caller may be gone
}

// compare orders by the key.
func (s *storing) compare(other *storing) int {
	return cmp.Or(cmp.Compare(s.account, other.account), bytes.Compare(s.sha256[:], other.sha256[:]))
}

// Store stores a delivery durably. It is a webhook.Handler: give it to the Handle of your
// framework's adapter.
//
// It returns nil if the delivery's key, body and job are committed to disk, also if they
// already were, because the delivery is a copy. (The same bytes for another account are not
// a copy.) After an error the delivery may or may not be stored: answer with a 5xx, as
// Handle does, and the sender can send it again. Store returns within
// [Config.StoreTimeout], or earlier if ctx ends.
//
// Callers at the same time share a transaction. Each failed transaction is logged once to
// [Config.Logger]: as Error, or as Warn if another transaction was in the way and the inbox
// tries again.
func (b *Inbox) Store(ctx context.Context, d webhook.Delivery) error {
	switch {
	case d.Body == nil:
		return errors.New("sendsarriver: Store: there is no verified delivery")
	case len(d.Account) > 512 || !utf8.ValidString(d.Account) || strings.Contains(d.Account, "\x00"):
		return errors.New("sendsarriver: Store: the account's name is not UTF-8 of at most 512 bytes without NUL")
	}
	until := time.Now().Add(b.cfg.StoreTimeout)
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	s := &storing{
		account: d.Account, sha256: sha256.Sum256(d.Body), body: d.Body,
		ctx: ctx, until: until, result: make(chan error, 1),
	}
	b.enqueue(s)
	select {
	case err := <-s.result:
		return err
	case <-ctx.Done():
		return fmt.Errorf("sendsarriver: Store: not known to be stored: %w", context.Cause(ctx))
	}
}

// enqueue adds s to the queue, and starts a goroutine that stores, unless the engine allows
// no more.
func (b *Inbox) enqueue(s *storing) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, s)
	if b.storing < b.engine.groups {
		b.storing++
		go func() {
			for group := b.nextGroup(); group != nil; group = b.nextGroup() {
				b.storeGroup(group)
			}
		}()
	}
}

// nextGroup returns the deliveries that have waited longest. It returns nil if none wait:
// then the goroutine must end.
func (b *Inbox) nextGroup() []*storing {
	b.mu.Lock()
	defer b.mu.Unlock()
	var group []*storing
	size, taken := 0, 0
	for _, s := range b.waiting {
		if s.ctx.Err() == nil { // otherwise its caller is gone
			size += len(s.body)
			if len(group) > 0 && (size > groupBytes || s.alone) {
				break
			}
			group = append(group, s)
		}
		taken++
		if len(group) == groupDeliveries || len(group) > 0 && group[0].alone {
			break
		}
	}
	b.waiting = slices.Delete(b.waiting, 0, taken)
	if group == nil {
		b.storing--
	}
	return group
}

// storeGroup stores a group and gives each member its result. If another transaction was in
// the way, perhaps of one member only, all are stored again, each alone, until their
// callers are gone.
func (b *Inbox) storeGroup(group []*storing) {
	// Two transactions that take keys in different orders would wait for each other for ever.
	slices.SortFunc(group, (*storing).compare)
	err := b.commit(group)
	conflict := err != nil && b.engine.conflict(err)
	for _, s := range group {
		if conflict {
			s.alone = true
			b.enqueue(s)
		} else {
			s.result <- err
		}
	}
}

// commit stores sorted deliveries in one transaction. It does not use a caller's context,
// because a caller that hangs up would fail the others.
func (b *Inbox) commit(group []*storing) (err error) {
	until := slices.MaxFunc(group, func(a, b *storing) int { return a.until.Compare(b.until) }).until
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	defer func() {
		if value := recover(); value != nil { // of a Middleware; it would end the process
			err = fmt.Errorf("panic: %v", value)
		}
		if err != nil {
			level := slog.LevelError
			if b.engine.conflict(err) {
				level = slog.LevelWarn // they are stored again
			}
			b.cfg.Logger.Log(ctx, level, "webhook inbox: cannot store", "deliveries", len(group), "error", err)
			err = fmt.Errorf("sendsarriver: Store: %w", err)
		}
	}()
	tx, end, err := b.engine.begin(ctx, b.db, false)
	if err != nil {
		return err
	}
	defer end()
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	single := slices.CompactFunc(slices.Clone(group), func(a, b *storing) bool { return a.compare(b) == 0 })
	ids, err := b.engine.insertKeys(ctx, tx, single)
	if err != nil {
		return err
	}
	if len(ids) > 0 {
		jobs := make([]river.InsertManyParams, len(ids))
		for i, id := range ids {
			jobs[i].Args = jobArgs{ID: id}
		}
		n, err := b.river.InsertManyFastTx(ctx, tx, jobs)
		if err != nil {
			return err
		}
		if n != len(ids) { // a Middleware did not call the next one
			return fmt.Errorf("%d jobs were inserted for %d deliveries", n, len(ids))
		}
	}
	return tx.Commit()
}
