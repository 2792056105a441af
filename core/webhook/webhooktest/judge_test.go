package webhooktest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// After three cases without an answer, the others wait half a second, and not an hour.
func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	silent := serving(func(s *receiver) {
		serve := s.serve
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Webhook-Signature") == "" {
				select {
				case <-s.ended:
				case <-r.Context().Done():
				}
				return
			}
			serve(w, r)
		}
	})
	const unsigned = ", 0 bytes of the body sent"
	turns := []webhooktest.Turn{
		{Case: "early refusal/unsigned, announced" + unsigned, Patience: soon},
		{Case: "early refusal/unsigned, chunked" + unsigned, Patience: soon},
		{Case: "early refusal/unsigned, Expect 100-continue gets no 100" + unsigned, Patience: soon},
		{Case: "early refusal/unsigned, announced, 20000 bytes of the body sent", Patience: time.Hour},
	}
	_, problems := webhooktest.Play(t, silent, turns)
	for _, turn := range turns {
		if !strings.Contains(problems[turn.Case], noAnswer) {
			t.Errorf("%s says %q", turn.Case, problems[turn.Case])
		}
	}
}

// The suite skips cases that need newer fields for a start that does not set Request.ID, and
// the cases of New for such a start that uses only Receiver.Verifier.
func TestCasesAreSkipped(t *testing.T) {
	for _, c := range []struct {
		name   string
		start  func(t *testing.T, r webhooktest.Receiver) string
		plays  string
		played bool
	}{
		{"old, a case of the fields that it has", serveMiddleware, "error handler/only logs, forged", true},
		{"old, a case of fields that it has not", serveMiddleware, "route/PUT, unsigned", false},
		{"old, New", serveMiddleware, "new/unsigned", false},
		{"old, VerifierFor", serveMiddleware, "verifier for/genuine", false},
		{"new, a case of all fields", smallPackage{}.receive, "route/PUT, unsigned", true},
		{"new, New", smallPackage{}.receive, "new/unsigned", true},
		{"new, VerifierFor", smallPackage{}.receive, "verifier for/genuine", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			// As in a Run, a genuine delivery shows which fields start knows.
			problems := webhooktest.PlaySuite(t, webhooktest.Suite{Start: c.start}, webhooktest.Turn{Case: "genuine/HTTP/1.0"}, webhooktest.Turn{Case: c.plays})
			if problem, played := problems[c.plays]; played != c.played || problem != "" {
				t.Errorf("played: %t, and it says %q", played, problem)
			}
		})
	}
}

// The outcome of a handler that got no body differs from that of one that got other bytes.
func TestOutcomesTellBodies(t *testing.T) {
	const name = "genuine/every byte value"
	for _, c := range []struct{ body, outcome string }{
		{"", "200, handled 1, 1 without a body"},
		{"something else", "200, handled 1, 1 with other bytes"},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			spoilt := serving(func(s *receiver) {
				s.restore = func(r *http.Request, _ []byte) { r.Body = io.NopCloser(strings.NewReader(c.body)) }
				s.handle = func(w http.ResponseWriter, r *http.Request, _ webhook.Delivery, _ bool) {
					respond(s.Receiver, w, r, webhook.Delivery{}, false)
				}
			})
			for _, outcome := range []string{c.outcome, "200, handled 1", "200, handled 1, 1 with bytes"} {
				_, problems := webhooktest.Play(t, spoilt, []webhooktest.Turn{{Case: name}}, webhooktest.Difference{Case: name, Outcome: outcome, Reason: "why"})
				if excused := problems[name] == ""; excused != (outcome == c.outcome) {
					t.Errorf("declared as %q, it says %q", outcome, problems[name])
				}
			}
		})
	}
}
