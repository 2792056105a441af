package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/riverqueue/river"

	"github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// way stores deliveries. Its store returns when a delivery is on the disk.
type way struct {
	name  string
	store func(ctx context.Context, d webhook.Delivery) error
}

const (
	grouped = iota
	oneEach
	byHand
)

// openWays returns the three ways, in this order. Each has a store of its own.
func openWays(ctx context.Context, e *engine) (ways []way, closeAll func() error, err error) {
	var stores []*store
	closeAll = func() error {
		var errs []error
		for _, s := range stores {
			errs = append(errs, s.db.Close())
		}
		return errors.Join(errs...)
	}
	for i, open := range []func(context.Context, *store) (way, error){openGrouped, openOneEach, openByHand} {
		s, err := e.open(ctx, fmt.Sprintf("way%d", i))
		if err != nil {
			return nil, nil, errors.Join(err, closeAll())
		}
		stores = append(stores, s)
		w, err := open(ctx, s)
		if err != nil {
			return nil, nil, errors.Join(err, closeAll())
		}
		ways = append(ways, w)
	}
	return ways, closeAll, nil
}

func openGrouped(ctx context.Context, s *store) (way, error) {
	inbox, err := s.inbox(ctx, sendsarriver.Config{})
	if err != nil {
		return way{}, err
	}
	return way{"grouped", inbox.Store}, nil
}

// jobArgs are like the inbox's.
type jobArgs struct {
	ID int64 `json:"id"`
}

func (jobArgs) Kind() string { return "sendsar_delivery" }

// openOneEach does what the inbox does, in the same tables, but for each delivery alone.
func openOneEach(ctx context.Context, s *store) (way, error) {
	if _, err := s.inbox(ctx, sendsarriver.Config{}); err != nil { // for the tables
		return way{}, err
	}
	client, err := river.NewClient(s.driver, &river.Config{Schema: s.schema, Logger: quiet})
	if err != nil {
		return way{}, err
	}
	insert := s.named("INSERT INTO {inbox} (account, sha256, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id")
	return way{"one transaction each", func(ctx context.Context, d webhook.Delivery) error {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // after a commit it does nothing
		if s.settings != "" {
			if _, err := tx.ExecContext(ctx, s.settings); err != nil {
				return err
			}
		}
		sum := sha256.Sum256(d.Body)
		var id int64
		err = tx.QueryRowContext(ctx, insert, d.Account, sum[:], d.Body).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) { // a copy
			return tx.Commit()
		}
		if err != nil {
			return err
		}
		if _, err := client.InsertTx(ctx, tx, jobArgs{ID: id}, nil); err != nil {
			return err
		}
		return tx.Commit()
	}}, nil
}

// openByHand is what somebody writes who needs no queue.
func openByHand(ctx context.Context, s *store) (way, error) {
	if err := s.exec(ctx, s.byHand); err != nil {
		return way{}, err
	}
	insert := s.named("INSERT INTO {}by_hand (account, sha256, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
	return way{"table by hand", func(ctx context.Context, d webhook.Delivery) error {
		sum := sha256.Sum256(d.Body)
		_, err := s.db.ExecContext(ctx, insert, d.Account, sum[:], d.Body)
		return err
	}}, nil
}

// newDelivery returns one that is like no other, with a body of 300 bytes.
func newDelivery() webhook.Delivery {
	return webhook.Delivery{Account: account, Body: fmt.Appendf(nil,
		`{"event":"message.created","roomId":"room-%08d","message":{"id":"msg_%016x%016x","senderId":"user-%06d",`+
			`"text":"Could you have a look at the order of last week? The parcel arrived, but one of the boxes is empty.",`+
			`"createdAt":"2026-05-01T12:00:00Z","mentions":[]}}`,
		rand.N(100_000_000), rand.Uint64(), rand.Uint64(), rand.N(1_000_000))} //nolint:gosec // nothing is secret
}
