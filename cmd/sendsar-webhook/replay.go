package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

func replayCommand(std streams) *cli.Command {
	return &cli.Command{
		Name: "replay", ArgsUsage: "FILE… URL",
		Usage: "send saved deliveries again",
		Description: `Sends the deliveries that listen -save wrote, in the given order, with their headers and
the signature that they came with, and prints one line for each. With -resign the
signature is a new one; otherwise no secret is needed. -resign signs what was refused,
too, and the app will accept it: look at what is in the files.
Exit status: 0 every answer was 2xx, 1 one was not, 2 wrong usage, 130 interrupted.

` + secretHelp,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "resign", Usage: "sign each body anew"},
			secretFileFlag(), previousFlag(), maxBodyFlag(),
		},
		Metadata: examples(
			"CMD replay deliveries/*.http http://127.0.0.1:8080/webhooks/sendsar",
			"CMD replay -resign deliveries/*.http http://127.0.0.1:8080/webhooks/sendsar",
		),
		Action: func(ctx context.Context, c *cli.Command) error { return replay(ctx, std, c) },
	}
}

// replay reads all files before it sends anything.
func replay(ctx context.Context, std streams, c *cli.Command) error {
	if c.NArg() < 2 {
		return errors.New("name one FILE or more, and then the URL")
	}
	files, target := c.Args().Slice()[:c.NArg()-1], c.Args().Get(c.NArg()-1)
	if err := checkTarget("URL (the last argument)", target); err != nil {
		return err
	}
	resign := c.Bool("resign")
	if !resign && (c.Bool("previous") || c.IsSet("secret-file")) {
		return errors.New("-previous and -secret-file choose a secret to sign with: add -resign")
	}
	var secret string
	if resign {
		var err error
		if secret, err = signingSecret(ctx, c); err != nil {
			return err
		}
	}
	limit, err := maxBody(c)
	if err != nil {
		return err
	}
	var all []replayed
	for i, name := range files {
		d, err := interruptibly(ctx, func() (replayed, error) { return load(name, limit) })
		if err != nil {
			return fmt.Errorf("FILE %d: %w", i+1, err)
		}
		all = append(all, d)
	}
	return replayAll(ctx, std, all, target, secret)
}

// replayed is a saved delivery for a new address.
type replayed struct {
	name   string
	method string
	header http.Header
	body   []byte
}

var errTooLarge = errors.New("the body has more bytes than -max-body allows: raise it")

// load reads a saved delivery. Its errors do not contain the file's name.
func load(name string, limit int) (replayed, error) {
	if err := notASecret(name); err != nil {
		return replayed{}, err
	}
	const advice = "%w: name a file that listen -save wrote"
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return replayed{}, fmt.Errorf(advice, cause(err))
	case !info.Mode().IsRegular(): // reading it may never end
		return replayed{}, fmt.Errorf(advice, errors.New("not a regular file"))
	case info.Size() > int64(limit)+http.DefaultMaxHeaderBytes:
		return replayed{}, errTooLarge
	}
	saved, err := webhooktest.Load(name)
	if err != nil && strings.Contains(err.Error(), "bytes follow the body") {
		return replayed{}, errors.New("the file was changed after it was saved: bytes follow the body")
	}
	if err != nil {
		return replayed{}, fmt.Errorf(advice, cause(err))
	}
	body, err := io.ReadAll(saved.Body)
	switch {
	case err != nil:
		return replayed{}, err
	case len(body) > limit:
		return replayed{}, errTooLarge
	}
	// These headers are about one connection.
	for _, name := range []string{"Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Expect", "Content-Length"} {
		saved.Header.Del(name)
	}
	return replayed{filepath.Base(name), saved.Method, saved.Header, body}, nil
}

// request returns the delivery as it arrived. If there is a secret, it is signed with that.
func (d replayed) request(ctx context.Context, url, secret string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, d.method, url, bytes.NewReader(d.body))
	if err != nil {
		return nil, err
	}
	r.Header = d.header.Clone()
	if r.Header.Get("User-Agent") == "" {
		r.Header["User-Agent"] = nil // otherwise net/http adds its own
	}
	if secret != "" {
		r.Header.Set(webhook.SignatureHeader, webhook.Sign(secret, d.body))
	}
	return r, nil
}

// replayAll sends one delivery after the other, and prints a line for each.
func replayAll(ctx context.Context, std streams, all []replayed, url, secret string) error {
	client := newClient(1)
	defer client.CloseIdleConnections()
	out := newLines(std)
	ok := true
	for _, d := range all {
		r, err := d.request(ctx, url, secret)
		if err != nil {
			return errors.New("URL: the request cannot be made")
		}
		o := deliver(client, r, secret)
		if ctx.Err() != nil {
			break
		}
		right := o.answered && o.unfinished == "" && genuine.satisfiedBy(o.status)
		ok = ok && right
		out.replayed(ctx, d, o, right)
	}
	if err := out.end(ctx); err != nil || ok {
		return err
	}
	return errNo
}

func (l *lines) replayed(ctx context.Context, d replayed, o outcome, right bool) {
	result := good(statusLine(o.status))
	switch {
	case !o.answered:
		result = bad("no answer: " + o.failure.text)
	case o.unfinished != "":
		result = bad(statusLine(o.status) + ", " + o.unfinished)
	case !right:
		result = bad(statusLine(o.status))
	}
	l.sayAll(ctx, "%s: %d bytes: %s in %s", shown(d.name), len(d.body), result, milliseconds(o.took))
}
