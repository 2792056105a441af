package main

import (
	"fmt"
	"io"
	"os"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const stdin = "-"

// fileArgument is the one FILE of a command, standard input without one.
func fileArgument(args []string) (string, error) {
	switch len(args) {
	case 0:
		return stdin, nil
	case 1:
		return args[0], nil
	default:
		return "", fmt.Errorf("%d arguments: name one FILE, or none for standard input", len(args))
	}
}

// readBody returns the bytes of a file or of standard input. what names the argument.
func readBody(std streams, what, name string) ([]byte, error) {
	if name == stdin {
		return readLimited(what, std.in)
	}
	if err := notASecret(name); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	file, err := os.Open(name) //nolint:gosec // the file that the user named
	if err != nil {
		return nil, fmt.Errorf("%s: %w: name a file, or - for standard input", what, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	return readLimited(what, file)
}

func readLimited(what string, r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, webhook.DefaultMaxBodyBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w: name a file, or - for standard input", what, err)
	case len(body) > webhook.DefaultMaxBodyBytes:
		return nil, fmt.Errorf("%s: more than %d bytes, which is the most that a body may have: use a smaller one", what, webhook.DefaultMaxBodyBytes)
	}
	return body, nil
}
