package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// deliverAll makes n deliveries, atOnce at a time. It calls note with each outcome, and tick
// a few times a second, always one call at a time. It ends early when ctx ends. The
// deliveries that this interrupts have no outcome.
func deliverAll(ctx context.Context, m maker, n, atOnce int, note func(outcome), tick func()) {
	client := newClient(atOnce)
	defer client.CloseIdleConnections()

	outcomes := make(chan outcome)
	var (
		taken   atomic.Int64
		workers sync.WaitGroup
	)
	for range atOnce {
		workers.Go(func() {
			for ctx.Err() == nil && taken.Add(1) <= int64(n) {
				o := outcome{failure: failure{text: "the request cannot be made", fix: "check the URL"}}
				if r, err := m.request(ctx); err == nil {
					o = deliver(client, r, m.secret)
				}
				if ctx.Err() != nil && (!o.answered || o.unfinished != "") {
					return // it failed because it was interrupted
				}
				outcomes <- o
			}
		})
	}
	go func() {
		workers.Wait()
		close(outcomes)
	}()

	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case o, more := <-outcomes:
			if !more {
				return
			}
			note(o)
		case <-ticker.C:
			tick()
		}
	}
}
