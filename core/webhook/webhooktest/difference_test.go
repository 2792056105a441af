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

func TestDifferences(t *testing.T) {
	const (
		sameLine = "header/the same line twice"
		drained  = "order/drained before us, announced"
		next     = "error handler/calls Next, forged"
	)
	firstLine := spoilerOf(headerBugs, "takes the first of two lines")
	runsNext := spoilerOf(errorHandlerBugs, "an ErrorHandler that calls Next runs the handler")
	declare := func(name string, outcomes ...string) webhooktest.Difference {
		return webhooktest.Difference{Case: name, Outcome: strings.Join(outcomes, " | "), Reason: "the parser's choice"}
	}
	drainedIs := func(kind error, status int) func(s *receiver) {
		return func(s *receiver) {
			answers(kind, status)(s)
			answer := s.answer
			s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
				w.Header().Set("X-Debug", s.secrets[0])
				answer(w, r, err)
			}
		}
	}
	for _, c := range []struct {
		name     string
		spoil    func(s *receiver)
		plays    string
		declared webhooktest.Difference
		says     string // "" if the case passes
	}{
		{"declared with its outcome, it passes", firstLine, sameLine, declare(sameLine, "200, handled 1"), ""},
		{"declared as package testing writes its name, it passes", firstLine, sameLine, declare("header/the_same_line_twice", "200, handled 1"), ""},
		{"declared with its outcome among others, it passes", firstLine, sameLine, declare(sameLine, "closed, handled 0", "200, handled 1"), ""},
		{"another case declared, it fails", firstLine, sameLine, declare("header/genuine, then forged", "200, handled 1"), sameLine + ": " + accepts},
		{"declared with another outcome, it fails", firstLine, sameLine, declare(sameLine, "400, handled 0"), `declared as a difference with the outcome "400, handled 0": ` + accepts},
		{"declared with other outcomes, it fails", firstLine, sameLine, declare(sameLine, "400, handled 0", "closed, handled 0"), `with the outcome "400, handled 0 | closed, handled 0": ` + accepts},
		{"declared with a part of its outcome, it fails", firstLine, sameLine, declare(sameLine, "200"), `with the outcome "200"`},
		{"declared, and not different any more, it fails", nil, sameLine, declare(sameLine, "200, handled 1"), "declared as a difference (the parser's choice), and does not differ any more: remove the declaration"},
		{"declared with the outcome that it should have, it fails", nil, sameLine, declare(sameLine, "401, handled 0"), "does not differ any more"},
		{"declared to differ now and then, it passes when it does not", nil, sameLine, declare(sameLine, "200, handled 1", "401, handled 0"), ""},
		{"declared to differ now and then in other ways, it fails when it does not", nil, sameLine, declare(sameLine, "200, handled 1", "400, handled 0"), "does not differ any more"},

		{"an unverified run of the handler is excused", runsNext, next, declare(next, "200, handled 1"), ""},
		{"a Delivery that nobody signed is not excused", spoilerOf(errorHandlerBugs, "FromContext is true after a refusal"), next, declare(next, "200, handled 1"), next + ": FromContext was true, SecretIndex 0, for 93 bytes that this secret did not sign"},
		{"a Delivery beside false is not excused", on(webhooktest.CallNext, func(s *receiver, w http.ResponseWriter, r *http.Request) {
			s.handle(w, r, webhook.Delivery{Body: []byte{}}, false)
		}), next, declare(next, "200, handled 1"), "FromContext is false, and its Delivery is not zero"},
		{"a body that cannot be read is not excused", on(webhooktest.CallNext, func(s *receiver, w http.ResponseWriter, r *http.Request) {
			r.Body = io.NopCloser(errorReader{})
			s.handle(w, r, webhook.Delivery{}, false)
		}), next, declare(next, "200, handled 1"), "the handler could not read the body: read before"},
		{"a secret in an error is not excused", func(s *receiver) {
			spoilerOf(errorHandlerBugs, "gives the ErrorHandler the secret")(s)
			runsNext(s)
		}, next, declare(next, "200, handled 1"), "the ErrorHandler's error shows a secret"},
		{"a secret in the answer is not excused", drainedIs(webhook.ErrBodyAltered, http.StatusBadRequest), drained, declare(drained, "400, handled 0"), "the answer shows a secret"},
		{"another text for a 401 is not excused", answers(webhook.ErrBodyAltered, http.StatusUnauthorized), drained, declare(drained, "401, handled 0"), `a 401 has the text "internal server error\n", where the public one is "invalid signature"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			declarations, problems := webhooktest.Play(t, serving(c.spoil), []webhooktest.Turn{{Case: c.plays}}, c.declared)
			if len(declarations) > 0 {
				t.Errorf("of the declarations: %q", declarations)
			}
			first, _, _ := strings.Cut(problems[c.plays], "\n")
			if (c.says == "") != (first == "") || !strings.Contains(first, c.says) {
				t.Errorf("should say %q, and says %q", c.says, first)
			}
		})
	}
}

// The suite waits less for an answer that is declared not to come.
func TestDifferencesThatDoNotAnswer(t *testing.T) {
	const (
		unsigned = "early refusal/unsigned, announced, 0 bytes of the body sent"
		expect   = "early refusal/unsigned, Expect 100-continue gets no 100, 0 bytes of the body sent"
		forever  = time.Hour
	)
	readsFirst := serving(spoilerOf(connectionBugs, "reads the body before it looks at the header"))
	_, problems := webhooktest.Play(t, readsFirst, []webhooktest.Turn{{unsigned, forever}, {expect, forever}},
		webhooktest.Difference{Case: unsigned, Outcome: "no answer, handled 0", Reason: "reads first"},
		webhooktest.Difference{Case: expect, Outcome: "closed, handled 0 | 100 and stays open, handled 0", Reason: "reads first"})
	for name, problem := range problems {
		if problem != "" {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

func TestDeclarationsAreChecked(t *testing.T) {
	good := webhooktest.Difference{Case: "header/none", Outcome: "200, handled 1", Reason: "why"}
	for _, c := range []struct {
		name  string
		known []webhooktest.Difference
		says  []string
	}{
		{"none", nil, nil},
		{"a good one", []webhooktest.Difference{good}, nil},
		{"two good ones", []webhooktest.Difference{good, {Case: "header/empty", Outcome: "x", Reason: "why"}}, nil},
		{"without a reason", []webhooktest.Difference{{Case: "header/none", Outcome: "200, handled 1"}}, []string{`"header/none" has no outcome or no reason`}},
		{"without an outcome", []webhooktest.Difference{{Case: "header/none", Reason: "why"}}, []string{`"header/none" has no outcome or no reason`}},
		{"of an unknown case", []webhooktest.Difference{{Case: "header/nothing", Outcome: "x", Reason: "why"}}, []string{`"header/nothing", and there is no such case`}},
		{"of a group", []webhooktest.Difference{{Case: "header", Outcome: "x", Reason: "why"}}, []string{`"header", and there is no such case`}},
		{"of the empty name", []webhooktest.Difference{{Outcome: "x", Reason: "why"}}, []string{`"", and there is no such case`}},
		{"twice", []webhooktest.Difference{good, good}, []string{`"header/none" is declared twice`}},
		{"twice, with and without underscores", []webhooktest.Difference{
			{Case: "header/bare hex", Outcome: "x", Reason: "why"}, {Case: "header/bare_hex", Outcome: "x", Reason: "why"},
		}, []string{`"header/bare_hex" is declared twice`}},
		{"several mistakes", []webhooktest.Difference{{}, {Case: "x", Outcome: "x", Reason: "why"}, good, good}, []string{"no reason", "no such case", "twice"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := webhooktest.Play(t, nil, nil, c.known...)
			if len(got) != len(c.says) {
				t.Fatalf("got %q, want %q", got, c.says)
			}
			for i, says := range c.says {
				if !strings.Contains(got[i], says) {
					t.Errorf("got %q, want %q", got[i], says)
				}
			}
		})
	}
}

func spoilerOf(bugs []bug, name string) func(s *receiver) {
	for _, b := range bugs {
		if b.name == name {
			return b.spoil
		}
	}
	panic("there is no bug " + name)
}
