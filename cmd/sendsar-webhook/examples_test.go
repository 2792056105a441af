//go:build unix

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// This runs the examples of -h in a shell. It replaces the URL with that of a server, and
// `go run` with the built command.
func TestExamplesOfTheHelpWork(t *testing.T) {
	const local = "whsec_80cfe540e2c9c1652a9cc89d07d019921e178431e1ce13e1"
	server := verifying(t, local)
	tools := t.TempDir()
	if err := os.WriteFile(filepath.Join(tools, "curl"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-h"}, {"send", "-h"}, {"sign", "-h"}, {"verify", "-h"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			_, examples, found := strings.Cut(call{args: args}.run(t).stdout, "examples, from the root of the checkout:\n")
			if !found {
				t.Fatal("no examples")
			}
			script := strings.NewReplacer(
				"go run ./cmd/sendsar-webhook", binary,
				"http://127.0.0.1:8080/webhooks/sendsar", server.URL,
				"-n 1000 -c 20", "-n 20 -c 20",
			).Replace(examples)
			shell := exec.CommandContext(t.Context(), "sh", "-uxc", script)
			shell.Dir = t.TempDir()
			shell.Env = []string{"PATH=" + tools + string(os.PathListSeparator) + os.Getenv("PATH")}
			out, err := shell.CombinedOutput()
			// The last example of verify shows a mistake.
			if wrong := args[0] == "verify"; (err != nil) != wrong || wrong && !strings.Contains(string(out), "final newline") {
				t.Errorf("%v\n%s", err, out)
			}
			for _, trouble := range []string{"sendsar-webhook: ", "wrong", "not found"} {
				if strings.Contains(string(out), trouble) {
					t.Errorf("%q in\n%s", trouble, out)
				}
			}
		})
	}
}
