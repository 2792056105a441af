package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	generated = "// Code generated from ../new by .ci/majors; DO NOT EDIT.\n\n"
	handmade  = "// By hand: all of it.\n\npackage x\n"
)

// repository has a file to generate, one that is out of date, and two by hand. A file of
// changes takes the place of the one with its name.
func repository(t *testing.T, changes map[string]string) (root, older, tables string) {
	t.Helper()
	files := map[string]string{
		"tables/old.txt":              "# a comment\n\nfrom new\n\nc.RequestCtx() => c.Context()\nc.Context() => c.UserContext()\nv2 => v1\n",
		"adapters/new/code.go":        "package x\n\nimport \"new/v2\"\n\nvar _ = f(c.Context(), c.RequestCtx())\n",
		"adapters/new/other.go":       "package x\n",
		"adapters/new/version.go":     "package x // new\n",
		"adapters/old/doc.go":         handmade,
		"adapters/old/other.go":       generated + "package y\n",
		"adapters/old/version.go":     handmade,
		"adapters/old/README.md":      "no Go",
		"adapters/old/testdata/in.go": "not looked at",
	}
	maps.Copy(files, changes)
	root = t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root, filepath.Join(root, "adapters", "old"), filepath.Join(root, "tables")
}

func folder(t *testing.T, path string) map[string]string {
	t.Helper()
	files, err := goFiles(path)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestMajorIsMade(t *testing.T) {
	root, older, tables := repository(t, nil)
	before := folder(t, older)
	err := run(root, tables, true)
	for _, name := range []string{"code.go", "other.go"} {
		if err == nil || !strings.Contains(err.Error(), "old/"+name+" is not what new makes it") {
			t.Errorf("the check does not name %s: %v", name, err)
		}
	}
	if !maps.Equal(folder(t, older), before) {
		t.Error("the check changed files")
	}
	if err := run(root, tables, false); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"code.go":    generated + "package x\n\nimport \"new/v1\"\n\nvar _ = f(c.UserContext(), c.Context())\n",
		"other.go":   generated + "package x\n",
		"version.go": handmade,
		"doc.go":     handmade,
	}
	if got := folder(t, older); !maps.Equal(got, want) {
		t.Errorf("made %q, want %q", got, want)
	}
	if err := run(root, tables, true); err != nil {
		t.Errorf("the check fails on what was made: %v", err)
	}
}

func TestMajorCannotBeMade(t *testing.T) {
	for name, test := range map[string]struct{ file, content, want string }{
		"a table that names no newer major":  {"tables/old.txt", "", "no line \"from <the newer major>\""},
		"a line that says nothing":           {"tables/old.txt", "from new\nnew -> old\n", "line 2: want"},
		"a replacement that is never used":   {"tables/old.txt", "from new\nv9 => v8\n", `nothing to replace with "v9" => "v8"`},
		"a newer major that is not there":    {"tables/old.txt", "from newest\n", "newest has no Go files"},
		"a file by hand that gives no cause": {"adapters/old/doc.go", "package x\n", "doc.go is not generated"},
		"a file whose source is gone":        {"adapters/old/gone.go", generated, "gone.go is not generated: remove it"},
		"a result that is no Go":             {"adapters/new/code.go", "package x\n\nvar new = v2)\n", "code.go: "},
	} {
		t.Run(name, func(t *testing.T) {
			root, older, tables := repository(t, map[string]string{test.file: test.content})
			before := folder(t, older)
			for _, check := range []bool{true, false} {
				if err := run(root, tables, check); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("check %t: got %v, want %q", check, err, test.want)
				}
			}
			if !maps.Equal(folder(t, older), before) {
				t.Error("files were changed")
			}
		})
	}
}
