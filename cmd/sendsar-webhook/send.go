package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	maxDeliveries = 1_000_000
	maxAtOnce     = 1_000
)

func sendCommand(std streams) *cli.Command {
	return &cli.Command{
		Name: "send", ArgsUsage: "URL",
		Usage: "send a delivery, genuine or not, and judge the answer",
		Description: `Sends a delivery as the Sendsar console does: POST, JSON, signed, 10 s for the answer.
The body is an event of its own, or that of -data; -data - reads standard input.
Exit status: 0 the endpoint did what it must (2xx for a genuine delivery, 401 for one
that is not), 1 it did not, 2 wrong usage, 130 interrupted.

` + secretHelp,
		Flags: []cli.Flag{
			secretFileFlag(), previousFlag(),
			&cli.StringFlag{Name: "event", Value: string(webhook.EventConsoleTest), Usage: "send this `EVENT`: " + eventNames()},
			&cli.StringFlag{Name: "data", Usage: "send the exact bytes of `FILE` (- for standard input) in place of an event"},
			&cli.BoolFlag{Name: "forge", Usage: "sign with a secret that nobody has: it must get 401"},
			&cli.BoolFlag{Name: "tamper", Usage: "change one byte after signing: it must get 401"},
			&cli.BoolFlag{Name: "unsigned", Usage: "send no signature: it must get 401"},
			&cli.IntFlag{Name: "n", Value: 1, Usage: fmt.Sprintf("make `N` deliveries, at most %d, each event with an id of its own", maxDeliveries)},
			&cli.IntFlag{Name: "c", Value: 1, Usage: fmt.Sprintf("make `C` deliveries at a time, at most %d", maxAtOnce)},
			jsonFlag(), maxBodyFlag(),
		},
		Metadata: examples(
			"CMD send http://127.0.0.1:8080/webhooks/sendsar",
			"CMD send -forge http://127.0.0.1:8080/webhooks/sendsar",
			"CMD send -event call.ended -n 1000 -c 20 http://127.0.0.1:8080/webhooks/sendsar",
		),
		Action: func(ctx context.Context, c *cli.Command) error { return send(ctx, std, c) },
	}
}

// send checks everything before it sends anything.
func send(ctx context.Context, std streams, c *cli.Command) error {
	if c.NArg() != 1 {
		return fmt.Errorf("%d arguments: give one URL, like http://127.0.0.1:8080/webhooks/sendsar", c.NArg())
	}
	n, atOnce := c.Int("n"), c.Int("c")
	m := maker{kind: kindOfDelivery(c), url: c.Args().First()}
	err := errors.Join(checkTarget("URL", m.url), checkNumbers(n, atOnce),
		oneOf(c, "event", "data"), oneOf(c, "previous", "forge", "tamper", "unsigned"))
	if err != nil {
		return err
	}
	if m.kind != forged && m.kind != unsigned {
		if m.secret, err = signingSecret(ctx, c); err != nil {
			return err
		}
	}
	if m.body, err = bodies(ctx, std, c); err != nil {
		return err
	}

	r := newReport(m.kind, n, atOnce)
	line := newProgress(std.err)
	start := time.Now()
	deliverAll(ctx, m, n, atOnce, r.note, func() { line.delivered(r.noted, n) })
	r.elapsed = time.Since(start)
	line.clear()
	if c.Bool("json") {
		err = printJSON(std.out, r.json())
	} else {
		r.print(printer{std.out})
	}
	if err == nil && !r.ok() {
		err = errNo
	}
	return err
}

func kindOfDelivery(c *cli.Command) kind {
	switch {
	case c.Bool("previous"):
		return previous
	case c.Bool("forge"):
		return forged
	case c.Bool("tamper"):
		return altered
	case c.Bool("unsigned"):
		return unsigned
	default:
		return genuine
	}
}

func checkNumbers(n, atOnce int) error {
	switch {
	case n < 1 || n > maxDeliveries:
		return fmt.Errorf("-n: give a number from 1 to %d", maxDeliveries)
	case atOnce < 1 || atOnce > maxAtOnce:
		return fmt.Errorf("-c: give a number from 1 to %d", maxAtOnce)
	case atOnce > n:
		return errors.New("-c: more deliveries at a time than -n makes: raise -n")
	default:
		return nil
	}
}

// bodies returns a function that returns the body of each delivery.
func bodies(ctx context.Context, std streams, c *cli.Command) (func() []byte, error) {
	if c.IsSet("data") {
		limit, err := maxBody(c)
		if err != nil {
			return nil, err
		}
		data, err := readBody(ctx, std, "-data", c.String("data"), limit)
		return func() []byte { return data }, err
	}
	event, err := parseEvent(c.String("event"))
	if err != nil {
		return nil, err
	}
	if isPiped(std.in) {
		printer{std.err}.f("note: standard input is not sent: use -data - to send it\n")
	}
	if event != webhook.EventConsoleTest {
		printer{std.err}.f("note: the fields of %s are not documented: this delivery has the fields of console.test\n", event)
	}
	return func() []byte { return newPayload(event) }, nil
}

// isPiped reports whether standard input is a pipe or a file that is not empty. A terminal
// and /dev/null are neither.
func isPiped(in *os.File) bool {
	info, err := in.Stat()
	if err != nil {
		return false
	}
	return info.Mode()&os.ModeNamedPipe != 0 || info.Mode().IsRegular() && info.Size() > 0
}
