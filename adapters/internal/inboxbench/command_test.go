package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/ci/postgrestest"
)

// The figures of so short a run mean nothing; that there are some does.
func TestCommandWritesResults(t *testing.T) {
	if postgrestest.Missing() {
		postgrestest.Need(t, postgrestest.ErrMissing)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "inboxbench.exe")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), program, "-quick", "-out", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	results, err := os.ReadFile(filepath.Join(dir, "RESULTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Written by `make bench-inbox`.", "## Machine and versions", "| github.com/riverqueue/river | v", "| PostgreSQL | ", "## Targets", " of 14 are met.",
		"## Storing on SQLite", "| 1, grouped |", "## Storing on PostgreSQL", "| 256, table by hand |",
		"## 1,000 keys on SQLite", "## 1,000 keys on PostgreSQL", "| 1,000 keys |", "## Working",
	} {
		if !strings.Contains(string(results), want) {
			t.Errorf("no %q in\n%s", want, results)
		}
	}
}
