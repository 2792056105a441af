package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Each old text of the list is in the code, once.
func TestListFitsTheCode(t *testing.T) {
	bugs, err := parse(list)
	if err != nil {
		t.Fatal(err)
	}
	if err := mustFit("../..", bugs); err != nil {
		t.Error(err)
	}
}

func TestParse(t *testing.T) {
	const two = `# A comment.

The first bug
in core/webhook
-	if a {
-		b()
+	if !a {
+		b() // - and +

The second one
# is in two packages
in adapters/gin adapters/echov4
noticed by core cmd/x
-c()
`
	for name, test := range map[string]struct {
		list string
		want []bug
		err  string
	}{
		"an empty list": {"", nil, ""},
		"two bugs, one in two packages": {strings.ReplaceAll(two, "# is in two packages\n", ""), []bug{
			{3, "The first bug", "core/webhook", nil, "\tif a {\n\t\tb()", "\tif !a {\n\t\tb() // - and +"},
			{10, "The second one", "adapters/gin", []string{"core", "cmd/x"}, "c()", ""},
			{10, "The second one", "adapters/echov4", []string{"core", "cmd/x"}, "c()", ""},
		}, ""},
		"a comment inside of a bug":         {two, nil, `bugs.txt:10: "The second one": "# is in two packages" is no line of a bug`},
		"a bug without a package":           {"A bug\n-a\n+b\n", nil, `bugs.txt:1: "A bug": it does not say in which packages`},
		"a bug without an old text":         {"A bug\nin x\n+b\n", nil, "it has no old text"},
		"an empty line for an empty text":   {"A bug\nin x\n-a\n+a\n", nil, "it changes nothing"},
		"a package behind the texts":        {"A bug\n-a\n+b\nin x\n", nil, `"in x" is behind the old text`},
		"an old text behind the new one":    {"A bug\nin x\n-a\n+b\n-c\n", nil, `"-c" is behind the old text`},
		"a name that another bug has":       {"A bug\nin x\n-a\n\nA bug\nin y x\n-b\n", nil, `bugs.txt:5: there is another "A bug" in x`},
		"mistakes in two bugs, named alike": {"A bug\n\nB bug\n", nil, `bugs.txt:3: "B bug"`},
	} {
		t.Run(name, func(t *testing.T) {
			bugs, err := parse(test.list)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("the error is %v, want %q in it", err, test.err)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(bugs, test.want) {
				t.Errorf("read %+v, %v, want %+v", bugs, err, test.want)
			}
		})
	}
}

func TestPlant(t *testing.T) {
	const inOneFile, inAnother = "package p\n\nvar a, b = 1, 1\n", "package p\n\nvar c = 2\n"
	for name, test := range map[string]struct {
		old, planted, err string
	}{
		"a text that is there":            {"c = 2", "package p\n\nvar c = 3\n", ""},
		"a text that is not there":        {"c = 4", "", "bugs.txt:7: mend the list: the old text of \"A bug\" is 0 times in p, not once"},
		"a text that is there twice":      {"1", "", "is 2 times in p"},
		"a text that is in two files":     {"package", "", "is 2 times in p"},
		"a text that is in the tests too": {"c", "", "is 3 times in p"}, // package has two of them
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, root, "p/a.go", inOneFile)
			write(t, root, "p/c.go", inAnother)
			write(t, root, "p/c_test.go", inAnother)
			write(t, root, "p/deeper/c.go", inAnother)
			restore, err := bug{line: 7, name: "A bug", folder: "p", old: test.old, new: "c = 3"}.plant(root)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("the error is %v, want %q in it", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, root, "p/c.go"); got != test.planted {
				t.Errorf("planted, the file is %q, want %q", got, test.planted)
			}
			if err := restore(); err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{"p/a.go": inOneFile, "p/c.go": inAnother, "p/c_test.go": inAnother} {
				if got := read(t, root, name); got != want {
					t.Errorf("restored, %s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func write(t *testing.T, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, root, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
