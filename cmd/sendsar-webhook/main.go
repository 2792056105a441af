// Command sendsar-webhook sends deliveries as Sendsar does, signs bodies, and tells why
// a signature does not fit. From the root of a checkout:
//
//	go run ./cmd/sendsar-webhook -h
//
// Secrets come from the environment or from a file, never from the command line, and
// are never printed.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// The exit statuses. What is wrong with the call or its input is no verdict.
const (
	exitOK    = 0
	exitNo    = 1 // not genuine; or the endpoint did not do what it must
	exitUsage = 2
)

// command is one of the subcommands.
type command struct {
	name     string
	args     string // behind the name, in the help
	summary  string
	details  string
	examples []string // shell commands; CMD stands for this one
	// prepare defines the flags and returns what runs once they are parsed: ok is the
	// verdict, err what kept it from giving one.
	prepare func(flags *flag.FlagSet) func(std streams, args []string) (ok bool, err error)
}

// streams are the process's own. What goes to out appears when the command is done.
type streams struct {
	in  *os.File
	out io.Writer
	err *os.File
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	status := run(streams{in: os.Stdin, out: out, err: os.Stderr}, os.Args[1:])
	if err := out.Flush(); err != nil {
		complain(os.Stderr, "", fmt.Errorf("standard output: %w", err))
		status = exitUsage
	}
	os.Exit(status)
}

func run(std streams, args []string) int {
	if len(args) == 0 {
		return complain(std.err, "", errors.New("no command: use send, sign or verify (-h says more)"))
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		printOverview(std.out)
		return exitOK
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(std, args[1:])
		}
	}
	return complain(std.err, "", errors.New("no such command: use send, sign or verify (-h says more)"))
}

func (c command) run(std streams, args []string) int {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // its own report of an error has many lines
	action := c.prepare(flags)
	rest, err := parse(flags, args)
	if errors.Is(err, flag.ErrHelp) {
		c.printHelp(std.out, flags)
		return exitOK
	}
	if err != nil {
		return complain(std.err, c.name, fmt.Errorf("%w (-h lists the flags)", err))
	}
	ok, err := action(std, rest)
	switch {
	case err != nil:
		return complain(std.err, c.name, err)
	case !ok:
		return exitNo
	default:
		return exitOK
	}
}

// parse takes flags before, between and behind the arguments, up to a "--".
func parse(flags *flag.FlagSet, args []string) (rest []string, err error) {
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			if strings.HasPrefix(err.Error(), "flag provided but not defined: -secret") {
				err = errors.New("-secret: other users can read a command's arguments: set " + secretVariable + ", or use -secret-file")
			}
			return nil, err
		}
		parsed := len(args) - flags.NArg()
		if parsed > 0 && args[parsed-1] == "--" {
			return append(rest, flags.Args()...), nil
		}
		if flags.NArg() == 0 {
			return rest, nil
		}
		rest = append(rest, flags.Arg(0))
		args = flags.Args()[1:]
	}
	return rest, nil
}

// given tells whether a flag was set, to whatever value.
func given(flags *flag.FlagSet, name string) bool {
	found := false
	flags.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// complain prints an error on one line.
func complain(w io.Writer, command string, err error) int {
	_, _ = fmt.Fprintf(w, "%s: %s\n", strings.TrimSpace("sendsar-webhook "+command), shown(err.Error()))
	return exitUsage
}
