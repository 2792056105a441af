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

// largestBody is the largest -max-body: a body is held in memory.
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

// fileArgument returns the one FILE of a command, or stdin if there is none.
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

// readBody returns the bytes of a file or of standard input. Errors name the argument with
// what.
func readBody(ctx context.Context, std streams, what, name string, limit int) ([]byte, error) {
	open := func() (io.ReadCloser, error) { return io.NopCloser(std.in), nil }
	if name != stdin {
		if err := notASecret(name); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		open = func() (io.ReadCloser, error) { return os.Open(name) } //nolint:gosec // the file that the user named
	}
	body, err := readAll(ctx, open, limit+1)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w: name a file, or - for standard input", what, cause(err))
	case len(body) > limit:
		return nil, fmt.Errorf("%s: the body has more than %d bytes: use a smaller one, or raise -max-body", what, limit)
	}
	return body, nil
}

// readAll reads at most limit bytes. It returns when ctx ends, because a terminal or a pipe
// may never end, and opening a named pipe may never return.
func readAll(ctx context.Context, open func() (io.ReadCloser, error), limit int) ([]byte, error) {
	return interruptibly(ctx, func() ([]byte, error) {
		r, err := open()
		if err != nil {
			return nil, err
		}
		defer func() { _ = r.Close() }() // it was only read
		return io.ReadAll(io.LimitReader(r, int64(limit)))
	})
}

// interruptibly returns the result of f, or the error of ctx if ctx ends first. In that case
// f goes on in the background.
func interruptibly[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

var errNoFile = errors.New("no such file")

// cause returns an error of the file system without the name of the file, which may be a
// secret that was pasted in the wrong place.
func cause(err error) error {
	var named *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errNoFile // the system's text varies
	case errors.As(err, &named):
		return named.Err
	default:
		return err
	}
}
