//go:build linux

package main_test

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/creack/pty"
)

// openTerminal returns both ends of a new pseudo-terminal.
func openTerminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close() }) // nothing was written to it
	return ours, theirs
}

func TestSendShowsItsProgressOnATerminalOnly(t *testing.T) {
	var count atomic.Int64
	release := make(chan struct{})
	e := newEndpoint(t, func(http.ResponseWriter, *http.Request) {
		if count.Add(1) > 3 {
			<-release
		}
	})
	ours, theirs := openTerminal(t)
	var stdout bytes.Buffer
	cmd := call{args: []string{"send", "-n", "5", e.url}}.command(t)
	cmd.Stdout, cmd.Stderr = &stdout, theirs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close() // the process has its own
	var shown strings.Builder
	buffer := make([]byte, 1024)
	for !strings.Contains(shown.String(), "3 of 5 deliveries") {
		n, err := ours.Read(buffer)
		if err != nil {
			t.Fatalf("%v after %q", err, shown.String())
		}
		shown.Write(buffer[:n])
	}
	close(release)
	for {
		n, err := ours.Read(buffer)
		shown.Write(buffer[:n])
		if err != nil { // EIO: the process has ended
			break
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if !strings.HasSuffix(shown.String(), "\r"+strings.Repeat(" ", len("3 of 5 deliveries"))+"\r") {
		t.Errorf("the line is not removed: %q", shown.String())
	}
	if strings.Contains(shown.String(), "\x1b") || !strings.Contains(stdout.String(), "5 deliveries") || strings.Contains(stdout.String(), " of ") {
		t.Errorf("on the terminal %q, on stdout %q", shown.String(), stdout.String())
	}
}

func TestAnOutputThatFailsIsAnError(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = full.Close() }() // it holds nothing
	for _, args := range [][]string{{"-h"}, {"sign"}, {"verify", "-signature", signature(event)}} {
		var stderr bytes.Buffer
		cmd := call{args: args, stdin: strings.NewReader(event)}.command(t)
		cmd.Stdout, cmd.Stderr = full, &stderr
		_ = cmd.Run() // its exit status is checked
		result{"", stderr.String(), cmd.ProcessState.ExitCode()}.checkUsage(t, "standard output", "no space left")
	}
}
