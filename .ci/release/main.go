// Command release makes a release of core, all adapters and the command under one version: it
// commits it if the checks pass, and tells the tags; with -push it tags and pushes.
//
// All work before the checks passed happens in a worktree of its own, so that the
// checkout and its branch are as before when something fails.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/sendsar-community/webhooks-go/ci/release/command"
	"github.com/sendsar-community/webhooks-go/ci/release/released"
)

const (
	branch = "main"
	remote = "origin"
)

func main() {
	var r release
	flag.StringVar(&r.version, "version", "", "the version, such as v1.2.3")
	flag.StringVar(&r.checks, "checks", "ci", "the make targets that the release has to pass")
	flag.BoolVar(&r.push, "push", false, "create the tags, and push them and the branch")
	root := flag.String("repository", "../..", "the repository's root")
	flag.Parse()
	r.git = command.Dir{Path: *root}

	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := r.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release is one run.
type release struct {
	version string
	checks  string
	push    bool
	git     command.Dir // the repository's root
	modules []released.Module
}

func (r *release) run(ctx context.Context) error {
	var err error
	if r.modules, err = released.Modules(r.git.Path); err != nil {
		return err
	}
	if err := r.mayStart(ctx); err != nil {
		return err
	}
	commit, err := r.makeCommit(ctx)
	if err != nil {
		return fmt.Errorf("%w\nthe release is dropped, %s is as before", err, branch)
	}
	// The checks take a while, in which the checkout may have changed. The merge itself
	// refuses if the branch has moved, or a changed file is in the way.
	if err := r.mustBeOnBranch(ctx); err != nil {
		return err
	}
	if err := r.git.Run(ctx, "git", "merge", "--quiet", "--ff-only", commit); err != nil {
		return fmt.Errorf("%s passed, but %s does not take it: %w", commit, branch, err)
	}
	fmt.Printf("\n%s is commit %s on %s, and passed make %s.\n", r.version, commit, branch, r.checks)
	if r.push {
		return r.publish(ctx, commit)
	}
	fmt.Println("With PUSH=1 it would get, and push, the tags:")
	for _, tag := range r.tags() {
		fmt.Println("  " + tag)
	}
	return nil
}

func (r *release) tags() []string {
	tags := make([]string, len(r.modules))
	for i, m := range r.modules {
		tags[i] = m.Tag(r.version)
	}
	return tags
}

// makeCommit returns a commit on top of the branch that is the release and has passed the
// checks.
func (r *release) makeCommit(ctx context.Context) (commit string, err error) {
	temp, err := os.MkdirTemp("", "webhooks-go-release-")
	if err != nil {
		return "", err
	}
	worktree := command.Dir{Path: filepath.Join(temp, "worktree")}
	if err := r.git.Run(ctx, "git", "worktree", "add", "--quiet", "--detach", worktree.Path, branch); err != nil {
		return "", err
	}
	defer func() {
		// Also after ctx has ended.
		remove := r.git.Run(context.WithoutCancel(ctx), "git", "worktree", "remove", "--force", worktree.Path)
		err = errors.Join(err, remove, os.RemoveAll(temp))
	}()
	if err := r.prepare(ctx, worktree); err != nil {
		return "", err
	}
	out, err := worktree.Output(ctx, "git", "rev-parse", "HEAD")
	if err != nil {
		return "", err
	}
	if err := r.check(ctx, worktree.Path); err != nil {
		return "", err
	}
	if err := mustBeClean(ctx, worktree); err != nil {
		return "", fmt.Errorf("after make %s: %w", r.checks, err)
	}
	return strings.TrimSpace(out), nil
}

// check runs the checks as somebody who has just cloned the repository.
func (r *release) check(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "make", strings.Fields(r.checks)...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // make ends what it started
	cmd.WaitDelay = 10 * time.Second
	// The flags of the make that runs this program are not the checks': with -i they could
	// not fail.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains([]string{"MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS"}, name)
	})
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("make %s: %w", r.checks, err)
	}
	return nil
}

// publish tags the commit, and pushes branch and tags together or not at all.
func (r *release) publish(ctx context.Context, commit string) error {
	tags := r.tags()
	for _, tag := range tags {
		// Without --force neither this nor the push moves a tag that exists.
		if err := r.git.Run(ctx, "git", "tag", "--annotate", "--message", tag, tag, commit); err != nil {
			return err
		}
	}
	push := append([]string{"push", "--atomic", remote, branch}, tags...)
	if err := r.git.Run(ctx, "git", push...); err != nil {
		undo := r.git.Run(ctx, "git", append([]string{"tag", "--delete"}, tags...)...)
		return fmt.Errorf("nothing is pushed, and the tags are deleted again: %w", errors.Join(err, undo))
	}
	fmt.Printf("Pushed %s with %s.\n", branch, strings.Join(tags, ", "))
	return nil
}
