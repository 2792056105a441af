package sendsarriver

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river/riverdriver"
)

// engine holds what differs between the databases.
type engine struct {
	driver riverdriver.Driver[*sql.Tx]
	schema string // for River; "" on SQLite
	table  string // ours
	groups int    // transactions of Store at the same time

	// check returns an error if the settings of db could lose a commit, or make writers
	// fail.
	check func(ctx context.Context, db *sql.DB) error

	// create makes the schema and our table, unless they exist.
	create func(ctx context.Context, db *sql.DB) error

	// insertKeys inserts the rows of new deliveries, in their order, and returns the ids of
	// these rows.
	insertKeys func(ctx context.Context, tx *sql.Tx, group []*storing) ([]int64, error)

	// conflict reports whether a transaction failed because of others. It may succeed
	// later, or for the other members of its group.
	conflict func(err error) bool

	// begin begins a transaction, of Store or of a Handler. end comes after its commit or
	// rollback.
	begin func(ctx context.Context, db *sql.DB, handler bool) (tx *sql.Tx, end func(), err error)

	begun string // what markDone returns: on PostgreSQL, it limits an idle transaction
	now   string
	ago   string // the time that is $1 seconds ago
}

// A row of our table has the key of a delivery (account, sha256), its body, and done_at.
//
//	body        done_at
//	the bytes   NULL      to be worked on
//	the bytes   a time    done, in Retention
//	NULL        a time    done
//	NULL        NULL      discarded

func (e *engine) selectRow() string {
	return `SELECT account, body, done_at IS NOT NULL OR body IS NULL FROM ` + e.table + ` WHERE id = $1`
}

// markDone guarantees "once": of several attempts at a delivery, only one gets a row.
func (e *engine) markDone(keepBody bool) string {
	set := `done_at = ` + e.now
	if !keepBody {
		set += `, body = NULL`
	}
	return `UPDATE ` + e.table + ` SET ` + set + ` WHERE id = $1 AND done_at IS NULL RETURNING ` + e.begun
}

func (e *engine) eraseBody() string {
	return `UPDATE ` + e.table + ` SET body = NULL WHERE id = $1`
}

// eraseOld erases at most 1,000 bodies of deliveries that were done $1 seconds ago.
func (e *engine) eraseOld() string {
	return `UPDATE ` + e.table + ` SET body = NULL WHERE id IN (SELECT id FROM ` + e.table +
		` WHERE body IS NOT NULL AND done_at <= ` + e.ago + ` ORDER BY done_at LIMIT 1000)`
}
