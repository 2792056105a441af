package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// bug is one mistake, in one package.
type bug struct {
	line      int // of its name in the list
	name      string
	folder    string   // of the package, with slashes
	noticedBy []string // further modules whose tests may notice it
	old, new  string
}

func (b bug) String() string { return b.folder + ": " + b.name }

// parse reads a list of bugs. A bug in several packages is several bugs.
func parse(list string) ([]bug, error) {
	var bugs []bug
	var errs []error
	seen := make(map[string]bool)
	lines := strings.Split(list, "\n")
	for at := 0; at < len(lines); {
		if lines[at] == "" || strings.HasPrefix(lines[at], "#") {
			at++
			continue
		}
		end := at
		for end < len(lines) && lines[end] != "" {
			end++
		}
		b, folders, err := parseBlock(lines[at:end])
		b.line = at + 1
		at = end
		if err != nil {
			errs = append(errs, fmt.Errorf("bugs.txt:%d: %q: %w", b.line, b.name, err))
			continue
		}
		for _, b.folder = range folders {
			if seen[b.String()] {
				errs = append(errs, fmt.Errorf("bugs.txt:%d: there is another %q in %s", b.line, b.name, b.folder))
			}
			seen[b.String()] = true
			bugs = append(bugs, b)
		}
	}
	return bugs, errors.Join(errs...)
}

func parseBlock(lines []string) (b bug, folders []string, err error) {
	b.name = lines[0]
	var old, replacement []string
	for _, line := range lines[1:] {
		switch text, isOld := strings.CutPrefix(line, "-"); {
		case isOld && replacement == nil:
			old = append(old, text)
		case strings.HasPrefix(line, "+"):
			replacement = append(replacement, line[1:])
		case old != nil:
			return b, nil, fmt.Errorf("%q is behind the old text, and neither - nor + is before it", line)
		case strings.HasPrefix(line, "in "):
			folders = strings.Fields(line)[1:]
		case strings.HasPrefix(line, "noticed by "):
			b.noticedBy = strings.Fields(line)[2:]
		default:
			return b, nil, fmt.Errorf("%q is no line of a bug", line)
		}
	}
	b.old, b.new = strings.Join(old, "\n"), strings.Join(replacement, "\n")
	switch {
	case len(folders) == 0:
		return b, nil, errors.New("it does not say in which packages")
	case b.old == "":
		return b, nil, errors.New("it has no old text")
	case b.old == b.new:
		return b, nil, errors.New("it changes nothing")
	}
	return b, folders, nil
}

// find returns the file of the bug's package that has the old text, and its content.
func (b bug) find(root string) (path, content string, err error) {
	paths, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(b.folder), "*.go"))
	if err != nil {
		return "", "", err
	}
	times := 0
	for _, candidate := range paths {
		if strings.HasSuffix(candidate, "_test.go") {
			continue
		}
		text, err := os.ReadFile(candidate)
		if err != nil {
			return "", "", err
		}
		if n := strings.Count(string(text), b.old); n > 0 {
			times += n
			path, content = candidate, string(text)
		}
	}
	if times != 1 {
		return "", "", fmt.Errorf("bugs.txt:%d: mend the list: the old text of %q is %d times in %s, not once",
			b.line, b.name, times, b.folder)
	}
	return path, content, nil
}

// plant puts the bug into the tree. restore takes it back.
func (b bug) plant(root string) (restore func() error, err error) {
	path, content, err := b.find(root)
	if err != nil {
		return nil, err
	}
	write := func(content string) error { return os.WriteFile(path, []byte(content), 0o600) }
	if err := write(strings.Replace(content, b.old, b.new, 1)); err != nil {
		return nil, err
	}
	return func() error { return write(content) }, nil
}

// mustFit returns an error for each bug that cannot be put into the tree.
func mustFit(root string, bugs []bug) error {
	var errs []error
	for _, b := range bugs {
		if _, _, err := b.find(root); err != nil {
			errs = append(errs, err)
		}
		for _, module := range b.noticedBy {
			if moduleOf(root, module) != module {
				errs = append(errs, fmt.Errorf("bugs.txt:%d: mend the list: %q is noticed by %s, which is no module", b.line, b.name, module))
			}
		}
	}
	return errors.Join(errs...)
}

// moduleOf returns the folder of the module that has the package; "" if there is none.
func moduleOf(root, folder string) string {
	for folder != "." && folder != "/" {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(folder), "go.mod")); err == nil {
			return folder
		}
		folder = filepath.ToSlash(filepath.Dir(filepath.FromSlash(folder)))
	}
	return ""
}
