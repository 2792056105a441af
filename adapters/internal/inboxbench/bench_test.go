// Package inboxbench measures the inbox of adapters/river on SQLite and PostgreSQL beside what a
// team would write instead. make bench-inbox runs everything and writes RESULTS.md.
package inboxbench_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// ways store a delivery, and return when it is on the disk.
var ways = []struct {
	name string
	open func(b *testing.B, d *database) webhook.Handler
}{
	{"inbox", func(b *testing.B, d *database) webhook.Handler { return d.inbox(b, sendsarriver.Config{}).Store }},
	{"one-transaction-each", oneEach},
	{"table-by-hand", byHand},
}

type jobArgs struct {
	ID int64 `json:"id"`
}

func (jobArgs) Kind() string { return "sendsar_delivery" } // like the inbox's

// oneEach does what the inbox does, in the same tables, but for each delivery alone.
func oneEach(b *testing.B, d *database) webhook.Handler {
	d.inbox(b, sendsarriver.Config{}) // for the tables
	client, err := river.NewClient(d.driver, &river.Config{Schema: d.schema, Logger: quiet})
	if err != nil {
		b.Fatal(err)
	}
	insert := d.named("INSERT INTO {inbox} (account, sha256, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id")
	return func(ctx context.Context, delivery webhook.Delivery) error {
		tx, err := d.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // does nothing after a commit
		if d.begin != "" {
			if _, err := tx.ExecContext(ctx, d.begin); err != nil {
				return err
			}
		}
		sum := sha256.Sum256(delivery.Body)
		var id int64
		err = tx.QueryRowContext(ctx, insert, delivery.Account, sum[:], delivery.Body).Scan(&id)
		if err == nil {
			_, err = client.InsertTx(ctx, tx, jobArgs{ID: id}, nil)
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) { // which is a copy
			return err
		}
		return tx.Commit()
	}
}

// byHand is what somebody writes who needs no queue.
func byHand(b *testing.B, d *database) webhook.Handler {
	d.exec(b, d.table)
	insert := d.named("INSERT INTO {}by_hand (account, sha256, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
	return func(ctx context.Context, delivery webhook.Delivery) error {
		sum := sha256.Sum256(delivery.Body)
		_, err := d.ExecContext(ctx, insert, delivery.Account, sum[:], delivery.Body)
		return err
	}
}

// newDelivery returns one that is like no other, with a body of 300 bytes.
func newDelivery() webhook.Delivery {
	return webhook.Delivery{Account: "acme", Body: fmt.Appendf(nil,
		`{"event":"message.created","roomId":"room-%08d","message":{"id":"msg_%016x%016x","senderId":"user-%06d",`+
			`"text":"Could you have a look at the order of last week? The parcel arrived, but one of the boxes is empty.",`+
			`"createdAt":"2026-05-01T12:00:00Z","mentions":[]}}`,
		rand.N(100_000_000), rand.Uint64(), rand.Uint64(), rand.N(1_000_000))}
}

// send has senders store n deliveries, and returns how long each took, ascending.
func send(b *testing.B, senders, n int, store webhook.Handler) []time.Duration {
	var left atomic.Int64
	left.Store(int64(n))
	took := make([][]time.Duration, senders)
	var running sync.WaitGroup
	for i := range senders {
		running.Go(func() {
			for left.Add(-1) >= 0 {
				start := time.Now()
				if err := store(b.Context(), newDelivery()); err != nil {
					b.Error(err)
					return
				}
				took[i] = append(took[i], time.Since(start))
			}
		})
	}
	running.Wait()
	return slices.Sorted(slices.Values(slices.Concat(took...)))
}

func BenchmarkStore(b *testing.B) {
	for name, open := range engines {
		for _, senders := range []int{1, 8, 64, 256} {
			for _, way := range ways {
				b.Run(fmt.Sprintf("db=%s/senders=%d/way=%s", name, senders, way.name), func(b *testing.B) {
					store := way.open(b, open(b))
					send(b, min(senders, 64), 64, store) // opens the connections
					b.ResetTimer()
					took := send(b, senders, b.N, store)
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
					b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-ms")
					b.ReportMetric(took[len(took)*99/100].Seconds()*1e3, "p99-ms")
				})
			}
		}
	}
}

// An inbox with a million keys of deliveries that are done, beside an empty one: 64 senders
// store, and then ten workers insert one row for each delivery with Tx.
func BenchmarkKeys(b *testing.B) {
	for name, open := range engines {
		for _, keys := range []int{0, 1_000_000} {
			d := open(b)
			begun, done := make(chan time.Time, 1), make(chan struct{}, 10)
			inbox := d.inbox(b, sendsarriver.Config{Workers: 10, Handler: func(ctx context.Context, delivery webhook.Delivery) error {
				select {
				case begun <- time.Now():
				default:
				}
				tx, err := sendsarriver.Tx(ctx)
				if err != nil {
					return err
				}
				_, err = tx.ExecContext(ctx, d.named("INSERT INTO {}effects (bytes) VALUES ($1)"), len(delivery.Body))
				done <- struct{}{}
				return err
			}})
			d.exec(b, "CREATE TABLE {}effects (bytes integer NOT NULL)")
			if keys > 0 {
				d.exec(b, d.keys, keys)
				d.exec(b, d.settle)
			}
			b.Run(fmt.Sprintf("db=%s/keys=%d", name, keys), func(b *testing.B) {
				send(b, 64, b.N, inbox.Store)
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "stored/s")
				ctx, stop := context.WithCancel(b.Context())
				ended := make(chan error, 1)
				go func() { ended <- inbox.Run(ctx) }()
				start := <-begun
				for range b.N {
					<-done
				}
				b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "worked/s")
				stop()
				if err := <-ended; err != nil {
					b.Error(err)
				}
				for len(begun) > 0 { // handlers after the first
					<-begun
				}
			})
		}
	}
}
