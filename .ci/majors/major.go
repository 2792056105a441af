package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// byHand begins every file of an older major that is not generated.
const byHand = "// By hand"

// major is an older major that is made from a newer one.
type major struct {
	newer, older string // folders
	table        table
}

// change is a generated file that is out of date.
type change struct {
	name    string
	content []byte // nil: the file has to go
}

func (c change) apply(folder string) error {
	path := filepath.Join(folder, c.name)
	if c.content == nil {
		return os.Remove(path)
	}
	return os.WriteFile(path, c.content, 0o644)
}

// header is the first line of every generated file. golangci-lint and GitHub know its form.
func (m major) header() string {
	return fmt.Sprintf("// Code generated from ../%s by .ci/majors; DO NOT EDIT.\n", m.table.from)
}

// changes compares the older major with what it should be.
func (m major) changes() ([]change, error) {
	newer, err := goFiles(m.newer)
	if err != nil {
		return nil, err
	}
	older, err := goFiles(m.older)
	if err != nil {
		return nil, err
	}
	wanted, err := m.generate(newer, older)
	if err != nil {
		return nil, err
	}

	var all []change
	for name, content := range wanted {
		if !bytes.Equal(older[name], content) {
			all = append(all, change{name, content})
		}
	}
	var problems []error
	for name, content := range older {
		switch _, source := newer[name]; {
		case m.isGenerated(content) && !source:
			all = append(all, change{name: name})
		case !m.isGenerated(content) && !bytes.HasPrefix(content, []byte(byHand)):
			problems = append(problems, fmt.Errorf("%s is not generated: begin it with %q and say what differs from %s",
				filepath.Join(m.older, name), byHand, m.table.from))
		}
	}
	slices.SortFunc(all, func(a, b change) int { return strings.Compare(a.name, b.name) })
	return all, errors.Join(problems...)
}

// generate makes every file of newer that is not written by hand in older.
func (m major) generate(newer, older map[string][]byte) (map[string][]byte, error) {
	wanted := make(map[string][]byte)
	uses := make([]int, len(m.table.replacements))
	for name, source := range newer {
		if existing, ok := older[name]; ok && !m.isGenerated(existing) {
			continue
		}
		content, err := format.Source([]byte(m.header() + "\n" + m.table.apply(string(source), uses)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(m.older, name), err)
		}
		wanted[name] = content
	}
	var problems []error
	for i, r := range m.table.replacements {
		if uses[i] == 0 {
			problems = append(problems, fmt.Errorf("%s: nothing to replace with %q => %q", m.older, r.old, r.new))
		}
	}
	return wanted, errors.Join(problems...)
}

func (m major) isGenerated(content []byte) bool {
	return bytes.HasPrefix(content, []byte(m.header()))
}

// goFiles are the Go files in a folder, by their names.
func goFiles(folder string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	root := os.DirFS(folder)
	names, err := fs.Glob(root, "*.go")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if files[name], err = fs.ReadFile(root, name); err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no Go files", folder)
	}
	return files, nil
}
