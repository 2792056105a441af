// Command majors makes the older major of an adapter from the newer one: adapters/echov4 from
// adapters/echov5, and adapters/fiberv2 from adapters/fiberv3. It copies every Go file of the
// newer major with the replacements of a table such as echov4.txt, except for the names that
// the older major has a file by hand for. CONTRIBUTING.md says how to change such an adapter.
//
// It runs in its own folder. With -check it changes nothing, and fails if a file is out of date.
package main

import (
	"errors"
	"flag"
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

func main() {
	check := flag.Bool("check", false, "change nothing, and fail if a generated file is out of date")
	flag.Parse()
	if err := run("../..", ".", *check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run makes every major that has a table in the folder tables.
func run(root, tables string, check bool) error {
	paths, err := filepath.Glob(filepath.Join(tables, "*.txt"))
	if err != nil || len(paths) == 0 {
		return errors.Join(err, errors.New("no table"))
	}
	var problems []error
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		older := strings.TrimSuffix(filepath.Base(path), ".txt")
		if err := generate(filepath.Join(root, "adapters"), older, string(text), check); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", path, err))
		}
	}
	return errors.Join(problems...)
}

func generate(adapters, older, text string, check bool) error {
	from, replacements, err := parseTable(text)
	if err != nil {
		return err
	}
	newerFiles, err := goFiles(filepath.Join(adapters, from))
	if err != nil {
		return err
	}
	olderFiles, err := goFiles(filepath.Join(adapters, older))
	if err != nil {
		return err
	}
	// golangci-lint and GitHub know this form.
	header := fmt.Sprintf("// Code generated from ../%s by .ci/majors; DO NOT EDIT.\n", from)
	wanted, problems := make(map[string]string), []error{}
	replacer, needed := strings.NewReplacer(replacements...), make([]bool, len(replacements)/2)
	for name, source := range newerFiles {
		if existing, ok := olderFiles[name]; ok && !strings.HasPrefix(existing, header) {
			continue
		}
		replaced := replacer.Replace(source)
		for i := range needed { // a replacement can be hidden by one before it
			others := slices.Delete(slices.Clone(replacements), 2*i, 2*i+2)
			needed[i] = needed[i] || strings.NewReplacer(others...).Replace(source) != replaced
		}
		content, err := format.Source([]byte(header + "\n" + replaced))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		wanted[name] = string(content)
	}
	if i := slices.Index(needed, false); i >= 0 {
		problems = append(problems, fmt.Errorf("nothing to replace with %q => %q", replacements[2*i], replacements[2*i+1]))
	}
	for name, content := range olderFiles {
		if _, ok := wanted[name]; !ok && !strings.HasPrefix(content, byHand) {
			problems = append(problems, fmt.Errorf("%s/%s is not generated: remove it, or begin it with %q and say what differs from %s", older, name, byHand, from))
		}
	}
	for name, content := range wanted {
		switch path := filepath.Join(adapters, older, name); {
		case content == olderFiles[name]:
		case check:
			problems = append(problems, fmt.Errorf("%s/%s is not what %s makes it: run make generate", older, name, from))
		case len(problems) == 0:
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				return err
			}
			fmt.Println(path)
		}
	}
	return errors.Join(problems...)
}

// parseTable reads the name of the newer major and the arguments of strings.NewReplacer, which
// makes the first replacement that fits at each place, from lines such as
//
//	# a comment
//	from echov5
//	*echo.Context => echo.Context
func parseTable(text string) (from string, replacements []string, err error) {
	for i, line := range strings.Split(text, "\n") {
		newer, isFrom := strings.CutPrefix(line, "from ")
		before, after, isReplacement := strings.Cut(line, " => ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case isReplacement && before != "":
			replacements = append(replacements, before, after)
		case isFrom:
			from = newer
		default:
			return "", nil, fmt.Errorf("line %d: want \"old => new\"", i+1)
		}
	}
	if from == "" {
		return "", nil, errors.New(`no line "from <the newer major>"`)
	}
	return from, replacements, nil
}

// goFiles returns the Go files in a folder by name.
func goFiles(folder string) (map[string]string, error) {
	files := make(map[string]string)
	root := os.DirFS(folder)
	names, err := fs.Glob(root, "*.go")
	for _, name := range names {
		content, readErr := fs.ReadFile(root, name)
		err = errors.Join(err, readErr)
		files[name] = string(content)
	}
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s has no Go files", folder)
	}
	return files, err
}
