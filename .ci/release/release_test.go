//go:build unix

package main_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sendsar-community/webhooks-go/ci/release/command"
)

// checkout is a part of this repository, committed anew, with a bare remote of its own.
type checkout struct {
	t      *testing.T
	dir    command.Dir
	remote command.Dir
}

// checks are make targets. The last one does in the checkout what a maintainer may do
// while the checks run.
const checks = `
.PHONY: pass fail dirty switch
pass:
fail:
	@false
dirty:
	@touch left
switch:
	@git -C "$$(git worktree list --porcelain | sed -n '1s/^worktree //p')" switch --quiet --create topic
`

const entry = "## [Unreleased]\n\n- A thing.\n"

func newCheckout(t *testing.T) checkout {
	t.Helper()
	env := []string{"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull}
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		env = append(env, "GIT_"+who+"_NAME=test", "GIT_"+who+"_EMAIL=test@localhost")
	}
	ofMake := []string{"MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "MAKELEVEL", "VERSION", "CHECKS", "PUSH"} // which may run this test
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); !slices.Contains(ofMake, name) {
			env = append(env, variable)
		}
	}
	c := checkout{
		t:      t,
		dir:    command.Dir{Path: filepath.Join(t.TempDir(), "checkout"), Env: env},
		remote: command.Dir{Path: filepath.Join(t.TempDir(), "remote.git"), Env: env},
	}
	const root = "../.."
	// An adapter, an example and a module that is not released are enough.
	for _, part := range []string{"core", "adapters/echov5", "examples/echov5", "examples/nethttp", ".ci/exampletest", ".ci/release"} {
		require.NoError(t, os.CopyFS(filepath.Join(c.dir.Path, part), os.DirFS(filepath.Join(root, part))))
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	c.write("Makefile", string(makefile)+checks)
	c.write("CHANGELOG.md", entry)
	require.NoError(t, os.Mkdir(c.remote.Path, 0o755))
	c.git(c.remote, "init", "--quiet", "--bare", "--initial-branch", "main")
	c.git(c.dir, "init", "--quiet", "--initial-branch", "main")
	c.git(c.dir, "remote", "add", "origin", c.remote.Path)
	c.commit("A checkout")
	c.git(c.dir, "push", "--quiet", "origin", "main")
	return c
}

func (c checkout) write(name, text string) {
	c.t.Helper()
	require.NoError(c.t, os.WriteFile(filepath.Join(c.dir.Path, name), []byte(text), 0o644))
}

func (c checkout) read(name string) string {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir.Path, name))
	require.NoError(c.t, err)
	return string(text)
}

func (c checkout) git(dir command.Dir, args ...string) string {
	c.t.Helper()
	out, err := dir.Output(c.t.Context(), "git", args...)
	require.NoError(c.t, err)
	return strings.TrimSpace(out)
}

func (c checkout) commit(message string) {
	c.t.Helper()
	c.git(c.dir, "add", "--all")
	c.git(c.dir, "commit", "--quiet", "--message", message)
}

// state is all that a release that fails must leave alone.
func (c checkout) state() string {
	c.t.Helper()
	return strings.Join([]string{
		c.git(c.dir, "rev-parse", "--abbrev-ref", "HEAD"),
		c.git(c.dir, "show-ref"),
		c.git(c.dir, "status", "--porcelain"),
		c.git(c.dir, "worktree", "list"),
		c.git(c.dir, "ls-remote", c.remote.Path),
	}, "\n\n")
}

// release runs make release and returns what it printed.
func (c checkout) release(settings ...string) (string, error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "make", append([]string{"release"}, settings...)...)
	cmd.Dir, cmd.Env = c.dir.Path, c.dir.Env
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestReleaseCommitsThenTagsAndPushes(t *testing.T) {
	c := newCheckout(t)
	parent := c.git(c.dir, "rev-parse", "HEAD")

	out, err := c.release("VERSION=v0.2.0", "CHECKS=pass")
	require.NoError(t, err, out)
	assert.Contains(t, out, "  adapters/echov5/v0.2.0\n  core/v0.2.0\n")
	released := c.git(c.dir, "rev-parse", "HEAD")
	assert.Equal(t, parent, c.git(c.dir, "rev-parse", "HEAD^"), "one commit")
	assert.Equal(t, "Release v0.2.0", c.git(c.dir, "log", "-1", "--format=%s"))
	assert.Empty(t, c.git(c.dir, "status", "--porcelain"))
	assert.Empty(t, c.git(c.dir, "tag", "--list"))
	assert.Equal(t, parent, c.git(c.remote, "rev-parse", "main"), "nothing is pushed")

	assert.Equal(t, fmt.Sprintf("## [Unreleased]\n\n## [0.2.0] - %s\n\n- A thing.\n", time.Now().UTC().Format(time.DateOnly)),
		c.read("CHANGELOG.md"))
	const prefix = "github.com/sendsar-community/webhooks-go/"
	assert.Contains(t, c.read("adapters/echov5/go.mod"), prefix+"core v0.2.0\n")
	assert.Contains(t, c.read(".ci/exampletest/go.mod"), prefix+"core v0.2.0\n")
	assert.Contains(t, c.read("examples/nethttp/go.mod"), prefix+"core v0.2.0\n")
	example := c.read("examples/echov5/go.mod")
	assert.Contains(t, example, prefix+"core v0.2.0\n")
	assert.Contains(t, example, prefix+"adapters/echov5 v0.2.0\n")
	assert.Contains(t, example, prefix+"ci/exampletest v0.1.0\n", "it is not released")

	out, err = c.release("VERSION=v0.2.0", "CHECKS=pass", "PUSH=1")
	require.NoError(t, err, out)
	assert.Equal(t, released, c.git(c.dir, "rev-parse", "HEAD"), "the same commit")
	assert.Equal(t, released, c.git(c.remote, "rev-parse", "main"))
	for _, tag := range []string{"core/v0.2.0", "adapters/echov5/v0.2.0"} {
		assert.Equal(t, "tag", c.git(c.remote, "cat-file", "-t", tag), "an annotated tag")
		assert.Equal(t, released, c.git(c.remote, "rev-parse", tag+"^{commit}"))
	}

	c.write("CHANGELOG.md", strings.Replace(c.read("CHANGELOG.md"), "## [Unreleased]\n", entry, 1))
	c.commit("Add another thing")
	for version, want := range map[string]string{
		"v0.2.0": "the tag adapters/echov5/v0.2.0 exists, and a tag is never moved",
		"v0.1.9": "v0.1.9 is not higher than v0.2.0",
	} {
		before := c.state()
		out, err = c.release("VERSION="+version, "CHECKS=pass", "PUSH=1")
		require.Error(t, err)
		assert.Contains(t, out, want)
		assert.Equal(t, before, c.state())
	}
}

func TestReleaseThatIsRefusedLeavesEverythingAsItWas(t *testing.T) {
	valid := []string{"VERSION=v0.2.0", "CHECKS=pass"}
	tests := []struct {
		name    string
		arrange func(c checkout)
		set     []string
		want    string
	}{
		{name: "no version", want: `the version "" is not of the form v1.2.3`},
		{name: "a version without v", set: []string{"VERSION=0.2.0"}, want: "not of the form"},
		{name: "a short version", set: []string{"VERSION=v0.2"}, want: "not of the form"},
		{name: "a pre-release", set: []string{"VERSION=v0.2.0-rc.1"}, want: "not of the form"},
		{name: "a leading zero", set: []string{"VERSION=v0.02.0"}, want: "not of the form"},
		{name: "a shell command as the version", set: []string{"VERSION=$$(touch left)"}, want: "not of the form"},
		{name: "a version that the paths do not have", set: []string{"VERSION=v2.0.0"}, want: "v2.0.0"},
		{name: "an unclear PUSH", set: append(valid, "PUSH=maybe"), want: `invalid boolean value "maybe"`},
		{name: "no checks", set: append(valid, "CHECKS="), want: "no checks"},
		{name: "checks that fail", set: append(valid, "CHECKS=fail", "PUSH=1"), want: "make fail: exit status 2\nthe release is dropped"},
		{name: "checks that leave a file", set: append(valid, "CHECKS=dirty", "PUSH=1"), want: "not clean:\n?? left"},
		{
			name:    "a file that is not committed",
			arrange: func(c checkout) { c.write("new", "mine") },
			want:    "the tree is not clean:\n?? new",
		},
		{
			name:    "another branch",
			arrange: func(c checkout) { c.git(c.dir, "switch", "--quiet", "--create", "topic") },
			want:    "a release is made on main, not on topic",
		},
		{
			name: "nothing unreleased",
			arrange: func(c checkout) {
				c.write("CHANGELOG.md", "## [Unreleased]\n\n### Added\n")
				c.commit("Empty the change log")
			},
			want: "there is nothing under [Unreleased]",
		},
		{
			name:    "a tag that only the remote has",
			arrange: func(c checkout) { c.git(c.remote, "tag", "core/v0.2.0", "main") },
			want:    "the tag core/v0.2.0 exists",
		},
		{
			name: "a remote that is ahead",
			arrange: func(c checkout) {
				c.write("new", "theirs")
				c.commit("A commit that is only at the remote")
				c.git(c.dir, "push", "--quiet", "origin", "main")
				c.git(c.dir, "reset", "--quiet", "--hard", "HEAD^")
			},
			want: "has commits that are not here",
		},
		{
			name:    "no remote to push to",
			arrange: func(c checkout) { c.git(c.dir, "remote", "remove", "origin") },
			set:     append(valid, "PUSH=1"),
			want:    "there is no remote origin",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCheckout(t)
			set := test.set
			if test.arrange != nil {
				test.arrange(c)
				if set == nil {
					set = valid
				}
			}
			before := c.state()
			out, err := c.release(set...)
			require.Error(t, err, out)
			assert.Contains(t, out, test.want)
			assert.Equal(t, before, c.state())
		})
	}
}

func TestReleaseIsDroppedAlsoWhenMakeIgnoresErrors(t *testing.T) {
	c := newCheckout(t)
	before := c.state()
	out, err := c.release("--ignore-errors", "VERSION=v0.2.0", "CHECKS=fail", "PUSH=1")
	require.NoError(t, err, "make was told so")
	assert.Contains(t, out, "the release is dropped")
	assert.Equal(t, before, c.state())
}

func TestReleaseTouchesNoBranchThatWasSwitchedToMeanwhile(t *testing.T) {
	c := newCheckout(t)
	before := c.git(c.dir, "rev-parse", "main")
	out, err := c.release("VERSION=v0.2.0", "CHECKS=switch", "PUSH=1")
	require.Error(t, err, out)
	assert.Contains(t, out, "a release is made on main, not on topic")
	assert.Equal(t, before, c.git(c.dir, "rev-parse", "main"))
	assert.Equal(t, before, c.git(c.dir, "rev-parse", "topic"))
	assert.Empty(t, c.git(c.dir, "tag", "--list"))
}

func TestReleaseThatIsNotPushedKeepsNoTags(t *testing.T) {
	c := newCheckout(t)
	hook := filepath.Join(c.remote.Path, "hooks", "update")
	require.NoError(t, os.MkdirAll(filepath.Dir(hook), 0o755))
	require.NoError(t, os.WriteFile(hook, []byte("#!/bin/sh\n[ \"$1\" != refs/tags/core/v0.2.0 ]\n"), 0o755))
	before := c.git(c.dir, "ls-remote", "origin")

	out, err := c.release("VERSION=v0.2.0", "CHECKS=pass", "PUSH=1")
	require.Error(t, err, out)
	assert.Contains(t, out, "nothing is pushed, and the tags are deleted again")
	assert.Equal(t, before, c.git(c.dir, "ls-remote", "origin"), "not even the tags that it would take")
	assert.Empty(t, c.git(c.dir, "tag", "--list"))

	require.NoError(t, os.Remove(hook))
	out, err = c.release("VERSION=v0.2.0", "CHECKS=pass", "PUSH=1")
	require.NoError(t, err, out)
	assert.Contains(t, c.git(c.dir, "ls-remote", "origin"), "refs/tags/core/v0.2.0")
}
