//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
	"github.com/sendsar-community/webhooks-go/ci/exampletest"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// These tests crash processes, the database server and the disk while senders repeat,
// double and replay deliveries. Whatever happens, each acknowledged delivery takes effect,
// and none takes effect twice.
//
// WEBHOOKS_GO_CRASH_SEED repeats the random choices of a run: a failed test logs its seed.
// WEBHOOKS_GO_CRASH_ROUNDS sets how many crashes a test has, for a longer search.

// skipShort leaves a test that takes long to make ci.
func skipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("make ci runs it")
	}
}

func TestKilledOnSQLite(t *testing.T) {
	skipShort(t)
	t.Parallel()
	c := newCrashes(t, newSQLite(t), 1, "WORK_MS=20", "HOLD_MS=2")
	stop := c.sendUntilStopped()
	for range rounds(t, 5) {
		time.Sleep(c.duration(50, 1500)) // until a random moment
		c.kill(0)
		c.start(0)
	}
	c.killAllAtWork()
	stop()
	c.finish()
}

func TestTwoProcessesKilledInTurnOnPostgreSQL(t *testing.T) {
	skipShort(t)
	t.Parallel()
	c := newCrashes(t, newPostgres(t), 2, "WORK_MS=20", "HOLD_MS=10")
	stop := c.sendUntilStopped()
	for round := range rounds(t, 6) {
		time.Sleep(c.duration(50, 1500)) // until a random moment
		c.kill(round % 2)
		time.Sleep(c.duration(0, 200)) // with the other one only
		c.start(round % 2)
	}
	c.killAllAtWork()
	stop()
	c.finish()
}

func TestPostgreSQLCrashes(t *testing.T) {
	skipShort(t)
	t.Parallel()
	server := startPostgres(t)
	c := newCrashes(t, newPostgresOn(t, server), 2, "WORK_MS=20", "HOLD_MS=10")
	stop := c.sendUntilStopped()
	for range rounds(t, 3) {
		time.Sleep(c.duration(300, 1500)) // until a random moment
		require.NoError(t, server.Stop(syscall.SIGQUIT))
		time.Sleep(c.duration(100, 900)) // without a database
		require.NoError(t, server.Start(t.Context()))
		c.waitUntilItStores()
	}
	stop()
	c.crashed = time.Now()
	c.finish()
	assert.Positive(t, c.answered(500), "the database was away")
}

func TestPostgreSQLIsAwayAtTheEnd(t *testing.T) {
	t.Parallel()
	server := startPostgres(t)
	p := newPostgresOn(t, server).start(t, "WORK_MS=20")
	require.Equal(t, http.StatusNoContent, p.deliver(t, "x"))
	require.NoError(t, server.Stop(syscall.SIGQUIT))
	assert.Equal(t, http.StatusInternalServerError, p.deliver(t, "y"))
	start := time.Now()
	p.Stop(t, syscall.SIGTERM)
	assert.Less(t, time.Since(start), 30*time.Second)
}

// A frozen process finds, when it goes on, that another one has done its work.
func TestProcessFrozenForLongerThanItsAttempts(t *testing.T) {
	skipShort(t)
	t.Parallel()
	for name, frozen := range map[string]struct {
		env string
		at  func(c *crashes) int // how many deliveries have reached the point where it is frozen
	}{
		"before its transaction": {"WORK_MS=8000", func(c *crashes) int { return c.database.jobs(c.t, "running") }},
		"in its transaction": {"HOLD_MS=8000", func(c *crashes) int {
			var n int
			require.NoError(c.t, c.database.query.QueryRowContext(c.t.Context(), `SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND state = 'idle in transaction' AND query LIKE '%INSERT INTO effects%'`).Scan(&n))
			return n
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCrashes(t, newPostgres(t), 1, frozen.env)
			const deliveries = 8 // fewer than workers
			for i := range deliveries {
				require.Equal(t, http.StatusNoContent, c.deliver(0, fmt.Sprint("frozen ", i)))
			}
			waitFor(t, 10*time.Second, "most have come there", func() bool { return frozen.at(c) > deliveries/2 })
			c.processes[0].Signal(t, syscall.SIGSTOP)
			c.env = nil // the other one is fast
			c.processes = append(c.processes, nil)
			c.start(1)
			assert.Equal(t, http.StatusNoContent, c.deliver(1, "frozen 0"), "a copy")
			waitFor(t, 2*time.Minute, "the other one has done the work", func() bool { return len(c.database.effects(t)) == deliveries })
			c.processes[0].Signal(t, syscall.SIGCONT)
			waitFor(t, 30*time.Second, "it works again", func() bool { return c.deliver(0, "afterwards") == http.StatusNoContent })
			c.finish()
		})
	}
}

// A delivery that cannot be stored in time is answered in time, and never acknowledged.
func TestLockedDatabase(t *testing.T) {
	skipShort(t)
	onEach(t, func(t *testing.T, d *testDatabase) {
		c := newCrashes(t, d, 1)
		c.send(300 * time.Millisecond)
		unlock := lock(t, d)
		stop := c.sendUntilStopped()
		waitFor(t, 20*time.Second, "deliveries are refused", func() bool { return c.answered(500) > 0 })
		acknowledged := c.answered(204)
		waitFor(t, 20*time.Second, "more are refused", func() bool { return c.answered(500) > 5 })
		assert.Equal(t, acknowledged, c.answered(204), "acknowledged, but not stored")
		unlock()
		c.waitUntilItStores()
		stop()
		c.send(300 * time.Millisecond)
		c.finish()
		assert.Greater(t, c.answered(204), acknowledged)
	})
}

// lock keeps others from writing until unlock is called.
func lock(t *testing.T, d *testDatabase) (unlock func()) {
	t.Helper()
	db := d.query
	if file, isFile := strings.CutPrefix(d.url, "sqlite:"); isFile {
		var err error
		db, err = sendsarriver.OpenSQLite(file)
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, db.Close()) })
	}
	tx, err := db.BeginTx(context.WithoutCancel(t.Context()), nil) // IMMEDIATE, on SQLite
	require.NoError(t, err)
	if d.river != "" {
		_, err = tx.ExecContext(t.Context(), "LOCK TABLE sendsar.sendsar_inbox")
		require.NoError(t, err)
	}
	return func() { require.NoError(t, tx.Rollback()) }
}

func TestPostgreSQLIsReadOnlyForAWhile(t *testing.T) {
	skipShort(t)
	t.Parallel()
	server := startPostgres(t)
	d := newPostgresOn(t, server)
	c := newCrashes(t, d, 2, "WORK_MS=20")
	readOnly := func(value string) {
		for _, statement := range []string{"ALTER SYSTEM SET default_transaction_read_only = " + value, "SELECT pg_reload_conf()"} {
			_, err := d.query.ExecContext(t.Context(), statement)
			require.NoError(t, err)
		}
	}
	c.send(300 * time.Millisecond)
	readOnly("on")
	stop := c.sendUntilStopped()
	waitFor(t, 20*time.Second, "deliveries are refused", func() bool { return c.answered(500) > 20 })
	readOnly("off")
	c.waitUntilItStores()
	stop()
	c.finish()
}

func TestFullDisk(t *testing.T) {
	skipShort(t)
	t.Parallel()
	disk := smallDisk(t)
	file := filepath.Join(disk, "inbox.db")
	c := newCrashes(t, &testDatabase{url: "sqlite:" + file, query: sqliteReader(t, file)}, 1, "WORK_MS=20")
	c.send(300 * time.Millisecond)
	filler := filepath.Join(disk, "filler")
	out, err := exec.Command("dd", "if=/dev/zero", "of="+filler, "bs=4096").CombinedOutput()
	require.Error(t, err, "the disk is not full: %s", out)
	stop := c.sendUntilStopped()
	waitFor(t, 20*time.Second, "deliveries are refused", func() bool { return c.answered(500) > 20 })
	require.NoError(t, os.Remove(filler))
	c.waitUntilItStores()
	stop()
	c.finish()
}

func TestReadOnlyDiskExits1(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	d := &testDatabase{url: "sqlite:" + filepath.Join(disk, "inbox.db")}
	p := d.start(t)
	require.Equal(t, http.StatusNoContent, p.deliver(t, "x"))
	p.Stop(t, syscall.SIGTERM)
	out, err := exec.Command("mount", "-o", "remount,ro", disk).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, exampletest.RunRefused(t, d.env()...), "read-only file system")
}

// smallDisk returns the folder of a file system of 4 MiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("only root can mount a small file system: %v: %s", err, out)
	}
	t.Cleanup(func() {
		out, err := exec.Command("umount", dir).CombinedOutput()
		assert.NoError(t, err, "%s", out)
	})
	return dir
}

// Deliveries that are stored together do not depend on each other's senders.
func TestSendersThatHangUp(t *testing.T) {
	onEach(t, func(t *testing.T, d *testDatabase) {
		c := newCrashes(t, d, 1)
		c.send(3 * time.Second)
		c.finish()
		assert.Zero(t, c.answered(500))
	})
}

// crashes is a test with senders, processes that may end at any time, and a database.
type crashes struct {
	t         *testing.T
	database  *testDatabase
	env       []string
	random    *rand.Rand // of the test's goroutine
	seed      uint64
	crashed   time.Time // the last time
	processes []*process

	mu           sync.Mutex
	urls         []string        // of the processes that run
	senders      uint64          // how many there have been
	bodies       [][]byte        // in the order in which they were first sent
	acknowledged map[string]bool // by the SHA-256 of the body
	statuses     map[int]int
}

func newCrashes(t *testing.T, d *testDatabase, processes int, env ...string) *crashes {
	t.Helper()
	seed := number(t, "WEBHOOKS_GO_CRASH_SEED", rand.Uint64())
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("WEBHOOKS_GO_CRASH_SEED=%d repeats its random choices", seed)
		}
	})
	name := fnv.New64() // so that each test makes its own choices
	_, _ = name.Write([]byte(t.Name()))
	c := &crashes{
		t: t, database: d, env: env, seed: seed ^ name.Sum64(),
		processes: make([]*process, processes), urls: make([]string, processes),
		acknowledged: make(map[string]bool), statuses: make(map[int]int),
	}
	c.random = rand.New(rand.NewPCG(c.seed, 0))
	for i := range processes {
		c.start(i)
	}
	return c
}

func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, name)
	return n
}

func rounds(t *testing.T, otherwise uint64) int {
	t.Helper()
	return int(number(t, "WEBHOOKS_GO_CRASH_ROUNDS", otherwise))
}

// duration returns a random number of milliseconds.
func (c *crashes) duration(least, most int) time.Duration {
	return time.Duration(least+c.random.IntN(most-least+1)) * time.Millisecond
}

func (c *crashes) start(i int) {
	c.t.Helper()
	p := c.database.start(c.t, c.env...)
	c.processes[i] = &p
	c.mu.Lock()
	defer c.mu.Unlock()
	if i == len(c.urls) {
		c.urls = append(c.urls, "")
	}
	c.urls[i] = p.URL // until then, senders use the URL of the process that has ended
}

func (c *crashes) kill(i int) {
	c.processes[i].Kill()
	c.crashed = time.Now()
}

// killAllAtWork kills all processes until it has hit one that works on a delivery, because on a
// busy machine random moments may all come before the work.
func (c *crashes) killAllAtWork() {
	c.t.Helper()
	working := func() bool { return c.database.jobs(c.t, "running") > 0 }
	waitFor(c.t, 2*time.Minute, "a kill hits a delivery that is worked on", func() bool {
		if !working() {
			return false
		}
		for i := range c.processes {
			c.kill(i)
		}
		hit := working() // and nobody is left to do it
		for i := range c.processes {
			c.start(i)
		}
		return hit
	})
}

// deliver sends one delivery to a process.
func (c *crashes) deliver(i int, body string) int {
	c.t.Helper()
	c.mu.Lock()
	if !slices.ContainsFunc(c.bodies, func(b []byte) bool { return string(b) == body }) {
		c.bodies = append(c.bodies, []byte(body))
	}
	c.mu.Unlock()
	return c.post(c.processes[i].URL, []byte(body))
}

// send sends deliveries for a while.
func (c *crashes) send(d time.Duration) {
	stop := c.sendUntilStopped()
	time.Sleep(d) // this is how long the test sends
	stop()
}

// sendUntilStopped starts senders. A sender that waits for an answer when it is stopped
// goes on until the answer comes.
func (c *crashes) sendUntilStopped() (stop func()) {
	const senders = 6
	stopped := make(chan struct{})
	var sending sync.WaitGroup
	for range senders {
		c.mu.Lock()
		c.senders++
		number := c.senders
		c.mu.Unlock()
		random := rand.New(rand.NewPCG(c.seed, number))
		sending.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stopped:
					return
				case <-time.After(time.Duration(random.IntN(20)) * time.Millisecond):
				}
				c.act(random, fmt.Sprint(number, ".", i))
			}
		})
	}
	return func() { close(stopped); sending.Wait() }
}

// act sends something old or new, once or more.
func (c *crashes) act(random *rand.Rand, id string) {
	body, known := c.body(random, id)
	url := func() string {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.urls[random.IntN(len(c.urls))]
	}
	switch random.IntN(5) {
	case 0: // and hang up
		c.postUntil(url(), body, time.Duration(random.IntN(20))*time.Millisecond)
	case 1: // twice at the same time
		first, second := url(), url()
		var both sync.WaitGroup
		both.Go(func() { c.post(first, body) })
		both.Go(func() { c.post(second, body) })
		both.Wait()
	case 2: // again and again, as if no answer came
		for range 1 + random.IntN(3) {
			c.post(url(), body)
		}
	default: // until it is acknowledged, or three times
		for range 3 {
			if status := c.post(url(), body); status/100 == 2 || known {
				return
			}
			time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond) // as a sender waits
		}
	}
}

// body returns a new body or, one time in four, one that was sent before.
func (c *crashes) body(random *rand.Rand, id string) (body []byte, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.bodies) > 0 && random.IntN(4) == 0 {
		return c.bodies[random.IntN(len(c.bodies))], true
	}
	switch random.IntN(8) {
	case 0: // no event
		body = []byte("\x00\xff" + id)
	case 1: // large
		body = fmt.Appendf(nil, `{"event":"message.updated","message":{"id":%q,"text":"%s"}}`, id, bytes.Repeat([]byte("x"), 32<<10))
	default:
		body = fmt.Appendf(nil, `{"event":"message.created","message":{"id":%q}}`, id)
	}
	c.bodies = append(c.bodies, body)
	return body, false
}

// post sends a delivery as Sendsar does, and returns the status, or 0 if there is no answer.
func (c *crashes) post(url string, body []byte) int {
	return c.postUntil(url, body, patience+time.Second)
}

// postUntil is post, but hangs up after a while.
func (c *crashes) postUntil(url string, body []byte, hangUp time.Duration) int {
	ctx, cancel := context.WithTimeout(c.t.Context(), hangUp)
	defer cancel()
	start := time.Now()
	status := func() int {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/webhooks/sendsar", bytes.NewReader(body))
		if err != nil {
			return 0
		}
		r.Header.Set(webhook.SignatureHeader, webhook.Sign(exampletest.Secret, body))
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0
		}
		defer func() { _ = response.Body.Close() }() // read below
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return 0
		}
		return response.StatusCode
	}()
	if took := time.Since(start); took > patience {
		assert.Fail(c.t, "late", "status %d after %v", status, took)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.statuses[status]++
	switch status {
	case http.StatusNoContent:
		c.acknowledged[sum(body)] = true
	case 0, http.StatusInternalServerError:
	default:
		assert.Fail(c.t, "wrong answer", "status %d", status)
	}
	return status
}

func (c *crashes) answered(status int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.statuses[status]
}

// waitUntilItStores waits until each process acknowledges a delivery.
func (c *crashes) waitUntilItStores() {
	c.t.Helper()
	for i := range c.processes {
		body := fmt.Sprintf("process %d stores after %v", i, time.Now())
		waitFor(c.t, 30*time.Second, "it stores", func() bool { return c.deliver(i, body) == http.StatusNoContent })
	}
}

// finish waits until all is done, ends the processes, and checks the effects.
func (c *crashes) finish() {
	c.t.Helper()
	t, d := c.t, c.database
	// What was not acknowledged is sent again. If a crash had left half of it, it would now
	// be taken for a copy, acknowledged and never worked on.
	for _, body := range c.bodies {
		if !c.acknowledged[sum(body)] {
			waitFor(t, 30*time.Second, "it stores", func() bool { return c.post(c.processes[0].URL, body) == http.StatusNoContent })
		}
	}
	restarted := c.crashed.IsZero()
	done := within(2*time.Minute, func() bool {
		// Work that a crash interrupted is done again when its attempt counts as lost. A
		// process may look for such attempts only a minute later; a new leader looks at
		// once.
		if !restarted && time.Since(c.crashed) > attemptTimeout+6*time.Second {
			restarted = true
			for i, p := range c.processes {
				p.Stop(t, syscall.SIGTERM)
				c.start(i)
			}
		}
		return d.jobs(t, "available", "pending", "retryable", "running", "scheduled") == 0 && len(c.missing()) == 0
	})
	assert.True(t, done, "there is still something to do after two minutes")
	for _, p := range c.processes {
		p.Stop(t, syscall.SIGTERM)
	}
	assert.Zero(t, d.jobs(t, "cancelled", "discarded"))

	sent := make(map[string]bool)
	for _, body := range c.bodies {
		sent[sum(body)] = true
	}
	seen := make(map[string]bool)
	for _, e := range d.effects(t) {
		assert.True(t, sent[e.sha256], "an effect of a body that was not sent: %+v", e)
		assert.False(t, seen[e.sha256], "a second effect: %+v", e)
		seen[e.sha256] = true
	}
	assert.Empty(t, c.missing(), "acknowledged, and lost")
	t.Logf("%d bodies sent, %d acknowledged, %d took effect; answers by status: %v",
		len(c.bodies), len(c.acknowledged), len(seen), c.statuses)
}

// missing returns the acknowledged deliveries without an effect.
func (c *crashes) missing() map[string]bool {
	missing := maps.Clone(c.acknowledged)
	for _, e := range c.database.effects(c.t) {
		delete(missing, e.sha256)
	}
	return missing
}
