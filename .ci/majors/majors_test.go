package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// repository writes files into a new folder, and returns it.
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// folder reads the files in a folder.
func folder(t *testing.T, path string) map[string]string {
	t.Helper()
	files, err := goFiles(path)
	if err != nil {
		t.Fatal(err)
	}
	content := make(map[string]string)
	for name, text := range files {
		content[name] = string(text)
	}
	return content
}

const (
	generated = "// Code generated from ../new by .ci/majors; DO NOT EDIT.\n\n"
	handmade  = "// By hand: all of it.\n\npackage x\n"
)

// sample has a file that is generated, one that is out of date, one whose source is gone,
// and one by hand.
func sample() map[string]string {
	return map[string]string{
		"tables/old.txt":              "# a comment\n\nfrom new\n\nnew => old\nv2 => v1\n",
		"adapters/new/code.go":        "package x\n\nimport \"new/v2\"\n",
		"adapters/new/other.go":       "package x\n",
		"adapters/new/version.go":     "package x // new\n",
		"adapters/old/doc.go":         handmade,
		"adapters/old/other.go":       generated + "package y\n",
		"adapters/old/version.go":     handmade,
		"adapters/old/gone.go":        generated + "package x\n",
		"adapters/old/README.md":      "no Go",
		"adapters/old/testdata/in.go": "not looked at",
	}
}

func TestMajorIsMade(t *testing.T) {
	root := repository(t, sample())
	older, tables := filepath.Join(root, "adapters", "old"), filepath.Join(root, "tables")
	before := folder(t, older)
	err := run(root, tables, true, nil)
	if err == nil {
		t.Fatal("the check passes before anything was made")
	}
	for _, name := range []string{"code.go", "other.go", "gone.go"} {
		if !strings.Contains(err.Error(), "adapters/old/"+name+" is not what adapters/new makes it") {
			t.Errorf("the check does not name %s: %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "version.go") || strings.Contains(err.Error(), "doc.go") {
		t.Errorf("the check names a file that is written by hand: %v", err)
	}
	if !maps.Equal(folder(t, older), before) {
		t.Error("the check changed files")
	}

	if err := run(root, tables, false, []string{"old"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"code.go":    generated + "package x\n\nimport \"old/v1\"\n",
		"other.go":   generated + "package x\n",
		"version.go": handmade,
		"doc.go":     handmade,
	}
	if got := folder(t, older); !maps.Equal(got, want) {
		t.Errorf("made %q, want %q", got, want)
	}
	if err := run(root, tables, true, nil); err != nil {
		t.Errorf("the check fails on what was made: %v", err)
	}
}

func TestMajorCannotBeMade(t *testing.T) {
	for name, test := range map[string]struct {
		file, content string
		want          string
	}{
		"a table that names no newer major":  {"tables/old.txt", "", "no line \"from <the newer major>\""},
		"a line that says nothing":           {"tables/old.txt", "from new\nnew -> old\n", "line 2: want"},
		"a replacement that is never used":   {"tables/old.txt", "from new\nnew => old\nv9 => v8\n", `nothing to replace with "v9" => "v8"`},
		"a newer major that is not there":    {"tables/old.txt", "from newest\n", "newest has no Go files"},
		"a file by hand that gives no cause": {"adapters/old/doc.go", "package x\n", "doc.go is not generated: begin it with"},
		"a result that is no Go":             {"adapters/new/code.go", "package x\n\nvar new = v2)\n", "code.go: "},
	} {
		t.Run(name, func(t *testing.T) {
			files := sample()
			files[test.file] = test.content
			root := repository(t, files)
			for _, check := range []bool{true, false} {
				err := run(root, filepath.Join(root, "tables"), check, []string{"old"})
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("check %t: got %v, want %q", check, err, test.want)
				}
			}
		})
	}
	if err := run(t.TempDir(), t.TempDir(), false, []string{"old"}); err == nil {
		t.Error("a major without a table was made")
	}
}

func TestReplacementsAreMadeInOnePass(t *testing.T) {
	onePass, err := parseTable("from new\nc.RequestCtx() => c.Context()\nc.Context() => c.UserContext()\nctx => \n")
	if err != nil {
		t.Fatal(err)
	}
	uses := make([]int, len(onePass.replacements))
	got := onePass.apply("c.Context(c.RequestCtx(), ctx) c.Context()", uses)
	if want := "c.Context(c.Context(), ) c.UserContext()"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := []int{1, 1, 1}; !slices.Equal(uses, want) {
		t.Errorf("used %d, want %d", uses, want)
	}
}
