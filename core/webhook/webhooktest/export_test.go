package webhooktest

import (
	"slices"
	"testing"
	"time"
)

// CaseNames returns the names of all cases, in order.
func CaseNames() []string {
	var names []string
	for _, c := range allCases() {
		names = append(names, c.fullName())
	}
	return names
}

// Turn is a case to play. The case waits for an answer as long as Patience, or as long as Run
// if that is zero.
type Turn struct {
	Case     string
	Patience time.Duration
}

// Play judges cases, in this order, and returns what Run would report: the problems of the
// declared differences, and the problem of each case, "" if it passes. start also gets the
// secrets, the current one first.
func Play(t *testing.T, start func(t *testing.T, r Receiver, secrets []string) string, turns []Turn, known ...Difference) (declarations []string, problems map[string]string) {
	t.Helper()
	s := newRun(t, Suite{Differences: known})
	s.Start = func(t *testing.T, r Receiver) string { return start(t, r, slices.Clone(s.rules.secrets[:2])) }
	return checkDifferences(allCases(), known), s.playAll(turns)
}

// PlaySuite judges cases with the settings of a suite.
func PlaySuite(t *testing.T, suite Suite, turns ...Turn) (problems map[string]string) {
	t.Helper()
	return newRun(t, suite).playAll(turns)
}

// PlayAlone is PlaySuite with the log captured. Nothing else may run at the same time.
func PlayAlone(t *testing.T, suite Suite, turns ...Turn) (atStart []string, problems map[string]string) {
	t.Helper()
	s := newRun(t, suite)
	s.log.capture(t)
	problems = s.playAll(turns)
	return s.atStart, problems
}

// PlayStart judges a case of RunStart.
func PlayStart(t *testing.T, start func(s Start), name string) (problem string) {
	t.Helper()
	logged := new(journal)
	logged.capture(t)
	cases := startCases()
	i := slices.IndexFunc(cases, func(c startCase) bool { return c.name == name })
	if i < 0 {
		t.Fatalf("there is no case %q", name)
	}
	return cases[i].problem(start, logged)
}

func (s *run) playAll(turns []Turn) (problems map[string]string) {
	s.t.Helper()
	cases := allCases()
	problems = make(map[string]string)
	if len(turns) > 0 {
		s.receiver(standard)
	}
	for _, turn := range turns {
		i := slices.IndexFunc(cases, func(c testCase) bool { return c.fullName() == turn.Case })
		if i < 0 {
			s.t.Fatalf("there is no case %q", turn.Case)
		}
		s.patience = patience
		if turn.Patience > 0 {
			s.patience = turn.Patience
		}
		s.receiver(cases[i].kind)
		if s.skips(cases[i]) == "" {
			problems[turn.Case] = s.judge(cases[i]).problem
		}
	}
	return problems
}
