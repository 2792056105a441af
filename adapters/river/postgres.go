package sendsarriver

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/lib/pq"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
)

// Postgres returns an inbox in the schema [Config.Schema] of db, which may be opened with
// pgx's database/sql driver or lib/pq. It makes or migrates the schema and its tables, and
// returns an error if fsync or synchronous_commit is off, because an acknowledged delivery
// could then be lost. ctx is for the start only. Postgres tries for about five seconds, and
// logs each failure as Warn, because several processes may start at once.
//
// With lib/pq, a server that does not answer at all can hold connections for as long as TCP
// waits; pgx ends them.
//
// An inbox needs a schema of its own. It uses at most Workers + 10 connections of db's pool
// at the same time. Allow as many idle ones (SetMaxIdleConns), or they are opened again and
// again. The caller closes db, after [Inbox.Run] has returned.
func Postgres(ctx context.Context, db *sql.DB, cfg Config) (*Inbox, error) {
	if db == nil {
		return nil, errors.New("sendsarriver: Postgres: the database is nil")
	}
	return newInbox(ctx, db, cfg, func(cfg Config) *engine {
		schema := `"` + cfg.Schema + `"`
		table := schema + `.sendsar_inbox`
		// The server ends a transaction that is idle because its process is frozen.
		const idle = `set_config('idle_in_transaction_session_timeout', '%d', true)`
		// The settings are in the statement, to save a round trip; OFFSET 0 keeps them
		// there. They take effect before the first row is inserted, and hold until the
		// transaction ends.
		//
		// Existing keys are left out first, because ON CONFLICT would wait for a
		// transaction that changes the row: a Handler's Tx. The subquery uses the index for
		// each row, while an anti-join could read the whole table.
		insert := fmt.Sprintf(`INSERT INTO `+table+` (account, sha256, body)
			SELECT new.* FROM (SELECT set_config('lock_timeout', '500ms', true), `+idle+` OFFSET 0) AS settings,
				unnest($1::text[], $2::bytea[], $3::bytea[]) AS new (account, sha256, body)
			WHERE (SELECT id FROM `+table+` AS old WHERE old.account = new.account AND old.sha256 = new.sha256) IS NULL
			ON CONFLICT DO NOTHING RETURNING id`, cfg.StoreTimeout.Milliseconds())
		return &engine{
			driver: riverdatabasesql.New(db),
			schema: cfg.Schema,
			table:  table,
			groups: 4,
			check:  checkPostgres,
			create: func(ctx context.Context, db *sql.DB) error { return createPostgres(ctx, db, schema, table) },
			insertKeys: func(ctx context.Context, tx *sql.Tx, group []*storing) ([]int64, error) {
				return insertPostgresKeys(ctx, tx, insert, group)
			},
			conflict: isConflict,
			begin: func(ctx context.Context, db *sql.DB, handler bool) (*sql.Tx, func(), error) {
				options := &sql.TxOptions{Isolation: sql.LevelReadCommitted} // a stricter default causes conflicts
				if handler {
					options = nil // the app's default
				}
				tx, err := db.BeginTx(ctx, options)
				return tx, func() {}, err
			},
			begun: fmt.Sprintf(idle, (cfg.Timeout + rescueDelay).Milliseconds()),
			now:   "now()",
			ago:   "now() - make_interval(secs => $1)",
		}
	})
}

func checkPostgres(ctx context.Context, db *sql.DB) error {
	for _, setting := range []string{"fsync", "synchronous_commit"} {
		var value string
		if err := db.QueryRowContext(ctx, "SELECT current_setting($1)", setting).Scan(&value); err != nil {
			return err
		}
		if value == "off" {
			return fmt.Errorf("%w: %s is off: a commit would not be on disk when it returns", errUnsafe, setting)
		}
	}
	return nil
}

// createPostgres looks first, because PostgreSQL requires the right to create a thing even
// if it exists.
func createPostgres(ctx context.Context, db *sql.DB, schema, table string) error {
	var noSchema, noTable bool
	err := db.QueryRowContext(ctx, "SELECT to_regnamespace($1) IS NULL, to_regclass($2) IS NULL", schema, table).Scan(&noSchema, &noTable)
	if err == nil && noSchema {
		_, err = db.ExecContext(ctx, "CREATE SCHEMA "+schema)
	}
	if err != nil || !noTable {
		return err
	}
	// One Exec without arguments is one transaction. EXTERNAL, because compressing a body
	// costs time and gains little for its size.
	_, err = db.ExecContext(ctx, `
		CREATE TABLE `+table+` (
			id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
			account text NOT NULL,
			sha256  bytea NOT NULL,
			body    bytea,
			done_at timestamptz,
			UNIQUE (account, sha256)
		);
		ALTER TABLE `+table+` ALTER COLUMN body SET STORAGE EXTERNAL;
		CREATE INDEX sendsar_inbox_kept ON `+table+` (done_at) WHERE body IS NOT NULL AND done_at IS NOT NULL`)
	return err
}

func insertPostgresKeys(ctx context.Context, tx *sql.Tx, insert string, group []*storing) ([]int64, error) {
	accounts := make(pq.StringArray, len(group))
	sums := make(pq.ByteaArray, len(group))
	bodies := make(pq.ByteaArray, len(group))
	for i, s := range group {
		accounts[i], sums[i], bodies[i] = s.account, s.sha256[:], s.body
	}
	// Pass text: otherwise pgx would parse what pq has written, and write it again.
	args := make([]any, 3)
	for i, array := range []driver.Valuer{accounts, sums, bodies} {
		var err error
		if args[i], err = array.Value(); err != nil {
			return nil, err
		}
	}
	rows, err := tx.QueryContext(ctx, insert, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err reports what went wrong
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// isConflict reports whether another transaction made this one fail, for instance by holding
// the key of one of its deliveries: 55P03 is lock_not_available, 57014 a statement_timeout that
// came first, class 40 a rollback because of others (PostgreSQL, appendix A).
func isConflict(err error) bool {
	var coded interface{ SQLState() string } // pgx and lib/pq
	if !errors.As(err, &coded) {
		return false
	}
	code := coded.SQLState()
	return code == "55P03" || code == "57014" || len(code) == 5 && code[:2] == "40"
}
