// Command simulation shows a receiver with an inbox on SQLite in bad times: a burst, a slow
// database, and a restart. It prints what happened in each second, and at the end whether each
// acknowledged delivery took effect exactly once. It takes about 20 seconds:
//
//	go run ./examples/inbox/simulation
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// script is what happens when. Every second has a share of the steady load as well.
type script struct {
	length     time.Duration
	perSecond  int           // the steady load
	burst      int           // deliveries that come at once
	burstAt    time.Duration // and when
	slow       [2]time.Duration
	restart    [2]time.Duration // the receiver is away
	handlerFor time.Duration    // how long the work of one delivery takes
}

func main() {
	s := script{length: 14 * time.Second, perSecond: 100, handlerFor: 20 * time.Millisecond}
	flag.IntVar(&s.burst, "burst", 2000, "how many deliveries come at once")
	flag.Parse()
	s.burstAt = 3 * time.Second
	s.slow = [2]time.Duration{6 * time.Second, 9 * time.Second}
	s.restart = [2]time.Duration{10 * time.Second, 12 * time.Second}
	dir, err := os.MkdirTemp("", "simulation-")
	if err == nil {
		err = errors.Join(s.run(context.Background(), dir, os.Stdout), os.RemoveAll(dir))
	}
	if err != nil {
		log.Fatal(err)
	}
}

// counters are those of one second.
type counters struct{ sent, acknowledged, failed, worked, slowest atomic.Int64 }

type simulation struct {
	script
	secret string
	path   string // of the database
	addr   string
	start  time.Time
	second []counters
	acked  atomic.Int64
	worked atomic.Int64
}

func (s script) run(ctx context.Context, dir string, out io.Writer) error {
	sim := &simulation{script: s, secret: webhooktest.NewSecret(), path: filepath.Join(dir, "inbox.db"), addr: "127.0.0.1:0", second: make([]counters, 120)}
	r, err := sim.open(ctx)
	if err != nil {
		return err
	}
	sim.start = time.Now()
	var running sync.WaitGroup
	running.Go(sim.sendAll)
	errs := make(chan error, 1)
	running.Go(func() { errs <- sim.slowDown() })
	sim.sleepUntil(s.restart[0])
	if err := r.close(); err != nil {
		return err
	}
	sim.sleepUntil(s.restart[1])
	if r, err = sim.open(ctx); err != nil {
		return err
	}
	running.Wait()
	for sim.worked.Load() < sim.acked.Load() && time.Since(sim.start) < 100*time.Second {
		time.Sleep(20 * time.Millisecond)
	}
	drained := time.Since(sim.start)
	var effects, distinct int64
	err = r.db.QueryRowContext(ctx, "SELECT count(*), count(DISTINCT id) FROM effects").Scan(&effects, &distinct)
	if err := errors.Join(err, <-errs, r.close()); err != nil {
		return err
	}
	sim.print(out, drained)
	_, err = fmt.Fprintf(out, "%d deliveries acknowledged, %d effects, of %d different deliveries\n", sim.acked.Load(), effects, distinct)
	if effects != sim.acked.Load() || distinct != effects {
		return errors.New("an acknowledged delivery did not take effect exactly once")
	}
	return err
}

func (s *simulation) sleepUntil(at time.Duration) { time.Sleep(time.Until(s.start.Add(at))) }

func (s *simulation) now() *counters {
	return &s.second[min(int(time.Since(s.start)/time.Second), len(s.second)-1)]
}

// sendAll sends the steady load and the burst, each delivery until it is acknowledged.
func (s *simulation) sendAll() {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 1000, MaxConnsPerHost: 500}}
	var sending sync.WaitGroup
	id := 0
	send := func() {
		id++
		body := fmt.Appendf(nil, `{"event":"message.created","roomId":"room-7","message":{"id":"msg_%d"}}`, id)
		sending.Go(func() { s.send(client, body) })
	}
	pause := time.Second / time.Duration(s.perSecond)
	for at, burst := time.Duration(0), s.burst; at < s.length; at += pause {
		s.sleepUntil(at)
		send()
		if at >= s.burstAt {
			for ; burst > 0; burst-- {
				send()
			}
		}
	}
	sending.Wait()
}

func (s *simulation) send(client *http.Client, body []byte) {
	s.now().sent.Add(1)
	for {
		start := time.Now()
		response, err := client.Do(webhooktest.NewRequest("http://"+s.addr+"/webhooks/sendsar", s.secret, body))
		if err == nil {
			_ = response.Body.Close() // it is empty
		}
		c, took := s.now(), time.Since(start).Milliseconds()
		if err == nil && response.StatusCode == http.StatusNoContent {
			c.acknowledged.Add(1)
			s.acked.Add(1)
			for slowest := c.slowest.Load(); took > slowest && !c.slowest.CompareAndSwap(slowest, took); slowest = c.slowest.Load() {
			}
			return
		}
		c.failed.Add(1)
		time.Sleep(500 * time.Millisecond)
	}
}

// slowDown holds the database's lock for most of the time, as a large transaction of somebody
// else would.
func (s *simulation) slowDown() error {
	s.sleepUntil(s.slow[0])
	db, err := sendsarriver.OpenSQLite(s.path)
	if err != nil {
		return err
	}
	for time.Since(s.start) < s.slow[1] {
		tx, err := db.Begin()
		if err != nil {
			return errors.Join(err, db.Close())
		}
		time.Sleep(300 * time.Millisecond)
		if err := tx.Rollback(); err != nil {
			return errors.Join(err, db.Close())
		}
		time.Sleep(20 * time.Millisecond)
	}
	return db.Close()
}

// receiver is one process's part: the database, the inbox and the server.
type receiver struct {
	db     *sql.DB
	server *http.Server
	stop   context.CancelFunc
	ended  chan error
}

func (s *simulation) open(ctx context.Context) (*receiver, error) {
	db, err := sendsarriver.OpenSQLite(s.path)
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS effects (id TEXT)"); err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	inbox, err := sendsarriver.SQLite(ctx, db, sendsarriver.Config{Handler: s.work, Logger: quiet})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", s.addr)
	if err != nil {
		return nil, err
	}
	s.addr = listener.Addr().String() // the same after the restart
	r := &receiver{db: db, ended: make(chan error, 2)}
	handler := webhook.MustNew(s.secret).Middleware(webhook.Handler(inbox.Store))
	r.server = &http.Server{Handler: handler, ReadTimeout: 10 * time.Second}
	ctx, r.stop = context.WithCancel(ctx)
	go func() { r.ended <- inbox.Run(ctx) }()
	go func() { r.ended <- r.server.Serve(listener) }()
	return r, nil
}

// close stops the receiver gracefully: the server first, then the inbox, the database last.
func (r *receiver) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := r.server.Shutdown(ctx)
	r.stop()
	for range 2 {
		if ended := <-r.ended; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
	}
	return errors.Join(err, r.db.Close())
}

// work is the Handler: slow work first, then one row.
func (s *simulation) work(ctx context.Context, d webhook.Delivery) error {
	e, err := d.Event()
	if err != nil {
		return err
	}
	time.Sleep(s.handlerFor)
	tx, err := sendsarriver.Tx(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO effects (id) VALUES ($1)", string(e.Message)); err != nil {
		return err
	}
	s.now().worked.Add(1)
	s.worked.Add(1)
	return nil
}

func (s *simulation) print(out io.Writer, drained time.Duration) {
	_, _ = fmt.Fprintf(out, "%6s  %6s  %12s  %10s  %8s  %8s  %8s\n", "second", "sent", "acknowledged", "slowest ms", "failed", "worked", "waiting")
	waiting := int64(0)
	for i := 0; time.Duration(i)*time.Second < drained; i++ {
		c := &s.second[i]
		waiting += c.acknowledged.Load() - c.worked.Load()
		note := ""
		for text, at := range map[string]time.Duration{"burst": s.burstAt, "slow database": s.slow[0], "fast again": s.slow[1], "stopped": s.restart[0], "started": s.restart[1]} {
			if int(at/time.Second) == i {
				note += "  <- " + text
			}
		}
		_, _ = fmt.Fprintf(out, "%6d  %6d  %12d  %10d  %8d  %8d  %8d%s\n", i, c.sent.Load(), c.acknowledged.Load(), c.slowest.Load(), c.failed.Load(), c.worked.Load(), waiting, note)
	}
}
