package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/apps"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/load"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/report"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Connections that hold a server's memory: each announces the most that is allowed, and
// stops.
var holds = []struct {
	name        string
	connections int
	sent        int // bytes of the body
	most        float64
}{
	{"2,000 connections that send nothing", 2000, 0, 50},
	{"1,000 that stop after 64 KiB + 1", 1000, 64<<10 + 1, 0},
}

// measureHeld starts each server as its own process, so that the load's memory is not in
// the figure.
func (r *run) measureHeld() error {
	if runtime.GOOS != "linux" {
		r.report.Tables = append(r.report.Tables, report.Table{Title: "Connections that hold memory", Note: "Not measured: it needs Linux's /proc."})
		return nil
	}
	table := report.Table{
		Title: "Connections that hold memory",
		Note: "Resident memory of the server over what it has when idle, while connections with a well-formed signature announce 1 MiB each and stop. " +
			"Fiber allocates the announced length before any middleware runs, unless it streams.",
		Header: []string{"", holds[0].name, holds[1].name},
	}
	for _, framework := range append(apps.Frameworks, apps.Streaming...) {
		row := []string{framework.Name}
		for _, hold := range holds {
			mebibytes, err := r.held(framework.Name, hold.connections/r.fewer, hold.sent)
			if err != nil {
				return fmt.Errorf("%s: %w", framework.Name, err)
			}
			row = append(row, fmt.Sprintf("%.0f MiB", mebibytes))
			if hold.most > 0 {
				r.report.Targets = append(r.report.Targets, report.Target{
					What: "memory over idle, " + framework.Name, Case: hold.name, Most: hold.most, Got: mebibytes, Unit: " MiB",
					Reason: heldReason(framework.Name),
				})
			}
		}
		table.Rows = append(table.Rows, row)
	}
	r.report.Tables = append(r.report.Tables, table)
	return nil
}

// heldReason says what no middleware can mend.
func heldReason(framework string) string {
	switch framework {
	case "Fiber v2", "Fiber v3":
		return "Fiber allocates the announced length before any middleware runs, unless it streams"
	default:
		return ""
	}
}

// held returns the memory over idle, in MiB.
func (r *run) held(framework string, connections, sent int) (mebibytes float64, err error) {
	server, err := startHeld(framework)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()

	warm, err := load.Dial(server.addr, 16, receivers.Body(300))
	if err != nil {
		return 0, err
	}
	if _, err := warm.Run(50 * time.Millisecond); err != nil {
		return 0, err
	}
	if err := warm.Close(); err != nil {
		return 0, err
	}
	idle, err := server.settled(r.still)
	if err != nil {
		return 0, err
	}
	body := receivers.Body(receivers.MaxBytes)
	request := append(load.Head(len(body), webhook.Sign(receivers.Secret, body)), body[:sent]...)
	for range connections {
		conn, err := net.Dial("tcp", server.addr)
		if err != nil {
			return 0, err
		}
		defer func() { _ = conn.Close() }() // cut off on purpose
		if _, err := conn.Write(request); err != nil {
			return 0, err
		}
	}
	full, err := server.settled(r.still)
	return float64(full-idle) / (1 << 20), err
}

// heldServer is a server in a process of its own that answers how much memory it has.
type heldServer struct {
	addr    string
	process *exec.Cmd
	ask     io.WriteCloser
	answers *bufio.Reader
}

func startHeld(framework string) (*heldServer, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	process := exec.Command(program, "-hold", framework) //nolint:gosec // itself
	process.Stderr = os.Stderr
	ask, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	server := &heldServer{process: process, ask: ask, answers: bufio.NewReader(out)}
	server.addr, err = server.answer()
	if err != nil {
		return nil, errors.Join(err, server.stop())
	}
	return server, nil
}

func (s *heldServer) answer() (string, error) {
	line, err := s.answers.ReadString('\n')
	return strings.TrimSpace(line), err
}

// settled waits until the memory has not grown for so many looks, and returns it.
func (s *heldServer) settled(still int) (bytes int, err error) {
	const step, most = 50 * time.Millisecond, 400
	largest, unchanged := 0, 0
	for range most {
		if _, err := io.WriteString(s.ask, "\n"); err != nil {
			return 0, err
		}
		line, err := s.answer()
		if err != nil {
			return 0, err
		}
		if bytes, err = strconv.Atoi(line); err != nil {
			return 0, err
		}
		if unchanged++; bytes > largest {
			largest, unchanged = bytes, 0
		}
		if unchanged == still {
			return bytes, nil
		}
		time.Sleep(step)
	}
	return 0, errors.New("the memory did not settle")
}

// stop closes the server's standard input, which ends it.
func (s *heldServer) stop() error { return errors.Join(s.ask.Close(), s.process.Wait()) }

// serveHeld is the other side: it answers every line on standard input with its resident
// memory, and ends with it.
func serveHeld(name string) error {
	for _, framework := range append(apps.Frameworks, apps.Streaming...) {
		if framework.Name != name {
			continue
		}
		addr, _, err := serve(framework.New(apps.Ours))
		if err != nil {
			return err
		}
		fmt.Println(addr)
		questions := bufio.NewScanner(os.Stdin)
		for questions.Scan() {
			debug.FreeOSMemory() // what is garbage is not held
			bytes, err := residentMemory()
			if err != nil {
				return err
			}
			fmt.Println(bytes)
		}
		return questions.Err()
	}
	return fmt.Errorf("no framework %q", name)
}

// residentMemory reads Linux's figure for this process.
func residentMemory() (int, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, found := bytes.Cut(status, []byte("VmRSS:"))
	fields := bytes.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, errors.New("no VmRSS")
	}
	kibibytes, err := strconv.Atoi(string(fields[0]))
	return kibibytes << 10, err
}
