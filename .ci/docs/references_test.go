package docs_test

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// repository is what documents may name.
type repository struct {
	exists  func(path string) bool
	content func(path string) string
	targets []string        // of the Makefile
	tests   map[string]bool // functions that go test runs
}

var (
	makeTarget = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
	testFunc   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark|Example)[A-Z_]\w*)\(`)
)

func load(t *testing.T) repository {
	t.Helper()
	repo := repository{
		exists: func(path string) bool {
			_, err := os.Stat(filepath.Join(root, filepath.FromSlash(path)))
			return err == nil
		},
		content: func(path string) string { return read(t, path) },
		tests:   make(map[string]bool),
	}
	for _, match := range makeTarget.FindAllStringSubmatch(read(t, "Makefile"), -1) {
		repo.targets = append(repo.targets, match[1])
	}
	for _, file := range find(t, func(path string) bool { return strings.HasSuffix(path, "_test.go") }) {
		for _, match := range testFunc.FindAllStringSubmatch(read(t, file), -1) {
			repo.tests[match[1]] = true
		}
	}
	return repo
}

// What a document names is there.
func TestReferences(t *testing.T) {
	repo := load(t)
	for _, d := range documents(t) {
		for _, problem := range repo.problems(d) {
			t.Errorf("%s: %s", d.path, problem)
		}
	}
}

var (
	goTest    = regexp.MustCompile(`^(?:Test|Fuzz|Benchmark|Example)[A-Z_]\w*$`)
	makeCall  = regexp.MustCompile(`(?:^|[;&|] *)make ([a-z][a-z-]*)`)
	localPath = regexp.MustCompile(`(?:^| )\./([\w./-]*\w)`)
)

func (repo repository) problems(d document) []string {
	var problems []string
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for _, l := range d.links() {
		if problem := repo.brokenLink(d, l); problem != "" {
			add("the link [%s](%s): %s", l.text, l.target, problem)
		}
	}
	for _, command := range d.commands() {
		for _, match := range makeCall.FindAllStringSubmatch(command, -1) {
			if !slices.Contains(repo.targets, match[1]) {
				add("make %s: the Makefile has no such target", match[1])
			}
		}
		for _, match := range localPath.FindAllStringSubmatch(command, -1) {
			if !repo.exists(match[1]) {
				add("./%s is not there", match[1])
			}
		}
		if goTest.MatchString(command) && !repo.tests[command] {
			add("%s: there is no such test", command)
		}
	}
	return problems
}

func (repo repository) brokenLink(d document, l link) string {
	u, err := url.Parse(l.target)
	switch {
	case err != nil:
		return "it does not parse"
	case u.IsAbs():
		return "" // no network
	}
	file, to := d.path, d
	if u.Path != "" {
		file = path.Join(path.Dir(d.path), u.Path)
		if !repo.exists(file) {
			return "it leads nowhere"
		}
		if strings.HasSuffix(file, ".md") {
			to = parse(file, repo.content(file))
		}
	}
	switch {
	case u.Fragment != "" && !to.anchors()[u.Fragment]:
		return "there is no such heading"
	case strings.HasSuffix(l.text, ".go") && path.Base(l.text) != path.Base(file):
		return "it leads to another file"
	case goTest.MatchString(l.text) && !strings.Contains(repo.content(file), "\nfunc "+l.text+"("):
		return "the file has no such test"
	}
	return ""
}

// Each reason has a row for those who look up a refusal.
func TestEveryReasonIsOnThePage(t *testing.T) {
	page := read(t, "docs/statuses.md")
	for _, match := range regexp.MustCompile(`class{.*"(\w+)"}`).FindAllStringSubmatch(read(t, "core/webhook/errors.go"), -1) {
		if !strings.Contains(page, "`"+match[1]+"`") {
			t.Errorf("docs/statuses.md: the reason %s is missing", match[1])
		}
	}
}

func TestWrongReferencesAreFound(t *testing.T) {
	files := map[string]string{
		"README.md":      "# A `b`, [c](README.md)\n\n# Twice\n\n## Twice\n",
		"docs/x_test.go": "package x\n\nfunc TestThere(t *testing.T) {}\n",
	}
	repo := repository{
		exists:  func(path string) bool { return files[path] != "" },
		content: func(path string) string { return files[path] },
		targets: []string{"demo"},
		tests:   map[string]bool{"TestThere": true},
	}
	for name, test := range map[string]struct{ text, want string }{
		"a file that is there":           {"[x](x_test.go)", ""},
		"a file that is not":             {"[x](y.go)", "[x](y.go): it leads nowhere"},
		"a link over two lines":          {"[x\ny](y.go)", "it leads nowhere"},
		"a picture that is not there":    {`<img src="y.svg">`, "it leads nowhere"},
		"a heading with marks":           {"[x](../README.md#a-b-c)", ""},
		"the second of two headings":     {"[x](../README.md#twice-1)", ""},
		"a heading that is not there":    {"[x](../README.md#three)", "no such heading"},
		"a heading of the page itself":   {"# Here\n[x](#here)", ""},
		"none of the page itself":        {"[x](#here)", "no such heading"},
		"a heading inside of code":       {"```\n# here\n```\n[x](#here)", "no such heading"},
		"a link inside of code":          {"```\n[x](y.go)\n```\n", ""},
		"another site":                   {"[x](https://example.com/y.go#z)", ""},
		"the name of another file":       {"[`y.go`](x_test.go)", "leads to another file"},
		"a test of the file":             {"[`TestThere`](x_test.go)", ""},
		"a test that is not in the file": {"[`TestHere`](x_test.go)", "the file has no such test"},
		"a test":                         {"`TestThere`", ""},
		"a test that is not there":       {"`TestHere`", "TestHere: there is no such test"},
		"a target":                       {"`make demo`", ""},
		"a target that is not there":     {"`make tea`", "make tea: the Makefile has no such target"},
		"one in a shell block":           {"```sh\ncd x && make tea\n```\n", "make tea"},
		"one in a comment":               {"```sh\nmake demo # make tea\n```\n", ""},
		"a folder that is not there":     {"```sh\ngo run ./y\n```\n", "./y is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := strings.Join(repo.problems(parse("docs/page.md", test.text)), "\n")
			if (test.want == "") != (problems == "") || !strings.Contains(problems, test.want) {
				t.Errorf("found %q, want %q", problems, test.want)
			}
		})
	}
}
