package release_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// floor is what an app has before it uses a module of ours, and keeps.
type floor struct {
	goVersion string
	framework string
	version   string   // of the framework
	lifted    []string // for safety: "path@version" of what the app does not keep
}

// floors are the promise of docs/versions.md, and are not read from the go.mod files that
// have to keep it.
var floors = map[string]floor{
	"core":            {goVersion: "1.23.0"},
	"adapters/gin":    {goVersion: "1.23.0", framework: "github.com/gin-gonic/gin", version: "v1.10.1"},
	"adapters/echov4": {goVersion: "1.23.0", framework: "github.com/labstack/echo/v4", version: "v4.13.4"},
	"adapters/echov5": {goVersion: "1.25.0", framework: "github.com/labstack/echo/v5", version: "v5.1.0"},
	"adapters/fiberv2": {
		goVersion: "1.25.0", framework: "github.com/gofiber/fiber/v2", version: "v2.52.9",
		lifted: []string{
			fasthttp + "@v1.73.0",
			// what it requires
			"github.com/andybalholm/brotli@v1.2.2",
			"github.com/klauspost/compress@v1.19.1",
			"golang.org/x/sys@v0.47.0",
		},
	},
	"adapters/fiberv3": {goVersion: "1.25.0", framework: "github.com/gofiber/fiber/v3", version: "v3.5.0"},
	"adapters/river":   {goVersion: "1.26.0", framework: "github.com/riverqueue/river", version: "v0.51.2"},
	"adapters/otel":    {goVersion: "1.23.0", framework: "go.opentelemetry.io/otel", version: "v1.29.0"},
}

// keepsFloor checks that an app on the oldest versions can use m and keeps them.
func (p *proof) keepsFloor(ctx context.Context, m module, version, dir string) error {
	f, ok := floors[m.dir]
	if !ok {
		return fmt.Errorf("floors has nothing for %s", m.dir)
	}
	before, err := p.writeApp(ctx, f, dir)
	if err != nil {
		return fmt.Errorf("an app on the floor: %w", err)
	}
	if err := p.copyExample(m, dir); err != nil {
		return err
	}
	app := folder{dir, p.isolated}
	if err := app.run(ctx, "go get "+m.path()+"@"+version, "go mod tidy", "go build -o "+os.DevNull+" ./..."); err != nil {
		return err
	}
	after, err := readMod(filepath.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	return f.compare(before, after)
}

// writeApp makes an app that has the framework and nothing of this repository. Its sums
// and its modules come with the user's own settings, as in download.
func (p *proof) writeApp(ctx context.Context, f floor, dir string) (*modfile.File, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	source, edit := "package main\n\nfunc main() {}\n", "go mod edit -go="+f.goVersion
	if f.framework != "" {
		source = fmt.Sprintf("package main\n\nimport _ %q\n\nfunc main() {}\n", f.framework)
		edit += " -require=" + f.framework + "@" + f.version
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600); err != nil {
		return nil, err
	}
	online := folder{dir, append(os.Environ(), "GOWORK=off")}
	if err := online.run(ctx, "go mod init example.com/app", edit, "go mod tidy"); err != nil {
		return nil, err
	}
	return readMod(filepath.Join(dir, "go.mod"))
}

// compare checks that the app's go.mod asks for nothing newer than before, except for what
// f says.
func (f floor) compare(before, after *modfile.File) error {
	had, has := requires(before), requires(after)
	if f.framework != "" && had[f.framework] != f.version {
		return fmt.Errorf("no app can have %s %s, only %s", f.framework, f.version, had[f.framework])
	}
	var lifted []string
	if after.Go.Version != f.goVersion || after.Toolchain != nil {
		lifted = append(lifted, fmt.Sprintf("go from %s to %s", f.goVersion, after.Go.Version))
	}
	for _, path := range slices.Sorted(maps.Keys(had)) {
		version, kept := has[path]
		if kept && version != had[path] && !slices.Contains(f.lifted, path+"@"+version) {
			lifted = append(lifted, fmt.Sprintf("%s from %s to %s", path, had[path], version))
		}
	}
	if lifted != nil {
		return fmt.Errorf("an app on the floor is lifted: %s", strings.Join(lifted, ", "))
	}
	return nil
}
