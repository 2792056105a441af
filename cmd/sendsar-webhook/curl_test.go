//go:build unix

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recordingCurl prints its arguments, each followed by a NUL, because they may have line ends.
const recordingCurl = "#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done\n"

func TestSignPrintsACurlCommandThatCanBePasted(t *testing.T) {
	tools := t.TempDir()
	if err := os.WriteFile(filepath.Join(tools, "curl"), []byte(recordingCurl), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"body.json", "two words", "it's", "$(exit 3)`exit 4`", `back\slash"`, "über\nline", "*;&|"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, name), []byte(event), 0o600); err != nil {
				t.Fatal(err)
			}
			const url = "http://127.0.0.1:8080/a?b=[c]&d='e'"
			printed := call{args: []string{"sign", "-curl", url, name}, dir: dir}.run(t)
			printed.check(t, 0)

			shell := exec.CommandContext(t.Context(), "sh", "-c", printed.stdout)
			shell.Dir = dir
			shell.Env = []string{"PATH=" + tools + string(os.PathListSeparator) + os.Getenv("PATH")}
			out, err := shell.Output()
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
			want := []string{
				"-sS", "-i", "--globoff", "-H", "Content-Type: application/json", "-H", "X-Webhook-Signature: " + signature(event),
				"--data-binary", "@" + name, url,
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
