package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const stdin = "-"

// largestBody bounds -max-body: a body is held in memory.
const largestBody = 1 << 30

func maxBodyFlag() cli.Flag {
	return &cli.IntFlag{
		Name: "max-body", Value: webhook.DefaultMaxBodyBytes,
		Usage: "accept bodies of up to `BYTES`",
	}
}

// maxBody returns the value of -max-body.
func maxBody(c *cli.Command) (int, error) {
	n := c.Int("max-body")
	if n < 1 || n > largestBody {
		return 0, fmt.Errorf("-max-body: give a number of bytes from 1 to %d", largestBody)
	}
	return n, nil
}

func noArguments(c *cli.Command) error {
	if c.NArg() > 0 {
		return errors.New("this command takes no arguments " + moreHelp)
	}
	return nil
}

// fileArgument is the one FILE of a command, standard input without one.
func fileArgument(c *cli.Command) (string, error) {
	switch c.NArg() {
	case 0:
		return stdin, nil
	case 1:
		return c.Args().First(), nil
	default:
		return "", fmt.Errorf("%d arguments: name one FILE, or none for standard input", c.NArg())
	}
}

// readBody returns the bytes of a file or of standard input. what names the argument.
func readBody(ctx context.Context, std streams, what, name string, limit int) ([]byte, error) {
	file := std.in
	if name != stdin {
		if err := notASecret(name); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		opened, err := os.Open(name) //nolint:gosec // the file that the user named
		if err != nil {
			return nil, fmt.Errorf("%s: %w: name a file, or - for standard input", what, cause(err))
		}
		defer func() { _ = opened.Close() }() // it was only read
		file = opened
	}
	body, err := readAll(ctx, io.LimitReader(file, int64(limit)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w: name a file, or - for standard input", what, cause(err))
	case len(body) > limit:
		return nil, fmt.Errorf("%s: the body has more than %d bytes: use a smaller one, or raise -max-body", what, limit)
	}
	return body, nil
}

// readAll ends with ctx, because a terminal or a pipe may never come to its end.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type result struct {
		content []byte
		err     error
	}
	done := make(chan result, 1)
	go func() {
		content, err := io.ReadAll(r)
		done <- result{content, err}
	}()
	select {
	case r := <-done:
		return r.content, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

var errNoFile = errors.New("no such file")

// cause is an error of the file system without the name of the file, which may be a
// secret that was pasted in the wrong place.
func cause(err error) error {
	var named *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errNoFile // in the same words on every system
	case errors.As(err, &named):
		return named.Err
	default:
		return err
	}
}
