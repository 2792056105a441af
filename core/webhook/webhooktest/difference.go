package webhooktest

import (
	"fmt"
	"slices"
	"strings"
)

// Difference declares that the outcome of a case differs from the expected one, because a
// framework answers before any middleware can see the request.
//
// It excuses only the outcome. The rules of every case still apply: a handler gets only a
// Delivery that was signed, every 401 is the same answer, and nothing secret is shown.
type Difference struct {
	// Case is the group and name of the case, as the failing test prints them:
	// "header/upper-case hex". Spaces may be written as underscores.
	Case string

	// Outcome is the actual outcome, as a failing case prints it. Examples:
	//
	//   - "401 400, handled 0": two answers, and the handler did not run
	//   - "200, handled 1, 1 with other bytes": the handler saw bytes that were not sent
	//   - "200, handled 1, 1 misread": the framework's API returned something that is not in
	//     the body
	//   - "401, handled 0, reads on": the server answered and kept reading far more bytes
	//
	// Separate several possible outcomes with " | ".
	Outcome string

	// Reason explains the difference to the reader. It must not be empty.
	Reason string
}

// is reports whether d is about the case with this name. Package testing replaces spaces
// with underscores.
func (d Difference) is(fullName string) bool {
	spaced := func(name string) string { return strings.ReplaceAll(name, "_", " ") }
	return spaced(d.Case) == spaced(fullName)
}

func (d Difference) outcomes() []string { return strings.Split(d.Outcome, " | ") }

// staysOpenAfter reports whether the server may leave the connection open after this number
// of answers.
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

// BuffersFirst returns the differences of a framework that reads the whole body before any
// middleware runs. Each entry lists all possible outcomes, so the case may also pass. To
// declare another outcome for one of these cases, replace its entry: a case may be declared
// only once.
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
	// The announced body does not come, or it is too long and the adapter's limit comes too
	// late.
	add("400, handled 0 | 401, handled 0 | 408, handled 0 | 413, handled 0 | 500, handled 0 | closed, handled 0", func(c testCase) bool {
		return c.group == "error handler" && strings.HasSuffix(c.name, ", over the limit") || c.group == "sending on"
	})
	// The reader of an altered body fails in the app's own middleware, if at all.
	add("400, handled 0 | 408, handled 0 | 413, handled 0 | 500, handled 0", func(c testCase) bool { return c.group == "read error" })
	return all
}

// AnswersExpect returns the differences of a framework that itself answers "Expect:
// 100-continue" before any middleware runs, and then passes the request on. With
// [BuffersFirst], do not add it: BuffersFirst declares the same cases.
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
