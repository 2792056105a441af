// Command planted puts bugs into core and the adapters, one at a time, and reports those that
// no test notices. It measures the tests: run it before and after a change of them.
//
//	make planted                               # every bug; one to two hours
//	cd .ci/planted && go run . -run 'Skipper'  # the bugs with such a name
//
// The bugs are in bugs.txt, which describes its format. No file is changed: go reads the file
// with the bug from an overlay. First the tests must pass without a bug. Then the tests of the
// bug's module run, and those of the modules that its list names, until one fails. The exit
// status is 0 only if every bug was caught.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
)

//go:embed bugs.txt
var list string

// bug is one mistake, in one package.
type bug struct {
	line      int // of its name in the list
	name      string
	folder    string   // of the package, with slashes
	noticedBy []string // further modules whose tests may notice it
	old, new  string
}

func (b bug) String() string { return fmt.Sprintf("bugs.txt:%d: %s in %s", b.line, b.name, b.folder) }

func main() {
	names := flag.String("run", "", "a regular expression: only bugs with such a name")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, "../..", list, *names, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "planted:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root, list, names string, out io.Writer) error {
	name, err := regexp.Compile(names)
	if err != nil {
		return err
	}
	all, err := parse(list)
	if err != nil {
		return err
	}
	bugs := slices.DeleteFunc(all, func(b bug) bool { return !name.MatchString(b.name) })
	if root, err = filepath.Abs(root); err != nil {
		return err
	}
	var modules []string
	for _, b := range bugs {
		if _, _, err := b.find(root); err != nil {
			return err
		}
		for _, module := range b.modules(root) {
			if !slices.Contains(modules, module) {
				modules = append(modules, module)
			}
		}
	}
	for _, module := range modules { // otherwise every bug would count as caught
		if failed, err := test(ctx, root, module, ""); failed != "" || err != nil {
			return fmt.Errorf("%s without a bug: %s %w", module, failed, err)
		}
	}
	uncaught, err := plantAll(ctx, root, bugs, out)
	if err == nil && uncaught > 0 {
		err = fmt.Errorf("%d of %d bugs were not caught", uncaught, len(bugs))
	}
	return err
}

// plantAll tries two bugs at a time and prints a line for each.
func plantAll(ctx context.Context, root string, bugs []bug, out io.Writer) (uncaught int, err error) {
	next := make(chan bug)
	var workers sync.WaitGroup
	var mu sync.Mutex
	for range 2 {
		workers.Go(func() {
			for b := range next {
				failed, tryErr := b.try(ctx, root)
				mu.Lock()
				switch {
				case tryErr != nil:
					err = errors.Join(err, fmt.Errorf("%s: %w", b, tryErr))
				case failed == "":
					uncaught++
					_, _ = fmt.Fprintln(out, "SURVIVED ", b)
				default:
					_, _ = fmt.Fprintln(out, "caught   ", b, "by", failed)
				}
				mu.Unlock()
			}
		})
	}
	for _, b := range bugs {
		next <- b
	}
	close(next)
	workers.Wait()
	return uncaught, err
}

// try runs the tests with the bug, and returns the first that failed, or "".
func (b bug) try(ctx context.Context, root string) (failed string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	path, content, err := b.find(root)
	if err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp("", "planted")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(temp) }() // a leftover is no failure
	file, overlay := filepath.Join(temp, "bug.go"), filepath.Join(temp, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{path: file}})
	if err := errors.Join(err,
		os.WriteFile(file, []byte(strings.Replace(content, b.old, b.new, 1)), 0o600),
		os.WriteFile(overlay, replace, 0o600)); err != nil {
		return "", err
	}
	for _, module := range b.modules(root) {
		if failed, err = test(ctx, root, module, overlay); failed != "" || err != nil {
			break
		}
	}
	return failed, err
}

var failedTest = regexp.MustCompile(`(?m)^--- FAIL: \S+|^(?:panic|fatal error): .*`)

// test runs the tests of a module and returns the first that failed, or "". A run in which no
// test fails, and which fails nevertheless, is an error: a bug that does not compile is a
// mistake in the list.
func test(ctx context.Context, root, module, overlay string) (failed string, err error) {
	command := exec.CommandContext(ctx, "go", "test", "-vet=off", "-count=1", "-failfast", "-timeout=180s", "./...")
	command.Dir = filepath.Join(root, filepath.FromSlash(module))
	command.Env = append(os.Environ(), "GOWORK=off")
	if overlay != "" { // in the environment, for the go commands that tests start
		command.Env = append(command.Env, "GOFLAGS=-overlay="+overlay)
	}
	output, err := command.CombinedOutput()
	if err == nil {
		return "", nil
	}
	if failed = failedTest.FindString(string(output)); failed == "" || ctx.Err() != nil {
		return "", fmt.Errorf("go test: %w\n%s", err, output)
	}
	return failed, nil
}

// parse reads a list of bugs. A bug in several packages is several bugs.
func parse(list string) (bugs []bug, err error) {
	line := 1
	for block := range strings.SplitSeq(list, "\n\n") {
		b, folders, blockErr := parseBlock(block)
		b.line = line
		line += strings.Count(block, "\n") + 2
		if blockErr != nil {
			err = errors.Join(err, fmt.Errorf("bugs.txt:%d: %w", b.line, blockErr))
		}
		for _, b.folder = range folders {
			bugs = append(bugs, b)
		}
	}
	return bugs, err
}

func parseBlock(block string) (b bug, folders []string, err error) {
	var before, after []string
	for line := range strings.SplitSeq(strings.TrimSpace(block), "\n") {
		switch {
		case strings.HasPrefix(line, "#") && before == nil:
		case strings.HasPrefix(line, "-") && after == nil:
			before = append(before, line[1:])
		case strings.HasPrefix(line, "+") && before != nil:
			after = append(after, line[1:])
		case strings.HasPrefix(line, "in ") && before == nil:
			folders = strings.Fields(line)[1:]
		case strings.HasPrefix(line, "noticed by ") && before == nil:
			b.noticedBy = strings.Fields(line)[2:]
		case b.name == "":
			b.name = line
		default:
			return b, nil, fmt.Errorf("%q is out of place", line)
		}
	}
	b.old, b.new = strings.Join(before, "\n"), strings.Join(after, "\n")
	if b.name != "" && (len(folders) == 0 || b.old == "" || b.old == b.new) {
		return b, nil, fmt.Errorf("%q needs a package, an old text and another new one", b.name)
	}
	return b, folders, nil
}

// modules returns the modules whose tests may notice the bug, its own first.
func (b bug) modules(root string) []string {
	own := b.folder
	for own != "." {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(own), "go.mod")); err == nil {
			break
		}
		own = filepath.ToSlash(filepath.Dir(own))
	}
	return append([]string{own}, b.noticedBy...)
}

// find returns the file of the bug's package that has the old text, and its content.
func (b bug) find(root string) (path, content string, err error) {
	paths, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(b.folder), "*.go"))
	if err != nil {
		return "", "", err
	}
	times := 0
	for _, candidate := range paths {
		text, err := os.ReadFile(candidate)
		if err != nil {
			return "", "", err
		}
		if n := strings.Count(string(text), b.old); n > 0 && !strings.HasSuffix(candidate, "_test.go") {
			times += n
			path, content = candidate, string(text)
		}
	}
	if times != 1 {
		return "", "", fmt.Errorf("%s: mend the list: the old text is there %d times, not once", b, times)
	}
	return path, content, nil
}
