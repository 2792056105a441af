package api_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sendsar-community/webhooks-go/ci/release/api"
	"github.com/sendsar-community/webhooks-go/ci/release/command"
	"github.com/sendsar-community/webhooks-go/ci/release/released"
)

const root = "../../.."

var update = flag.Bool("update", false, "record what the modules export now")

func TestEachModuleExportsWhatIsRecorded(t *testing.T) {
	if *update {
		require.NoError(t, api.Write(t.Context(), root))
	}
	modules, err := released.Modules(root)
	require.NoError(t, err)
	for _, m := range modules {
		t.Run(m.Dir, func(t *testing.T) {
			assert.NoError(t, api.Check(t.Context(), root, m))
		})
	}
}

func TestDescribe(t *testing.T) {
	got, err := api.Describe(t.Context(), "testdata/module")
	require.NoError(t, err)
	want, err := os.ReadFile("testdata/module.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// repository is one with a module in core whose release v0.1.0 is tagged.
type repository struct {
	t    *testing.T
	root string
}

func newRepository(t *testing.T) repository {
	r := repository{t, t.TempDir()}
	r.write("core/go.mod", "module "+released.Prefix+"core\n\ngo 1.25.0\n")
	r.write("core/core.go", "package core\n\nfunc Old() {}\n")
	r.write("CHANGELOG.md", "## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n\n- Old.\n")
	r.record()
	r.git("init", "--quiet")
	r.git("add", "--all")
	r.git("-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgSign=false",
		"commit", "--quiet", "--message", "Release v0.1.0")
	r.git("-c", "tag.gpgSign=false", "tag", "core/v0.1.0")
	return r
}

func (r repository) write(name, text string) {
	r.t.Helper()
	name = filepath.Join(r.root, name)
	require.NoError(r.t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(r.t, os.WriteFile(name, []byte(text), 0o644))
}

func (r repository) record() {
	r.t.Helper()
	require.NoError(r.t, api.Write(r.t.Context(), r.root))
}

func (r repository) git(args ...string) {
	r.t.Helper()
	require.NoError(r.t, command.Dir{Path: r.root}.Run(r.t.Context(), "git", args...))
}

func (r repository) check() error {
	r.t.Helper()
	modules, err := released.Modules(r.root)
	require.NoError(r.t, err)
	return api.Check(r.t.Context(), r.root, modules[0])
}

func TestCheck(t *testing.T) {
	const changed = "package core\n\nfunc New() {}\n"
	t.Run("accepts an API as it is recorded and released", func(t *testing.T) {
		assert.NoError(t, newRepository(t).check())
	})
	t.Run("refuses a change that is not recorded", func(t *testing.T) {
		r := newRepository(t)
		r.write("core/core.go", changed)
		err := r.check()
		require.ErrorContains(t, err, "run make api")
		assert.ErrorContains(t, err, "-func Old()\n+func New()\n")
	})
	t.Run("refuses a recorded change that the change log does not tell", func(t *testing.T) {
		r := newRepository(t)
		r.write("core/core.go", changed)
		r.record()
		assert.ErrorContains(t, r.check(), "not that of v0.1.0, and CHANGELOG.md tells no change since")
	})
	t.Run("accepts a recorded change that the change log tells", func(t *testing.T) {
		r := newRepository(t)
		r.write("core/core.go", changed)
		r.record()
		r.write("CHANGELOG.md", "## [Unreleased]\n\n- New.\n\n## [0.1.0] - 2026-01-01\n\n- Old.\n")
		assert.NoError(t, r.check())
	})
	t.Run("accepts a change on the way to its release", func(t *testing.T) {
		r := newRepository(t)
		r.write("core/core.go", changed)
		r.record()
		r.write("CHANGELOG.md", "## [Unreleased]\n\n## [0.2.0] - 2026-01-02\n\n- New.\n\n## [0.1.0] - 2026-01-01\n\n- Old.\n")
		assert.NoError(t, r.check())
	})
	t.Run("compares with the record alone before the first release", func(t *testing.T) {
		r := newRepository(t)
		r.git("tag", "--delete", "core/v0.1.0")
		r.write("core/core.go", changed)
		r.record()
		assert.NoError(t, r.check())
	})
}
