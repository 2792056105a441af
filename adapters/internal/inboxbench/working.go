package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/report"
	"github.com/sendsar-community/webhooks-go/adapters/internal/inboxbench/turns"
	"github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// office is an inbox with its workers. The effect of a delivery is one row, written with Tx.
type office struct {
	*sendsarriver.Inbox

	mu          sync.Mutex
	left        int           // until done is closed
	begun, last time.Time     // the first handler begins, the last one returns
	done        chan struct{} // of the turn
}

func openOffice(ctx context.Context, s *store) (*office, error) {
	o := &office{}
	if err := s.exec(ctx, "CREATE TABLE {}effects (event text NOT NULL)"); err != nil {
		return nil, err
	}
	insert := s.named("INSERT INTO {}effects (event) VALUES ($1)")
	var err error
	o.Inbox, err = s.inbox(ctx, sendsarriver.Config{Workers: 10, Handler: func(ctx context.Context, d webhook.Delivery) error {
		o.begin()
		tx, err := sendsarriver.Tx(ctx)
		if err != nil {
			return err
		}
		event, err := d.Event()
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, insert, event.Type); err != nil {
			return err
		}
		o.end()
		return nil
	}})
	return o, err
}

func (o *office) begin() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.begun.IsZero() {
		o.begun = time.Now()
	}
}

func (o *office) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = time.Now()
	if o.left--; o.left == 0 {
		close(o.done)
	}
}

// receive has 64 senders store n deliveries.
func (o *office) receive(ctx context.Context, n int) (turns.Turn, error) {
	return turns.Send(64, func() error { return o.Store(ctx, newDelivery()) }, turns.Times(n))
}

// work works on all n deliveries that are stored.
func (o *office) work(ctx context.Context, n int) (turns.Turn, error) {
	o.mu.Lock()
	o.left, o.begun, o.done = n, time.Time{}, make(chan struct{})
	o.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- o.Run(ctx) }()
	select {
	case <-o.done:
	case <-time.After(5 * time.Minute):
		cancel()
		return turns.Turn{}, errors.Join(errors.New("the deliveries are not worked on"), <-ended)
	case err := <-ended:
		return turns.Turn{}, errors.Join(errors.New("the inbox ended"), err)
	}
	cancel()
	return turns.Turn{Count: n, Took: o.last.Sub(o.begun)}, <-ended
}

// measureWorking measures how fast deliveries are worked on.
func (r *run) measureWorking(ctx context.Context, e *engine) (err error) {
	s, err := e.open(ctx, "working")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.db.Close()) }()
	o, err := openOffice(ctx, s)
	if err != nil {
		return err
	}
	var all turns.Rounds
	for range max(1, r.rounds/3) {
		if _, err := o.receive(ctx, r.jobs); err != nil {
			return err
		}
		t, err := o.work(ctx, r.jobs)
		if err != nil {
			return err
		}
		all = append(all, t)
	}
	if effects, err := read[int](ctx, s, "SELECT count(*) FROM {}effects"); err != nil || effects != len(all)*r.jobs {
		return errors.Join(fmt.Errorf("%d effects of %d deliveries", effects, len(all)*r.jobs), err)
	}
	r.worked.Rows = append(r.worked.Rows, []string{e.name, fmt.Sprintf("%.0f", all.Median(turns.Turn.PerSecond))})
	return nil
}

// worked is the table of measureWorking.
func worked(jobs int) report.Table {
	return report.Table{
		Title: "Working",
		Note: fmt.Sprintf("Ten workers, and a handler that inserts one row with `sendsarriver.Tx`. %d deliveries are stored first; "+
			"the time is from the first handler's begin to the last one's end.", jobs),
		Header: []string{"", "deliveries worked/s"},
	}
}
