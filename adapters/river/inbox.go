package sendsarriver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
)

// An Inbox stores deliveries in a database and works on them. [SQLite] and [Postgres]
// return one; the zero Inbox cannot be used. It is safe for concurrent use.
type Inbox struct {
	db       *sql.DB
	engine   *engine
	cfg      Config
	markDone string // see engine
	river    *river.Client[*sql.Tx]

	mu      sync.Mutex
	waiting []*storing // of Store, in the order of arrival
	storing int        // goroutines that store them
	runs    bool
}

// rescueDelay is how long after its timeout an attempt counts as lost.
const rescueDelay = 5 * time.Second

func newInbox(ctx context.Context, db *sql.DB, cfg Config, newEngine func(Config) *engine) (*Inbox, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &Inbox{db: db, engine: newEngine(cfg), cfg: cfg}
	b.markDone = b.engine.markDone(cfg.Retention > 0)
	if err := b.prepare(ctx); err != nil {
		return nil, fmt.Errorf("sendsarriver: cannot prepare the database: %w", err)
	}
	settings := &river.Config{
		// An attempt ends at its timeout, and is rescued only later.
		JobTimeout:           cfg.Timeout,
		RescueStuckJobsAfter: cfg.Timeout + rescueDelay,
		SoftStopTimeout:      cfg.Timeout,
		MaxAttempts:          cfg.MaxAttempts,
		// Do not wait for a Handler that goes on after its attempt counts as lost.
		JobStuckThreshold: rescueDelay,
		JobStuckHandler: func(context.Context, river.JobStuckHandlerParams) river.JobStuckHandlerResult {
			return river.JobStuckHandlerResult{AddWorkerSlot: true}
		},
		// With the defaults, ten workers would do only 100 jobs a second.
		FetchCooldown:     10 * time.Millisecond,
		FetchPollInterval: 200 * time.Millisecond,
		PollOnly:          true,
		// Our table records what is done. A dead job stays until Retry or Discard.
		CompletedJobRetentionPeriod: time.Minute,
		CancelledJobRetentionPeriod: -1,
		DiscardedJobRetentionPeriod: -1,
		Logger:                      cfg.Logger,
		Schema:                      b.engine.schema,
		Middleware:                  append([]rivertype.Middleware{&outermost{}}, cfg.Middleware...),
	}
	if cfg.Handler != nil {
		settings.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: cfg.Workers}}
		settings.Workers = river.NewWorkers()
		river.AddWorker(settings.Workers, &worker{inbox: b})
	}
	if b.river, err = river.NewClient(b.engine.driver, settings); err != nil {
		return nil, fmt.Errorf("sendsarriver: %w", err)
	}
	return b, nil
}

// prepare checks the settings of the database, and makes or migrates the tables. Processes
// that start at the same time can make each other fail there, and a database may still be
// starting, so prepare tries ten times, for five seconds.
func (b *Inbox) prepare(ctx context.Context) error {
	migrator, err := rivermigrate.New(b.engine.driver, &rivermigrate.Config{Logger: b.cfg.Logger, Schema: b.engine.schema})
	if err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		err := b.engine.check(ctx, b.db)
		if err == nil {
			err = b.engine.create(ctx, b.db)
		}
		if err == nil {
			_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		}
		if err == nil || attempt == 10 || errors.Is(err, errUnsafe) {
			return err
		}
		b.cfg.Logger.WarnContext(ctx, "webhook inbox: the database is not ready, trying again", "error", err)
		if !sleep(ctx, time.Duration(attempt)*100*time.Millisecond) {
			return err
		}
	}
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

// Run works on stored deliveries, those from before a restart first, until ctx ends. Then
// it begins no more attempts, lets the running ones finish for at most [Config.Timeout],
// and returns nil. While the database is away, Run waits for it. An inbox can have one Run
// at a time. Several processes may run, all with the same Config.
//
// Run returns an error if there is no Handler, if it runs already, or if River has not
// stopped 10 seconds after the last Handler's context ended, because a Handler goes on or
// the database is away. Unfinished deliveries are worked on again later. Until River has
// stopped, another Run returns an error.
func (b *Inbox) Run(ctx context.Context) error {
	if b.cfg.Handler == nil {
		return errors.New("sendsarriver: Run: Config.Handler is nil: this inbox only stores")
	}
	if !b.setRunning(true) {
		return errors.New("sendsarriver: Run: it runs already")
	}
	if !b.start(ctx) {
		b.setRunning(false)
		return nil
	}
	stopped := b.river.Stopped()
	b.eraseUntil(ctx)
	select {
	case <-stopped:
		b.setRunning(false)
		return nil
	case <-time.After(b.cfg.Timeout + 10*time.Second):
		go func() { // until then River does not start again
			<-stopped
			b.setRunning(false)
		}()
		return errors.New("sendsarriver: Run: River has not stopped: a Handler goes on after its context has ended, or the database is away")
	}
}

// start returns false if ctx ended before the database was available.
func (b *Inbox) start(ctx context.Context) bool {
	for {
		err := b.river.Start(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		b.cfg.Logger.WarnContext(ctx, "webhook inbox: cannot start to work, trying again", "error", err)
		sleep(ctx, time.Second)
	}
}

func (b *Inbox) setRunning(runs bool) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	changed = b.runs != runs
	b.runs = runs
	return changed
}

// eraseUntil erases the bodies whose Retention has passed, each minute until ctx ends.
func (b *Inbox) eraseUntil(ctx context.Context) {
	for {
		result, err := b.db.ExecContext(ctx, b.engine.eraseOld(), b.cfg.Retention.Seconds())
		var erased int64
		if err == nil {
			erased, err = result.RowsAffected()
		}
		if err != nil && ctx.Err() == nil {
			b.cfg.Logger.WarnContext(ctx, "webhook inbox: cannot erase old bodies", "error", err)
		}
		pause := time.Minute
		if erased > 0 { // there may be more
			pause = 10 * time.Millisecond
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}
