package sendsarriver_test

import (
	"context"
	"database/sql"
	"log/slog"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, t.TempDir()+"/inbox.db")
	_, err := db.open(sendsarriver.Config{
		Workers: -1, MaxAttempts: 40_000, Timeout: -1, StoreTimeout: -1, Retention: -1, Schema: `a"b`,
		Middleware: []rivertype.Middleware{nil},
	})
	for _, field := range []string{"Workers", "MaxAttempts", "Timeout", "StoreTimeout", "Retention", "Schema", "Middleware"} {
		require.ErrorContains(t, err, "sendsarriver: Config."+field)
	}
	_, err = db.open(sendsarriver.Config{Timeout: 1 << 62, StoreTimeout: 25 * 24 * time.Hour})
	require.ErrorContains(t, err, "Config.Timeout")
	require.ErrorContains(t, err, "Config.StoreTimeout")
	for _, schema := range []string{"1a", "a-b", "a.b", "ü", "a23456789012345678901234567890123456789012345678"} {
		_, err := db.open(sendsarriver.Config{Schema: schema})
		require.ErrorContains(t, err, "Schema", schema)
	}
	_, err = sendsarriver.SQLite(t.Context(), nil, sendsarriver.Config{})
	require.ErrorContains(t, err, "nil")
	_, err = sendsarriver.Postgres(t.Context(), nil, sendsarriver.Config{})
	require.ErrorContains(t, err, "nil")
}

func TestOpenSQLiteErrors(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", ":memory:", "file:x.db?mode=memory", t.TempDir() + "/no folder/x.db"} {
		_, err := sendsarriver.OpenSQLite(path)
		require.ErrorContains(t, err, "sendsarriver: ", path)
	}
}

func TestSQLiteFile(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/a ?#%41 ü.db"
	db := openSQLite(t, path)
	require.NoError(t, db.inbox(t, sendsarriver.Config{}).Store(t.Context(), delivery("x")))
	info, err := os.Stat(path)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "the file holds bodies")
	}
	assert.NotZero(t, info.Size())
}

func TestUnsafeSQLite(t *testing.T) {
	t.Parallel()
	const safe = "_pragma=busy_timeout(1000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"
	tests := []struct {
		name, settings string
		connections    int
		problem        string
	}{
		{"as OpenSQLite has them", safe, 1, ""},
		{"with synchronous EXTRA", strings.Replace(safe, "FULL", "EXTRA", 1), 1, ""},
		{"with BEGIN EXCLUSIVE", strings.Replace(safe, "immediate", "exclusive", 1), 1, ""},
		{"with two connections", safe, 2, "it has 2 connections"},
		{"with any number of connections", safe, 0, "it has 0 connections"},
		{"with a rollback journal", strings.Replace(safe, "WAL", "DELETE", 1), 1, "journal_mode is delete"},
		{"with synchronous NORMAL", strings.Replace(safe, "FULL", "NORMAL", 1), 1, "synchronous is 1"},
		{"with synchronous OFF", strings.Replace(safe, "FULL", "OFF", 1), 1, "synchronous is 0"},
		{"without a busy timeout", strings.Replace(safe, "1000", "0", 1), 1, "busy_timeout is 0"},
		{"with deferred transactions", strings.Replace(safe, "immediate", "deferred", 1), 1, "BEGIN IMMEDIATE"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/inbox.db?"+test.settings)
			require.NoError(t, err)
			defer func() { require.NoError(t, db.Close()) }()
			db.SetMaxOpenConns(test.connections)
			_, err = sendsarriver.SQLite(t.Context(), db, sendsarriver.Config{})
			if test.problem == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.problem)
			}
		})
	}
	t.Run("in memory", func(t *testing.T) {
		t.Parallel()
		db, err := sql.Open("sqlite", ":memory:")
		require.NoError(t, err)
		defer func() { require.NoError(t, db.Close()) }()
		db.SetMaxOpenConns(1)
		_, err = sendsarriver.SQLite(t.Context(), db, sendsarriver.Config{})
		require.ErrorContains(t, err, "journal_mode is memory")
	})
}

func TestUnsafePostgres(t *testing.T) {
	// Not parallel: it changes a setting of the server.
	db := openPostgres(t, "pgx")
	u := mustParse(t, db.url)
	query := u.Query()
	query.Set("synchronous_commit", "off")
	u.RawQuery = query.Encode()
	_, err := connect(t, "pgx", u.String()).open(sendsarriver.Config{})
	require.ErrorContains(t, err, "synchronous_commit is off")

	if !serverIsOurs {
		return
	}
	set := func(statement, value string) {
		db.exec(t, statement)
		db.exec(t, "SELECT pg_reload_conf()")
		eventually(t, func() bool {
			var now string
			require.NoError(t, db.QueryRowContext(context.Background(), "SELECT current_setting('fsync')").Scan(&now))
			return now == value
		}, "fsync is not %s", value)
	}
	set("ALTER SYSTEM SET fsync = off", "off")
	_, err = db.open(sendsarriver.Config{})
	set("ALTER SYSTEM RESET fsync", "on")
	require.ErrorContains(t, err, "fsync is off")
	_, err = db.open(sendsarriver.Config{})
	require.NoError(t, err)
}

func TestStartsAtTheSameTime(t *testing.T) {
	onEachDriver(t, func(t *testing.T, db *database) {
		if db.path != "" {
			db = openSQLite(t, t.TempDir()+"/empty.db")
		}
		var group sync.WaitGroup
		for range 6 {
			other := db.again(t)
			group.Go(func() {
				box, err := other.open(sendsarriver.Config{})
				if assert.NoError(t, err) {
					assert.NoError(t, box.Store(t.Context(), delivery("x")))
				}
			})
		}
		group.Wait()
		assert.Equal(t, 1, db.number(t, "SELECT count(*) FROM "+db.jobs))
	})
}

func TestStartGivesUp(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	for name, start := range map[string]func() error{
		"when its context ends": func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			_, err := sendsarriver.Postgres(ctx, connect(t, "pgx", "postgres://x@/x?host="+url.QueryEscape(t.TempDir())).DB, sendsarriver.Config{Logger: slog.New(slog.DiscardHandler)})
			return err
		},
		"when there is no server": func() error {
			_, err := connect(t, "pgx", "postgres://x@/x?host="+url.QueryEscape(t.TempDir())).open(sendsarriver.Config{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorContains(t, start(), "sendsarriver: cannot prepare the database")
		})
	}
}

// A role that may not create anything can use an inbox that exists.
func TestRoleWithFewRights(t *testing.T) {
	t.Parallel()
	db := openPostgres(t, "pgx")
	db.inbox(t, sendsarriver.Config{Schema: "Inbox_2"})
	db.exec(t, "DROP ROLE IF EXISTS sendsar_few_rights")
	db.exec(t, "CREATE ROLE sendsar_few_rights LOGIN")
	defer db.exec(t, "DROP OWNED BY sendsar_few_rights; DROP ROLE sendsar_few_rights")
	db.exec(t, `GRANT USAGE ON SCHEMA "Inbox_2" TO sendsar_few_rights`)
	db.exec(t, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "Inbox_2" TO sendsar_few_rights`)
	db.exec(t, `GRANT USAGE ON ALL SEQUENCES IN SCHEMA "Inbox_2" TO sendsar_few_rights`)
	u := mustParse(t, db.url)
	u.User = url.User("sendsar_few_rights")
	other := connect(t, "pgx", u.String())
	done := make(chan bool, 1)
	box := other.inbox(t, sendsarriver.Config{Schema: "Inbox_2", Handler: func(context.Context, webhook.Delivery) error {
		done <- true
		return nil
	}})
	require.NoError(t, box.Store(t.Context(), delivery("x")))
	stop := running(t, box)
	<-done
	stop()
	assert.Equal(t, 1, db.number(t, `SELECT count(*) FROM "Inbox_2".sendsar_inbox WHERE done_at IS NOT NULL`))
	require.NoError(t, other.Close())
}

func TestRetention(t *testing.T) {
	onEachDriver(t, func(t *testing.T, db *database) {
		kept := func() int { return db.number(t, "SELECT count(*) FROM "+db.table+" WHERE body IS NOT NULL") }
		cfg := sendsarriver.Config{Retention: time.Hour, Handler: func(context.Context, webhook.Delivery) error { return nil }}
		box := db.inbox(t, cfg)
		require.NoError(t, box.Store(t.Context(), delivery("old")))
		require.NoError(t, box.Store(t.Context(), delivery("new")))
		stop := running(t, box)
		db.finished(t)
		stop()
		assert.Equal(t, 2, kept(), "bodies of finished deliveries")

		hourAgo := map[string]string{"SQLite": "unixepoch() - 3601", "PostgreSQL": "now() - interval '3601 s'"}[db.engine]
		db.exec(t, "UPDATE "+db.table+" SET done_at = "+hourAgo+" WHERE id = (SELECT min(id) FROM "+db.table+")")
		stop = running(t, box)
		eventually(t, func() bool { return kept() == 1 }, "the old body is not erased")
		stop()

		cfg.Retention = 0
		running(t, db.inbox(t, cfg))
		eventually(t, func() bool { return kept() == 0 }, "bodies are left, without a retention")
		assert.Equal(t, 2, db.number(t, "SELECT count(*) FROM "+db.table), "keys")
	})
}
