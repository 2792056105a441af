package sendsarriver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"

	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func delivery(body string) webhook.Delivery { return webhook.Delivery{Body: []byte(body)} }

// eventually waits for a condition, for a shorter time than it takes until a lost attempt is
// rescued. It starts no goroutine, because one test counts them.
func eventually(t *testing.T, condition func() bool, message string, args ...any) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(20 * time.Millisecond) {
		require.Falsef(t, time.Now().After(deadline), message, args...)
	}
}

// storeAll stores deliveries at the same time, and returns the errors in their order.
func storeAll(ctx context.Context, box *sendsarriver.Inbox, deliveries []webhook.Delivery) []error {
	errs := make([]error, len(deliveries))
	var group sync.WaitGroup
	for i, d := range deliveries {
		group.Go(func() { errs[i] = box.Store(ctx, d) })
	}
	group.Wait()
	return errs
}

// groups is a River middleware that records the size of each transaction of Store.
type groups struct {
	river.MiddlewareDefaults
	mu    sync.Mutex
	sizes []int
	then  func() error // in place of the insertion
}

func (g *groups) InsertMany(ctx context.Context, jobs []*rivertype.JobInsertParams, insert func(context.Context) ([]*rivertype.JobInsertResult, error)) ([]*rivertype.JobInsertResult, error) {
	g.mu.Lock()
	g.sizes = append(g.sizes, len(jobs))
	then := g.then
	g.mu.Unlock()
	if then != nil {
		return nil, then()
	}
	return insert(ctx)
}

func (g *groups) all() []int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]int(nil), g.sizes...)
}

// records keeps what is logged, as text.
type records struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.Write(p)
}

func (r *records) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.String()
}

func (r *records) count(text string) int { return strings.Count(r.String(), text) }

func TestStore(t *testing.T) {
	onEachDriver(t, func(t *testing.T, db *database) {
		box := db.inbox(t, sendsarriver.Config{})
		rows := func() (int, int) {
			return db.number(t, "SELECT count(*) FROM "+db.table), db.number(t, "SELECT count(*) FROM "+db.jobs)
		}
		require.NoError(t, box.Store(t.Context(), delivery("one")))
		require.NoError(t, box.Store(t.Context(), delivery("one")), "a copy is acknowledged")
		keys, jobs := rows()
		assert.Equal(t, []int{1, 1}, []int{keys, jobs}, "a copy is not stored")

		require.NoError(t, box.Store(t.Context(), webhook.Delivery{Body: []byte("one"), Account: "acme"}))
		require.NoError(t, box.Store(t.Context(), webhook.Delivery{Body: []byte("one"), Account: "acme", SecretIndex: 1}))
		keys, jobs = rows()
		assert.Equal(t, []int{2, 2}, []int{keys, jobs}, "the same bytes for another account are another delivery")

		require.NoError(t, db.again(t).inbox(t, sendsarriver.Config{}).Store(t.Context(), delivery("one")))
		keys, jobs = rows()
		assert.Equal(t, []int{2, 2}, []int{keys, jobs}, "a copy in another process is not stored")
	})
}

func TestStoreRefuses(t *testing.T) {
	onEachEngine(t, func(t *testing.T, db *database) {
		box := db.inbox(t, sendsarriver.Config{})
		for name, d := range map[string]webhook.Delivery{
			"what was not verified":        {},
			"an account with a NUL":        {Body: []byte("x"), Account: "a\x00b"},
			"an account that is not UTF-8": {Body: []byte("x"), Account: "a\xff"},
			"an account that is too long":  {Body: []byte("x"), Account: strings.Repeat("a", 513)},
		} {
			require.Error(t, box.Store(t.Context(), d), name)
		}
		assert.Zero(t, db.number(t, "SELECT count(*) FROM "+db.table))
		ended, end := context.WithCancel(t.Context())
		end()
		require.ErrorIs(t, box.Store(ended, delivery("x")), context.Canceled)
	})
}

func TestCopiesAtTheSameTime(t *testing.T) {
	onEachDriver(t, func(t *testing.T, db *database) {
		boxes := []*sendsarriver.Inbox{db.inbox(t, sendsarriver.Config{}), db.again(t).inbox(t, sendsarriver.Config{})}
		var group sync.WaitGroup
		for i := range 64 {
			group.Go(func() {
				for j := range 10 {
					assert.NoError(t, boxes[i%2].Store(t.Context(), delivery(fmt.Sprint(j))))
				}
			})
		}
		group.Wait()
		assert.Equal(t, 10, db.number(t, "SELECT count(*) FROM "+db.table))
		assert.Equal(t, 10, db.number(t, "SELECT count(*) FROM "+db.jobs))
	})
}

func TestManyKeysInTwoProcesses(t *testing.T) {
	onEachEngine(t, func(t *testing.T, db *database) {
		boxes := []*sendsarriver.Inbox{db.inbox(t, sendsarriver.Config{}), db.again(t).inbox(t, sendsarriver.Config{})}
		random := rand.New(rand.NewPCG(1, 2))
		for round := range 4 {
			var group sync.WaitGroup
			for _, box := range boxes {
				for _, key := range random.Perm(150) {
					group.Go(func() { assert.NoError(t, box.Store(t.Context(), delivery(fmt.Sprint(round, " ", key)))) })
				}
			}
			group.Wait()
		}
		assert.Equal(t, 600, db.number(t, "SELECT count(*) FROM "+db.jobs))
		if db.path != "" {
			return
		}
		// Transactions that take keys in different orders would wait for each other for ever.
		assert.Zero(t, db.number(t, "SELECT count(*) FROM "+db.table+" AS a JOIN "+db.table+" AS b ON a.xmin = b.xmin WHERE a.id < b.id AND a.sha256 > b.sha256"))
		assert.NotZero(t, db.number(t, "SELECT count(*) FROM "+db.table+" AS a JOIN "+db.table+" AS b ON a.xmin = b.xmin WHERE a.id < b.id"))
	})
}

func TestSerializableByDefault(t *testing.T) {
	t.Parallel()
	db := openPostgres(t, "pgx")
	db.exec(t, "ALTER DATABASE "+strings.TrimPrefix(mustParse(t, db.url).Path, "/")+" SET default_transaction_isolation = 'serializable'")
	var log records
	box := db.again(t).inbox(t, sendsarriver.Config{Logger: log.logger()})
	deliveries := make([]webhook.Delivery, 200)
	for i := range deliveries {
		deliveries[i] = delivery(fmt.Sprint(i))
	}
	require.NoError(t, errors.Join(storeAll(t.Context(), box, deliveries)...))
	assert.NotContains(t, log.String(), "cannot store")
}

func TestGroups(t *testing.T) {
	onEachDriver(t, func(t *testing.T, db *database) {
		var g groups
		box := db.inbox(t, sendsarriver.Config{Middleware: []rivertype.Middleware{&g}})

		// Deliveries that arrive while nothing can be stored are stored together.
		stored := func(deliveries []webhook.Delivery) []int {
			before := len(g.all())
			unlock := db.lock(t)
			result := make(chan []error)
			go func() { result <- storeAll(context.Background(), box, deliveries) }()
			time.Sleep(200 * time.Millisecond) // so that all wait; with fewer, the test is weaker
			unlock()
			require.NoError(t, errors.Join(<-result...))
			return g.all()[before:]
		}
		small := make([]webhook.Delivery, 400)
		for i := range small {
			small[i] = delivery(fmt.Sprint("small ", i))
		}
		sizes := stored(small)
		total, largest := 0, 0
		for _, size := range sizes {
			total += size
			largest = max(largest, size)
		}
		assert.Equal(t, 400, total)
		assert.LessOrEqual(t, largest, 128, "deliveries in a transaction")
		assert.Greater(t, largest, 32, "deliveries in a transaction: %v", sizes)

		large := make([]webhook.Delivery, 10)
		for i := range large {
			large[i] = delivery(fmt.Sprint(i, strings.Repeat("x", 1<<20)))
		}
		for _, size := range stored(large) {
			assert.LessOrEqual(t, size, 3, "deliveries of 1 MiB and a bit, of which three fit into 4 MiB")
		}
		require.NoError(t, box.Store(t.Context(), delivery(strings.Repeat("y", 5<<20))), "one that is larger than a group")
	})
}

func TestCallersAreIndependent(t *testing.T) {
	onEachEngine(t, func(t *testing.T, db *database) {
		box := db.inbox(t, sendsarriver.Config{})
		unlock := db.lock(t)
		defer unlock()
		const n = 60
		results := make([]chan error, n)
		cancels := make([]context.CancelFunc, n)
		for i := range n {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			results[i], cancels[i] = make(chan error, 1), cancel
			go func() { results[i] <- box.Store(ctx, delivery(fmt.Sprint(i))) }()
		}
		time.Sleep(100 * time.Millisecond) // so that all wait; with fewer, the test is weaker
		for i := 0; i < n; i += 2 {
			cancels[i]()
			require.ErrorIs(t, <-results[i], context.Canceled, "a caller that hangs up waits no longer")
		}
		unlock()
		for i := 1; i < n; i += 2 {
			require.NoError(t, <-results[i], "delivery %d, whose neighbours hung up", i)
		}
	})
}

// On PostgreSQL, Store waits for another transaction that is inserting the same row.
func TestHungCopy(t *testing.T) {
	t.Parallel()
	db := openPostgres(t, "pgx")
	var log records
	box := db.inbox(t, sendsarriver.Config{Logger: log.logger()})
	hung, err := db.again(t).BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { _ = hung.Rollback() }()
	for _, statement := range []string{
		"INSERT INTO " + db.table + " (account, sha256, body) VALUES ('', sha256('hung'), 'hung')",
		"SAVEPOINT before",
		"LOCK TABLE " + db.table, // so that the others wait, and are stored together
	} {
		_, err = hung.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	const n = 60
	neighbours := make(chan error, n)
	for i := range n {
		go func() { neighbours <- box.Store(t.Context(), delivery(fmt.Sprint(i))) }()
	}
	time.Sleep(100 * time.Millisecond) // so that all wait; with fewer, the test is weaker
	copied := make(chan error, 1)
	go func() { copied <- box.Store(t.Context(), delivery("hung")) }()
	time.Sleep(100 * time.Millisecond) // so that it waits too
	_, err = hung.ExecContext(t.Context(), "ROLLBACK TO before")
	require.NoError(t, err)
	for range n {
		require.NoError(t, <-neighbours, "a neighbour of the hung one")
	}
	before := log.count("cannot store")
	eventually(t, func() bool { return log.count("cannot store") > before }, "the hung one is not stored again")
	assert.Contains(t, log.String(), `level=WARN msg="webhook inbox: cannot store" deliveries=1 `, "alone")
	require.Empty(t, copied)
	require.NoError(t, hung.Rollback())
	require.NoError(t, <-copied, "the lock is gone before StoreTimeout")
	assert.Equal(t, n+1, db.number(t, "SELECT count(*) FROM "+db.jobs))
}

func TestCopyOfADeliveryThatIsWorkedOn(t *testing.T) {
	t.Parallel()
	db := openPostgres(t, "pgx") // on SQLite it waits for its turn
	begun, release := make(chan bool), make(chan bool)
	// Store must not wait so long that the handler's Timeout ends the transaction in its way.
	box := db.inbox(t, sendsarriver.Config{StoreTimeout: 20 * time.Second, Handler: func(ctx context.Context, _ webhook.Delivery) error {
		if _, err := sendsarriver.Tx(ctx); err != nil {
			return err
		}
		begun <- true
		<-release
		return nil
	}})
	require.NoError(t, box.Store(t.Context(), delivery("x")))
	running(t, box)
	<-begun
	defer close(release)
	require.NoError(t, box.Store(t.Context(), delivery("x")))
}

// On SQLite all share one connection. Store gets its turn, however many handlers wait for
// it.
func TestStoreBesideSlowTransactions(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, t.TempDir()+"/inbox.db")
	var begun atomic.Int64
	box := db.inbox(t, sendsarriver.Config{Handler: func(ctx context.Context, _ webhook.Delivery) error {
		if _, err := sendsarriver.Tx(ctx); err != nil {
			return err
		}
		begun.Add(1)
		time.Sleep(100 * time.Millisecond) // slow work
		return nil
	}})
	for i := range 40 {
		require.NoError(t, box.Store(t.Context(), delivery(fmt.Sprint(i))))
	}
	running(t, box)
	eventually(t, func() bool { return begun.Load() > 0 }, "no handler runs")
	for i := range 10 {
		before := begun.Load()
		require.NoError(t, box.Store(t.Context(), delivery(fmt.Sprint("beside ", i))))
		assert.LessOrEqual(t, begun.Load()-before, int64(2), "transactions of handlers that began before it was stored")
	}
}

func TestStoreWaitsLongerThanSQLite(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, t.TempDir()+"/inbox.db")
	var log records
	box := db.inbox(t, sendsarriver.Config{Logger: log.logger()})
	db.exec(t, "PRAGMA busy_timeout = 100")
	unlock := db.lock(t)
	stored := make(chan error, 1)
	go func() { stored <- box.Store(t.Context(), delivery("x")) }()
	eventually(t, func() bool { return log.count("level=WARN msg=\"webhook inbox: cannot store") > 0 }, "SQLite waits")
	unlock()
	require.NoError(t, <-stored, "the lock is gone before StoreTimeout")
	assert.Equal(t, 1, db.number(t, "SELECT count(*) FROM "+db.jobs))
}

func TestStoreTimeout(t *testing.T) {
	onEachDriver(t, func(t *testing.T, db *database) {
		var log records
		// It must also be enough to store on a busy machine.
		box := db.inbox(t, sendsarriver.Config{StoreTimeout: 3 * time.Second, Logger: log.logger()})
		unlock := db.lock(t)
		for _, err := range storeAll(t.Context(), box, []webhook.Delivery{delivery("a secret body"), delivery("b")}) {
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		unlock()
		eventually(t, func() bool { return box.Store(t.Context(), delivery("c")) == nil }, "it does not store again")
		assert.NotZero(t, log.count("webhook inbox: cannot store"), log.String())
		assert.NotContains(t, log.String(), "a secret body")
	})
}

func TestStoreFails(t *testing.T) {
	onEachDriver(t, func(t *testing.T, db *database) {
		var log records
		var g groups
		box := db.inbox(t, sendsarriver.Config{Logger: log.logger(), Middleware: []rivertype.Middleware{&g}})
		for name, then := range map[string]func() error{
			"a middleware that does not go on": func() error { return nil },
			"a middleware that fails":          func() error { return errors.New("no") },
			"a middleware that panics":         func() error { panic("no") },
		} {
			before := log.count("webhook inbox: cannot store")
			g.then = then
			require.Error(t, box.Store(t.Context(), delivery("x")), name)
			assert.Equal(t, 1, log.count("webhook inbox: cannot store")-before, "%s: one record", name)
			assert.Zero(t, db.number(t, "SELECT count(*) FROM "+db.table), "%s: no key without a job", name)
		}
		g.then = nil
		require.NoError(t, box.Store(t.Context(), delivery("x")))
		assert.Equal(t, 1, db.number(t, "SELECT count(*) FROM "+db.jobs))
	})
}

// A delivery is not stored if the database refuses only the commit.
func TestCommitOfStoreFails(t *testing.T) {
	onEachDriver(t, func(t *testing.T, db *database) {
		box := db.inbox(t, sendsarriver.Config{})
		if db.path != "" {
			conn, err := db.Conn(t.Context())
			require.NoError(t, err)
			require.NoError(t, conn.Raw(func(driver any) error {
				driver.(sqlite.HookRegisterer).RegisterCommitHook(func() int32 { return 1 })
				return nil
			}))
			require.NoError(t, conn.Close()) // back to the pool of one
		} else {
			db.exec(t, "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'")
			db.exec(t, "CREATE CONSTRAINT TRIGGER no AFTER INSERT ON "+db.table+" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no()")
		}
		require.Error(t, box.Store(t.Context(), delivery("x")))
		assert.Zero(t, db.number(t, "SELECT count(*) FROM "+db.table))
	})
}

func TestStoreLeavesNoGoroutine(t *testing.T) {
	// Not parallel: it counts goroutines.
	db := openSQLite(t, t.TempDir()+"/inbox.db")
	box := db.inbox(t, sendsarriver.Config{})
	require.NoError(t, box.Store(t.Context(), delivery("first")))
	before := runtime.NumGoroutine()
	deliveries := make([]webhook.Delivery, 100)
	for i := range deliveries {
		deliveries[i] = delivery(fmt.Sprint(i))
	}
	require.NoError(t, errors.Join(storeAll(t.Context(), box, deliveries)...))
	eventually(t, func() bool { return runtime.NumGoroutine() <= before }, "goroutines: %d before", before)
}
