package release_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	modules "golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

// maxZipBytes is well above what a module has today. A larger one most likely holds something
// that was committed by mistake.
const maxZipBytes = 1 << 20

// pack adds m at the clone's HEAD to the proxy's files (https://go.dev/ref/mod#goproxy-protocol).
func (p *proof) pack(ctx context.Context, m module, version string) error {
	escaped, err := modules.EscapePath(m.path())
	if err != nil {
		return err
	}
	dir := filepath.Join(p.proxy, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	base := filepath.Join(dir, version)
	if err := p.writeZip(ctx, base+".zip", m, version); err != nil {
		return fmt.Errorf("%s: %w", m.dir, err)
	}
	// A zip without a licence of its own gets the root's, but the module's folder has none.
	if _, err := os.Stat(filepath.Join(p.repo.path, m.dir, "LICENSE")); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(p.repo.path, m.dir, "go.mod"))
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(base+".mod", mod, 0o600),
		os.WriteFile(base+".info", []byte(`{"Version":"`+version+`"}`), 0o600),
		os.WriteFile(filepath.Join(dir, "list"), []byte(version+"\n"), 0o600))
}

// writeZip makes the file that a user downloads. It has no other module's files: CreateFromVCS
// leaves those out.
func (p *proof) writeZip(ctx context.Context, name string, m module, version string) error {
	revision, err := p.repo.output(ctx, "git", "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	mod := modules.Version{Path: m.path(), Version: version}
	err = modzip.CreateFromVCS(file, mod, p.repo.path, strings.TrimSpace(revision), m.dir)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if info, err := os.Stat(name); err != nil || info.Size() > maxZipBytes {
		return fmt.Errorf("the zip is larger than %d bytes (%w)", maxZipBytes, err)
	}
	return nil
}
