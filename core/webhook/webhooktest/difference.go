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
	// is two answers, and no run of the handler. Where more than one thing may happen,
	// they are separated by " | ".
	Outcome string

	// Reason is for the reader of the declaration. It must not be empty.
	Reason string
}

// is tells whether d is about the case of this name. Package testing writes underscores
// for spaces.
func (d Difference) is(fullName string) bool {
	spaced := func(name string) string { return strings.ReplaceAll(name, "_", " ") }
	return spaced(d.Case) == spaced(fullName)
}

func (d Difference) outcomes() []string { return strings.Split(d.Outcome, " | ") }

// staysOpenAfter tells whether, after so many answers, the server may leave it at that
// and not close the connection.
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

// judge plays a case and returns what is wrong, or "".
func (s *suite) judge(c testCase) string {
	r := s.receiver(c.receiver)
	r.record.reset()
	s.difference = nil
	if i := slices.IndexFunc(s.known, func(d Difference) bool { return d.is(c.fullName()) }); i >= 0 {
		s.difference = &s.known[i]
	}
	o := c.play(s, r)
	problem, broken := o.problem, s.brokenRule(o)
	if problem == "" {
		problem = firstProblem(c.want.holds(o), broken)
	}
	d := s.difference
	switch {
	case d == nil && problem == "":
		return ""
	case d == nil && broken == "" && s.isOfNetHTTP(c, r, o):
		return ""
	case d == nil:
		return s.report(c, o, problem)
	case broken != "":
		return s.report(c, o, broken)
	case !slices.Contains(d.outcomes(), o.outcome()):
		if problem == "" {
			return s.stale(d)
		}
		return s.report(c, o, fmt.Sprintf("declared as a difference with the outcome %q: %s", d.Outcome, problem))
	case problem == "" && len(d.outcomes()) == 1:
		return s.stale(d)
	default:
		return ""
	}
}

func (s *suite) stale(d *Difference) string {
	return s.mask(fmt.Sprintf("declared as a difference (%s), and does not differ any more: remove the declaration", d.Reason))
}
