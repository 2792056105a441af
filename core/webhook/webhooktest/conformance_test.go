package webhooktest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// The net/http middleware has no ErrorHandler: it answers each refusal itself. Its Handle is
// webhook.Handler.ServeHTTP.
func TestMiddlewareConforms(t *testing.T) {
	webhooktest.Suite{Start: standardPackage{coreMiddleware, webhook.FromContext}.receive, NoErrorHandler: true}.Run(t)
}

func coreMiddleware(cfg standardConfig) func(http.Handler) http.Handler {
	if cfg.VerifierFor != nil {
		return webhook.MiddlewareFor(cfg.VerifierFor)
	}
	return cfg.Verifier.Middleware
}

// A start that knows only the oldest fields of a Receiver still passes.
func TestOldStartConforms(t *testing.T) {
	skipShort(t)
	webhooktest.Run(t, serveMiddleware)
}

// handler is the webhook handler of a receiver on net/http.
func handler(receiver webhooktest.Receiver) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		delivery, verified := webhook.FromContext(r.Context())
		respond(receiver, w, r, delivery, verified)
	})
}

func respond(receiver webhooktest.Receiver, w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
	_, _ = io.WriteString(w, receiver.Handle(webhooktest.Request{ // the suite notices a missing answer
		Delivery: d,
		Verified: verified,
		Body:     func() ([]byte, error) { return io.ReadAll(r.Body) },
		Form:     r.FormValue,
		JSON:     func(into any) error { return json.NewDecoder(r.Body).Decode(into) },
	}))
}

// altered adds the careless middleware before the verifying one.
func altered(receiver webhooktest.Receiver, next http.Handler) http.Handler {
	if receiver.Alter == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = io.NopCloser(receiver.Alter(r.Body))
		next.ServeHTTP(w, r)
	})
}

// The broken receivers are built from correct ones, which pass.
func TestRightReceiversAreNotCaught(t *testing.T) {
	skipShort(t)
	all := func(string) bool { return true }
	byEngineBugs := func(name string) bool {
		return slices.ContainsFunc(engineBugs, func(b bug) bool {
			return slices.ContainsFunc(b.caught, func(c caught) bool { return c.by == name })
		})
	}
	for _, c := range []struct {
		name  string
		spoil func(s *receiver)
		cases func(name string) bool
	}{
		// It has no engine that could call the observer.
		{"one that verifies by itself", nil, func(name string) bool {
			return !strings.HasPrefix(name, "observer/") && !strings.HasSuffix(name, "the observer is called")
		}},
		{"one that trims the header itself", func(s *receiver) {
			s.lines = func(r *http.Request) (lines []string) {
				for _, line := range linesAsSent(r) {
					lines = append(lines, strings.Trim(line, " \t"))
				}
				return lines
			}
		}, func(name string) bool {
			return strings.HasPrefix(name, "header/") && !strings.Contains(name, "folded") || strings.HasPrefix(name, "genuine/") && !strings.HasPrefix(name, "genuine/many")
		}},
		{"an adapter of VerifyRequest", verifiedBy(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
			return s.Verifier.VerifyRequest(w, r)
		}), byEngineBugs},
		{"an adapter of VerifyReader", reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
			return s.Verifier.VerifyReader(r.Context(), r.Body, r.ContentLength, r.Header.Values)
		}), all},
		{"one that answers in JSON", func(s *receiver) {
			s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
				w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
				w.WriteHeader(webhook.StatusCode(err))
				_, _ = io.WriteString(w, `{"status":"refused","detail":"`+webhook.PublicMessage(err)+`"}`) // the suite notices a missing answer
			}
		}, func(name string) bool { return strings.HasPrefix(name, "header/") || strings.HasPrefix(name, "limit/") }},
		{"one that answers in HTML", func(s *receiver) {
			s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.WriteHeader(webhook.StatusCode(err))
				_, _ = io.WriteString(w, "<h1>"+webhook.PublicMessage(err)+"</h1>") // as above
			}
		}, func(name string) bool { return strings.HasPrefix(name, "header/") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var turns []webhooktest.Turn
			for _, name := range webhooktest.CaseNames() {
				if c.cases(name) {
					turns = append(turns, webhooktest.Turn{Case: name})
				}
			}
			_, problems := webhooktest.Play(t, serving(c.spoil), turns)
			for _, problem := range problems {
				if problem != "" {
					t.Error(problem)
				}
			}
		})
	}
}
