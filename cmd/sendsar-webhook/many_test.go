package main_test

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// barrier returns a handler that blocks until atOnce requests have arrived.
func barrier(atOnce int) http.HandlerFunc {
	var (
		mu      sync.Mutex
		waiting int
		full    = make(chan struct{})
	)
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		waiting++
		current := full
		if waiting == atOnce {
			waiting, full = 0, make(chan struct{})
			close(current)
		}
		mu.Unlock()
		select {
		case <-current:
		case <-r.Context().Done(): // the client gave up: fewer arrived
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
}

func TestSendMakesManyDeliveriesAtATime(t *testing.T) {
	var inside, most atomic.Int64
	wait := barrier(5)
	e := newEndpoint(t, func(w http.ResponseWriter, r *http.Request) {
		now := inside.Add(1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		wait(w, r)
		inside.Add(-1)
	})
	r := call{args: []string{"send", "-n", "100", "-c", "5", e.url}}.run(t)
	r.check(t, 0, "100 deliveries, 5 at a time, in ", "     100  200 OK: right for a genuine delivery")
	if got := len(e.received()); got != 100 || most.Load() != 5 {
		t.Errorf("%d deliveries, at most %d at a time", got, most.Load())
	}
	if !regexp.MustCompile(`(?m)^latency in ms: p50 \d+\.\d, p90 \d+\.\d, p99 \d+\.\d, max \d+\.\d$`).MatchString(r.stdout) {
		t.Errorf("no percentiles:\n%s", r.stdout)
	}
}

func TestSendCountsWhatIsWrong(t *testing.T) {
	var count atomic.Int64
	e := newEndpoint(t, func(w http.ResponseWriter, _ *http.Request) {
		switch count.Add(1) {
		case 4, 5:
			http.Error(w, "invalid signature", http.StatusUnauthorized)
		case 6:
			http.Error(w, "the sixth", http.StatusInternalServerError)
		case 7, 8:
			panic(http.ErrAbortHandler)
		}
	})
	r := call{args: []string{"send", "-n", "10", e.url}}.run(t)
	r.check(t, 1, "10 deliveries, 1 at a time",
		"       5  200 OK: right", "       2  401 Unauthorized: wrong", "       1  500 Internal Server Error: wrong",
		"       2  no answer: the connection was closed", "first wrong answer: invalid signature\n", "fix: does the server have this secret")
}

type sent struct {
	OK             *bool
	Kind, Expected string
	Planned, Done  int
	Interrupted    *bool
	Statuses       map[string]int
	Failures       map[string]int
	ElapsedMS      *float64                              `json:"elapsed_ms"`
	LatencyMS      *struct{ P50, P90, P99, Max float64 } `json:"latency_ms"`
	Answer         *struct {
		Status int
		Start  string
		Cut    bool
	}
	Detail, Fix, Note string
}

func TestSendPrintsJSON(t *testing.T) {
	var count atomic.Int64
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		flags  []string
		status int
		check  func(s sent) bool
	}{
		"one": {answering(200, "\x1b[31m\u009b"), nil, 0, func(s sent) bool {
			return s.Kind == "genuine" && s.Expected == "2xx" && s.Planned == 1 && s.Done == 1 && s.Statuses["200"] == 1 &&
				s.Answer.Status == 200 && s.Answer.Start == "\x1b[31m\u009b" && !s.Answer.Cut && s.Fix == "" && len(s.Failures) == 0
		}},
		"a bad one": {answering(401, ""), []string{"-forge"}, 0, func(s sent) bool {
			return s.Kind == "forged" && s.Expected == "401" && s.Statuses["401"] == 1
		}},
		"many": {answering(204, ""), []string{"-n", "50", "-c", "5"}, 0, func(s sent) bool {
			l := s.LatencyMS
			return s.Done == 50 && s.Statuses["204"] == 50 && l.P50 <= l.P90 && l.P90 <= l.P99 && l.P99 <= l.Max && l.Max <= *s.ElapsedMS
		}},
		"one of them wrong": {func(w http.ResponseWriter, _ *http.Request) {
			if count.Add(1) == 2 {
				http.Error(w, strings.Repeat("x", 201), http.StatusNotFound)
			}
		}, []string{"-n", "3"}, 1, func(s sent) bool {
			return s.Done == 3 && s.Statuses["200"] == 2 && s.Statuses["404"] == 1 && s.Answer.Status == 404 && s.Answer.Cut && len(s.Answer.Start) == 200 && s.Fix != ""
		}},
		"no answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, 1, func(s sent) bool {
			return s.Done == 1 && len(s.Statuses) == 0 && s.Failures["the connection was closed without an answer"] == 1 &&
				s.LatencyMS == nil && s.Answer == nil && s.Fix != ""
		}},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, test.answer)
			r := call{args: append([]string{"send", "-json", e.url}, test.flags...)}.run(t)
			r.check(t, test.status)
			var got sent
			r.decodeOne(t, &got)
			if got.OK == nil || *got.OK != (test.status == 0) || got.Interrupted == nil || *got.Interrupted || got.ElapsedMS == nil || !test.check(got) {
				t.Errorf("got %s", r.stdout)
			}
		})
	}
}
