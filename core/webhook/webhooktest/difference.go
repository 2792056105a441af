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
	// that saw something else than what was sent. Where more than one thing may happen,
	// they are separated by " | ".
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
