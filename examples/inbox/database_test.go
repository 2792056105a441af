//go:build unix

package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sendsar-community/webhooks-go/ci/exampletest"
	"github.com/sendsar-community/webhooks-go/ci/postgrestest"
)

// tests runs the tests of this package, and then stops the shared server.
type tests struct{ m *testing.M }

func (tests tests) Run() int {
	flag.Parse()
	if !isSet("test.parallel") {
		// They wait more than they work: for timeouts, retries and crashed attempts.
		_ = flag.Set("test.parallel", "8") // cannot fail: it exists, and this is a number
	}
	status := tests.m.Run()
	if server, _ := sharedPostgres.started.Load().(*postgrestest.Server); server != nil {
		if err := server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
	}
	return status
}

func isSet(name string) (set bool) {
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

// sharedPostgres is the server of all tests that do not stop it.
var sharedPostgres struct {
	once    sync.Once
	started atomic.Value
	err     error
}

// startPostgres returns a server of the test's own.
func startPostgres(t *testing.T) *postgrestest.Server {
	t.Helper()
	server, err := postgrestest.New(context.WithoutCancel(t.Context()))
	postgrestest.Need(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	return server
}

// testDatabase is what a test runs on.
type testDatabase struct {
	url   string  // for DATABASE_URL
	query *sql.DB // to look into it
	river string  // the prefix of River's tables
}

// onEach runs a test on an empty database of each kind.
func onEach(t *testing.T, test func(t *testing.T, d *testDatabase)) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, newSQLite(t))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, newPostgres(t))
	})
}

func newSQLite(t *testing.T) *testDatabase {
	t.Helper()
	file := filepath.Join(t.TempDir(), "inbox.db")
	return &testDatabase{url: "sqlite:" + file, query: sqliteReader(t, file)}
}

// sqliteReader opens the file when it is first used.
func sqliteReader(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro&_pragma=busy_timeout(20000)")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

var databases atomic.Int64

func newPostgres(t *testing.T) *testDatabase {
	t.Helper()
	sharedPostgres.once.Do(func() {
		server, err := postgrestest.New(context.Background())
		sharedPostgres.started.Store(server)
		sharedPostgres.err = err
	})
	postgrestest.Need(t, sharedPostgres.err)
	return newPostgresOn(t, sharedPostgres.started.Load().(*postgrestest.Server))
}

func newPostgresOn(t *testing.T, server *postgrestest.Server) *testDatabase {
	t.Helper()
	admin, err := sql.Open("pgx", server.URL)
	require.NoError(t, err)
	defer func() { assert.NoError(t, admin.Close()) }()
	name := fmt.Sprint("test", databases.Add(1))
	_, err = admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	address.Path = "/" + name
	d := &testDatabase{url: address.String(), river: "sendsar."}
	d.query, err = sql.Open("pgx", d.url)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.query.Close()) })
	return d
}

// env is the environment of a process on the database.
func (d *testDatabase) env(more ...string) []string {
	return append(append(more, exampletest.Secrets...), "DATABASE_URL="+d.url)
}

func (d *testDatabase) start(t *testing.T, env ...string) process {
	t.Helper()
	return process{exampletest.Start(t, d.env(env...)...)}
}

// effect is a row of the table effects.
type effect struct {
	account, event, sha256 string
	createdAt              time.Time
}

func (d *testDatabase) effects(t *testing.T) []effect {
	t.Helper()
	rows, err := d.query.QueryContext(t.Context(), "SELECT account, event, body_sha256, created_at FROM effects ORDER BY id")
	require.NoError(t, err)
	defer func() { assert.NoError(t, rows.Close()) }()
	var all []effect
	for rows.Next() {
		var e effect
		require.NoError(t, rows.Scan(&e.account, &e.event, &e.sha256, &e.createdAt))
		all = append(all, e)
	}
	require.NoError(t, rows.Err())
	return all
}

func (d *testDatabase) waitForEffects(t *testing.T, n int) {
	t.Helper()
	waitFor(t, 30*time.Second, fmt.Sprint(n, " deliveries took effect"), func() bool { return len(d.effects(t)) == n })
}

// jobs returns how many of River's jobs are in one of the states. It uses one query,
// because a job that changes its state between two queries could be in neither result.
func (d *testDatabase) jobs(t *testing.T, states ...string) (n int) {
	t.Helper()
	query := "SELECT count(*) FROM " + d.river + "river_job WHERE state IN ('" + strings.Join(states, "', '") + "')"
	require.NoError(t, d.query.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}
