// Package docs compares what the documents say and name with what is there.
package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

const root = "../.."

// document is a Markdown file.
type document struct {
	path   string // from the root, with slashes
	text   string // without fenced code
	blocks []block
}

// block is fenced code.
type block struct {
	line int // of its first line
	lang string
	code string
}

// documents are all Markdown files of the repository.
func documents(t *testing.T) []document {
	t.Helper()
	var all []document
	for _, path := range find(t, func(path string) bool { return strings.HasSuffix(path, ".md") }) {
		all = append(all, parse(path, read(t, path)))
	}
	if len(all) == 0 {
		t.Fatal("no Markdown file was found")
	}
	return all
}

// find returns the files of the repository whose path from the root is wanted.
func find(t *testing.T, wanted func(path string) bool) []string {
	t.Helper()
	var paths []string
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".git":
			return fs.SkipDir
		case !entry.IsDir() && wanted(path):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// parse knows fences of backticks, and no other Markdown.
func parse(path, content string) document {
	d := document{path: path}
	var text strings.Builder
	var open *block
	for i, line := range strings.SplitAfter(content, "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open == nil:
			open = &block{line: i + 2, lang: fence}
		case isFence:
			d.blocks = append(d.blocks, *open)
			open = nil
		case open != nil:
			open.code += line
			line = "\n"
		}
		if isFence {
			line = "\n" // so that lines keep their numbers
		}
		text.WriteString(line)
	}
	if open != nil { // an open fence ends with the file
		d.blocks = append(d.blocks, *open)
	}
	d.text = text.String()
	return d
}

var (
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+?)\s*$`)
	markup  = regexp.MustCompile("[`*]|\\[([^\\]]*)\\]\\([^)]*\\)")
)

// anchors are the names that GitHub gives to the headings.
func (d document) anchors() map[string]bool {
	names := make(map[string]bool)
	for _, match := range heading.FindAllStringSubmatch(d.text, -1) {
		plain := markup.ReplaceAllString(match[1], "$1")
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			default:
				return -1
			}
		}, plain)
		unique := name
		for n := 1; names[unique]; n++ {
			unique = fmt.Sprintf("%s-%d", name, n)
		}
		names[unique] = true
	}
	return names
}

// link is one of [text](target), or an attribute of an HTML tag, which has no text.
type link struct{ text, target string }

var (
	inline    = regexp.MustCompile(`\[([^\[\]]*)\]\(([^()\s]+)\)`)
	attribute = regexp.MustCompile(`\b(?:src|srcset|href)="([^"\s]+)"`)
)

func (d document) links() []link {
	var all []link
	for _, match := range inline.FindAllStringSubmatch(d.text, -1) {
		all = append(all, link{strings.Trim(match[1], "`"), match[2]})
	}
	for _, match := range attribute.FindAllStringSubmatch(d.text, -1) {
		all = append(all, link{"", match[1]})
	}
	return all
}

var (
	codeSpan     = regexp.MustCompile("`([^`]+)`")
	shellComment = regexp.MustCompile(`(?m)(?:^|\s)#.*$`)
)

// commands are the code spans and the lines of the shell blocks, without comments.
func (d document) commands() []string {
	var all []string
	for _, match := range codeSpan.FindAllStringSubmatch(d.text, -1) {
		all = append(all, match[1])
	}
	for _, b := range d.blocks {
		if b.lang == "sh" {
			all = append(all, strings.Split(shellComment.ReplaceAllString(b.code, ""), "\n")...)
		}
	}
	return all
}
