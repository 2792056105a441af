package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

var commands = []command{
	{
		name: "send", args: "[flags] URL",
		summary: "send a delivery, genuine or not, and judge the answer",
		details: `Sends a delivery as the Sendsar console does: POST, JSON, signed, 10 s for the answer.
Exit status: 0 the endpoint did what it must (2xx for a genuine delivery, 401 for one
that is not), 1 it did not or the run was interrupted, 2 wrong usage.`,
		examples: []string{
			"CMD send http://127.0.0.1:8080/webhooks/sendsar",
			"CMD send -forge http://127.0.0.1:8080/webhooks/sendsar",
			"CMD send -event call.ended -n 1000 -c 20 http://127.0.0.1:8080/webhooks/sendsar",
		},
		prepare: prepareSend,
	},
	{
		name: "sign", args: "[flags] [FILE]",
		summary: "print the signature of a body",
		details: `Signs the bytes of FILE, or of standard input.
Exit status: 0, or 2 for wrong usage.`,
		examples: []string{
			`printf '{"event":"console.test"}' > body.json`,
			"CMD sign body.json",
			"CMD sign -curl http://127.0.0.1:8080/webhooks/sendsar body.json | sh",
		},
		prepare: prepareSign,
	},
	{
		name: "verify", args: "-signature VALUE [flags] [FILE]",
		summary: "tell whether a signature fits a body, and if not, why",
		details: `Checks the bytes of FILE, or of standard input, as an endpoint does. If they are not
genuine it tries the mistakes that people make, and names the one with which the
signature fits. ` + previousVariable + `, if set, is tried as well.
Exit status: 0 genuine, 1 not genuine, 2 wrong usage.`,
		examples: []string{
			`printf '{"event":"console.test"}' > body.json`,
			`signature=$(CMD sign body.json)`,
			`CMD verify -signature "$signature" body.json`,
			`echo '{"event":"console.test"}' | CMD verify -signature "$signature"`,
		},
		prepare: prepareVerify,
	},
}

const secretHelp = `The secret is read from ` + secretVariable + `, or from -secret-file.
It is never an argument, because other users can read those.
`

func printOverview(w io.Writer) {
	p := printer{w}
	p.f("usage: sendsar-webhook COMMAND [flags] [argument]\n\n")
	for _, c := range commands {
		p.f("  %-8s%s\n", c.name, c.summary)
	}
	p.f("\n%s\nsendsar-webhook COMMAND -h says more.\n", secretHelp)
	p.examples(commands[0].examples)
}

func (c command) printHelp(w io.Writer, flags *flag.FlagSet) {
	p := printer{w}
	p.f("usage: sendsar-webhook %s %s\n\n%s\n\n%s\nflags:\n", c.name, c.args, c.details, secretHelp)
	flags.SetOutput(w)
	flags.PrintDefaults()
	p.examples(c.examples)
}

// examples can be pasted: nobody can install the command, so that it is run from the
// checkout.
func (p printer) examples(lines []string) {
	p.f("\nexamples, from the root of the checkout:\n  export %s=whsec_80cfe540e2c9c1652a9cc89d07d019921e178431e1ce13e1 # the same that the server has\n", secretVariable)
	for _, line := range lines {
		p.f("  %s\n", strings.ReplaceAll(line, "CMD", "go run ./cmd/sendsar-webhook"))
	}
}

// printer prints to a buffer, whose errors show when it is flushed.
type printer struct{ w io.Writer }

func (p printer) f(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format, args...) }
