package sendsarriver

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Dead is a delivery that the inbox gave up, because it failed [Config.MaxAttempts] times
// or because the Handler returned river.JobCancel's error.
type Dead struct {
	ID       int64            // the id of River's job, for Retry and Discard
	Delivery webhook.Delivery // with the body
	Attempts int
	StoredAt time.Time
	GaveUpAt time.Time
	Error    string // the text of the last attempt's error
}

// ErrNotDead is in the chain of the error that [Inbox.Retry] and [Inbox.Discard] return if
// no dead delivery has the id, or none has it any more.
var ErrNotDead = errors.New("there is no dead delivery with this id")

// Dead returns at most limit (1 to 10,000) deliveries that the inbox gave up, with an ID
// greater than after, in the order of their IDs. Begin with 0, then pass the last ID. Dead
// deliveries are kept with their bodies until Retry or Discard. No sender sends them again,
// because a copy is acknowledged as stored.
func (b *Inbox) Dead(ctx context.Context, after int64, limit int) ([]Dead, error) {
	if limit < 1 || limit > 10_000 {
		return nil, fmt.Errorf("sendsarriver: Dead: the limit is %d, not from 1 to 10,000", limit)
	}
	var dead []Dead
	for len(dead) < limit {
		page, err := b.river.JobList(ctx, river.NewJobListParams().
			Kinds(jobArgs{}.Kind()).
			States(rivertype.JobStateDiscarded, rivertype.JobStateCancelled).
			OrderBy(river.JobListOrderByID, river.SortOrderAsc).
			After(river.JobListCursorFromJob(&rivertype.JobRow{ID: after})).
			First(limit-len(dead)))
		if err != nil {
			return nil, fmt.Errorf("sendsarriver: Dead: %w", err)
		}
		if len(page.Jobs) == 0 {
			break
		}
		for _, job := range page.Jobs {
			after = job.ID
			one, finished, err := b.dead(ctx, job)
			if err != nil {
				return nil, fmt.Errorf("sendsarriver: Dead: %w", err)
			}
			if !finished {
				dead = append(dead, one)
			}
		}
	}
	return dead, nil
}

// dead returns the delivery of a job. finished is true if the delivery is done, but its
// last attempt could not report that to River.
func (b *Inbox) dead(ctx context.Context, job *rivertype.JobRow) (_ Dead, finished bool, err error) {
	id, err := deliveryID(job)
	if err != nil {
		return Dead{}, false, err
	}
	d, finished, err := b.read(ctx, id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // no row: it was deleted by hand
		return Dead{}, false, err
	}
	one := Dead{ID: job.ID, Delivery: d, Attempts: job.Attempt, StoredAt: job.CreatedAt}
	if job.FinalizedAt != nil {
		one.GaveUpAt = *job.FinalizedAt
	}
	if n := len(job.Errors); n > 0 {
		one.Error = job.Errors[n-1].Error
	}
	return one, finished, nil
}

// Retry gives a dead delivery one more attempt, now. If river.JobCancel ended it early, it gets
// the attempts that were left. If they fail, it is dead again. The error's chain has
// [ErrNotDead], or the database's error.
func (b *Inbox) Retry(ctx context.Context, id int64) error {
	return b.onDead(ctx, "Retry", id, func(tx *sql.Tx, _ *rivertype.JobRow) error {
		_, err := b.river.JobRetryTx(ctx, tx, id)
		return err
	})
}

// Discard erases the body of a dead delivery and keeps its key, so that a copy of it has no
// effect. The error's chain has [ErrNotDead], or the database's error.
func (b *Inbox) Discard(ctx context.Context, id int64) error {
	return b.onDead(ctx, "Discard", id, func(tx *sql.Tx, job *rivertype.JobRow) error {
		delivery, err := deliveryID(job)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, b.engine.eraseBody(), delivery); err != nil {
			return err
		}
		_, err = b.river.JobDeleteTx(ctx, tx, id)
		return err
	})
}

// onDead runs f in a transaction with the job of a dead delivery.
func (b *Inbox) onDead(ctx context.Context, name string, id int64, f func(*sql.Tx, *rivertype.JobRow) error) error {
	err := func() error {
		tx, err := b.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // after a commit it does nothing
		job, err := b.river.JobGetTx(ctx, tx, id)
		if errors.Is(err, river.ErrNotFound) {
			return ErrNotDead
		}
		if err != nil {
			return err
		}
		if job.Kind != (jobArgs{}).Kind() || job.State != rivertype.JobStateDiscarded && job.State != rivertype.JobStateCancelled {
			return ErrNotDead
		}
		if err := f(tx, job); err != nil {
			return err
		}
		return tx.Commit()
	}()
	if err != nil {
		return fmt.Errorf("sendsarriver: %s(%d): %w", name, id, err)
	}
	return nil
}

// deliveryID returns the id of the job's row in our table.
func deliveryID(job *rivertype.JobRow) (int64, error) {
	var args jobArgs
	if err := json.Unmarshal(job.EncodedArgs, &args); err != nil {
		return 0, fmt.Errorf("job %d: %w", job.ID, err)
	}
	return args.ID, nil
}
