package webhooktest

import (
	"fmt"
	"slices"
	"strings"
)

// Difference declares that a case has another outcome than it should, because a
// framework answers before any middleware can see the request.
//
// It excuses the outcome alone. Whatever is declared, a handler that has a Delivery has
// one that was signed, every 401 is the same answer, and nothing secret is shown.
type Difference struct {
	// Case is the case's group and name, as in the name of the failing test or in its
	// text: "header/upper-case hex", or with underscores for the spaces.
	Case string

	// Outcome is what happens instead, as a failing case prints it: "401 400, handled 0"
	// is two answers, and no run of the handler; "200, handled 1, 1 with other bytes" a run
	// that saw something else than what was sent, "200, handled 1, 1 misread" a run in which
	// the framework's API gave something else than the body has, "401, handled 0, reads on"
	// an answer to a sender whose bytes were taken without an end. Where more than one thing
	// may happen, they are separated by " | ".
	Outcome string

	// Reason is for the reader of the declaration. It must not be empty.
	Reason string
}

// is reports whether d is about the case of this name. Package testing writes underscores
// for spaces.
func (d Difference) is(fullName string) bool {
	spaced := func(name string) string { return strings.ReplaceAll(name, "_", " ") }
	return spaced(d.Case) == spaced(fullName)
}

func (d Difference) outcomes() []string { return strings.Split(d.Outcome, " | ") }

// staysOpenAfter reports whether the server may leave the connection open after so many
// answers.
func (d Difference) staysOpenAfter(answers int) bool {
	return slices.ContainsFunc(d.outcomes(), func(outcome string) bool {
		statuses, _, _ := strings.Cut(outcome, ",")
		given, open := strings.CutSuffix(statuses, " "+staysOpen)
		return (open && len(strings.Fields(given)) <= answers) || statuses == noAnswer
	})
}

func checkDifferences(cases []testCase, known []Difference) []string {
	var problems []string
	for i, d := range known {
		switch {
		case d.Reason == "" || d.Outcome == "":
			problems = append(problems, fmt.Sprintf("the difference for %q has no outcome or no reason", d.Case))
		case !slices.ContainsFunc(cases, func(c testCase) bool { return d.is(c.fullName()) }):
			problems = append(problems, fmt.Sprintf("a difference is declared for %q, and there is no such case", d.Case))
		case slices.ContainsFunc(known[:i], func(other Difference) bool { return other.is(d.Case) }):
			problems = append(problems, fmt.Sprintf("the difference for %q is declared twice", d.Case))
		}
	}
	return problems
}

// BuffersFirst are the differences of a framework that reads the whole body before any
// middleware runs. It declares all that may come of it, so a case may also pass. To declare
// another outcome for one of them, replace it in the list: a case is declared once.
func BuffersFirst() []Difference {
	const reason = "the framework reads the whole body before any middleware runs"
	cases := allCases()
	var all []Difference
	add := func(outcome string, is func(c testCase) bool) {
		for _, c := range cases {
			if is(c) {
				all = append(all, Difference{Case: c.fullName(), Outcome: outcome, Reason: reason})
			}
		}
	}
	// No answer, since the rest of the body does not follow.
	const waits = noAnswer + ", handled 0 | 100 " + staysOpen + ", handled 0 | closed, handled 0 | 400, handled 0 | 408, handled 0 | 413, handled 0 | 401, handled 0"
	add(waits, func(c testCase) bool { return c.hold && c.group != "timeout" })
	add("400, handled 0 | 408, handled 0 | closed, handled 0", func(c testCase) bool { return c.group == "timeout" })
	// What is announced and does not come, and what no limit of an adapter can stop.
	add("400, handled 0 | 401, handled 0 | 408, handled 0 | 413, handled 0 | 500, handled 0 | closed, handled 0", func(c testCase) bool {
		return c.group == "error handler" && strings.HasSuffix(c.name, ", over the limit") || c.group == "sending on"
	})
	// Of an altered body, the app's own middleware gets the reader's error, if anybody does.
	add("400, handled 0 | 408, handled 0 | 413, handled 0 | 500, handled 0", func(c testCase) bool { return c.group == "read error" })
	return all
}

// AnswersExpect are the differences of a framework that answers "Expect: 100-continue" by
// itself before any middleware runs, and then passes the request on. Together with
// [BuffersFirst] it is not needed.
func AnswersExpect() []Difference {
	const reason = `the framework answers "Expect: 100-continue" before any middleware runs`
	var all []Difference
	for _, c := range allCases() {
		if !strings.Contains(c.name, "Expect 100-continue gets no 100") {
			continue
		}
		status := "401"
		if strings.HasPrefix(c.name, "over the limit") {
			status = "413"
		}
		all = append(all, Difference{
			Case: c.fullName(), Reason: reason,
			Outcome: fmt.Sprintf("100 %s, handled 0 | 100 %s, handled 0 | %s, handled 0", status, staysOpen, status),
		})
	}
	return all
}
