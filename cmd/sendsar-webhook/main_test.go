package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	// This import makes the test binary depend on the command. Without it `go test` would
	// use its cache after a change, because it does not see what TestMain builds.
	_ "github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	secret   = "whsec_0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdef"
	previous = "whsec_f00dcafe0123456789abcdef0f1e2d3c4b5a69788796a5b4"
	event    = `{"event":"message.created","message":{"text":"grüß dich 👋"}}`

	// Environment variables of the command.
	secretSet   = "SENDSAR_WEBHOOK_SECRET=" + secret
	previousSet = "SENDSAR_WEBHOOK_PREVIOUS_SECRET=" + previous
)

// binary is the path of the command, built as a user would build it.
var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sendsar-webhook-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary folder does no harm
	binary = filepath.Join(dir, "sendsar-webhook.exe")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// call is one run of the command. Nothing of the test's own environment reaches it.
type call struct {
	args  []string
	env   []string // nil: the secret is set
	stdin io.Reader
	dir   string
}

type result struct {
	stdout, stderr string
	status         int
}

func (c call) command(t testing.TB) *exec.Cmd {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, binary, c.args...)
	cmd.Env = c.env
	if c.env == nil {
		cmd.Env = []string{secretSet}
	}
	cmd.Stdin, cmd.Dir = c.stdin, c.dir
	return cmd
}

func (c call) run(t testing.TB) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := c.command(t)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState.ExitCode() < 0 {
		t.Fatalf("%q did not end by itself", c.args)
	}
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	r := result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	r.checkSilence(t)
	return r
}

var unsafeForTerminals = regexp.MustCompile(`[^\PC\n\t]`)

// checkSilence fails if the output has a secret, a stack trace or a control character. Every
// run must pass it.
func (r result) checkSilence(t testing.TB) {
	t.Helper()
	for _, word := range []string{secret[6:], previous[6:], "goroutine", "panic:"} {
		if strings.Contains(r.stdout+r.stderr, word) {
			t.Errorf("the output shows %q", word)
		}
	}
	if unsafe := unsafeForTerminals.FindString(r.stdout + r.stderr); unsafe != "" {
		t.Errorf("the output has the control character %q", unsafe)
	}
}

// check compares the exit status and looks for texts on stdout; stderr must be empty.
func (r result) check(t testing.TB, status int, texts ...string) {
	t.Helper()
	if r.status != status || r.stderr != "" {
		t.Errorf("exit status %d, want %d\nstdout: %s\nstderr: %s", r.status, status, r.stdout, r.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(r.stdout, text) {
			t.Errorf("stdout lacks %q:\n%s", text, r.stdout)
		}
	}
}

// checkUsage expects exit status 2, one line on stderr and nothing on stdout.
func (r result) checkUsage(t testing.TB, texts ...string) {
	t.Helper()
	if r.status != 2 || r.stdout != "" || strings.Count(r.stderr, "\n") != 1 || !strings.HasPrefix(r.stderr, "sendsar-webhook") {
		t.Errorf("want exit status 2 and one line on stderr, got %d\nstdout: %s\nstderr: %s", r.status, r.stdout, r.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("stderr lacks %q:\n%s", text, r.stderr)
		}
	}
}

// file writes a file for one test.
func file(t testing.TB, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func signature(body string) string { return webhook.Sign(secret, []byte(body)) }

// decodeOne decodes the output of -json, which must be one object and nothing else.
func (r result) decodeOne(t testing.TB, into any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(r.stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil || decoder.More() {
		t.Fatalf("not one object: %v\n%s", err, r.stdout)
	}
}
