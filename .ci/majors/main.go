// Command majors makes the older major of an adapter from the newer one: adapters/echov4
// from adapters/echov5, adapters/fiberv2 from adapters/fiberv3. Every Go file of the newer
// major is copied, with the replacements of a table such as echov4.txt, unless the older
// major has a file of that name that is written by hand.
//
// It runs in its own folder, as `go run . [-check] [older major]...`. CONTRIBUTING.md says
// how to change such an adapter.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	check := flag.Bool("check", false, "change nothing, and fail if a generated file is out of date")
	flag.Parse()
	if err := run("../..", ".", *check, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run makes the named majors, or every one that has a table in the folder tables.
func run(root, tables string, check bool, names []string) error {
	if len(names) == 0 {
		paths, err := filepath.Glob(filepath.Join(tables, "*.txt"))
		if err != nil {
			return err
		}
		for _, path := range paths {
			names = append(names, strings.TrimSuffix(filepath.Base(path), ".txt"))
		}
	}
	var problems []error
	for _, name := range names {
		if err := runOne(root, tables, check, name); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

func runOne(root, tables string, check bool, name string) error {
	path := filepath.Join(tables, name+".txt")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	t, err := parseTable(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	m := major{
		newer: filepath.Join(root, "adapters", t.from),
		older: filepath.Join(root, "adapters", name),
		table: t,
	}
	changes, err := m.changes()
	if err != nil {
		return err
	}
	if check {
		return outOfDate(name, t.from, changes)
	}
	for _, change := range changes {
		if err := change.apply(m.older); err != nil {
			return err
		}
		fmt.Println(filepath.Join("adapters", name, change.name))
	}
	return nil
}

func outOfDate(older, newer string, changes []change) error {
	var problems []error
	for _, change := range changes {
		problems = append(problems, fmt.Errorf("adapters/%s/%s is not what adapters/%s makes it: run make generate", older, change.name, newer))
	}
	return errors.Join(problems...)
}
