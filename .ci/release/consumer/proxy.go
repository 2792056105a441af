package main

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"

	"github.com/sendsar-community/webhooks-go/ci/release/released"
)

// maxZipBytes is well above what a module has today. What makes one larger was most
// likely committed by mistake.
const maxZipBytes = 1 << 20

// pack adds m at the repository's revision to the proxy's files
// (https://go.dev/ref/mod#goproxy-protocol).
func pack(proxy string, repo repository, m released.Module, version string) error {
	escaped, err := module.EscapePath(m.Path())
	if err != nil {
		return err
	}
	dir := filepath.Join(proxy, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	base := filepath.Join(dir, version)
	if err := writeZip(base+".zip", repo, m, version); err != nil {
		return fmt.Errorf("%s: %w", m.Dir, err)
	}
	if err := checkZip(base+".zip", m, version); err != nil {
		return fmt.Errorf("%s: %w", m.Dir, err)
	}
	// Where a module has none, the root's would be in the zip: but who reads the module's
	// folder would find none.
	if _, err := os.Stat(filepath.Join(repo.dir, m.Dir, "LICENSE")); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(repo.dir, m.Dir, "go.mod"))
	if err != nil {
		return err
	}
	info, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{version, time.Now().UTC()})
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{
		base + ".mod":              mod,
		base + ".info":             info,
		filepath.Join(dir, "list"): []byte(version + "\n"),
	} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func writeZip(name string, repo repository, m released.Module, version string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	mod := module.Version{Path: m.Path(), Version: version}
	if err := modzip.CreateFromVCS(file, mod, repo.dir, repo.revision, m.Dir); err != nil {
		_ = file.Close() // the first error tells more
		return err
	}
	return file.Close()
}

// checkZip looks at what a user downloads.
func checkZip(name string, m released.Module, version string) error {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return err
	}
	defer func() { _ = archive.Close() }()
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if info.Size() > maxZipBytes {
		return fmt.Errorf("the zip has %d bytes, more than %d", info.Size(), maxZipBytes)
	}
	root := m.Path() + "@" + version + "/"
	for _, file := range archive.File {
		inside := strings.TrimPrefix(file.Name, root)
		if strings.HasSuffix(inside, "/go.mod") {
			return fmt.Errorf("the zip holds another module: %s", inside)
		}
	}
	return nil
}
