package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/sendsar-community/webhooks-go/ci/release/command"
	"github.com/sendsar-community/webhooks-go/ci/release/released"
)

// plain is a semantic version without a pre-release or build part.
var plain = regexp.MustCompile(`^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$`)

// mayStart checks everything that can be known before any work is done.
func (r *release) mayStart(ctx context.Context) error {
	if !plain.MatchString(r.version) {
		return fmt.Errorf("the version %q is not of the form v1.2.3: make release VERSION=v1.2.3", r.version)
	}
	for _, m := range r.modules {
		// From v2 on the path has to say so.
		if err := module.Check(m.Path(), r.version); err != nil {
			return err
		}
	}
	if len(strings.Fields(r.checks)) == 0 {
		return errors.New("no checks")
	}
	if err := r.mustBeOnBranch(ctx); err != nil {
		return err
	}
	if err := mustBeClean(ctx, r.git); err != nil {
		return err
	}
	return r.mustBeNew(ctx)
}

func (r *release) mustBeOnBranch(ctx context.Context) error {
	out, err := r.git.Output(ctx, "git", "rev-parse", "--abbrev-ref", "HEAD")
	if err != nil {
		return err
	}
	if on := strings.TrimSpace(out); on != branch {
		return fmt.Errorf("a release is made on %s, not on %s", branch, on)
	}
	return nil
}

func mustBeClean(ctx context.Context, git command.Dir) error {
	changed, err := git.Output(ctx, "git", "status", "--porcelain")
	if err != nil {
		return err
	}
	if changed != "" {
		return fmt.Errorf("the tree is not clean:\n%s", changed)
	}
	return nil
}

// mustBeNew checks that the version is higher than every tagged one, here and at the
// remote.
func (r *release) mustBeNew(ctx context.Context) error {
	out, err := r.git.Output(ctx, "git", "tag", "--list")
	if err != nil {
		return err
	}
	tags := strings.Fields(out)
	remotes, err := r.git.Output(ctx, "git", "remote")
	if err != nil {
		return err
	}
	switch {
	case slices.Contains(strings.Fields(remotes), remote):
		theirs, err := r.atRemote(ctx)
		if err != nil {
			return err
		}
		tags = append(tags, theirs...)
	case r.push:
		return fmt.Errorf("there is no remote %s to push to", remote)
	default:
		fmt.Printf("There is no remote %s: its tags and its %s are not looked at.\n", remote, branch)
	}
	for _, tag := range r.tags() {
		if slices.Contains(tags, tag) {
			return fmt.Errorf("the tag %s exists, and a tag is never moved", tag)
		}
	}
	if newest := released.Newest(r.modules, tags); semver.Compare(r.version, newest) <= 0 {
		return fmt.Errorf("%s is not higher than %s, which is released", r.version, newest)
	}
	return nil
}

// atRemote returns the remote's tags, and an error if its branch has commits that this
// one lacks.
func (r *release) atRemote(ctx context.Context) (tags []string, err error) {
	out, err := r.git.Output(ctx, "git", "ls-remote", remote)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(out) {
		hash, ref, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if tag, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
			tags = append(tags, tag)
		}
		if ref != "refs/heads/"+branch {
			continue
		}
		if err := r.git.Run(ctx, "git", "merge-base", "--is-ancestor", hash, branch); err != nil {
			return nil, fmt.Errorf("%s of %s has commits that are not here: pull first (%w)", branch, remote, err)
		}
	}
	return tags, nil
}
