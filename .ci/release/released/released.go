// Package released tells which modules of the repository a release tags.
package released

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// Prefix is what the paths of the repository's modules begin with.
const Prefix = "github.com/sendsar-community/webhooks-go/"

// Module is a module that users get.
type Module struct {
	Dir  string // its folder in the repository, with slashes
	File *modfile.File
}

// Path is its import path.
func (m Module) Path() string { return Prefix + m.Dir }

// Tag is the tag that makes a commit its version.
func (m Module) Tag(version string) string { return m.Dir + "/" + version }

// Modules returns each module that is one folder below adapters or cmd, sorted by Dir,
// and core last.
func Modules(root string) ([]Module, error) {
	var files []string
	for _, parent := range []string{"adapters", "cmd"} {
		found, err := filepath.Glob(filepath.Join(root, parent, "*", "go.mod"))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	var modules []Module
	for _, name := range append(files, filepath.Join(root, "core", "go.mod")) {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := modfile.Parse(name, data, nil)
		if err != nil {
			return nil, err
		}
		dir, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return nil, err
		}
		module := Module{Dir: filepath.ToSlash(dir), File: file}
		if file.Module.Mod.Path != module.Path() {
			return nil, fmt.Errorf("%s: the module is %s, not %s", name, file.Module.Mod.Path, module.Path())
		}
		modules = append(modules, module)
	}
	return modules, nil
}

// Newest returns the highest version that one of the tags gives one of the modules, or
// "".
func Newest(modules []Module, tags []string) string {
	newest := ""
	for _, m := range modules {
		for _, tag := range tags {
			version, ok := strings.CutPrefix(tag, m.Tag(""))
			// To go, v1 is a branch's or a tag's name, and no version.
			if ok && semver.Canonical(version) == version && semver.Compare(version, newest) > 0 {
				newest = version
			}
		}
	}
	return newest
}
