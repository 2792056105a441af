package inboxbench_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/ci/postgrestest"
)

var quiet = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))

// database is a place of its own for one inbox or table: a file of SQLite's, a schema of
// PostgreSQL's. In its queries {inbox} is the inbox's table, and {} is the schema with a dot.
type database struct {
	*sql.DB
	schema string
	driver riverdriver.Driver[*sql.Tx]
	begin  string // what each transaction of the inbox begins with, or nothing
	table  string // makes a table for deliveries, by hand
	keys   string // inserts $1 keys whose deliveries are done
	settle string // finishes what the database put off while keys were inserted
}

// engines open a database. A benchmark opens as many as it needs.
var engines = map[string]func(b *testing.B) *database{"SQLite": openSQLite, "PostgreSQL": openPostgres}

func openSQLite(b *testing.B) *database {
	b.Helper()
	db, err := sendsarriver.OpenSQLite(filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() }) // before its folder is removed
	return &database{
		DB: db, driver: riversqlite.New(db),
		table: "CREATE TABLE by_hand (id INTEGER PRIMARY KEY, account TEXT NOT NULL, sha256 BLOB NOT NULL, body BLOB, UNIQUE (account, sha256))",
		keys: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
			INSERT INTO {inbox} (account, sha256, done_at) SELECT 'acme', randomblob(32), unixepoch() FROM n`,
		settle: "PRAGMA wal_checkpoint(TRUNCATE)",
	}
}

var (
	server  *postgrestest.Server
	schemas int
)

func TestMain(m *testing.M) {
	status := m.Run()
	if server != nil {
		_ = server.Close() // it is thrown away
	}
	os.Exit(status)
}

func openPostgres(b *testing.B) *database {
	b.Helper()
	if server == nil {
		var err error
		server, err = postgrestest.New(context.Background())
		postgrestest.Need(b, err)
	}
	db, err := sql.Open("pgx", server.URL)
	if err != nil {
		b.Fatal(err)
	}
	const connections = 20 // what the inbox asks for, with ten workers
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	b.Cleanup(func() { _ = db.Close() })
	schemas++
	d := &database{
		DB: db, schema: fmt.Sprintf("bench%d", schemas), driver: riverdatabasesql.New(db),
		begin: "SELECT set_config('lock_timeout', '500ms', true), set_config('idle_in_transaction_session_timeout', '8000', true)",
		table: "CREATE TABLE {}by_hand (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account text NOT NULL, sha256 bytea NOT NULL, body bytea, UNIQUE (account, sha256))",
		keys: `INSERT INTO {inbox} (account, sha256, done_at)
			SELECT 'acme', sha256(i::text::bytea), now() FROM generate_series(1, $1::bigint) AS i`,
		settle: "VACUUM ANALYZE {inbox}",
	}
	d.exec(b, "CREATE SCHEMA "+d.schema)
	return d
}

// inbox makes an inbox in the database.
func (d *database) inbox(b *testing.B, cfg sendsarriver.Config) *sendsarriver.Inbox {
	b.Helper()
	cfg.Logger, cfg.Schema = quiet, d.schema
	open := sendsarriver.Postgres
	if d.schema == "" {
		open = sendsarriver.SQLite
	}
	inbox, err := open(b.Context(), d.DB, cfg)
	if err != nil {
		b.Fatal(err)
	}
	return inbox
}

// named puts the database's names into a query.
func (d *database) named(query string) string {
	schema := ""
	if d.schema != "" {
		schema = d.schema + "."
	}
	return strings.NewReplacer("{}", schema, "{inbox}", schema+"sendsar_inbox").Replace(query)
}

func (d *database) exec(b *testing.B, query string, args ...any) {
	b.Helper()
	if _, err := d.ExecContext(b.Context(), d.named(query), args...); err != nil {
		b.Fatalf("%s: %v", d.named(query), err)
	}
}
