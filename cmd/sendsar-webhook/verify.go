package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/diagnose"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func verifyCommand(std streams) *cli.Command {
	return &cli.Command{
		Name: "verify", ArgsUsage: "-signature VALUE [FILE]",
		Usage: "say whether a signature matches a body, and if not, why",
		Description: `Checks the bytes of FILE, or of standard input, as an endpoint does. If they are not
genuine, it looks at the value, the secret and the body, tries the mistakes that people
make, and names those with which the signature matches. ` + previousVariable + `,
if set, is tried as well.
Exit status: 0 genuine, 1 not genuine, 2 wrong usage.

` + secretHelp,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "signature", Usage: "the `VALUE` of the " + webhook.SignatureHeader + " header (required)"},
			secretFileFlag(), jsonFlag(), maxBodyFlag(),
		},
		Metadata: examples(
			`printf '{"event":"console.test"}' > body.json`,
			`signature=$(CMD sign body.json)`,
			`CMD verify -signature "$signature" body.json`,
			`echo '{"event":"console.test"}' | CMD verify -signature "$signature"`,
		),
		Action: func(ctx context.Context, c *cli.Command) error { return verify(ctx, std, c) },
	}
}

func verify(ctx context.Context, std streams, c *cli.Command) error {
	if !c.IsSet("signature") {
		return errors.New("-signature is missing: give the value of the " + webhook.SignatureHeader + " header")
	}
	limit, err := maxBody(c)
	if err != nil {
		return err
	}
	file, err := fileArgument(c)
	if err != nil {
		return err
	}
	secret, _, err := currentSecret(ctx, c)
	if err != nil {
		return err
	}
	body, err := readBody(ctx, std, "FILE", file, limit)
	if err != nil {
		return err
	}
	line := newProgress(std.err)
	result := judge(ctx, secrets{secret, os.Getenv(previousVariable)}, body, c.String("signature"), line.tried)
	line.clear()
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.Bool("json") {
		err = printJSON(std.out, result)
	} else {
		result.print(printer{std.out})
	}
	if err == nil && !result.Genuine {
		err = errNo
	}
	return err
}

// secrets are the secrets as they are set. previous may be empty.
type secrets struct{ current, previous string }

// verdict is the result of verify, and the output of verify -json.
type verdict struct {
	Genuine  bool      `json:"genuine"`
	Bytes    int       `json:"bytes"`
	Refusal  string    `json:"refusal,omitempty"`  // what an endpoint would log
	Mistakes []mistake `json:"mistakes,omitempty"` // the mistakes that explain it
	Proved   bool      `json:"proved,omitempty"`   // with the mistakes undone, the signature matches
	Tried    []string  `json:"tried,omitempty"`    // mistakes that were tried and do not explain it

	rotated bool // there is a previous secret
}

type mistake struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	Fix  string `json:"fix"`
}

// judge verifies a body and explains a refusal. It returns early when ctx ends.
func judge(ctx context.Context, s secrets, body []byte, signature string, progress func(int)) verdict {
	result := verdict{Bytes: len(body), rotated: s.previous != ""}
	err := check(s.current, body, signature)
	if err == nil {
		result.Genuine = true
		return result
	}
	result.Refusal = joined(err)
	found := diagnose.Explain(ctx, diagnose.Case{Body: body, Signature: signature, Secret: s.current, Previous: s.previous}, progress)
	for _, m := range found.Mistakes {
		result.Mistakes = append(result.Mistakes, mistake{m.ID, m.Text, m.Fix})
	}
	result.Proved, result.Tried = found.Proved, found.Tried
	return result
}

// check verifies a body as an endpoint does.
func check(secret string, body []byte, signature string) error {
	verifier, err := webhook.New(secret)
	if err != nil {
		return err
	}
	// An HTTP server removes white space around a header's value (RFC 9110, 5.5).
	return verifier.Verify(body, strings.Trim(signature, " \t"))
}

func (v verdict) print(p printer) {
	if v.Genuine {
		p.f("genuine\n")
		return
	}
	for i, m := range v.Mistakes {
		lead := "not genuine"
		if i > 0 {
			lead = "and"
		}
		p.f("%s: %s; %s\n", lead, m.Text, m.Fix)
	}
	if len(v.Mistakes) == 0 {
		p.f("not genuine: %s (a body of %d bytes)\n", strings.TrimPrefix(v.Refusal, "webhook: "), v.Bytes)
		p.f("No common mistake explains it. Is it another account's or environment's secret, or a body that was changed?\n")
		if !v.rotated {
			p.f("If the secret was rotated, set %s to the one before, and try again.\n", previousVariable)
		}
	}
	if len(v.Tried) > 0 {
		p.f("tried:\n")
	}
	for _, name := range v.Tried {
		p.f("  - %s\n", name)
	}
}
