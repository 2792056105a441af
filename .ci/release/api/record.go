package api

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sendsar-community/webhooks-go/ci/release/changelog"
	"github.com/sendsar-community/webhooks-go/ci/release/command"
	"github.com/sendsar-community/webhooks-go/ci/release/released"
)

// record is the file for m, from the repository's root.
func record(m released.Module) string { return ".ci/api/" + m.Dir + ".txt" }

// Write records what the modules of the repository at root export.
func Write(ctx context.Context, root string) error {
	modules, err := released.Modules(root)
	if err != nil {
		return err
	}
	for _, m := range modules {
		text, err := Describe(ctx, filepath.Join(root, m.Dir))
		if err != nil {
			return fmt.Errorf("%s: %w", m.Dir, err)
		}
		name := filepath.Join(root, record(m))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Check returns an error if m does not export what is recorded, or if that is not what
// the newest release had and the change log tells no change since.
func Check(ctx context.Context, root string, m released.Module) error {
	got, err := Describe(ctx, filepath.Join(root, m.Dir))
	if err != nil {
		return err
	}
	want, err := os.ReadFile(filepath.Join(root, record(m)))
	if err != nil {
		return err
	}
	if got != string(want) {
		return fmt.Errorf("its exported API is not what %s says: run make api, and tell the change in CHANGELOG.md\n%s",
			record(m), difference(string(want), got))
	}
	version, before, err := newestRelease(ctx, root, m)
	if err != nil || version == "" || before == got {
		return err
	}
	log, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	if !changelog.TellsChangeSince(string(log), version) {
		return fmt.Errorf("its exported API is not that of %s, and CHANGELOG.md tells no change since\n%s",
			version, difference(before, got))
	}
	return nil
}

// newestRelease returns m's newest version that git knows and what was recorded for it,
// or "".
func newestRelease(ctx context.Context, root string, m released.Module) (version, text string, err error) {
	if _, err := os.Stat(filepath.Join(root, ".git")); os.IsNotExist(err) {
		return "", "", nil // an unpacked archive
	}
	git := command.Dir{Path: root}
	tags, err := git.Output(ctx, "git", "tag", "--list")
	if err != nil {
		return "", "", err
	}
	version = released.Newest([]released.Module{m}, strings.Fields(tags))
	if version == "" {
		return "", "", nil
	}
	text, err = git.Output(ctx, "git", "show", m.Tag(version)+":"+record(m))
	return version, text, err
}

// difference tells the lines that only one of the two has.
func difference(before, after string) string {
	var lines strings.Builder
	for _, side := range []struct{ sign, text, other string }{{"-", before, after}, {"+", after, before}} {
		for line := range strings.Lines(side.text) {
			if !strings.Contains("\n"+side.other, "\n"+line) {
				lines.WriteString(side.sign + line)
			}
		}
	}
	return lines.String()
}
