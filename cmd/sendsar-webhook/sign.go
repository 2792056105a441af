package main

import (
	"context"
	"errors"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func signCommand(std streams) *cli.Command {
	return &cli.Command{
		Name: "sign", ArgsUsage: "[FILE]",
		Usage: "print the signature of a body",
		Description: `Signs the bytes of FILE, or of standard input.
Exit status: 0, or 2 for wrong usage.

` + secretHelp,
		Flags: []cli.Flag{
			secretFileFlag(), previousFlag(),
			&cli.BoolFlag{Name: "header", Usage: "print the whole header line"},
			&cli.StringFlag{Name: "curl", Usage: "print a curl command (for a POSIX shell) that sends FILE to `URL`"},
			jsonFlag(), maxBodyFlag(),
		},
		Metadata: examples(
			`printf '{"event":"console.test"}' > body.json`,
			"CMD sign body.json",
			"CMD sign -curl http://127.0.0.1:8080/webhooks/sendsar body.json | sh",
		),
		Action: func(ctx context.Context, c *cli.Command) error { return sign(ctx, std, c) },
	}
}

func jsonFlag() cli.Flag { return &cli.BoolFlag{Name: "json", Usage: "print one JSON object"} }

func sign(ctx context.Context, std streams, c *cli.Command) error {
	if err := oneOf(c, "header", "curl", "json"); err != nil {
		return err
	}
	limit, err := maxBody(c)
	if err != nil {
		return err
	}
	file, err := fileArgument(c)
	if err != nil {
		return err
	}
	url := c.String("curl")
	if url != "" {
		if err := checkTarget("-curl", url); err != nil {
			return err
		}
		if file == stdin {
			return errors.New("-curl: curl reads the body from a file: name a FILE")
		}
	}
	secret, err := signingSecret(ctx, c)
	if err != nil {
		return err
	}
	body, err := readBody(ctx, std, "FILE", file, limit)
	if err != nil {
		return err
	}
	signature := webhook.Sign(secret, body)
	p := printer{std.out}
	switch {
	case c.Bool("json"):
		return printJSON(std.out, signed{webhook.SignatureHeader, signature, len(body)})
	case c.Bool("header"):
		p.f("%s: %s\n", webhook.SignatureHeader, signature)
	case url != "":
		p.f("%s\n", curlCommand(url, signature, file))
	default:
		p.f("%s\n", signature)
	}
	return nil
}

// signed is the output of sign -json.
type signed struct {
	Header    string `json:"header"`
	Signature string `json:"signature"`
	Bytes     int    `json:"bytes"`
}

// curlCommand returns a command that sends a file byte for byte. curl reads the file itself,
// so no shell can change it.
func curlCommand(url, signature, file string) string {
	return strings.Join([]string{
		"curl -sS -i --globoff", // brackets in the URL are not a pattern
		"-H " + quoted("Content-Type: application/json"),
		"-H " + quoted(webhook.SignatureHeader+": "+signature),
		"--data-binary " + quoted("@"+file),
		quoted(url),
	}, " ")
}

// quoted returns word in quotes for a POSIX shell.
func quoted(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// oneOf returns an error if more than one of the flags is set.
func oneOf(c *cli.Command, names ...string) error {
	var taken []string
	for _, name := range names {
		if c.IsSet(name) && c.Value(name) != false {
			taken = append(taken, "-"+name)
		}
	}
	if len(taken) > 1 {
		return errors.New(strings.Join(taken, " and ") + " exclude each other: use one of them")
	}
	return nil
}
