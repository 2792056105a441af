package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // reads what the example wrote

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// stored is the status that the inbox must answer with, for a copy too.
const stored = http.StatusNoContent

// The inbox gets each event in several copies, from several senders.
const (
	events  = 80
	copies  = 3
	senders = 8
	kills   = 2
)

// An attempt counts as lost 15 seconds after it began: its timeout in examples/inbox, which
// is 10 seconds, and 5 more.
const lostAfter = 15*time.Second + 500*time.Millisecond

// tryInbox runs examples/inbox on SQLite, kills it while deliveries come and are worked on,
// starts it again each time, and compares what it acknowledged with what took effect.
func tryInbox(ctx context.Context, source, binary string, env secrets, deliveries []delivery) (results []result, t tally, err error) {
	if err := build(ctx, source, binary); err != nil {
		return nil, t, err
	}
	database := binary + ".db"
	var example *process
	var url atomic.Value
	begin := func() (err error) {
		// Slow work, so that a kill hits deliveries that are worked on.
		example, err = start(ctx, binary, env, "DATABASE_URL=sqlite:"+database, "WORK_MS=100")
		if err == nil {
			url.Store(example.url)
		}
		return err
	}
	if err := begin(); err != nil {
		return nil, t, err
	}
	defer func() {
		if err != nil && example != nil {
			_ = example.kill() // err says more
		}
	}()

	counts := newCounts()
	results = sendToInbox(ctx, example.url, deliveries, counts)
	sent := make(chan error, 1)
	go func() { sent <- sendEvents(ctx, func() string { return url.Load().(string) }, env, counts) }()
	for i := range kills {
		for counts.answers() < events*copies*(i+1)/(kills+1) {
			select {
			case err := <-sent:
				return nil, t, fmt.Errorf("before kill %d: %w", i+1, err)
			case <-time.After(time.Millisecond):
			}
		}
		if err := example.kill(); err != nil {
			return nil, t, err
		}
		if err := begin(); err != nil {
			return nil, t, fmt.Errorf("after kill %d: %w", i+1, err)
		}
	}
	killed := time.Now()
	if err := <-sent; err != nil {
		return nil, t, err
	}

	// Work that a kill interrupted is done again when its attempt counts as lost. A running
	// process may look for such attempts only a minute later; a new one looks at once.
	sleep(ctx, time.Until(killed.Add(lostAfter)))
	if _, err := example.stop(); err != nil {
		return nil, t, err
	}
	if err := begin(); err != nil {
		return nil, t, err
	}
	waiting, cancel := context.WithTimeout(ctx, 25*time.Second)
	defer cancel()
	if err := awaitEffects(waiting, database, counts); err != nil {
		return nil, t, err
	}
	if _, err := example.stop(); err != nil {
		return nil, t, err
	}
	t, err = compare(ctx, database, counts) // again: it has finished what it worked on
	return results, t, err
}

// sendToInbox sends the deliveries that every example gets.
func sendToInbox(ctx context.Context, url string, deliveries []delivery, counts *counts) []result {
	results := make([]result, len(deliveries))
	for i, d := range deliveries {
		if d.status == accepted {
			d.status = stored
		}
		results[i] = send(ctx, url, d)
		if results[i].ok && d.status == stored {
			counts.acknowledge(d.body)
		}
	}
	return results
}

// sendEvents sends each event until each of its copies is acknowledged, as Sendsar would if an
// answer is lost, but without a pause.
func sendEvents(ctx context.Context, url func() string, env secrets, counts *counts) error {
	queue := make(chan delivery, events*copies)
	for range copies {
		for i := range events {
			body := fmt.Appendf(nil, `{"event":"message.created","roomId":"room-7","message":{"id":"msg_%d"}}`, i)
			queue <- delivery{name: "event", body: body, signature: webhook.Sign(env.current, body), status: stored}
		}
	}
	close(queue)
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var wait sync.WaitGroup
	for range senders {
		wait.Go(func() {
			for d := range queue {
				for !send(ctx, url(), d).ok {
					if !sleep(ctx, 5*time.Millisecond) {
						return
					}
				}
				counts.acknowledge(d.body)
			}
		})
	}
	wait.Wait()
	if ctx.Err() != nil {
		return errors.New("not every delivery was acknowledged in 20 seconds")
	}
	return nil
}

// counts holds how often each body was acknowledged, by its SHA-256.
type counts struct {
	mu    sync.Mutex
	byKey map[string]int
	all   int
}

func newCounts() *counts { return &counts{byKey: make(map[string]int)} }

func (c *counts) acknowledge(body []byte) {
	sum := sha256.Sum256(body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byKey[hex.EncodeToString(sum[:])]++
	c.all++
}

func (c *counts) answers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all
}

// tally compares the acknowledged deliveries with the table effects.
type tally struct {
	answers      int // with 204
	acknowledged int // deliveries
	once         int // of these, with one effect
	more         int // of these, with several
	other        int // effects of what was not acknowledged
}

func (t tally) ok() bool {
	return t.acknowledged > 0 && t.once == t.acknowledged && t.more == 0 && t.other == 0
}

func (t tally) String() string {
	s := fmt.Sprintf("killed %d times: %d deliveries acknowledged in %d answers, %d took effect, ",
		kills, t.acknowledged, t.answers, t.once+t.more)
	if t.ok() {
		return s + "each exactly once"
	}
	return s + fmt.Sprintf("%d once, %d more than once, %d others took effect WRONG", t.once, t.more, t.other)
}

// awaitEffects waits until every acknowledged delivery took effect, or ctx ends.
func awaitEffects(ctx context.Context, database string, counts *counts) error {
	for {
		t, err := compare(ctx, database, counts)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if t.once+t.more == t.acknowledged || !sleep(ctx, 200*time.Millisecond) {
			return nil // the last comparison says what is missing
		}
	}
}

// compare reads the table effects.
func compare(ctx context.Context, database string, counts *counts) (t tally, err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(database)+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, "SELECT body_sha256, count(*) FROM effects GROUP BY body_sha256")
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	counts.mu.Lock()
	defer counts.mu.Unlock()
	t = tally{answers: counts.all, acknowledged: len(counts.byKey)}
	for rows.Next() {
		var key string
		var effects int
		if err := rows.Scan(&key, &effects); err != nil {
			return t, err
		}
		switch {
		case counts.byKey[key] == 0:
			t.other++
		case effects == 1:
			t.once++
		default:
			t.more++
		}
	}
	return t, rows.Err()
}

// sleep returns false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
