package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/ci/postgrestest"
)

// engine is one of the two databases. In its queries {inbox} is the inbox's table, and {} is
// the schema with a dot.
type engine struct {
	name string
	dir  string // SQLite's files, or nothing
	url  string // of PostgreSQL, or nothing

	// connections is the size of a store's pool. On PostgreSQL it is what the inbox asks for,
	// with ten workers.
	connections int

	version  string   // query for the version
	settings string   // query that each transaction of the inbox begins with, or nothing
	byHand   string   // makes the table of the way "by hand"
	keys     string   // inserts $1 keys whose deliveries are done
	settle   []string // finish what the database put off while keys were inserted
	size     string   // query for the bytes that the inbox's keys have on disk

	close func() error
}

// account is whose deliveries are stored.
const account = "acme"

func openSQLite(context.Context) (*engine, error) {
	dir, err := os.MkdirTemp("", "inboxbench-")
	if err != nil {
		return nil, err
	}
	return &engine{
		name:        "SQLite",
		connections: 1,
		dir:         dir,
		version:     "SELECT sqlite_version()",
		byHand:      "CREATE TABLE by_hand (id INTEGER PRIMARY KEY, account TEXT NOT NULL, sha256 BLOB NOT NULL, body BLOB, UNIQUE (account, sha256))",
		keys: `
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
			INSERT INTO {inbox} (account, sha256, done_at) SELECT '` + account + `', randomblob(32), unixepoch() FROM n`,
		settle: []string{"PRAGMA wal_checkpoint(TRUNCATE)"},
		size:   "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
		close:  func() error { return os.RemoveAll(dir) },
	}, nil
}

func openPostgres(ctx context.Context) (*engine, error) {
	server, err := postgrestest.New(ctx)
	if err != nil {
		return nil, err
	}
	return &engine{
		name:        "PostgreSQL",
		connections: 20,
		url:         server.URL,
		version:     "SHOW server_version",
		settings:    "SELECT set_config('lock_timeout', '500ms', true), set_config('idle_in_transaction_session_timeout', '8000', true)",
		byHand:      "CREATE TABLE {}by_hand (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account text NOT NULL, sha256 bytea NOT NULL, body bytea, UNIQUE (account, sha256))",
		keys: `
			INSERT INTO {inbox} (account, sha256, done_at)
			SELECT '` + account + `', sha256(i::text::bytea), now() FROM generate_series(1, $1::bigint) AS i`,
		settle: []string{"VACUUM ANALYZE {inbox}", "CHECKPOINT"},
		size:   "SELECT pg_total_relation_size('{inbox}')",
		close:  server.Close,
	}, nil
}

// store is a place of its own for one inbox or table: a file of SQLite's, a schema of
// PostgreSQL's.
type store struct {
	*engine
	db     *sql.DB
	schema string
	driver riverdriver.Driver[*sql.Tx]
}

// open opens a store with nothing in it.
func (e *engine) open(ctx context.Context, name string) (*store, error) {
	if e.url == "" {
		db, err := sendsarriver.OpenSQLite(filepath.Join(e.dir, name+".db"))
		if err != nil {
			return nil, err
		}
		return &store{engine: e, db: db, driver: riversqlite.New(db)}, nil
	}
	db, err := sql.Open("pgx", e.url)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(e.connections)
	db.SetMaxIdleConns(e.connections)
	s := &store{engine: e, db: db, schema: name, driver: riverdatabasesql.New(db)}
	if err := s.exec(ctx, "CREATE SCHEMA "+name); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

var quiet = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))

// inbox makes an inbox in the store.
func (s *store) inbox(ctx context.Context, cfg sendsarriver.Config) (*sendsarriver.Inbox, error) {
	cfg.Logger, cfg.Schema = quiet, s.schema
	if s.schema == "" {
		return sendsarriver.SQLite(ctx, s.db, cfg)
	}
	return sendsarriver.Postgres(ctx, s.db, cfg)
}

// named puts the store's names into a query.
func (s *store) named(query string) string {
	schema := ""
	if s.schema != "" {
		schema = s.schema + "."
	}
	return strings.NewReplacer("{}", schema, "{inbox}", schema+"sendsar_inbox").Replace(query)
}

func (s *store) exec(ctx context.Context, query string, args ...any) error {
	if _, err := s.db.ExecContext(ctx, s.named(query), args...); err != nil {
		return fmt.Errorf("%s: %w", s.named(query), err)
	}
	return nil
}

// read returns the one value of a query.
func read[T any](ctx context.Context, s *store, query string) (value T, err error) {
	if err := s.db.QueryRowContext(ctx, s.named(query)).Scan(&value); err != nil {
		return value, fmt.Errorf("%s: %w", s.named(query), err)
	}
	return value, nil
}
