package webhooktest

import (
	"slices"
	"testing"
	"time"
)

// CaseNames are the cases of a Run, in their order.
func CaseNames() []string {
	var names []string
	for _, c := range new(suite).cases() {
		names = append(names, c.fullName())
	}
	return names
}

// Turn is a case to play. It waits as long as Patience for an answer; 0 is as long as Run
// does.
type Turn struct {
	Case     string
	Patience time.Duration
}

// Play judges cases, in this order, and returns what Run would say: of the declared
// differences, and of each case, "" if it is fine. start gets the secrets too, the current
// one first.
func Play(t *testing.T, start func(t *testing.T, r Receiver, secrets []string) string, turns []Turn, known ...Difference) (declarations []string, problems map[string]string) {
	t.Helper()
	s := newSuite(t, nil, known)
	s.start = func(t *testing.T, r Receiver) string { return start(t, r, []string{s.secret, s.previous}) }
	cases := s.cases()
	problems = make(map[string]string)
	for _, turn := range turns {
		i := slices.IndexFunc(cases, func(c testCase) bool { return c.fullName() == turn.Case })
		if i < 0 {
			t.Fatalf("there is no case %q", turn.Case)
		}
		s.patience = patience
		if turn.Patience > 0 {
			s.patience = turn.Patience
		}
		problems[turn.Case] = s.judge(cases[i])
	}
	return checkDifferences(cases, known), problems
}
