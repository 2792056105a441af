package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"strings"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/diagnose"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func prepareVerify(flags *flag.FlagSet) func(std streams, args []string) (bool, error) {
	var v verification
	flags.StringVar(&v.signature, "signature", "", "the `VALUE` of the "+webhook.SignatureHeader+" header (required)")
	v.secretFile = defineSecretFile(flags)
	flags.BoolVar(&v.json, "json", false, "print one JSON object")
	return func(std streams, args []string) (bool, error) {
		if !given(flags, "signature") {
			return false, errors.New("-signature is missing: give the value of the " + webhook.SignatureHeader + " header")
		}
		return v.run(std, args)
	}
}

type verification struct {
	signature  string
	secretFile *string
	json       bool
}

func (v verification) run(std streams, args []string) (bool, error) {
	file, err := fileArgument(args)
	if err != nil {
		return false, err
	}
	secret, _, err := currentSecret(*v.secretFile)
	if err != nil {
		return false, err
	}
	body, err := readBody(std, "FILE", file)
	if err != nil {
		return false, err
	}
	result := judge(secret, body, v.signature)
	if v.json {
		return result.Genuine, printJSON(std.out, result)
	}
	result.print(printer{std.out})
	return result.Genuine, nil
}

// verdict is what verify found, and what -json prints.
type verdict struct {
	Genuine  bool      `json:"genuine"`
	Bytes    int       `json:"bytes"`
	Refusal  string    `json:"refusal,omitempty"`  // what an endpoint would log
	Mistakes []mistake `json:"mistakes,omitempty"` // together they explain it
	Tried    []string  `json:"tried,omitempty"`    // nothing of this does

	rotated bool // there is a previous secret
}

type mistake struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	Mend string `json:"mend"`
}

func judge(secret string, body []byte, signature string) verdict {
	previous := os.Getenv(previousVariable)
	result := verdict{Bytes: len(body), rotated: previous != ""}
	err := check(secret, body, signature)
	if err == nil {
		result.Genuine = true
		return result
	}
	result.Refusal = joined(err)
	refused := diagnose.Case{Body: body, Signature: signature, Secret: secret, Previous: previous}
	explained := diagnose.Explain(context.Background(), refused, nil)
	for _, m := range explained.Mistakes {
		result.Mistakes = append(result.Mistakes, mistake{m.ID, m.Text, m.Fix})
	}
	result.Tried = explained.Tried
	return result
}

// check is what an endpoint does.
func check(secret string, body []byte, signature string) error {
	verifier, err := webhook.New(secret)
	if err != nil {
		return err
	}
	// Where header values enter, white space around one is not part of it (RFC 9110, 5.5).
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
		p.f("%s: %s; %s\n", lead, m.Text, m.Mend)
	}
	if len(v.Mistakes) == 0 {
		p.f("not genuine: %s (a body of %d bytes)\n", v.Refusal, v.Bytes)
		p.f("No common mistake explains it. Is it another account's or environment's secret, or a body that was changed?\n")
		if !v.rotated {
			p.f("If the secret was rotated, set %s to the one before, and try again.\n", previousVariable)
		}
	}
	if len(v.Tried) == 0 {
		return
	}
	p.f("tried:\n")
	for _, name := range v.Tried {
		p.f("  - %s\n", name)
	}
}
