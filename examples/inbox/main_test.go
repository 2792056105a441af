//go:build unix

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sendsar-community/webhooks-go/ci/exampletest"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestMain(m *testing.M) { exampletest.Main(tests{m}, main) }

func TestStart(t *testing.T) {
	t.Parallel()
	exampletest.RunStart(t, "DATABASE_URL="+newSQLite(t).url)
}

func TestDeliveries(t *testing.T) {
	onEach(t, func(t *testing.T, d *testDatabase) {
		p := d.start(t)
		deliveries := append(exampletest.Accepted(),
			signed("NUL in the event", `{"event":"a\u0000b"}`, "a\ufffdb"),
			signed("an event of another type", `{"event":"call.ended"}`, "call.ended"))
		want := make(map[string]string) // the event by the SHA-256 of the body
		for _, delivery := range deliveries {
			t.Run("stores "+delivery.Name, func(t *testing.T) {
				for _, which := range []string{"first", "copy"} {
					status, _, answer := p.Deliver(t, delivery)
					assert.Equal(t, http.StatusNoContent, status, which)
					assert.Empty(t, answer)
				}
			})
			want[sum(delivery.Body)] = delivery.Event
		}
		exampletest.RunRefusals(t, p.Process)

		waitFor(t, 20*time.Second, "every delivery has an effect", func() bool { return len(d.effects(t)) >= len(want) })
		for _, e := range d.effects(t) {
			event, known := want[e.sha256]
			require.True(t, known, "another effect, or a second one: %+v", e)
			delete(want, e.sha256)
			assert.Equal(t, event, e.event)
			assert.Empty(t, e.account)
			assert.WithinDuration(t, time.Now(), e.createdAt, time.Minute)
		}
		assert.Empty(t, want, "took no effect")
		exampletest.CheckLog(t, p.Stop(t, syscall.SIGTERM))
	})
}

func TestPostgreSQLScheme(t *testing.T) {
	t.Parallel()
	d := newPostgres(t)
	d.url = strings.Replace(d.url, "postgres:", "postgresql:", 1)
	p := d.start(t)
	require.Equal(t, http.StatusNoContent, p.deliver(t, "x"))
	d.waitForEffects(t, 1)
}

func TestWithoutDatabaseURL(t *testing.T) {
	t.Parallel()
	cmd := exampletest.Command(exampletest.Secrets...)
	cmd.Dir = t.TempDir()
	started, err := exampletest.TryStart(t, cmd)
	require.NoError(t, err)
	p := process{started}
	require.Equal(t, http.StatusNoContent, p.deliver(t, "x"))
	(&testDatabase{query: sqliteReader(t, filepath.Join(cmd.Dir, "sendsar.db"))}).waitForEffects(t, 1)
}

func TestSeveralProcessesStartAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d *testDatabase) {
		const processes = 4
		started := make(chan process, processes)
		for range processes {
			go func() {
				p, err := exampletest.TryStart(t, exampletest.Command(d.env()...))
				assert.NoError(t, err)
				started <- process{p}
			}()
		}
		var all []process
		for range processes {
			if p := <-started; p.Process != nil {
				all = append(all, p)
			}
		}
		require.Len(t, all, processes)
		for i, p := range all { // each gets a delivery of its own, and one that all get
			assert.Equal(t, http.StatusNoContent, p.deliver(t, fmt.Sprint("of ", i)))
			assert.Equal(t, http.StatusNoContent, p.deliver(t, "of all"))
		}
		d.waitForEffects(t, processes+1)
		for _, p := range all {
			p.Stop(t, syscall.SIGTERM)
		}
		assert.Len(t, d.effects(t), processes+1)
	})
}

func TestFailingWorkIsTriedAgain(t *testing.T) {
	onEach(t, func(t *testing.T, d *testDatabase) {
		until := filepath.Join(t.TempDir(), "repaired")
		p := d.start(t, "FAIL_EVENT=call.ended", "FAIL_UNTIL="+until)
		assert.Equal(t, http.StatusNoContent, p.deliver(t, `{"event":"call.ended"}`))
		assert.Equal(t, http.StatusNoContent, p.deliver(t, `{"event":"call.started"}`))
		waitFor(t, 20*time.Second, "two attempts have failed", func() bool {
			return strings.Count(p.Log(), `"msg":"webhook handler failed"`) >= 2
		})
		effects := d.effects(t)
		require.Len(t, effects, 1, "that of the other event")
		assert.Equal(t, "call.started", effects[0].event)

		require.NoError(t, os.WriteFile(until, nil, 0o600))
		d.waitForEffects(t, 2)
	})
}

func TestSIGTERMLetsRunningHandlersFinish(t *testing.T) {
	onEach(t, func(t *testing.T, d *testDatabase) {
		p := d.start(t, "WORK_MS=3000", "HOLD_MS=500")
		require.Equal(t, http.StatusNoContent, p.deliver(t, "x"))
		waitFor(t, 10*time.Second, "it is worked on", func() bool { return d.jobs(t, "running") == 1 })
		start := time.Now()
		p.Stop(t, syscall.SIGTERM)
		assert.Less(t, time.Since(start), 30*time.Second)
		assert.Len(t, d.effects(t), 1)
	})
}

// The work is longer than an attempt may take, so the attempt ends at its timeout.
func TestSIGTERMDoesNotWaitForHandlersThatHang(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	p := d.start(t, "WORK_MS=1000000")
	require.Equal(t, http.StatusNoContent, p.deliver(t, "x"))
	waitFor(t, 10*time.Second, "it is worked on", func() bool { return d.jobs(t, "running") == 1 })
	start := time.Now()
	p.Stop(t, syscall.SIGTERM)
	assert.Less(t, time.Since(start), 30*time.Second)
	assert.Empty(t, d.effects(t))
}

func TestWrongSettingsExit1(t *testing.T) {
	t.Parallel()
	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte(strings.Repeat("no database", 1000)), 0o600))
	for setting, message := range map[string]string{
		"DATABASE_URL=mysql://u:pass-word@127.0.0.1/x":                        "DATABASE_URL: it must begin with sqlite:, postgres: or postgresql:",
		"DATABASE_URL=sqlite:":                                                "DATABASE_URL",
		"DATABASE_URL=sqlite:" + filepath.Join(t.TempDir(), "missing", "x"):   "no such file or directory",
		"DATABASE_URL=sqlite:" + text:                                         "file is not a database",
		"DATABASE_URL=postgres://u:pass-word@127.0.0.1:abc/x":                 "invalid port",
		"DATABASE_URL=postgres://u:pass-word@127.0.0.1:1/x?connect_timeout=1": "connection refused",
		"WORK_MS=-1": "WORK_MS is not a number of milliseconds",
		"HOLD_MS=1s": "HOLD_MS is not a number of milliseconds",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			log := exampletest.RunRefused(t, append(exampletest.Secrets, setting)...)
			assert.Contains(t, log, message)
			assert.NotContains(t, log, "pass-word")
		})
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	d := newSQLite(t)
	p := d.start(t)
	require.Equal(t, http.StatusNoContent, p.deliver(t, "x"))
	status, _, _ := p.Deliver(t, exampletest.Delivery{Body: []byte("unsigned")})
	require.Equal(t, http.StatusUnauthorized, status)
	d.waitForEffects(t, 1)
	waitFor(t, 10*time.Second, "the work is counted", func() bool {
		return strings.Contains(p.metrics(t), `river_work_count_total{attempt="1",kind="sendsar_delivery"`)
	})
	metrics := p.metrics(t)
	for _, pattern := range []string{
		`(?m)^sendsar_webhook_deliveries_total{otel_scope_name="[^"]*"[^}]*} 1$`,
		`(?m)^sendsar_webhook_deliveries_total{error_type="missing_signature"[^}]*} 1$`,
		`(?m)^sendsar_webhook_body_size_bytes_sum{[^}]*} 1$`,
		`(?m)^river_insert_count_total{[^}]*} 1$`,
	} {
		assert.Regexp(t, pattern, metrics)
	}
}

// metrics returns what a Prometheus server would read.
func (p process) metrics(t *testing.T) string {
	t.Helper()
	response, err := p.Client.Get(p.URL + "/metrics")
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(text)
}

// process is a running inbox.
type process struct{ *exampletest.Process }

// deliver sends a body and returns the status, which must come within 10 seconds.
func (p process) deliver(t *testing.T, body string) int {
	t.Helper()
	start := time.Now()
	status, _, _ := p.Deliver(t, signed("", body, ""))
	assert.Less(t, time.Since(start), patience)
	return status
}

func signed(name, body, event string) exampletest.Delivery {
	return exampletest.Delivery{Name: name, Body: []byte(body), Signature: webhook.Sign(exampletest.Secret, []byte(body)), Event: event}
}

func sum(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// patience is how long Sendsar waits for an answer.
const patience = 10 * time.Second

// waitFor waits until a condition is true.
func waitFor(t *testing.T, timeout time.Duration, what string, condition func() bool) {
	t.Helper()
	require.True(t, within(timeout, condition), "waited %v until %s", timeout, what)
}

// within reports whether a condition becomes true in time.
func within(timeout time.Duration, condition func() bool) bool {
	for end := time.Now().Add(timeout); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if condition() {
			return true
		}
	}
	return condition()
}
