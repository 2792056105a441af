package sendsarriver_test

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
	"github.com/stretchr/testify/require"

	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
)

// postgresURL is the environment variable with the URL of a PostgreSQL whose user may create
// databases. Without it, the tests start a server of their own.
const postgresURL = "WEBHOOKS_GO_POSTGRES"

var (
	server        string // the URL of PostgreSQL
	serverMissing string // or why there is none
	serverIsOurs  bool
)

func TestMain(m *testing.M) {
	// These tests wait for databases and for River more than they compute.
	flag.Parse()
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	stop := startPostgres()
	status := m.Run()
	stop()
	os.Exit(status)
}

// startPostgres sets server or serverMissing.
func startPostgres() (stop func()) {
	stop = func() {}
	if server = os.Getenv(postgresURL); server != "" {
		return stop
	}
	cmd := exec.Command("go", "run", "./cmd")
	cmd.Dir = filepath.FromSlash("../../.ci/postgrestest")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe() // it closes when this process ends, and that ends the server
	if err != nil {
		panic(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := cmd.Start(); err != nil {
		serverMissing = err.Error()
		return stop
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	stop = func() {
		_ = stdin.Close()
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait()
	}
	if err != nil {
		stop()
		serverMissing = strings.TrimSpace(stderr.String())
		return func() {}
	}
	server, serverIsOurs = strings.TrimSpace(line), true
	return stop
}

// needPostgres skips the test if PostgreSQL is missing. In continuous integration it fails
// the test instead, except on Windows, where postgrestest starts no server.
func needPostgres(t *testing.T) {
	t.Helper()
	if server == "" && os.Getenv("CI") != "" && runtime.GOOS != "windows" {
		t.Fatal(serverMissing)
	}
	if server == "" {
		t.Skip(serverMissing)
	}
}

// database is an empty database on one of the engines.
type database struct {
	*sql.DB
	engine string
	url    string // of PostgreSQL
	path   string // of SQLite
	table  string // the inbox's
	jobs   string // River's
}

// onEachEngine runs a test on each engine, with a database of its own: on SQLite with the tables
// of an inbox, on PostgreSQL without.
func onEachEngine(t *testing.T, test func(t *testing.T, db *database)) {
	t.Helper()
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "inbox.db")
		content, err := migrated()
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		test(t, openSQLite(t, path))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		skipShort(t)
		t.Parallel()
		test(t, openPostgres(t, "pgx"))
	})
}

// skipShort skips a test in make test. PostgreSQL is tested there by what it alone does, and by
// examples/inbox.
func skipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("make ci runs it")
	}
}

// onEachDriver also runs the test with the other driver for PostgreSQL. Drivers differ in
// how values and errors pass through them.
func onEachDriver(t *testing.T, test func(t *testing.T, db *database)) {
	t.Helper()
	onEachEngine(t, test)
	t.Run("PostgreSQL with lib/pq", func(t *testing.T) {
		skipShort(t)
		t.Parallel()
		test(t, openPostgres(t, "postgres"))
	})
}

// migrated is the file of an inbox that holds nothing. River's migrations take far longer than
// to copy it.
var migrated = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "inbox-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "inbox.db")
	db, err := sendsarriver.OpenSQLite(path)
	if err != nil {
		return nil, err
	}
	_, err = sendsarriver.SQLite(context.Background(), db, sendsarriver.Config{Logger: slog.New(slog.DiscardHandler)})
	if err := errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func openSQLite(t *testing.T, path string) *database {
	t.Helper()
	db, err := sendsarriver.OpenSQLite(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return &database{DB: db, engine: "SQLite", path: path, table: "sendsar_inbox", jobs: "river_job"}
}

var databases atomic.Int64

func openPostgres(t *testing.T, driver string) *database {
	t.Helper()
	needPostgres(t)
	name := fmt.Sprintf("inbox_%d_%d", os.Getpid(), databases.Add(1))
	admin, err := sql.Open("pgx", server)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	_, err = admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	t.Cleanup(func() {
		if serverIsOurs {
			return // it is removed as a whole
		}
		_, err := admin.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
		require.NoError(t, err)
	})
	u := mustParse(t, server)
	u.Path = "/" + name
	return connect(t, driver, u.String())
}

func connect(t *testing.T, driver, url string) *database {
	t.Helper()
	db, err := sql.Open(driver, url)
	require.NoError(t, err)
	db.SetMaxIdleConns(20)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return &database{DB: db, engine: "PostgreSQL", url: url, table: "sendsar.sendsar_inbox", jobs: "sendsar.river_job"}
}

// again opens the same database once more, as another process would.
func (db *database) again(t *testing.T) *database {
	t.Helper()
	if db.path != "" {
		return openSQLite(t, db.path)
	}
	return connect(t, "pgx", db.url)
}

// open returns an inbox. Its log is discarded unless cfg has a Logger.
func (db *database) open(cfg sendsarriver.Config) (*sendsarriver.Inbox, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if db.path != "" {
		return sendsarriver.SQLite(context.Background(), db.DB, cfg)
	}
	return sendsarriver.Postgres(context.Background(), db.DB, cfg)
}

// inbox opens an inbox whose Store waits for as long as a busy machine needs.
func (db *database) inbox(t *testing.T, cfg sendsarriver.Config) *sendsarriver.Inbox {
	t.Helper()
	cfg.StoreTimeout = cmp.Or(cfg.StoreTimeout, time.Minute)
	box, err := db.open(cfg)
	require.NoError(t, err)
	return box
}

func (db *database) exec(t *testing.T, statement string) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), statement)
	require.NoError(t, err)
}

// number returns the one number that a query selects.
func (db *database) number(t *testing.T, query string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), query, args...).Scan(&n))
	return n
}

// lock makes another connection hold a lock that keeps the inbox from writing, until unlock
// is called.
func (db *database) lock(t *testing.T) (unlock func()) {
	t.Helper()
	other := db.again(t)
	tx, err := other.BeginTx(context.Background(), nil) // on SQLite the write lock
	require.NoError(t, err)
	if db.path == "" {
		_, err = tx.ExecContext(t.Context(), "LOCK TABLE "+db.table)
		require.NoError(t, err)
	}
	return func() {
		if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
			require.NoError(t, err)
		}
	}
}

// running runs the inbox until the test ends or stop is called.
func running(t *testing.T, box *sendsarriver.Inbox) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- box.Run(ctx) }()
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			cancel()
			require.NoError(t, <-ended)
		}
	}
	t.Cleanup(stop)
	return stop
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u
}
