package released_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sendsar-community/webhooks-go/ci/release/released"
)

// repository returns a folder with a go.mod for each of the modules, by folder.
func repository(t *testing.T, modules map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for dir, path := range modules {
		dir = filepath.Join(root, dir)
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module "+path+"\n"), 0o644))
	}
	return root
}

func TestModulesAreCoreTheAdaptersAndTheCommand(t *testing.T) {
	modules, err := released.Modules(repository(t, map[string]string{
		"core":                         released.Prefix + "core",
		"adapters/gin":                 released.Prefix + "adapters/gin",
		"adapters/echov5":              released.Prefix + "adapters/echov5",
		"adapters/internal/benchmarks": released.Prefix + "adapters/internal/benchmarks",
		"cmd/sendsar-webhook":          released.Prefix + "cmd/sendsar-webhook",
		"examples/gin":                 released.Prefix + "examples/gin",
		".ci/release":                  released.Prefix + "ci/release",
	}))
	require.NoError(t, err)
	var tags []string
	for _, m := range modules {
		tags = append(tags, m.Tag("v1.2.3"))
	}
	assert.Equal(t, []string{"adapters/echov5/v1.2.3", "adapters/gin/v1.2.3", "cmd/sendsar-webhook/v1.2.3", "core/v1.2.3"}, tags)
}

func TestModulesRefuses(t *testing.T) {
	t.Run("a repository without core", func(t *testing.T) {
		_, err := released.Modules(t.TempDir())
		assert.ErrorIs(t, err, os.ErrNotExist)
	})
	t.Run("a module whose path is not its folder's", func(t *testing.T) {
		_, err := released.Modules(repository(t, map[string]string{"core": released.Prefix + "other"}))
		assert.ErrorContains(t, err, "other, not "+released.Prefix+"core")
	})
}

func TestNewest(t *testing.T) {
	modules := []released.Module{{Dir: "core"}, {Dir: "adapters/gin"}}
	tests := []struct {
		name string
		tags []string
		want string
	}{
		{"no tags", nil, ""},
		{"the highest, not the last by letters", []string{"core/v0.9.0", "core/v0.10.0", "core/v0.2.0"}, "v0.10.0"},
		{"a tag that only one module has", []string{"core/v0.1.0", "adapters/gin/v0.2.0"}, "v0.2.0"},
		{"tags that are no version of theirs", []string{"v9.0.0", "core/v9", "core/latest", "other/core/v9.0.0", "core/v0.1.0"}, "v0.1.0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, released.Newest(modules, test.tags))
		})
	}
}
