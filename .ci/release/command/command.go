// Package command runs other programs.
package command

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// Dir is where commands run, and with what environment; a nil one is this process's own.
type Dir struct {
	Path string
	Env  []string
}

// Output runs a command and returns what it printed. Its error tells the command and
// what it said.
func (d Dir) Output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = d.Path, d.Env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		said := strings.TrimSpace(stdout.String() + stderr.String())
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, said)
	}
	return stdout.String(), nil
}

// Run is Output for a command whose output does not matter.
func (d Dir) Run(ctx context.Context, name string, args ...string) error {
	_, err := d.Output(ctx, name, args...)
	return err
}
