package sendsarriver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// jobArgs is all that River has of a delivery: the id of its row in our table.
type jobArgs struct {
	ID int64 `json:"id"`
}

// Kind is the name in River's table.
func (jobArgs) Kind() string { return "sendsar_delivery" }

// worker runs the Handler for River.
type worker struct {
	river.WorkerDefaults[jobArgs]
	inbox *Inbox
}

// Work makes one attempt.
func (w *worker) Work(ctx context.Context, job *river.Job[jobArgs]) error {
	err := w.attempt(ctx, job)
	if worked, ok := ctx.Value(workedKey{}).(*bool); ok {
		*worked = err == nil
	}
	return err
}

func (w *worker) attempt(ctx context.Context, job *river.Job[jobArgs]) error {
	b := w.inbox
	d, finished, err := b.read(ctx, job.Args.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return river.JobCancel(errors.New("sendsarriver: the delivery is no longer in the inbox"))
	}
	if err != nil || finished {
		return err
	}
	a := &attempt{inbox: b, id: job.Args.ID, ctx: ctx}
	defer func() {
		a.rollback() // after a panic too
		if value := recover(); value != nil {
			b.logFailure(ctx, job.JobRow, d, fmt.Errorf("panic: %v", value))
			panic(value)
		}
	}()
	err = b.cfg.Handler(context.WithValue(ctx, attemptKey{}, a), d)
	if err == nil {
		err = a.commit()
	}
	if a.lost() {
		return nil
	}
	if err != nil {
		b.logFailure(ctx, job.JobRow, d, err)
	}
	return err
}

// logFailure logs an attempt that failed. River also logs it, mostly as Info, and without
// the event.
func (b *Inbox) logFailure(ctx context.Context, job *rivertype.JobRow, d webhook.Delivery, err error) {
	var snooze *rivertype.JobSnoozeError
	var cancel *rivertype.JobCancelError
	level := slog.LevelWarn
	switch {
	case errors.As(err, &snooze):
		return
	case job.Attempt >= job.MaxAttempts || errors.As(err, &cancel): // it is dead
		level = slog.LevelError
	}
	e, _ := d.Event() // a body that is no event has no type
	b.cfg.Logger.Log(ctx, level, "webhook handler failed", "event", e, "delivery", d,
		"job_id", job.ID, "attempt", job.Attempt, "max_attempts", job.MaxAttempts, "error", printable(err.Error()))
}

// read returns a stored delivery. finished is true if it was discarded, or if it is done:
// an attempt that was lost after its commit did not report that to River.
func (b *Inbox) read(ctx context.Context, id int64) (d webhook.Delivery, finished bool, err error) {
	err = b.db.QueryRowContext(ctx, b.engine.selectRow(), id).Scan(&d.Account, &d.Body, &finished)
	if err == nil && !finished && d.Body == nil {
		d.Body = []byte{} // verified, and empty
	}
	return d, finished, err
}

type attemptKey struct{}

// attempt is one run of the Handler.
type attempt struct {
	inbox *Inbox
	id    int64
	ctx   context.Context //nolint:containedctx // of the attempt, because the caller of Tx may end its own earlier

	mu    sync.Mutex
	tx    *sql.Tx
	end   func() // after tx
	err   error  // of begin, or of markDone in commit
	ended bool
}

// errDone says that another attempt has done the work, so this one must not.
var errDone = errors.New("sendsarriver: Tx: another attempt has done this delivery")

// Tx returns the transaction that belongs to an attempt at a delivery. ctx is the context
// of [Config.Handler], or one made from it. The first call begins the transaction, which
// also records the delivery as done; later ones return the same. If the Handler returns
// nil, the transaction is committed. After an error, a panic or [Config.Timeout] it is
// rolled back. So its writes take effect once for each delivery, however often the delivery
// is sent, tried, or worked on by two processes. Do not commit the transaction or roll it
// back.
//
// Tx returns an error if ctx is not that of a Handler, if its Handler has returned, if
// another attempt has already done this delivery (return the error; the delivery is not
// tried again), or if the database fails.
//
// Call it late: on SQLite nothing else can be stored or worked on from then on, and even a read
// with the same *sql.DB waits for the transaction to end.
func Tx(ctx context.Context) (*sql.Tx, error) {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		return nil, errors.New("sendsarriver: Tx: the context is not that of an inbox's Handler")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return nil, errors.New("sendsarriver: Tx: the Handler has returned")
	}
	if a.tx == nil && a.err == nil {
		a.tx, a.err = a.begin()
	}
	return a.tx, a.err
}

func (a *attempt) begin() (*sql.Tx, error) {
	tx, end, err := a.inbox.engine.begin(a.ctx, a.inbox.db, true)
	if err != nil {
		return nil, fmt.Errorf("sendsarriver: Tx: %w", err)
	}
	// On PostgreSQL this waits for another attempt's transaction.
	if err := a.markDone(a.ctx, tx); err != nil {
		_ = tx.Rollback() // err says more
		end()
		return nil, err
	}
	a.end = end
	return tx, nil
}

// markDone records the delivery as done. It returns errDone if another attempt already did.
func (a *attempt) markDone(ctx context.Context, in interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
},
) error {
	var settings any
	err := in.QueryRowContext(ctx, a.inbox.markDone, a.id).Scan(&settings)
	if errors.Is(err, sql.ErrNoRows) {
		return errDone
	}
	if err != nil {
		return fmt.Errorf("sendsarriver: cannot record a delivery as done: %w", err)
	}
	return nil
}

// commit records the delivery as done, together with what the Handler wrote.
func (a *attempt) commit() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = true
	if a.err != nil {
		return a.err // the Handler did not look at it
	}
	if a.tx != nil {
		if err := a.tx.Commit(); err != nil {
			return fmt.Errorf("sendsarriver: cannot commit: %w", err)
		}
		return nil
	}
	// The work is done, so record it: also if the attempt's time is over, and on a busy database
	// for as long as the attempt does not count as lost.
	until := time.Now()
	if deadline, ok := a.ctx.Deadline(); ok && deadline.After(until) {
		until = deadline
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(a.ctx), until.Add(rescueDelay))
	defer cancel()
	a.err = a.markDone(ctx, a.inbox.db)
	return a.err
}

// rollback ends the transaction, unless commit did. It always comes last.
func (a *attempt) rollback() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = true
	if a.tx != nil {
		_ = a.tx.Rollback()
		a.end()
	}
}

// lost reports whether another attempt has done the delivery.
func (a *attempt) lost() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return errors.Is(a.err, errDone)
}

// outermost is the first of River's middlewares, and sees what the others return for an
// attempt.
type outermost struct{ river.MiddlewareDefaults }

// workedKey is the context key of a *bool that says whether the attempt succeeded.
type workedKey struct{}

func (*outermost) Work(ctx context.Context, _ *rivertype.JobRow, work func(context.Context) error) error {
	// PostgreSQL's JSON accepts no NUL. A NUL in the text of an error would make River fail
	// to record this attempt and all that end together with it.
	defer func() {
		if value := recover(); value != nil {
			panic(printable(fmt.Sprint(value)))
		}
	}()
	var worked bool
	err := work(context.WithValue(ctx, workedKey{}, &worked))
	if err == nil && !worked {
		err = errors.New("sendsarriver: a middleware did not go on, or did not return the error: the delivery is not done")
	}
	if err == nil {
		return nil
	}
	return printableError{err, printable(err.Error())}
}

type printableError struct {
	error
	text string
}

func (e printableError) Error() string { return e.text }

func (e printableError) Unwrap() error { return e.error }

func printable(text string) string { return strings.ReplaceAll(text, "\x00", "\ufffd") }
