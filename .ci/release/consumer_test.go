package release_test

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
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	// fasthttp is required by Fiber, and for safety by the adapter of Fiber v2.
	fasthttp = "github.com/valyala/fasthttp"
	// testify is for tests: a user's go.mod never names it.
	testify = "github.com/stretchr/testify"
)

// proof has what the consumers share.
type proof struct {
	repo     folder // a clone of HEAD: what is not committed is not in it
	modules  []module
	version  string   // which the modules require of each other
	work     string   // for everything that is made
	proxy    string   // the packed modules
	isolated []string // the environment of the consumers
}

func newProof(t *testing.T) *proof {
	t.Helper()
	ctx, work := t.Context(), t.TempDir()
	p := &proof{repo: folder{path: filepath.Join(work, "repository")}, work: work, proxy: filepath.Join(work, "proxy")}
	_, err := folder{path: root}.output(ctx, "git", "clone", "--quiet", ".", p.repo.path)
	require.NoError(t, err)
	p.modules = released(t, p.repo.path)
	for _, m := range p.modules {
		for _, sibling := range p.modules {
			if asked, ok := requires(m.file)[sibling.path()]; ok {
				require.Contains(t, []string{"", asked}, p.version, "%s requires another version of %s", m.dir, sibling.dir)
				p.version = asked
			}
		}
	}
	require.NotEmpty(t, p.version, "no module requires another")
	out, err := folder{}.output(ctx, "go", "env", "GOMODCACHE", "GOCACHE")
	require.NoError(t, err)
	caches := strings.Split(strings.TrimSpace(out), "\n")
	p.isolated = append(os.Environ(), "GOENV=off", "GOWORK=off", "GOTOOLCHAIN=local", "GOCACHE="+caches[1],
		// go's own cache of downloads has the layout of a proxy. Nothing is asked of anybody
		// else, least of all for the modules that are packed here.
		"GOPROXY=file://"+p.proxy+",file://"+filepath.Join(caches[0], "cache", "download"),
		"GOPRIVATE=", "GONOPROXY=none", "GOVCS=*:off",
		"GOSUMDB=off", // download has checked the sums of the others
		"GOMODCACHE="+filepath.Join(work, "modules"),
		// With -trimpath the next run finds the frameworks in the build cache, although their
		// folder is another one.
		"GOFLAGS=-modcacherw -trimpath")
	for _, m := range p.modules {
		require.NoError(t, p.pack(ctx, m, p.version))
	}
	return p
}

// Each released module is packed as the module proxy would, and fetched, built and run by a
// module that has nothing else of this repository but the example. No network is needed
// beyond what go has not downloaded yet.
func TestConsumers(t *testing.T) {
	p := newProof(t)
	consumers := filepath.Join(p.work, "consumers")
	for _, m := range p.modules {
		t.Run(m.dir, func(t *testing.T) {
			require.NoError(t, p.consume(t.Context(), m, p.version, filepath.Join(consumers, m.example())))
		})
	}
	t.Run("the demo delivers to each", func(t *testing.T) {
		demo := folder{filepath.Join(p.repo.path, "examples", "demo"), p.isolated}
		_, err := demo.output(t.Context(), "go", "run", ".", "-examples", consumers, "-inbox=false") // which uses several modules
		require.NoError(t, err)
	})
	t.Run("mistakes in the Gin adapter are refused", p.testMistakes)
}

// testMistakes shows that the proof can fail: each mistake does not show in a checkout.
func (p *proof) testMistakes(t *testing.T) {
	gin := p.modules[slices.IndexFunc(p.modules, func(m module) bool { return m.dir == "adapters/gin" })]
	echo := p.modules[slices.IndexFunc(p.modules, func(m module) bool { return m.dir == "adapters/echov5" })]
	const echoPath = "github.com/labstack/echo/v5"
	head, err := p.repo.output(t.Context(), "git", "rev-parse", "HEAD")
	require.NoError(t, err)
	for i, mistake := range []struct {
		name   string
		edit   string // of go.mod
		change func(dir string) error
		want   string
	}{
		{"a version of core that does not exist", "-require=" + prefix + "core@v0.0.9", nil, "core@v0.0.9"},
		{"another framework", "-require=" + echoPath + "@" + requires(echo.file)[echoPath], func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "echo.go"), []byte("package sendsargin\n\nimport _ \""+echoPath+"\"\n"), 0o600)
		}, "names " + echoPath},
		{"a newer version of its framework", "-require=github.com/gin-gonic/gin@v1.12.0", nil, "github.com/gin-gonic/gin from v1.10.1 to v1.12.0"},
		{"no licence", "", func(dir string) error { return os.Remove(filepath.Join(dir, "LICENSE")) }, "LICENSE"},
	} {
		t.Run(mistake.name, func(t *testing.T) {
			ctx := t.Context()
			require.NoError(t, p.repo.run(ctx, "git reset --hard "+head))
			dir := folder{filepath.Join(p.repo.path, gin.dir), p.isolated}
			if mistake.edit != "" {
				require.NoError(t, dir.run(ctx, "go mod edit "+mistake.edit))
			}
			if mistake.change != nil {
				require.NoError(t, mistake.change(dir.path))
			}
			require.NoError(t, p.repo.run(ctx, "git add --all",
				"git -c user.name=x -c user.email=x@localhost -c commit.gpgSign=false commit --quiet --no-verify --message mistake"))
			// A version of its own, because go has downloaded the other one.
			version := fmt.Sprintf("%s-mistake.%d", p.version, i)
			err := p.pack(ctx, gin, version)
			if err == nil {
				err = p.consume(ctx, gin, version, filepath.Join(p.work, "mistakes", fmt.Sprint(i)))
			}
			assert.ErrorContains(t, err, mistake.want)
		})
	}
}

// consume makes a module in dir that uses m as its example does, and checks that everything a
// user does with it works.
func (p *proof) consume(ctx context.Context, m module, version, dir string) error {
	if err := p.download(ctx, m, filepath.Join(p.work, "warm", filepath.Base(dir))); err != nil {
		return fmt.Errorf("the example from the checkout: %w", err)
	}
	if err := p.writeUser(ctx, m, dir); err != nil {
		return err
	}
	user := folder{dir, p.isolated}
	if err := user.run(ctx, "go get "+m.path()+"@"+version, "go build -o "+os.DevNull+" ./...", "go mod tidy",
		"go build ./... "+m.path()+"/...", "go mod tidy -diff", "go mod verify"); err != nil {
		return err
	}
	if err := p.isIsolated(ctx, m, user); err != nil {
		return err
	}
	if m.isCommand() {
		return useCommand(ctx, m, user)
	}
	return p.keepsFloor(ctx, m, version, filepath.Join(p.work, "floors", version, m.example()))
}

// useCommand signs a body and verifies the signature.
func useCommand(ctx context.Context, m module, user folder) error {
	if err := os.WriteFile(filepath.Join(user.path, "body.json"), []byte("{}"), 0o600); err != nil {
		return err
	}
	user.env = append(slices.Clone(user.env), fmt.Sprintf("SENDSAR_WEBHOOK_SECRET=whsec_%x", rand.Text()))
	signature, err := user.output(ctx, "go", "tool", path.Base(m.dir), "sign", "body.json")
	if err != nil {
		return err
	}
	return user.run(ctx, "go tool "+path.Base(m.dir)+" verify -signature "+strings.TrimSpace(signature)+" body.json")
}

// download lets go fetch, with the user's own settings, the frameworks that are not in the
// cache yet. This repository's modules are replaced, so that nobody is asked for them.
func (p *proof) download(ctx context.Context, m module, dir string) error {
	if err := p.writeUser(ctx, m, dir); err != nil {
		return err
	}
	edit := []string{"mod", "edit", "-require=" + m.path() + "@" + p.version}
	for _, sibling := range p.modules {
		edit = append(edit, "-replace="+sibling.path()+"="+filepath.Join(p.repo.path, sibling.dir))
	}
	online := folder{dir, append(os.Environ(), "GOWORK=off")}
	if _, err := online.output(ctx, "go", edit...); err != nil {
		return err
	}
	return online.run(ctx, "go mod tidy", "go list -m all")
}

// writeUser makes a module that uses m: as a tool if it is a command, otherwise as its
// example does.
func (p *proof) writeUser(ctx context.Context, m module, dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	user := folder{dir, p.isolated}
	if err := user.run(ctx, "go mod init example.com/consumer"); err != nil {
		return err
	}
	if m.isCommand() {
		return user.run(ctx, "go mod edit -tool="+m.path())
	}
	return p.copyExample(m, dir)
}

// copyExample writes the Go files of m's example to dir, without its tests.
func (p *proof) copyExample(m module, dir string) error {
	var files []string
	for _, parent := range []string{"examples", ".ci/release/testdata"} {
		found, err := filepath.Glob(filepath.Join(p.repo.path, parent, m.example(), "*.go"))
		if err != nil {
			return err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return fmt.Errorf("nothing uses %s", m.dir)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// isIsolated returns an error if a user of m gets a framework of another adapter.
func (p *proof) isIsolated(ctx context.Context, m module, user folder) error {
	out, err := user.output(ctx, "go", "list", "-m", "-f", "{{.Path}}", "all")
	if err != nil {
		return err
	}
	got := strings.Fields(out)
	for _, path := range p.foreign(m) {
		if slices.Contains(got, path) {
			return fmt.Errorf("a user's build list names %s", path)
		}
	}
	mod, err := os.ReadFile(filepath.Join(user.path, "go.mod"))
	if err != nil {
		return err
	}
	// The build list names testify, because m's go.mod does; a build downloads nothing of it.
	if strings.Contains(string(mod), testify) {
		return fmt.Errorf("a user's go.mod names %s", testify)
	}
	if len(m.file.Require) > 0 {
		return nil
	}
	sums, err := os.ReadFile(filepath.Join(user.path, "go.sum"))
	if err != nil {
		return err
	}
	if len(sums) == 0 || slices.ContainsFunc(slices.Collect(strings.Lines(string(sums))), func(line string) bool {
		return !strings.HasPrefix(line, m.path()+" ")
	}) {
		return errors.New("a user's go.sum holds something else than " + m.dir + ": " + string(sums))
	}
	return nil
}

// foreign returns what other adapters require and m does not. Some of the command's libraries
// are the frameworks' too, so they do not count.
func (p *proof) foreign(m module) []string {
	all := []string{fasthttp}
	for _, other := range p.modules {
		for _, r := range other.file.Require {
			if strings.HasPrefix(other.dir, "adapters/") && !r.Indirect {
				all = append(all, r.Mod.Path)
			}
		}
	}
	own := requires(m.file)
	return slices.DeleteFunc(all, func(path string) bool { return own[path] != "" || path == m.path() || path == testify })
}
