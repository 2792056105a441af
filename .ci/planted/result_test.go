package main

import (
	"errors"
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	failed := errors.New("exit status 1")
	for name, test := range map[string]struct {
		output string
		err    error
		want   result
		wrong  string // a part of judge's error
	}{
		"all pass": {"ok  \tp\t0.1s\n", nil, result{outcome: survived}, ""},
		"a test fails": {
			"--- FAIL: TestA (0.00s)\n    a_test.go:1: x\nFAIL\nFAIL\tp\t0.1s\nFAIL\n", failed, result{caught, "TestA"}, "",
		},
		"two subtests of the second test fail": {
			"--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/b_c (0.00s)\n        --- FAIL: TestA/b_c/d (0.00s)\n    --- FAIL: TestA/e (0.00s)\nFAIL\nFAIL\tp\t0.1s\n",
			failed,
			result{caught, "TestA/b_c/d"},
			"",
		},
		"a test panics": {
			"panic: oops [recovered]\n\ngoroutine 1 [running]:\nFAIL\tp\t0.1s\n", failed, result{caught, "panic: oops [recovered]"}, "",
		},
		"a test hangs": {
			"panic: test timed out after 2m0s\nFAIL\tp\t120.1s\n", failed, result{caught, "panic: test timed out after 2m0s"}, "",
		},
		"a test calls os.Exit": {"FAIL\tp\t0.1s\n", failed, result{caught, "a test that ended the process"}, ""},
		"it does not compile": {
			"# p\n./a.go:1: x\nFAIL\tp [build failed]\nFAIL\n", failed,
			result{doesNotBuild, "# p\n./a.go:1: x\nFAIL\tp [build failed]\nFAIL"},
			"",
		},
		"a module is missing":      {"FAIL\tp [setup failed]\n", failed, result{}, "setup failed"},
		"there is no such package": {"no Go files in /x\n", failed, result{}, "no Go files"},
		"there is no such test":    {"ok  \tp\t0.1s [no tests to run]\n", nil, result{}, "no test has run"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := judge(test.output, test.err)
			if test.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), test.wrong) {
					t.Errorf("the error is %v, want %q in it", err, test.wrong)
				}
				return
			}
			if err != nil || got != test.want {
				t.Errorf("judged %+v, %v, want %+v", got, err, test.want)
			}
		})
	}
}

func TestReport(t *testing.T) {
	a, b := bug{line: 1, name: "A bug", folder: "core/a"}, bug{line: 5, name: "B bug", folder: "core/b"}
	for name, test := range map[string]struct {
		findings []finding
		want     string
		err      string // "" if there is none
	}{
		"every bug is caught": {
			[]finding{{bug: a, result: result{outcome: caught}}, {bug: b, result: result{outcome: caught}}},
			"core/a                     1       1         0\ncore/b                     1       1         0\nall                        2       2         0\n", "",
		},
		"one is caught by a timeout": {
			[]finding{{bug: a, result: result{caught, "panic: test timed out after 2m0s"}}},
			"\ncaught by a timeout alone, for which a busy machine is enough:\n  core/a: A bug\n", "",
		},
		"one survives": {
			[]finding{{bug: a}, {bug: b, result: result{outcome: caught}}}, "\nsurvived:\n  core/a: A bug\n", "1 bugs survived",
		},
		"one was not tested, because go did not run": {
			[]finding{{bug: a, skipped: errors.New("go is away")}}, "\nnot tested: mend the list:\n  bugs.txt:1: core/a: A bug\n", "1 bugs not tested",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := report(&out, test.findings)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("the error is %v, want %q", err, test.err)
			}
			if !strings.HasSuffix(out.String(), test.want) {
				t.Errorf("printed %q, want %q at the end", &out, test.want)
			}
		})
	}
}
