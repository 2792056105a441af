package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// The last line is useful only if it detects a broken inbox.
func TestTallyTellsABrokenInbox(t *testing.T) {
	once := func(_ string, copies int) int { return 1 - min(copies, 1) }
	tests := []struct {
		name     string
		verifies bool
		effects  func(body string, copies int) int
		wrong    string // cells
		line     string
	}{
		{
			name: "an inbox on which each takes effect once", verifies: true, effects: once,
			line: "84 took effect, each exactly once",
		},
		{
			name: "an inbox that loses one", verifies: true,
			effects: func(body string, copies int) int {
				if strings.Contains(body, `"msg_7"`) {
					return 0
				}
				return once(body, copies)
			},
			line: "83 took effect, 83 once, 0 more than once, 0 others took effect WRONG",
		},
		{
			name: "an inbox that forgets all", verifies: true, effects: func(string, int) int { return 0 },
			line: "0 took effect, 0 once, 0 more than once, 0 others took effect WRONG",
		},
		{
			name: "an inbox that does not recognise a copy", verifies: true, effects: func(string, int) int { return 1 },
			line: "84 took effect, 3 once, 81 more than once, 0 others took effect WRONG",
		},
		{
			name: "an inbox that verifies nothing", effects: once, wrong: "forged tampered unsigned oversized",
			line: "84 took effect, 84 once, 0 more than once, 2 others took effect WRONG",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			env := secrets{current: newSecret(), previous: newSecret()}
			file := filepath.Join(t.TempDir(), "inbox.db")
			server := httptest.NewServer(fakeInbox(t, file, env, test.verifies, test.effects))
			defer server.Close()

			counts, deliveries := newCounts(), allDeliveries(env)
			var wrong []string
			for i, r := range sendToInbox(t.Context(), server.URL, deliveries, counts) {
				if !r.ok {
					wrong = append(wrong, deliveries[i].name)
				}
			}
			if got := strings.Join(wrong, " "); got != test.wrong {
				t.Errorf("wrong cells: %q, want %q", got, test.wrong)
			}
			if err := sendEvents(t.Context(), func() string { return server.URL }, env, counts); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if err := awaitEffects(ctx, file, counts); err != nil {
				t.Fatal(err)
			}
			got, err := compare(t.Context(), file, counts)
			if err != nil {
				t.Fatal(err)
			}
			want := "killed 2 times: 84 deliveries acknowledged in 245 answers, " + test.line
			if got.String() != want {
				t.Errorf("the line is %q, want %q", got, want)
			}
			if got.ok() == strings.Contains(want, "WRONG") {
				t.Errorf("ok is %t", got.ok())
			}
		})
	}
}

// For an inbox that acknowledges nothing there is an error, and no line.
func TestSendEventsTellsAnInboxThatAcknowledgesNothing(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	counts := newCounts()
	if err := sendEvents(ctx, func() string { return server.URL }, secrets{current: newSecret()}, counts); err == nil {
		t.Error("no error")
	}
	if (tally{}).ok() {
		t.Error("a tally with nothing acknowledged is ok")
	}
}

// fakeInbox writes as many rows as effects returns. copies is how often the body came
// before.
func fakeInbox(t *testing.T, file string, env secrets, verifies bool, effects func(body string, copies int) int) http.Handler {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(file)+"?_pragma=synchronous(OFF)&_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE effects (body_sha256 TEXT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	seen := make(map[string]int)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "internal server error", http.StatusInternalServerError)
			return
		}
		sum := sha256.Sum256(body)
		key := hex.EncodeToString(sum[:])
		mu.Lock()
		defer mu.Unlock()
		for range effects(string(body), seen[key]) {
			if _, err := db.ExecContext(r.Context(), "INSERT INTO effects VALUES ($1)", key); err != nil {
				panic(fmt.Sprint("the fake is broken: ", err))
			}
		}
		seen[key]++
		w.WriteHeader(stored)
	})
	if !verifies {
		return h
	}
	return webhook.MustNew(env.current, webhook.WithPreviousSecrets(env.previous)).Middleware(h)
}
