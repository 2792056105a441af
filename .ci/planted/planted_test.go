package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each old text of the list is in the code, once.
func TestListFitsTheCode(t *testing.T) {
	bugs, err := parse(list)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bugs {
		if _, _, err := b.find("../.."); err != nil {
			t.Error(err)
		}
		for _, module := range b.modules("../..") {
			if _, err := os.Stat(filepath.Join("../..", module, "go.mod")); err != nil {
				t.Errorf("%s: %v", b, err)
			}
		}
	}
}

func TestListsWithMistakes(t *testing.T) {
	for name, test := range map[string]struct{ list, want string }{
		"no package":                     {"# A comment.\n\nA bug\n-a\n+b", `bugs.txt:3: "A bug" needs a package`},
		"no old text":                    {"A bug\nin x", "an old text"},
		"a new text that is the old one": {"A bug\nin x\n-a\n+a", "another new one"},
		"an old text behind the new one": {"A bug\nin x\n-a\n+b\n-c", `"-c" is out of place`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parse(test.list); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestRun(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"core/go.mod":           "module example.com/core\n\ngo 1.23.0\n",
		"core/sums/sums.go":     "package sums\n\nfunc Add(a, b int) int { return a + b }\n\nfunc Half(a int) int { return a / 2 }\n",
		"core/sums/sum_test.go": "package sums\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Error()\n\t}\n}\n",
		"user/go.mod":           "module example.com/user\n\ngo 1.23.0\n\nrequire example.com/core v0.0.0\n\nreplace example.com/core => ../core\n",
		"user/user_test.go":     "package user\n\nimport (\n\t\"testing\"\n\n\t\"example.com/core/sums\"\n)\n\nfunc TestHalf(t *testing.T) {\n\tif sums.Half(8) != 4 {\n\t\tt.Error()\n\t}\n}\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct{ bug, printed, err string }{
		"a bug that its own module's test notices": {"in core/sums\n-a + b\n+a - b", "caught    bugs.txt:1: A bug in core/sums by --- FAIL: TestAdd\n", ""},
		"one that another module's test notices":   {"in core/sums\nnoticed by user\n-a / 2\n+a / 3", "caught    bugs.txt:1: A bug in core/sums by --- FAIL: TestHalf\n", ""},
		"one that no test notices":                 {"in core/sums\n-a / 2\n+a / 3", "SURVIVED  bugs.txt:1: A bug in core/sums\n", "1 of 1 bugs were not caught"},
		"one that does not compile":                {"in core/sums\n-a / 2\n+c", "", "undefined: c"},
		"one whose text is gone":                   {"in core/sums\n-a / 4\n+a", "", "the old text is there 0 times"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := run(t.Context(), root, "A bug\n"+test.bug, "", &out)
			if out.String() != test.printed {
				t.Errorf("printed %q, want %q", &out, test.printed)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("the error is %v, want %q in it", err, test.err)
			}
		})
	}
}
