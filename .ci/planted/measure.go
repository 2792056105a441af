package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// copies is how many bugs are tested at a time, each in a copy of the tree.
const copies = 2

// finding is what came of one bug.
type finding struct {
	bug
	result  result
	in      string // the module whose tests decided
	time    time.Duration
	skipped error // why the bug was not tested to the end
}

// measure plants each bug in a copy of the checkout at root and runs its tests. It prints a
// line for each to out. The findings are in the order of the bugs.
func measure(ctx context.Context, root string, bugs []bug, suiteOnly bool, out io.Writer) ([]finding, error) {
	if err := mustFit(root, bugs); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "planted")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	var trees []string
	for i := range copies {
		tree := filepath.Join(temp, fmt.Sprint(i))
		if err := copyTree(ctx, root, tree); err != nil {
			return nil, err
		}
		trees = append(trees, tree)
	}

	if err := mustPass(ctx, trees, bugs, suiteOnly); err != nil {
		return nil, err
	}
	var printing sync.Mutex
	findings := make([]finding, len(bugs))
	inEach(trees, len(bugs), func(tree string, i int) {
		f := try(ctx, tree, bugs[i], suiteOnly)
		findings[i] = f
		printing.Lock()
		defer printing.Unlock()
		_, _ = fmt.Fprintln(out, f)
	})
	return findings, ctx.Err()
}

// inEach calls do for 0 to n-1, with one call at a time for a tree.
func inEach(trees []string, n int, do func(tree string, i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for _, tree := range trees {
		workers.Go(func() {
			for i := range next {
				do(tree, i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
}

// mustPass returns an error unless all tests pass without a bug. Otherwise every bug would
// count as caught.
func mustPass(ctx context.Context, trees []string, bugs []bug, suiteOnly bool) error {
	var all []tests
	for _, b := range bugs {
		steps := b.tests(trees[0], suiteOnly)
		for i, step := range steps {
			// The last of a module's steps includes the ones before.
			if last := i == len(steps)-1 || steps[i+1].module != step.module; last && !slices.Contains(all, step) {
				all = append(all, step)
			}
		}
	}
	errs := make([]error, len(all))
	inEach(trees, len(all), func(tree string, i int) {
		switch result, err := all[i].run(ctx, tree); {
		case err != nil:
			errs[i] = err
		case result.outcome != survived:
			errs[i] = fmt.Errorf("the tests of %s fail without a bug: %s", all[i].module, result.detail)
		}
	})
	return errors.Join(errs...)
}

// try plants a bug and runs its tests until one fails.
func try(ctx context.Context, tree string, b bug, suiteOnly bool) (f finding) {
	start := time.Now()
	f = finding{bug: b}
	defer func() { f.time = time.Since(start) }()
	restore, err := b.plant(tree)
	if err != nil {
		f.skipped = err
		return f
	}
	defer func() { f.skipped = errors.Join(f.skipped, restore()) }()
	for _, step := range b.tests(tree, suiteOnly) {
		f.in = step.module
		f.result, f.skipped = step.run(ctx, tree)
		if f.skipped != nil || f.result.outcome != survived {
			break
		}
	}
	return f
}

// tests are tests of one module, run by one command.
type tests struct {
	module string // folder
	from   string // packages
	name   string // a regular expression; "" for all
}

// suite finds the functions of an adapter that call webhooktest.
const suite = "^TestConformance|^TestStart$"

// tests returns what should notice the bug, the likeliest first.
func (b bug) tests(root string, suiteOnly bool) []tests {
	module := moduleOf(root, b.folder)
	if suiteOnly {
		return []tests{{module, "./...", suite}}
	}
	var steps []tests
	if b.folder != module {
		steps = append(steps, tests{module, "." + strings.TrimPrefix(b.folder, module), ""})
	}
	steps = append(steps, tests{module, "./...", ""})
	for _, further := range b.noticedBy {
		steps = append(steps, tests{further, "./...", ""})
	}
	return steps
}

func (t tests) run(ctx context.Context, tree string) (result, error) {
	args := []string{"test", "-vet=off", "-count=1", "-failfast", "-timeout=120s"}
	if t.name != "" {
		args = append(args, "-run="+t.name)
	}
	command := exec.CommandContext(ctx, "go", append(args, t.from)...)
	command.Dir = filepath.Join(tree, filepath.FromSlash(t.module))
	command.Env = append(os.Environ(), "GOWORK=off")
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	output, err := command.CombinedOutput()
	if ctx.Err() != nil {
		return result{}, ctx.Err()
	}
	return judge(string(output), err)
}

// copyTree copies the files that git knows, as they are in the working tree.
func copyTree(ctx context.Context, root, tree string) error {
	command := exec.CommandContext(ctx, "git", "ls-files", "-z")
	command.Dir = root
	known, err := command.Output()
	if err != nil {
		return fmt.Errorf("git ls-files in %s: %w", root, err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(known), "\x00"), "\x00") {
		from, to := filepath.Join(root, filepath.FromSlash(name)), filepath.Join(tree, filepath.FromSlash(name))
		info, err := os.Stat(from)
		if errors.Is(err, os.ErrNotExist) {
			continue // removed, and not committed yet
		}
		if err != nil {
			return err
		}
		content, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(to, content, info.Mode().Perm()|0o200); err != nil {
			return err
		}
	}
	return nil
}
