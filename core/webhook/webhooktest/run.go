package webhooktest

import (
	"slices"
	"testing"
)

// Run tests an adapter. It calls start for each kind of Receiver before the first case.
// start brings up that receiver on a real listener, stops it in t.Cleanup, and returns its
// base URL, such as "http://127.0.0.1:34567". known lists the cases in which the framework
// leaves an adapter no choice. For more settings, see [Suite].
//
// Each case is a subtest, named after its group and what is special about it: "go test
// -run TestConformance/header" runs one group. A failing case prints the bytes that were
// sent, the bytes that came back, what the handler saw, its outcome, and the expected
// result. A failing run ends with the failed cases as [Difference] declarations, ready to
// paste. Run prints no secret.
//
// A declared case fails if its outcome is not one of the declared ones. It also fails if it
// no longer differs, so that no declaration outlives its reason.
//
// Run itself allows for what net/http does before any handler runs. It recognises net/http
// by the call stack of Handle. An adapter on net/http whose handlers run in goroutines of
// their own has to declare these cases.
//
// Run takes a few seconds for a receiver that passes. Genuine bodies have at most 5 MB, a
// refused sender sends up to 96 MiB, and there are up to 100 connections at a time. A case
// without an answer takes 20 seconds, and half a second after three such cases.
//
// Do not call Run in a parallel test. While it runs, it captures the default loggers of
// packages log and slog for the reports of failing cases, and replaces os.Stdout and
// os.Stderr with files. It copies the content of these files to the real streams after each
// case.
func Run(t *testing.T, start func(t *testing.T, r Receiver) (baseURL string), known ...Difference) {
	t.Helper()
	Suite{Start: start, Differences: known}.Run(t)
}

// Run tests an adapter, as the function [Run] does.
func (s Suite) Run(t *testing.T) {
	t.Helper()
	r := newRun(t, s)
	r.log.capture(t)
	cases := allCases()
	for _, problem := range checkDifferences(cases, s.Differences) {
		t.Error(problem)
	}
	// Not in the subtests: start may call t.FailNow, which only t's own goroutine can do.
	r.receiver(standard)
	for _, c := range cases {
		if !c.named || r.named() {
			r.receiver(c.kind)
		}
	}
	var excuses []Difference
	for _, group := range groups(cases) {
		t.Run(group, func(t *testing.T) {
			for _, c := range cases {
				if c.group != group {
					continue
				}
				t.Run(c.name, func(t *testing.T) {
					if why := r.skips(c); why != "" {
						t.Skip(why)
					}
					j := r.judge(c)
					if j.problem != "" {
						t.Error(j.problem)
					}
					if j.excuse != nil {
						excuses = append(excuses, *j.excuse)
					}
				})
			}
		})
	}
	for _, problem := range slices.Concat(r.atStart, r.late(), r.unasked()) {
		t.Error(problem)
	}
	if len(excuses) > 0 {
		t.Log(declarations(excuses))
	}
}

// late reports handlers that ran after their case was over.
func (s *run) late() (problems []string) {
	for _, r := range s.receivers {
		for _, name := range r.recorder.late() {
			problems = append(problems, name+": the handler ran after the request was answered or given up")
		}
	}
	return problems
}

// unasked reports a start that does not show the suite what FromContext returns outside the
// handler. A start that does not set Request.ID is older than this requirement.
func (s *run) unasked() (problems []string) {
	if !s.named() {
		return nil
	}
	looked, alone := false, false
	for _, r := range s.receivers {
		r.recorder.mu.Lock()
		looked, alone = looked || r.recorder.looked, alone || r.recorder.alone
		r.recorder.mu.Unlock()
	}
	if !looked {
		problems = append(problems, "start never calls Receiver.Returned, so FromContext after a refusal is unknown")
	}
	if alone {
		problems = append(problems, "start calls Receiver.Refused without the Request, so FromContext in the ErrorHandler is unknown")
	}
	return problems
}
