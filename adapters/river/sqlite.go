package sendsarriver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/riverqueue/river/riverdriver/riversqlite"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// OpenSQLite opens the SQLite database at path with modernc.org/sqlite, which needs no C
// compiler, and with the settings that [SQLite] requires: write-ahead log, synchronous
// FULL, a busy timeout of 10 seconds, BEGIN IMMEDIATE and one connection. A new file gets
// the mode 0600, because it holds message bodies; the mode of an existing file is not
// changed. The file is opened, but not read yet.
//
// The path must be that of a file on a local disk: SQLite's locks do not work on a network
// file system.
func OpenSQLite(path string) (*sql.DB, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") || strings.HasPrefix(path, "file:") {
		return nil, fmt.Errorf("sendsarriver: OpenSQLite takes the path of a file, not %q", path)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the app's own path
	if err != nil {
		return nil, fmt.Errorf("sendsarriver: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("sendsarriver: %w", err)
	}
	slashed := filepath.ToSlash(path)
	if filepath.VolumeName(path) != "" {
		slashed = "/" + slashed // file:/C:/…
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: slashed}).EscapedPath()+
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("sendsarriver: %w", err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// SQLite returns an inbox in db, which [OpenSQLite] opened or which has the same settings.
// It makes or migrates the tables, and returns an error if an acknowledged delivery could
// be lost, or writers could fail, because of the settings of db. ctx is for the start only.
// SQLite tries for about five seconds, and logs each failure as Warn.
//
// An inbox needs a file of its own, which may have tables of yours beside its own. The
// caller closes db, after [Inbox.Run] has returned.
func SQLite(ctx context.Context, db *sql.DB, cfg Config) (*Inbox, error) {
	if db == nil {
		return nil, errors.New("sendsarriver: SQLite: the database is nil")
	}
	return newInbox(ctx, db, cfg, func(Config) *engine {
		turns := oneConnection{make(chan struct{}, 1), make(chan struct{}, 1)}
		return &engine{
			begin:      turns.begin,
			driver:     riversqlite.New(db),
			table:      "sendsar_inbox",
			groups:     1,
			check:      checkSQLite,
			create:     createSQLite,
			insertKeys: insertSQLiteKeys,
			conflict:   isBusy,
			begun:      "1",
			now:        "unixepoch()",
			ago:        "unixepoch() - $1",
		}
	})
}

// isBusy reports whether the file stayed locked for the whole busy timeout. SQLite has no queue
// of those who wait, so many short transactions of another process can do that too.
func isBusy(err error) bool {
	// The error of modernc.org/sqlite, whose lower byte is the code without its extension.
	var coded interface{ Code() int }
	return errors.As(err, &coded) && coded.Code()&0xff == sqlite3.SQLITE_BUSY
}

// oneConnection gives Store its turn between the transactions of Handlers, which share one
// connection with it. Of all Handlers that wait, at most one goes before Store.
type oneConnection struct {
	handlers chan struct{} // the one Handler that waits for the connection or has it
	all      chan struct{} // who has the connection; Go wakes waiting senders in their order
}

func (c oneConnection) begin(ctx context.Context, db *sql.DB, handler bool) (_ *sql.Tx, _ func(), err error) {
	queues := []chan struct{}{c.all}
	if handler {
		queues = []chan struct{}{c.handlers, c.all}
	}
	var undo []func()
	end := func() {
		for _, f := range slices.Backward(undo) {
			f()
		}
	}
	defer func() {
		if err != nil {
			end()
		}
	}()
	for _, queue := range queues {
		select {
		case queue <- struct{}{}:
			undo = append(undo, func() { <-queue })
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	undo = append(undo, func() { _ = conn.Close() }) // back to the pool
	if handler {
		if err := refuseAfterRollback(conn); err != nil {
			return nil, nil, err
		}
		undo = append(undo, func() { _ = hook(conn, nil, nil) }) // a broken connection has no hooks
	}
	tx, err := conn.BeginTx(ctx, nil)
	return tx, end, err
}

// refuseAfterRollback makes the connection commit nothing after a rollback. When a
// statement is interrupted, or the disk is full, SQLite may roll back the whole
// transaction. Later writes of the Handler would then be committed at once, without the
// mark that the delivery is done.
func refuseAfterRollback(conn *sql.Conn) error {
	var rolledBack atomic.Bool
	return hook(conn, func() { rolledBack.Store(true) }, func() int32 {
		if rolledBack.Load() {
			return 1 // a rollback
		}
		return 0
	})
}

func hook(conn *sql.Conn, rollback sqlite.RollbackHookFn, commit sqlite.CommitHookFn) error {
	return conn.Raw(func(driver any) error {
		if c, ok := driver.(sqlite.HookRegisterer); ok { // modernc.org/sqlite
			c.RegisterRollbackHook(rollback)
			c.RegisterCommitHook(commit)
		}
		return nil
	})
}

// errUnsafe is in the chain of an error that says which settings the database needs.
var errUnsafe = errors.New("the database is not set up for an inbox")

func checkSQLite(ctx context.Context, db *sql.DB) error {
	var problems []error
	invalid := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if n := db.Stats().MaxOpenConnections; n != 1 {
		invalid("it has %d connections (0: any number), not one: call SetMaxOpenConns(1)", n)
	}
	var journal string
	var synchronous, busy int
	if err := errors.Join(
		db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&journal),
		db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous),
		db.QueryRowContext(ctx, "PRAGMA busy_timeout").Scan(&busy),
	); err != nil {
		return err
	}
	if journal != "wal" {
		invalid("journal_mode is %s, not wal", journal)
	}
	if synchronous < 2 {
		invalid("synchronous is %d, not 2 (FULL): a commit would not be on disk when it returns", synchronous)
	}
	if busy <= 0 {
		invalid("busy_timeout is 0: other processes would make it fail")
	}
	immediate, err := beginsImmediate(ctx, db)
	if err != nil {
		return err
	}
	if !immediate {
		invalid("a transaction does not begin with BEGIN IMMEDIATE: one that reads first could not write")
	}
	if problems != nil {
		return fmt.Errorf("%w: %w", errUnsafe, errors.Join(problems...))
	}
	return nil
}

// beginsImmediate reports whether a transaction of db has the write lock from its
// beginning. SQLite refuses a checkpoint on a connection that has a transaction, and a
// plain BEGIN does not start one yet.
func beginsImmediate(ctx context.Context, db *sql.DB) (bool, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // it changed nothing
	var busy, log, done int
	return tx.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &done) != nil, nil
}

func createSQLite(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, `
		CREATE TABLE IF NOT EXISTS sendsar_inbox (
			id      INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: a job has it
			account TEXT NOT NULL,
			sha256  BLOB NOT NULL,
			body    BLOB,
			done_at INTEGER, -- seconds since 1970
			UNIQUE (account, sha256)
		);
		CREATE INDEX IF NOT EXISTS sendsar_inbox_kept ON sendsar_inbox (done_at) WHERE body IS NOT NULL AND done_at IS NOT NULL`)
	return err
}

func insertSQLiteKeys(ctx context.Context, tx *sql.Tx, group []*storing) ([]int64, error) {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO sendsar_inbox (account, sha256, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = insert.Close() }() // nothing depends on it
	var ids []int64
	for _, s := range group {
		var id int64
		switch err := insert.QueryRowContext(ctx, s.account, s.sha256[:], s.body).Scan(&id); {
		case errors.Is(err, sql.ErrNoRows): // a copy
		case err != nil:
			return nil, err
		default:
			ids = append(ids, id)
		}
	}
	return ids, nil
}
