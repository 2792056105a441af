package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/modfile"

	"github.com/sendsar-community/webhooks-go/ci/release/changelog"
	"github.com/sendsar-community/webhooks-go/ci/release/command"
)

// prepare commits what makes the tree the version. A tree that is it already stays as it
// is: a run with -push may follow one without.
func (r *release) prepare(ctx context.Context, tree command.Dir) error {
	if err := r.releaseChangelog(filepath.Join(tree.Path, "CHANGELOG.md")); err != nil {
		return err
	}
	files, err := tree.Output(ctx, "git", "ls-files", "-z", "--", "go.mod", "*/go.mod")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(files, "\x00"), "\x00") {
		if err := r.bump(ctx, filepath.Join(tree.Path, name)); err != nil {
			return err
		}
	}
	changed, err := tree.Output(ctx, "git", "status", "--porcelain")
	if err != nil || changed == "" {
		return err
	}
	return tree.Run(ctx, "git", "commit", "--quiet", "--all", "--message", "Release "+r.version)
}

func (r *release) releaseChangelog(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	after, err := changelog.Release(string(text), r.version, time.Now().UTC().Format(time.DateOnly))
	if err != nil {
		return fmt.Errorf("CHANGELOG.md: %w", err)
	}
	return os.WriteFile(name, []byte(after), 0o644)
}

// bump makes a module, released or not, require the version of each released one that it
// requires.
func (r *release) bump(ctx context.Context, name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	file, err := modfile.Parse(name, data, nil)
	if err != nil {
		return err
	}
	edit := []string{"mod", "edit"}
	for _, m := range r.modules {
		for _, require := range file.Require {
			if require.Mod.Path == m.Path() && require.Mod.Version != r.version {
				edit = append(edit, "-require="+m.Path()+"@"+r.version)
			}
		}
	}
	if len(edit) == 2 {
		return nil
	}
	module := command.Dir{Path: filepath.Dir(name), Env: append(os.Environ(), "GOWORK=off")}
	if err := module.Run(ctx, "go", edit...); err != nil {
		return err
	}
	return module.Run(ctx, "go", "mod", "tidy")
}
