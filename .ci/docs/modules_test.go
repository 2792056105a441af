package docs_test

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// modules are the folders with a go.mod.
func modules(t *testing.T) []string {
	t.Helper()
	var folders []string
	for _, file := range find(t, func(file string) bool { return path.Base(file) == "go.mod" && !strings.Contains(file, "/testdata/") }) {
		folders = append(folders, path.Dir(file))
	}
	return folders
}

// released are the modules that users depend on.
func released(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(modules(t), func(folder string) bool {
		parent := path.Dir(folder)
		return folder != "core" && parent != "adapters" && parent != "cmd"
	})
}

// updates are the gomod entries of Dependabot's configuration, by the folders they list.
func updates(t *testing.T) map[string]string {
	t.Helper()
	entries := make(map[string]string)
	for entry := range strings.SplitSeq(read(t, dependabot), "- package-ecosystem: ") {
		if !strings.HasPrefix(entry, "gomod\n") {
			continue
		}
		var listed []string
		for _, match := range regexp.MustCompile(`(?m)^ +- /(\S+)$`).FindAllStringSubmatch(entry, -1) {
			if _, twice := entries[match[1]]; twice {
				t.Errorf("%s: /%s is there twice", dependabot, match[1])
			}
			entries[match[1]] = entry
			listed = append(listed, match[1])
		}
		if !slices.IsSorted(listed) {
			t.Errorf("%s: not sorted", dependabot)
		}
	}
	return entries
}

const dependabot = ".github/dependabot.yml"

func TestDependabotKnowsEveryModule(t *testing.T) {
	listed, known := updates(t), modules(t)
	for _, folder := range known {
		if listed[folder] == "" {
			t.Errorf("%s: add /%s", dependabot, folder)
		}
	}
	for folder := range listed {
		if !slices.Contains(known, folder) {
			t.Errorf("%s: /%s has no go.mod", dependabot, folder)
		}
	}
	if !strings.Contains(read(t, dependabot), "- package-ecosystem: github-actions\n") {
		t.Errorf("%s: nothing for github-actions", dependabot)
	}
}

// What an adapter requires is a floor; the newest versions are another module's.
func TestDependabotRaisesNoFloor(t *testing.T) {
	for folder, entry := range updates(t) {
		floor := path.Dir(folder) == "adapters" || folder == "adapters/internal/frameworks"
		if raised := !strings.Contains(entry, "open-pull-requests-limit: 0\n"); raised == floor {
			t.Errorf("%s: /%s gets version updates: %t", dependabot, folder, raised)
		}
	}
}

func TestWindowsTestsEveryReleasedModule(t *testing.T) {
	const file = ".github/workflows/ci.yml"
	for _, folder := range released(t) {
		if !strings.Contains(read(t, file), "\n          - "+folder+"\n") {
			t.Errorf("%s: the job for Windows leaves out %s", file, folder)
		}
	}
}

// A tag can be moved to another commit.
func TestActionsArePinnedToACommit(t *testing.T) {
	pinned := regexp.MustCompile(`^\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	uses := regexp.MustCompile(`(?m)\buses: *(.*)$`)
	files := find(t, func(file string) bool { return path.Dir(file) == ".github/workflows" })
	if len(files) == 0 {
		t.Error("there are no workflows")
	}
	for _, file := range files {
		for _, match := range uses.FindAllStringSubmatch(read(t, file), -1) {
			if !pinned.MatchString(match[1]) {
				t.Errorf("%s: %s is not a commit with its version", file, match[1])
			}
		}
	}
}

// Every released module has a page of its own, to which the project's leads, and a licence
// in its zip file.
func TestReleasedModulesHaveTheirPapers(t *testing.T) {
	repo := load(t)
	for _, folder := range released(t) {
		if !strings.Contains(read(t, "README.md"), "]("+folder+")") {
			t.Errorf("README.md: nothing leads to %s", folder)
		}
		for _, name := range []string{"README.md", "LICENSE"} {
			if !repo.exists(path.Join(folder, name)) {
				t.Errorf("%s has no %s", folder, name)
			}
		}
	}
}

// modernc.org/sqlite is translated C, and works with one version of modernc.org/libc alone: its
// own.
func TestLibcIsTheOneOfSQLite(t *testing.T) {
	pattern := regexp.MustCompile(`(?m)^\tmodernc\.org/libc (\S+)`)
	for _, folder := range modules(t) {
		file := folder + "/go.mod"
		libc := pattern.FindStringSubmatch(read(t, file))
		if libc == nil {
			continue
		}
		command := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite")
		command.Dir = filepath.Join(root, folder)
		command.Env = append(os.Environ(), "GOWORK=off")
		output, err := command.Output()
		if err != nil {
			t.Fatal(file, err)
		}
		mod, err := os.ReadFile(strings.TrimSpace(string(output)))
		if err != nil {
			t.Fatal(err)
		}
		if own := pattern.FindSubmatch(mod); own == nil || string(own[1]) != libc[1] {
			t.Errorf("%s: modernc.org/libc %s is not the version that its modernc.org/sqlite requires: %q", file, libc[1], own)
		}
	}
}

// What the documents call a floor is what the adapter's go.mod requires.
func TestDocumentsHaveTheFloors(t *testing.T) {
	const page = "docs/versions.md"
	required := regexp.MustCompile(`(?m)^\t(github\.com/(?:gin-gonic/gin|labstack/echo/v\d|gofiber/fiber/v\d|valyala/fasthttp|riverqueue/river)) (v\S+)`)
	goLine := regexp.MustCompile(`(?m)^go (\d+\.\d+)\.0$`)
	for _, folder := range released(t) {
		mod := read(t, folder+"/go.mod")
		_, row, _ := strings.Cut(read(t, page), "\n| ["+folder+"](../"+folder+") |")
		row, _, _ = strings.Cut(row, "\n")
		if version := goLine.FindStringSubmatch(mod); version == nil || !strings.HasSuffix(row, " | "+version[1]+" |") {
			t.Errorf("%s: the row of %s does not end with the Go version of its go.mod", page, folder)
		}
		for _, match := range required.FindAllStringSubmatch(mod, -1) {
			module, version := match[1], match[2]
			if folder == "adapters/fiberv3" && strings.HasSuffix(module, "fasthttp") {
				continue // Fiber v3's own requirement
			}
			if !strings.Contains(row, "`"+module+"` "+version) {
				t.Errorf("%s: the row of %s does not say `%s` %s", page, folder, module, version)
			}
			if !strings.Contains(read(t, "README.md"), version) {
				t.Errorf("README.md: it does not say %s %s", module, version)
			}
		}
	}
}

// What does not differ between frameworks is one text in every example, apart from the import
// of the framework.
func TestExamplesShareTheirFiles(t *testing.T) {
	const examples = "examples/"
	importLine := regexp.MustCompile(`(?m)^\t"github\.com/gofiber/fiber/v\d"\n`)
	netHTTP, fiber := []string{"nethttp", "gin", "echov4", "echov5"}, []string{"fiberv2", "fiberv3"}
	for file, groups := range map[string][][]string{
		"serve.go":  {slices.Concat(netHTTP, []string{"inbox"}), fiber},
		"events.go": {slices.Concat(netHTTP, fiber)},
	} {
		for _, group := range groups {
			text := func(name string) string {
				return importLine.ReplaceAllString(read(t, examples+name+"/"+file), "")
			}
			for _, name := range group[1:] {
				if text(name) != text(group[0]) {
					t.Errorf("%s%s/%s is not the one of %s", examples, name, file, group[0])
				}
			}
		}
	}
}
