// Command sendsar-webhook sends deliveries as Sendsar does, signs bodies, explains why a
// signature does not match, shows the deliveries that arrive on this machine, and sends
// saved ones again. From the root of a checkout:
//
//	go run ./cmd/sendsar-webhook -h
//
// Secrets come from the environment or from a file, never from the command line, and
// are never printed.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
)

// The exit statuses. Wrong usage and unusable input get 2, because they are not a verdict.
const (
	exitOK         = 0
	exitNo         = 1 // not genuine, or the endpoint did not do what it must
	exitUsage      = 2
	exitSignal     = 128 // plus the signal's number, as in shells
	exitInterrupt  = exitSignal + int(syscall.SIGINT)
	exitTerminated = exitSignal + int(syscall.SIGTERM)
)

var (
	// errNo is the verdict "no", which has been printed.
	errNo = errors.New("no")
	// errPrinted is an error that has been printed.
	errPrinted = errors.New("printed")
)

// streams are those of the process. out is flushed when the command ends.
type streams struct {
	in  *os.File
	out *bufio.Writer
	err *os.File
}

func main() {
	// net/http would log the bytes that a server sends after its answer.
	log.SetOutput(io.Discard)
	os.Exit(start())
}

func start() int {
	ctx, status, release := interruptible()
	defer release()
	std := streams{in: os.Stdin, out: bufio.NewWriter(os.Stdout), err: os.Stderr}
	err := newRoot(std, os.Args[1:]).Run(ctx, os.Args)
	if flushed := std.out.Flush(); flushed != nil && (err == nil || errors.Is(err, errNo)) {
		err = ownError{fmt.Errorf("standard output: %w", flushed)}
	}
	switch {
	case ctx.Err() != nil:
		return status()
	case err == nil:
		return exitOK
	case errors.Is(err, errNo):
		return exitNo
	case errors.Is(err, errPrinted):
		return exitUsage
	default:
		_, _ = fmt.Fprintf(std.err, "sendsar-webhook: %s\n", printable(err)) // there is nowhere else to report it
		return exitUsage
	}
}

// interruptible returns a context that the first SIGINT or SIGTERM ends, and the exit
// status of that signal. A second signal ends the process.
func interruptible() (ctx context.Context, status func() int, release func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	received := exitInterrupt
	go func() {
		select {
		case s := <-signals:
			if s == syscall.SIGTERM {
				received = exitTerminated
			}
			signal.Stop(signals)
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() int { return received }, cancel
}
