package main

import (
	"errors"
	"flag"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func prepareSign(flags *flag.FlagSet) func(std streams, args []string) (bool, error) {
	var s signing
	s.secrets = defineSecrets(flags)
	flags.BoolVar(&s.header, "header", false, "print the whole header line")
	flags.StringVar(&s.curl, "curl", "", "print a curl command (for a POSIX shell) that sends FILE to `URL`")
	flags.BoolVar(&s.json, "json", false, "print one JSON object")
	return func(std streams, args []string) (bool, error) { return true, s.run(std, args) }
}

type signing struct {
	secrets secretFlags
	header  bool
	curl    string
	json    bool
}

func (s signing) run(std streams, args []string) error {
	if err := oneOf(choice{"-header", s.header}, choice{"-curl", s.curl != ""}, choice{"-json", s.json}); err != nil {
		return err
	}
	file, err := fileArgument(args)
	if err != nil {
		return err
	}
	if s.curl != "" {
		if err := checkTarget("-curl", s.curl); err != nil {
			return err
		}
		if file == stdin {
			return errors.New("-curl: curl reads the body from a file: name a FILE")
		}
	}
	secret, err := s.secrets.signer()
	if err != nil {
		return err
	}
	body, err := readBody(std, "FILE", file)
	if err != nil {
		return err
	}
	signature := webhook.Sign(secret, body)
	p := printer{std.out}
	switch {
	case s.json:
		return printJSON(std.out, signed{webhook.SignatureHeader, signature, len(body)})
	case s.header:
		p.f("%s: %s\n", webhook.SignatureHeader, signature)
	case s.curl != "":
		p.f("%s\n", curlCommand(s.curl, signature, file))
	default:
		p.f("%s\n", signature)
	}
	return nil
}

// signed is what -json prints.
type signed struct {
	Header    string `json:"header"`
	Signature string `json:"signature"`
	Bytes     int    `json:"bytes"`
}

// curlCommand delivers a file byte for byte: curl reads it, so that no shell changes it.
func curlCommand(url, signature, file string) string {
	return strings.Join([]string{
		"curl -sS -i --globoff", // brackets in the URL are no pattern
		"-H " + quoted("Content-Type: application/json"),
		"-H " + quoted(webhook.SignatureHeader+": "+signature),
		"--data-binary " + quoted("@"+file),
		quoted(url),
	}, " ")
}

// quoted is one word for a POSIX shell.
func quoted(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// choice is a flag that excludes others.
type choice struct {
	name  string
	taken bool
}

func oneOf(choices ...choice) error {
	var taken []string
	for _, c := range choices {
		if c.taken {
			taken = append(taken, c.name)
		}
	}
	if len(taken) > 1 {
		return errors.New(strings.Join(taken, " and ") + " exclude each other: use one of them")
	}
	return nil
}
