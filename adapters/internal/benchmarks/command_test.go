package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The figures of so short a run mean nothing; that there are some does.
func TestCommandWritesResults(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "benchmarks.exe")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), program, "-quick", "-out", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	results, err := os.ReadFile(filepath.Join(dir, "RESULTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"](chart.svg)", "## Machine and versions", "| github.com/valyala/fasthttp |", "## Targets", "## Verifying a body that was read",
		"## In parallel", "## Verifying a request", "## Refusing a request", "## Several secrets", "## Body sizes", "| 8 MiB |",
		"## The whole handler chain", "| Echo v5 | 4 KiB |", "## Over loopback", "## Many connections", "| Fiber v3 | 1000 |",
		"## Connections that hold memory",
	} {
		if !strings.Contains(string(results), want) {
			t.Errorf("no %q in\n%s", want, results)
		}
	}
	if chart, err := os.ReadFile(filepath.Join(dir, "chart.svg")); err != nil || !strings.Contains(string(chart), "1 MiB body") {
		t.Errorf("the chart: %v\n%s", err, chart)
	}
}
