package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sendsar-community/webhooks-go/ci/release/command"
	"github.com/sendsar-community/webhooks-go/ci/release/released"
)

// fasthttp is required by Fiber, and for safety by the adapter of Fiber v2.
const fasthttp = "github.com/valyala/fasthttp"

// testify is for tests: a user's go.mod never names it.
const testify = "github.com/stretchr/testify"

// proof is what the consumers share.
type proof struct {
	repo     repository
	modules  []released.Module
	version  string
	proxy    string   // the folder of the packed modules
	isolated []string // the environment of the consumers
	work     string   // a folder for everything that is made
}

func newProof(ctx context.Context, work string, repo repository, modules []released.Module, version string) (*proof, error) {
	out, err := command.Dir{}.Output(ctx, "go", "env", "GOMODCACHE", "GOCACHE")
	if err != nil {
		return nil, err
	}
	caches := strings.Fields(out)
	if len(caches) != 2 {
		return nil, fmt.Errorf("go env tells no caches: %q", out)
	}
	proxy := filepath.Join(work, "proxy")
	return &proof{
		repo: repo, modules: modules, version: version, proxy: proxy, work: work,
		isolated: append(
			os.Environ(), "GOENV=off", "GOWORK=off", "GOTOOLCHAIN=local", "GOCACHE="+caches[1],
			// What go has downloaded, in its own cache's layout, which is a proxy's. Nothing is
			// asked of anybody else, least of all for the modules that are packed here.
			"GOPROXY=file://"+proxy+",file://"+filepath.Join(caches[0], "cache", "download"),
			"GOPRIVATE=", "GONOPROXY=none", "GOVCS=*:off",
			// download has checked the sums of the others.
			"GOSUMDB=off",
			"GOMODCACHE="+filepath.Join(work, "modules"),
			// -trimpath: so that a next run finds the frameworks in the build cache, although
			// their folder is another one.
			"GOFLAGS=-modcacherw -trimpath",
		),
	}, nil
}

// consume makes a module in dir that uses m as its example does, and checks that all a
// user does with it works.
func (p *proof) consume(ctx context.Context, m released.Module, version, dir string) error {
	if err := p.download(ctx, m, filepath.Join(p.work, "warm", filepath.Base(dir))); err != nil {
		return fmt.Errorf("the example from the checkout: %w", err)
	}
	if err := p.writeUser(ctx, m, dir); err != nil {
		return err
	}
	user := command.Dir{Path: dir, Env: p.isolated}
	for _, args := range [][]string{
		{"get", m.Path() + "@" + version},
		{"build", "-o", os.DevNull, "./..."},
		{"mod", "tidy"},
		{"build", "./...", m.Path() + "/..."},
		{"mod", "tidy", "-diff"},
		{"mod", "verify"},
	} {
		if err := user.Run(ctx, "go", args...); err != nil {
			return err
		}
	}
	if err := p.checkIsolation(ctx, m, user); err != nil {
		return err
	}
	if isCommand(m) {
		return useCommand(ctx, m, user)
	}
	return p.keepsFloor(ctx, m, version, filepath.Join(p.work, "floors", version, example(m)))
}

// useCommand signs a body and verifies the signature.
func useCommand(ctx context.Context, m released.Module, user command.Dir) error {
	const body = "body.json"
	if err := os.WriteFile(filepath.Join(user.Path, body), []byte(`{"event":"console.test"}`), 0o644); err != nil {
		return err
	}
	user.Env = append(slices.Clone(user.Env), "SENDSAR_WEBHOOK_SECRET="+fmt.Sprintf("whsec_%x", rand.Text()))
	tool := path.Base(m.Dir)
	signature, err := user.Output(ctx, "go", "tool", tool, "sign", body)
	if err != nil {
		return err
	}
	return user.Run(ctx, "go", "tool", tool, "verify", "-signature", strings.TrimSpace(signature), body)
}

// download lets go fetch, with the user's own settings, what the frameworks need and is
// not in the cache yet. This repository's modules are replaced, so that nobody is asked
// for them.
func (p *proof) download(ctx context.Context, m released.Module, dir string) error {
	if err := p.writeUser(ctx, m, dir); err != nil {
		return err
	}
	edit := []string{"mod", "edit", "-require=" + m.Path() + "@" + p.version}
	for _, sibling := range p.modules {
		edit = append(edit, "-replace="+sibling.Path()+"="+filepath.Join(p.repo.dir, sibling.Dir))
	}
	online := command.Dir{Path: dir, Env: append(os.Environ(), "GOWORK=off")}
	if err := online.Run(ctx, "go", edit...); err != nil {
		return err
	}
	if err := online.Run(ctx, "go", "mod", "tidy"); err != nil {
		return err
	}
	return online.Run(ctx, "go", "list", "-m", "all")
}

// writeUser makes a module that uses m: as a tool if it is a command, else as its example
// does.
func (p *proof) writeUser(ctx context.Context, m released.Module, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	user := command.Dir{Path: dir, Env: p.isolated}
	if err := user.Run(ctx, "go", "mod", "init", "example.com/consumer"); err != nil {
		return err
	}
	if isCommand(m) {
		return user.Run(ctx, "go", "mod", "edit", "-tool="+m.Path())
	}
	return p.copyExample(m, dir)
}

// copyExample writes the Go files of m's example to dir, without its tests. What no example
// uses by itself has a program in testdata.
func (p *proof) copyExample(m released.Module, dir string) error {
	var files []string
	for _, folder := range []string{"examples", ".ci/release/consumer/testdata"} {
		found, err := filepath.Glob(filepath.Join(p.repo.dir, folder, example(m), "*.go"))
		if err != nil {
			return err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return fmt.Errorf("nothing uses %s", m.Dir)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func isCommand(m released.Module) bool { return strings.HasPrefix(m.Dir, "cmd/") }

// checkIsolation checks that a user of m gets no framework but its own.
func (p *proof) checkIsolation(ctx context.Context, m released.Module, user command.Dir) error {
	out, err := user.Output(ctx, "go", "list", "-m", "-f", "{{.Path}}", "all")
	if err != nil {
		return err
	}
	buildList := strings.Fields(out)
	for _, path := range p.foreign(m) {
		if slices.Contains(buildList, path) {
			return fmt.Errorf("a user's build list names %s", path)
		}
	}
	mod, err := os.ReadFile(filepath.Join(user.Path, "go.mod"))
	if err != nil {
		return err
	}
	// The build list does name it, because m's go.mod has to; nothing of it is downloaded
	// for a build.
	if strings.Contains(string(mod), testify) {
		return fmt.Errorf("a user's go.mod names %s", testify)
	}
	if len(m.File.Require) == 0 {
		return checkSumsAre(m, filepath.Join(user.Path, "go.sum"))
	}
	return nil
}

// foreign returns what other adapters require and m does not, except for testify, which
// tests of many libraries require. What the command requires is not in it either: some of
// its libraries are the frameworks' own too.
func (p *proof) foreign(m released.Module) []string {
	all := []string{fasthttp}
	for _, other := range p.modules {
		if !strings.HasPrefix(other.Dir, "adapters/") {
			continue
		}
		for _, r := range other.File.Require {
			if !r.Indirect {
				all = append(all, r.Mod.Path)
			}
		}
	}
	own := requires(m.File)
	return slices.DeleteFunc(all, func(path string) bool {
		_, ok := own[path]
		return ok || path == m.Path() || path == testify
	})
}

// checkSumsAre checks that a go.sum holds m alone.
func checkSumsAre(m released.Module, name string) error {
	sums, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if len(sums) == 0 {
		return errors.New("a user's go.sum is empty")
	}
	for line := range strings.Lines(string(sums)) {
		if !strings.HasPrefix(line, m.Path()+" ") {
			return fmt.Errorf("a user's go.sum holds more than %s: %s", m.Dir, line)
		}
	}
	return nil
}
