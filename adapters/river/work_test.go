package sendsarriver_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// effects makes the table that the handlers of these tests write to.
func (db *database) effects(t *testing.T) {
	t.Helper()
	db.exec(t, "CREATE TABLE effects (body text)")
}

// effect writes to it, in the transaction of the attempt.
func effect(ctx context.Context, d webhook.Delivery) error {
	tx, err := sendsarriver.Tx(ctx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO effects (body) VALUES ($1)", string(d.Body))
	return err
}

// finished waits until no job is left to be worked on.
func (db *database) finished(t *testing.T) {
	t.Helper()
	eventually(t, func() bool {
		return db.number(t, "SELECT count(*) FROM "+db.jobs+" WHERE state NOT IN ('completed', 'discarded', 'cancelled')") == 0
	}, "jobs are left")
}

func TestHandlerGetsWhatWasStored(t *testing.T) {
	onEachDriver(t, func(t *testing.T, db *database) {
		stored := []webhook.Delivery{
			{Body: []byte(`{"event":"message.created"}`)},
			{Body: []byte{}},
			{Body: []byte{0, 0xff, '\\', '"', '\'', 0}, Account: "acme \" \\ ü"},
			{Body: make([]byte, 5<<20)},
		}
		var mu sync.Mutex
		var got []webhook.Delivery
		box := db.inbox(t, sendsarriver.Config{Handler: func(_ context.Context, d webhook.Delivery) error {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, d)
			return nil
		}})
		for _, d := range stored {
			d.SecretIndex = 1
			require.NoError(t, box.Store(t.Context(), d))
		}
		running(t, box)
		db.finished(t)
		mu.Lock()
		defer mu.Unlock()
		for _, d := range stored {
			assert.Contains(t, got, d)
		}
		for _, d := range got { // one may come twice: an attempt can fail on a busy machine
			assert.Contains(t, stored, d)
			assert.NotNil(t, d.Body)
		}
	})
}

// However attempts end, the effect is there once, and only if one succeeded.
func TestEffect(t *testing.T) {
	type attempts func(ctx context.Context, d webhook.Delivery, n int) error
	tests := []struct {
		name     string
		handler  attempts // n counts from 1
		attempts int
		effects  int
	}{
		{"is there after a handler that succeeds", func(ctx context.Context, d webhook.Delivery, _ int) error {
			return effect(ctx, d)
		}, 1, 1},
		{"is rolled back after an error, and tried again", func(ctx context.Context, d webhook.Delivery, n int) error {
			if err := effect(ctx, d); err != nil || n == 2 {
				return err
			}
			return errors.New("later")
		}, 2, 1},
		{"is rolled back after a panic, and tried again", func(ctx context.Context, d webhook.Delivery, n int) error {
			if err := effect(ctx, d); err != nil || n == 2 {
				return err
			}
			panic("later")
		}, 2, 1},
		{"is not rolled back with a context that the handler ends", func(ctx context.Context, d webhook.Delivery, _ int) error {
			short, cancel := context.WithCancel(ctx)
			err := effect(short, d)
			cancel()
			time.Sleep(10 * time.Millisecond) // time for a rollback
			return err
		}, 1, 1},
		{"is in one transaction for all calls of Tx", func(ctx context.Context, d webhook.Delivery, _ int) error {
			first, err := sendsarriver.Tx(ctx)
			if err != nil {
				return err
			}
			second, err := sendsarriver.Tx(ctx)
			if first != second || err != nil {
				return river.JobCancel(fmt.Errorf("another transaction: %w", err))
			}
			return effect(ctx, d)
		}, 1, 1},
		{"is there if the handler commits, against the rule", func(ctx context.Context, d webhook.Delivery, _ int) error {
			if err := effect(ctx, d); err != nil {
				return err
			}
			tx, err := sendsarriver.Tx(ctx)
			if err != nil {
				return err
			}
			return tx.Commit()
		}, 1, 1},
		{"is tried again if the handler rolls back, against the rule", func(ctx context.Context, d webhook.Delivery, n int) error {
			if err := effect(ctx, d); err != nil || n == 2 {
				return err
			}
			tx, err := sendsarriver.Tx(ctx)
			if err != nil {
				return err
			}
			return tx.Rollback()
		}, 2, 1},
		{"is not there without one", func(context.Context, webhook.Delivery, int) error { return nil }, 1, 0},
		{"is tried again after an error whose text has a NUL", func(ctx context.Context, d webhook.Delivery, n int) error {
			if n == 2 {
				return effect(ctx, d)
			}
			return errors.New("a\x00b")
		}, 2, 1},
		{"is tried again after a panic whose text has a NUL", func(ctx context.Context, d webhook.Delivery, n int) error {
			if n == 2 {
				return effect(ctx, d)
			}
			panic("a\x00b")
		}, 2, 1},
		{"is tried again after an error that panics", func(ctx context.Context, d webhook.Delivery, n int) error {
			if n == 2 {
				return effect(ctx, d)
			}
			return (*brokenError)(nil)
		}, 2, 1},
	}
	onEachDriver(t, func(t *testing.T, db *database) {
		var attempts sync.Map // of each test
		box := db.inbox(t, sendsarriver.Config{
			Handler: func(ctx context.Context, d webhook.Delivery) error {
				i, err := strconv.Atoi(string(d.Body))
				if err != nil {
					return err
				}
				n, _ := attempts.LoadOrStore(i, new(atomic.Int64))
				return tests[i].handler(ctx, d, int(n.(*atomic.Int64).Add(1)))
			},
		})
		db.effects(t)
		running(t, box)
		for i, test := range tests { // one after the other: on SQLite they would wait for each other
			t.Run(test.name, func(t *testing.T) {
				d := delivery(strconv.Itoa(i))
				require.NoError(t, box.Store(t.Context(), d))
				db.finished(t)
				n, _ := attempts.Load(i)
				assert.EqualValues(t, test.attempts, n.(*atomic.Int64).Load(), "attempts")
				assert.Equal(t, test.effects, db.number(t, "SELECT count(*) FROM effects WHERE body = $1", string(d.Body)))
				assert.Equal(t, i+1, db.number(t, "SELECT count(*) FROM "+db.table+" WHERE done_at IS NOT NULL AND body IS NULL"), "done, and erased")
				require.NoError(t, box.Store(t.Context(), d), "a copy")
				assert.Zero(t, db.number(t, "SELECT count(*) FROM "+db.jobs+" WHERE state <> 'completed'"), "a copy is not worked on")
			})
		}
	})
}

func TestEffectAfterTheTimeout(t *testing.T) {
	for name, handler := range map[string]func(ctx context.Context, d webhook.Delivery, first bool) error{
		"is rolled back": func(ctx context.Context, d webhook.Delivery, first bool) error {
			err := effect(ctx, d)
			if first {
				<-ctx.Done()
				return nil
			}
			return err
		},
		"does not begin, and a handler that does not look fails": func(ctx context.Context, d webhook.Delivery, first bool) error {
			if first {
				<-ctx.Done()
				_ = effect(ctx, d)
				return nil
			}
			return effect(ctx, d)
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, db *database) {
				var attempts atomic.Int64
				box := db.inbox(t, sendsarriver.Config{Timeout: time.Second, Handler: func(ctx context.Context, d webhook.Delivery) error {
					return handler(ctx, d, attempts.Add(1) == 1)
				}})
				db.effects(t)
				running(t, box)
				require.NoError(t, box.Store(t.Context(), delivery("x")))
				db.finished(t)
				assert.Equal(t, 1, db.number(t, "SELECT count(*) FROM effects"))
				assert.GreaterOrEqual(t, attempts.Load(), int64(2))
			})
		})
	}
}

// After some errors SQLite rolls back the whole transaction, and commits every later
// statement at once. PostgreSQL refuses everything that follows an error.
func TestEffectAfterAStatementThatFailed(t *testing.T) {
	for name, statement := range map[string]string{
		"because it was interrupted": "INSERT INTO effects WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 100000000) SELECT 'more' FROM c",
		"and rolls back":             "INSERT OR ROLLBACK INTO once VALUES (1)", // PostgreSQL has no such statement
	} {
		t.Run(name, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, db *database) {
				var attempts atomic.Int64
				box := db.inbox(t, sendsarriver.Config{Handler: func(ctx context.Context, d webhook.Delivery) error {
					tx, err := sendsarriver.Tx(ctx)
					if err != nil {
						return err
					}
					if attempts.Add(1) == 1 {
						short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
						defer cancel()
						if _, err := tx.ExecContext(short, statement); err == nil {
							return river.JobCancel(errors.New("the statement did not fail"))
						}
					}
					return effect(ctx, d)
				}})
				db.effects(t)
				db.exec(t, "CREATE TABLE once (id integer PRIMARY KEY)")
				db.exec(t, "INSERT INTO once VALUES (1)")
				require.NoError(t, box.Store(t.Context(), delivery("x")))
				running(t, box)
				db.finished(t)
				assert.Equal(t, 1, db.number(t, "SELECT count(*) FROM effects"))
				assert.EqualValues(t, 2, attempts.Load())
			})
		})
	}
}

// swallow is a River middleware that hides how an attempt ended.
type swallow struct {
	river.MiddlewareDefaults
	then func(work func() error) error
}

func (s *swallow) Work(ctx context.Context, _ *rivertype.JobRow, work func(context.Context) error) error {
	return s.then(func() error { return work(ctx) })
}

func TestMiddlewareThatHidesAFailure(t *testing.T) {
	for name, then := range map[string]func(work func() error) error{
		"by not going on":           func(func() error) error { return nil },
		"by swallowing the error":   func(work func() error) error { _ = work(); return nil },
		"by recovering from panics": func(work func() error) error { defer func() { _ = recover() }(); return work() },
	} {
		t.Run(name, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, db *database) {
				box := db.inbox(t, sendsarriver.Config{
					MaxAttempts: 1, Middleware: []rivertype.Middleware{&swallow{then: then}},
					Handler: func(context.Context, webhook.Delivery) error { panic("no") },
				})
				require.NoError(t, box.Store(t.Context(), delivery("x")))
				running(t, box)
				db.finished(t)
				dead, err := box.Dead(t.Context(), 0, 1)
				require.NoError(t, err)
				assert.Len(t, dead, 1, "it is not done")
			})
		})
	}
}

func TestHandlerThatDoesNotStop(t *testing.T) {
	// A Handler that hangs must not keep its worker from other deliveries, nor Run from
	// returning.
	onEachEngine(t, func(t *testing.T, db *database) {
		release, stuck, done := make(chan bool), make(chan bool, 10), make(chan bool, 1)
		box := db.inbox(t, sendsarriver.Config{Workers: 1, Timeout: 100 * time.Millisecond, Handler: func(_ context.Context, d webhook.Delivery) error {
			if string(d.Body) == "stuck" {
				stuck <- true
				<-release
			} else {
				done <- true
			}
			return nil
		}})
		require.NoError(t, box.Store(t.Context(), delivery("stuck")))
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- box.Run(ctx) }()
		<-stuck // on a busy machine an attempt can time out before its Handler begins
		require.NoError(t, box.Store(t.Context(), delivery("other")))
		<-done // the other one has a worker, in the end
		end()
		require.ErrorContains(t, <-ended, "River has not stopped")
		require.ErrorContains(t, box.Run(t.Context()), "runs already")
		close(release)
		ctx, end = context.WithCancel(t.Context())
		go func() {
			err := box.Run(ctx)
			for err != nil && ctx.Err() == nil { // until River has stopped
				time.Sleep(10 * time.Millisecond)
				err = box.Run(ctx)
			}
			ended <- err
		}()
		require.NoError(t, box.Store(t.Context(), delivery("afterwards")))
		<-done
		end()
		require.NoError(t, <-ended)
	})
}

type brokenError struct{ text string }

func (e *brokenError) Error() string { return e.text }

// double makes a second job for each delivery. A rescue does the same while the first
// attempt goes on, as in a process that was frozen.
func (db *database) double(t *testing.T) {
	t.Helper()
	db.exec(t, "INSERT INTO "+db.jobs+" (args, kind, max_attempts, state) SELECT args, kind, max_attempts, 'available' FROM "+db.jobs)
}

func TestTwoAttemptsAtTheSameTime(t *testing.T) {
	handlers := map[string]func(ctx context.Context, d webhook.Delivery) error{
		"that return the error of Tx":         effect,
		"that do not look at the error of Tx": func(ctx context.Context, d webhook.Delivery) error { _ = effect(ctx, d); return nil },
		"that return another error, after Tx's": func(ctx context.Context, d webhook.Delivery) error {
			if err := effect(ctx, d); err != nil {
				return fmt.Errorf("hidden: %v", err) //nolint:errorlint // the case
			}
			return nil
		},
		"that panic after Tx's error": func(ctx context.Context, d webhook.Delivery) error {
			if err := effect(ctx, d); err != nil {
				panic(err)
			}
			return nil
		},
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			onEachDriver(t, func(t *testing.T, db *database) {
				var both sync.WaitGroup
				both.Add(2)
				var n atomic.Int64
				box := db.inbox(t, sendsarriver.Config{Handler: func(ctx context.Context, d webhook.Delivery) error {
					if n.Add(1) <= 2 {
						both.Done()
						both.Wait()
					}
					return handler(ctx, d)
				}})
				db.effects(t)
				require.NoError(t, box.Store(t.Context(), delivery("x")))
				db.double(t)
				running(t, box)
				db.finished(t)
				assert.Equal(t, 1, db.number(t, "SELECT count(*) FROM effects"))
				assert.Equal(t, 2, db.number(t, "SELECT count(*) FROM "+db.jobs+" WHERE state = 'completed'"))
				if name != "that panic after Tx's error" {
					assert.EqualValues(t, 2, n.Load(), "attempts")
				}
			})
		})
	}
}

func TestAttemptAfterTheWorkIsDone(t *testing.T) {
	onEachEngine(t, func(t *testing.T, db *database) {
		var n atomic.Int64
		box := db.inbox(t, sendsarriver.Config{Handler: func(context.Context, webhook.Delivery) error {
			n.Add(1)
			return nil
		}})
		require.NoError(t, box.Store(t.Context(), delivery("x")))
		running(t, box)
		db.finished(t)
		db.double(t)
		db.finished(t)
		assert.EqualValues(t, 1, n.Load(), "the handler does not run again")
	})
}

func TestWorkIsRecordedWhenTheDatabaseIsBusy(t *testing.T) {
	onEachEngine(t, func(t *testing.T, db *database) {
		var n atomic.Int64
		begun, end := make(chan bool, 1), make(chan bool)
		box := db.inbox(t, sendsarriver.Config{Handler: func(context.Context, webhook.Delivery) error {
			if n.Add(1) == 1 {
				begun <- true
				<-end
			}
			return nil
		}})
		require.NoError(t, box.Store(t.Context(), delivery("x")))
		running(t, box)
		<-begun
		unlock := db.lock(t)
		close(end)
		time.Sleep(6 * time.Second) // longer than after a timeout, and shorter than SQLite waits for a lock
		unlock()
		db.finished(t)
		assert.EqualValues(t, 1, n.Load(), "the handler does not run again")
	})
}

func TestDeliveryThatIsGone(t *testing.T) {
	onEachEngine(t, func(t *testing.T, db *database) {
		box := db.inbox(t, sendsarriver.Config{Handler: func(context.Context, webhook.Delivery) error {
			t.Error("the handler ran")
			return nil
		}})
		require.NoError(t, box.Store(t.Context(), delivery("x")))
		db.exec(t, "DELETE FROM "+db.table)
		running(t, box)
		db.finished(t)
		dead, err := box.Dead(t.Context(), 0, 10)
		require.NoError(t, err)
		require.Len(t, dead, 1)
		assert.Contains(t, dead[0].Error, "no longer in the inbox")
		assert.Nil(t, dead[0].Delivery.Body)
	})
}

func TestTxElsewhere(t *testing.T) {
	t.Parallel()
	_, err := sendsarriver.Tx(t.Context())
	require.ErrorContains(t, err, "not that of an inbox's Handler")

	db := openSQLite(t, t.TempDir()+"/inbox.db")
	kept := make(chan context.Context, 1)
	box := db.inbox(t, sendsarriver.Config{Handler: func(ctx context.Context, _ webhook.Delivery) error {
		kept <- ctx
		return nil
	}})
	require.NoError(t, box.Store(t.Context(), delivery("x")))
	running(t, box)
	db.finished(t)
	_, err = sendsarriver.Tx(<-kept)
	require.ErrorContains(t, err, "the Handler has returned")
}

// An attempt fails if the database refuses only the commit.
func TestCommitFails(t *testing.T) {
	onEachDriver(t, func(t *testing.T, db *database) {
		var n atomic.Int64
		box := db.inbox(t, sendsarriver.Config{Handler: func(ctx context.Context, _ webhook.Delivery) error {
			tx, err := sendsarriver.Tx(ctx)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, "INSERT INTO child VALUES ($1)", n.Add(1)) // only 2 has a parent
			return err
		}})
		if db.path != "" {
			db.exec(t, "PRAGMA foreign_keys = ON")
		}
		db.exec(t, "CREATE TABLE parent (id integer PRIMARY KEY)")
		db.exec(t, "CREATE TABLE child (id integer REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
		db.exec(t, "INSERT INTO parent VALUES (2)")
		require.NoError(t, box.Store(t.Context(), delivery("x")))
		running(t, box)
		db.finished(t)
		assert.Equal(t, 2, db.number(t, "SELECT sum(id) FROM child"))
	})
}

func TestRun(t *testing.T) {
	onEachDriver(t, func(t *testing.T, db *database) {
		begun, release := make(chan bool, 10), make(chan bool)
		box := db.inbox(t, sendsarriver.Config{Workers: 1, Handler: func(ctx context.Context, d webhook.Delivery) error {
			begun <- true
			<-release
			return effect(ctx, d)
		}})
		db.effects(t)
		require.NoError(t, box.Store(t.Context(), delivery("one")))
		require.NoError(t, box.Store(t.Context(), delivery("two")))
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- box.Run(ctx) }()
		<-begun
		require.ErrorContains(t, box.Run(t.Context()), "runs already")
		end()
		select {
		case err := <-ended:
			t.Fatal("Run returned while a handler ran:", err)
		case <-time.After(50 * time.Millisecond): // it must not; a longer wait would show no more
		}
		close(release)
		require.NoError(t, <-ended)
		assert.Equal(t, 1, db.number(t, "SELECT count(*) FROM effects"), "the running one finished, and no other was begun")
		running(t, box)
		db.finished(t)
		assert.Equal(t, 2, db.number(t, "SELECT count(*) FROM effects"), "it can run again")
	})
}

func TestRunOfAnInboxThatOnlyStores(t *testing.T) {
	t.Parallel()
	box := openSQLite(t, t.TempDir()+"/inbox.db").inbox(t, sendsarriver.Config{})
	require.ErrorContains(t, box.Run(t.Context()), "only stores")
}

func TestStopEndsHandlersAfterTheTimeout(t *testing.T) {
	onEachEngine(t, func(t *testing.T, db *database) {
		begun := make(chan bool, 1)
		var cause atomic.Value
		box := db.inbox(t, sendsarriver.Config{Timeout: 500 * time.Millisecond, Handler: func(ctx context.Context, _ webhook.Delivery) error {
			begun <- true
			<-ctx.Done()
			cause.Store(ctx.Err())
			return ctx.Err()
		}})
		require.NoError(t, box.Store(t.Context(), delivery("one")))
		stop := running(t, box)
		<-begun
		stop()
		assert.NotNil(t, cause.Load())
		assert.Zero(t, db.number(t, "SELECT count(*) FROM "+db.table+" WHERE done_at IS NOT NULL"))
	})
}

func TestFailuresAreLogged(t *testing.T) {
	onEachEngine(t, func(t *testing.T, db *database) {
		var log records
		var snoozed atomic.Bool
		box := db.inbox(t, sendsarriver.Config{
			MaxAttempts: 2, Logger: log.logger(),
			Handler: func(_ context.Context, d webhook.Delivery) error {
				switch {
				case string(d.Body) == "hopeless":
					return river.JobCancel(errors.New("never"))
				case string(d.Body) == "panicking":
					panic("no way")
				case string(d.Body) != "snoozed":
					return errors.New("out of order")
				case snoozed.CompareAndSwap(false, true):
					return river.JobSnooze(10 * time.Millisecond)
				}
				return nil
			},
		})
		require.NoError(t, box.Store(t.Context(), delivery("hopeless")))
		require.NoError(t, box.Store(t.Context(), delivery("snoozed")))
		require.NoError(t, box.Store(t.Context(), delivery("panicking")))
		require.NoError(t, box.Store(t.Context(), webhook.Delivery{Account: "acme", Body: []byte(`{"event":"call.ended","roomId":"very private"}`)}))
		running(t, box)
		db.finished(t)
		for _, want := range []string{
			`level=WARN msg="webhook handler failed" event.type=call.ended`,
			`level=ERROR msg="webhook handler failed" event.type=call.ended`,
			"delivery.account=acme", "attempt=2 max_attempts=2", `error="out of order"`,
			`attempt=1 max_attempts=2 error="JobCancelError: never"`,
			`attempt=2 max_attempts=2 error="panic: no way"`,
		} {
			assert.Contains(t, log.String(), want)
		}
		assert.Equal(t, 2, log.count(`level=WARN msg="webhook handler failed"`))
		assert.Equal(t, 3, log.count(`level=ERROR msg="webhook handler failed"`), "dead ones")
		assert.NotContains(t, log.String(), "private")
	})
}
