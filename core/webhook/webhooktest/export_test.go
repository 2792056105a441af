package webhooktest

import (
	"slices"
	"testing"
	"time"
)

// CaseNames are the cases of a Run, in their order.
func CaseNames() []string {
	var names []string
	for _, c := range allCases() {
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
	s := newRun(t, Suite{Differences: known})
	s.Start = func(t *testing.T, r Receiver) string { return start(t, r, slices.Clone(s.rules.secrets[:2])) }
	return checkDifferences(allCases(), known), s.playAll(turns)
}

// PlaySuite judges cases of a suite.
func PlaySuite(t *testing.T, suite Suite, turns ...Turn) (problems map[string]string) {
	t.Helper()
	return newRun(t, suite).playAll(turns)
}

// PlayAlone does it while nothing else runs, since it also reads what is logged.
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
