package changelog_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sendsar-community/webhooks-go/ci/release/changelog"
)

const top = "# Changelog\n\nThe format is Keep a Changelog's.\n\n"

func TestRelease(t *testing.T) {
	tests := []struct{ name, text, want, wantErr string }{
		{
			name: "makes what is unreleased the version",
			text: top + "## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.0.1] - 2026-01-01\n\n- Before.\n",
			want: top + "## [Unreleased]\n\n## [0.1.0] - 2026-02-03\n\n### Added\n\n- A thing.\n\n## [0.0.1] - 2026-01-01\n\n- Before.\n",
		},
		{
			name: "leaves a text that was released as the version",
			text: top + "## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n\n- A thing.\n",
			want: top + "## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n\n- A thing.\n",
		},
		{
			name:    "refuses when nothing is unreleased but headings and links",
			text:    top + "## [Unreleased]\n\n### Added\n\n[Unreleased]: https://example.com/\n",
			wantErr: "there is nothing under [Unreleased]",
		},
		{
			name:    "refuses a version that is there, with something unreleased",
			text:    top + "## [Unreleased]\n\n- New.\n\n## [0.1.0] - 2026-01-01\n\n- A thing.\n",
			wantErr: "[0.1.0] is there, but [Unreleased] is not empty",
		},
		{
			name:    "refuses a version that is not the newest",
			text:    top + "## [Unreleased]\n\n## [0.2.0] - 2026-01-02\n\n- B.\n\n## [0.1.0] - 2026-01-01\n\n- A.\n",
			wantErr: "[0.1.0] is there, below a newer section",
		},
		{
			name:    "refuses a text whose first section is a version",
			text:    top + "## [0.0.1] - 2026-01-01\n\n- A.\n\n## [Unreleased]\n\n- B.\n",
			wantErr: "the first section is not [Unreleased]",
		},
		{name: "refuses an empty text", wantErr: "the first section is not [Unreleased]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := changelog.Release(test.text, "v0.1.0", "2026-02-03")
			if test.wantErr != "" {
				require.EqualError(t, err, test.wantErr)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestTellsChangeSince(t *testing.T) {
	const (
		none     = top + "## [Unreleased]\n\n"
		one      = none + "- New.\n\n"
		released = none + "## [0.2.0] - 2026-01-02\n\n- B.\n\n"
		before   = "## [0.1.0] - 2026-01-01\n\n- A.\n"
	)
	tests := []struct {
		name, text, since string
		want              bool
	}{
		{"nothing since the version", none + before, "v0.1.0", false},
		{"something unreleased", one + before, "v0.1.0", true},
		{"a newer version", released + before, "v0.1.0", true},
		{"nothing at all", none, "", false},
		{"something, before the first version", one, "", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, changelog.TellsChangeSince(test.text, test.since))
		})
	}
}
