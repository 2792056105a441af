package release_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "record what the modules export now")

// A change of what a module exports is a change of its file in .ci/api, which a reviewer sees.
func TestEachModuleExportsWhatIsRecorded(t *testing.T) {
	for _, m := range released(t, root) {
		t.Run(m.dir, func(t *testing.T) {
			record := filepath.Join(root, ".ci", "api", m.dir+".txt")
			got, err := describe(t.Context(), filepath.Join(root, m.dir))
			require.NoError(t, err)
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(record), 0o750))
				require.NoError(t, os.WriteFile(record, []byte(got), 0o600))
			}
			want, err := os.ReadFile(record)
			require.NoError(t, err)
			assert.Equal(t, string(want), got, "run make api, and add the change to CHANGELOG.md")
		})
	}
}

func TestDescribe(t *testing.T) {
	got, err := describe(t.Context(), "testdata/module")
	require.NoError(t, err)
	want, err := os.ReadFile("testdata/module.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}
