//go:build unix

package main

import (
	"os/exec"
	"strings"
	"testing"
)

// checkout returns a repository with a small core and two adapters of it.
func checkout(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), "git", args...)
		command.Dir = root
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, output)
		}
	}
	write(t, root, "core/go.mod", "module example.com/core\n\ngo 1.23.0\n")
	write(t, root, "core/sums/sums.go", "package sums\n\nfunc Add(a, b int) int { return a + b }\n\nfunc Twice(a int) int { return a * 2 }\n\nfunc Half(a int) int { return a / 2 }\n")
	write(t, root, "core/sums/sums_test.go", "package sums\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Error()\n\t}\n}\n")
	write(t, root, "core/user/user_test.go", "package user\n\nimport (\n\t\"testing\"\n\n\t\"example.com/core/sums\"\n)\n\nfunc TestTwice(t *testing.T) {\n\tif sums.Twice(3) != 6 {\n\t\tt.Error()\n\t}\n}\n")
	for _, folder := range []string{"adapters/a", "adapters/b"} {
		write(t, root, folder+"/go.mod", "module example.com/"+folder+"\n\ngo 1.23.0\n\nrequire example.com/core v0.0.0\n\nreplace example.com/core => ../../core\n")
		write(t, root, folder+"/code.go", "package code\n\nimport \"example.com/core/sums\"\n\nfunc Quarter(a int) int { return sums.Half(sums.Half(a)) }\n")
		write(t, root, folder+"/code_test.go", "package code\n\nimport \"testing\"\n\nfunc TestConformance(*testing.T) {}\n\nfunc TestQuarter(t *testing.T) {\n\tif Quarter(8) != 2 {\n\t\tt.Error()\n\t}\n}\n")
	}
	git("init", "--quiet")
	git("add", ".")
	write(t, root, "core/sums/unknown.go", "package sums\n\nthis file is not known to git\n")
	return root
}

const someBugs = `A sum is a difference
in core/sums
-a + b
+a - b

Twice is thrice
in core/sums
-a * 2
+a * 3

Half is all
in core/sums
-a / 2
+a

Half is a third
in core/sums
noticed by adapters/a
-a / 2
+a / 3

A name is wrong
in adapters/b
-sums.Half(sums.Half(a))
+sums.Third(a)
`

func TestMeasure(t *testing.T) {
	for name, test := range map[string]struct {
		bugs      string
		suiteOnly bool
		want      []string // in what is printed
		err       string
	}{
		"all tests": {someBugs, false, []string{
			"caught          core/sums: A sum is a difference",
			"core: TestAdd)\n",
			"caught          core/sums: Twice is thrice",
			"core: TestTwice)\n",
			"SURVIVED        core/sums: Half is all",
			"caught          core/sums: Half is a third",
			"adapters/a: TestQuarter)\n",
			"DOES NOT BUILD  adapters/b: A name is wrong\n",
			"undefined: sums.Third",
			"                        bugs  caught  survived\n" +
				"core/sums                  4       3         1\n" +
				"adapters/b                 1       0         0\n" +
				"all                        5       3         1\n" +
				"\nsurvived:\n  core/sums: Half is all\n" +
				"\nnot tested: mend the list:\n  bugs.txt:22: adapters/b: A name is wrong\n",
		}, "1 bugs survived\n1 bugs not tested: mend the list"},
		"the suite alone, which asks nothing here": {
			"A quarter is a half\nin adapters/a\n-sums.Half(sums.Half(a))\n+sums.Half(a)\n", true,
			[]string{"SURVIVED        adapters/a"},
			"1 bugs survived",
		},
		"a text that is gone": {
			"A bug\nin core/sums\n-a + c\n+a\n", false, []string{""}, "bugs.txt:1: mend the list",
		},
		"a module that is gone": {
			"A bug\nin core/sums\nnoticed by adapters/c\n-a + b\n+a\n", false, []string{""}, "bugs.txt:1: mend the list",
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := checkout(t)
			bugs, err := parse(test.bugs)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			findings, err := measure(t.Context(), root, bugs, test.suiteOnly, &out)
			if err == nil {
				err = report(&out, findings)
			}
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("the error is %v, want %q in it", err, test.err)
			}
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not printed, but:\n%s", want, &out)
				}
			}
			if code := read(t, root, "core/sums/sums.go"); !strings.Contains(code, "a + b") || !strings.Contains(code, "a / 2") {
				t.Error("the checkout itself was changed")
			}
		})
	}
}

// Otherwise every bug would count as caught.
func TestTestsMustPassWithoutABug(t *testing.T) {
	root := checkout(t)
	const file = "core/sums/sums_test.go"
	write(t, root, file, strings.Replace(read(t, root, file), "!= 3", "!= 4", 1))
	bugs := []bug{{name: "A sum is a difference", folder: "core/sums", old: "a + b", new: "a - b"}}
	var out strings.Builder
	_, err := measure(t.Context(), root, bugs, false, &out)
	if want := "the tests of core fail without a bug: TestAdd"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %q in it", err, want)
	}
	if out.String() != "" {
		t.Errorf("printed %q before the tests passed", &out)
	}
}
