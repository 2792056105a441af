// Package release tests what users get of this repository: that each released module exports
// what .ci/api records, and that a stranger can fetch, build and run it.
package release_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
)

const (
	root   = "../.."
	prefix = "github.com/sendsar-community/webhooks-go/"
)

// module is a module that users get.
type module struct {
	dir  string // its folder in the repository, with slashes
	file *modfile.File
}

func (m module) path() string { return prefix + m.dir }

func (m module) isCommand() bool { return strings.HasPrefix(m.dir, "cmd/") }

// example is the folder in examples, or in testdata, that uses m.
func (m module) example() string {
	if m.dir == "core" {
		return "nethttp"
	}
	return filepath.Base(m.dir)
}

// requires returns the versions in a go.mod by path.
func requires(file *modfile.File) map[string]string {
	all := make(map[string]string)
	for _, r := range file.Require {
		all[r.Mod.Path] = r.Mod.Version
	}
	return all
}

// released returns core and each module that is one folder below adapters or cmd.
func released(t *testing.T, root string) []module {
	t.Helper()
	files := []string{filepath.Join(root, "core", "go.mod")}
	for _, parent := range []string{"adapters", "cmd"} {
		found, err := filepath.Glob(filepath.Join(root, parent, "*", "go.mod"))
		require.NoError(t, err)
		files = append(files, found...)
	}
	var all []module
	for _, name := range files {
		file, err := readMod(name)
		require.NoError(t, err)
		m := module{strings.TrimPrefix(file.Module.Mod.Path, prefix), file}
		require.FileExists(t, filepath.Join(root, m.dir, "go.mod"), "%s: the module's path is not its folder", name)
		all = append(all, m)
	}
	return all
}

func readMod(name string) (*modfile.File, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(name, data, nil)
}

// folder is where commands run, and with what environment.
type folder struct {
	path string
	env  []string // nil is this process's own
}

// output runs a command and returns its standard output. The error has the command line and
// all that the command printed.
func (f folder) output(ctx context.Context, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir, command.Env = f.path, f.env
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(command.Args, " "), err, &stdout, &stderr)
	}
	return stdout.String(), nil
}

// run runs one command line after another, each given as words without blanks in them.
func (f folder) run(ctx context.Context, lines ...string) error {
	for _, line := range lines {
		words := strings.Fields(line)
		if _, err := f.output(ctx, words[0], words[1:]...); err != nil {
			return err
		}
	}
	return nil
}
