package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// process is a running example.
type process struct {
	cmd    *exec.Cmd
	url    string
	stderr bytes.Buffer // complete once stop returned
	env    secrets
}

// build builds an example in its own folder, as a user would.
func build(ctx context.Context, source, binary string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// start starts an example on a free port.
func start(ctx context.Context, binary string, env secrets, more ...string) (*process, error) {
	p := &process{env: env, cmd: exec.CommandContext(ctx, binary)}
	p.cmd.Env = append(os.Environ(), "ADDR=127.0.0.1:0",
		"SENDSAR_WEBHOOK_SECRET="+env.current, "SENDSAR_WEBHOOK_PREVIOUS_SECRET="+env.previous)
	p.cmd.Env = append(p.cmd.Env, more...)
	p.cmd.Stderr = &p.stderr
	p.cmd.WaitDelay = 5 * time.Second
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	addr, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !found {
		err = errors.Join(err, p.cmd.Process.Kill(), p.cmd.Wait())
		return nil, fmt.Errorf("it does not listen: %w\n%s", err, p.stderr.String())
	}
	p.url = "http://" + addr + "/webhooks/sendsar"
	return p, nil
}

// kill ends the example as a crash or a power cut would.
func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = p.cmd.Wait() // it was killed; there is nothing else to learn
	return nil
}

// stop ends the example gracefully and returns how often its handler ran.
func (p *process) stop() (handled int, err error) {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	if err := p.cmd.Wait(); err != nil {
		return 0, fmt.Errorf("after SIGTERM: %w\n%s", err, p.stderr.String())
	}
	log := p.stderr.String()
	if strings.Contains(log, p.env.current) || strings.Contains(log, p.env.previous) {
		return 0, errors.New("its log shows a secret")
	}
	for line := range strings.Lines(log) {
		var entry struct {
			Message string `json:"msg"`
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			return 0, fmt.Errorf("its log is not JSON: %w\n%s", err, line)
		}
		if entry.Message == "delivery verified" {
			handled++
		}
	}
	return handled, nil
}
