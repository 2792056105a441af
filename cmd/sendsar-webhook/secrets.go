package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	secretVariable   = "SENDSAR_WEBHOOK_SECRET"          //nolint:gosec // a variable's name, not a secret
	previousVariable = "SENDSAR_WEBHOOK_PREVIOUS_SECRET" //nolint:gosec // a variable's name, not a secret
)

func secretFileFlag() cli.Flag {
	return &cli.StringFlag{
		Name:  "secret-file",
		Usage: "read the secret from `FILE`, without its final line end; it wins over " + secretVariable,
	}
}

func previousFlag() cli.Flag {
	return &cli.BoolFlag{Name: "previous", Usage: "sign with " + previousVariable + ", as during a rotation"}
}

// signingSecret returns the secret to sign with. It returns an error if webhook.New refuses
// that secret.
func signingSecret(ctx context.Context, c *cli.Command) (string, error) {
	if !c.Bool("previous") {
		return usable(currentSecret(ctx, c))
	}
	if c.IsSet("secret-file") {
		return "", errors.New("-previous and -secret-file are two secrets: use one of them")
	}
	value := os.Getenv(previousVariable)
	if value == "" {
		return "", fmt.Errorf("-previous: %s is not set: set it to the secret before the rotation", previousVariable)
	}
	return usable(value, previousVariable, nil)
}

// currentSecret returns the secret as it is set, and the name of its source. It does not
// check the secret's form.
func currentSecret(ctx context.Context, c *cli.Command) (value, source string, err error) {
	if c.IsSet("secret-file") {
		value, err = readSecret(ctx, c.String("secret-file"))
		return value, "-secret-file", err
	}
	value = os.Getenv(secretVariable)
	if value == "" {
		err = fmt.Errorf("%s is not set: set it to the webhook secret (whsec_…), or use -secret-file", secretVariable)
	}
	return value, secretVariable, err
}

func usable(value, source string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	if _, err := webhook.New(value); err != nil {
		return "", fmt.Errorf("%s: %s", source, joined(err))
	}
	return value, nil
}

// withoutPackage returns the text of an error without the name of package webhook, for people
// who do not read Go.
func withoutPackage(err error) string { return strings.TrimPrefix(joined(err), "webhook: ") }

// joined returns the text of an error with its lines joined to one.
func joined(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// readSecret reads a secret from a file. It removes one final LF or CRLF, which editors add,
// and nothing else.
func readSecret(ctx context.Context, name string) (string, error) {
	const limit = 64 << 10
	if err := notASecret(name); err != nil {
		return "", fmt.Errorf("-secret-file: %w", err)
	}
	content, err := readAll(ctx, func() (io.ReadCloser, error) { return os.Open(name) }, limit+1) //nolint:gosec // the file that the user named
	switch {
	case err != nil:
		return "", fmt.Errorf("-secret-file: %w: name a file that holds the secret alone", cause(err))
	case len(content) > limit:
		return "", fmt.Errorf("-secret-file: more than %d bytes: name a file that holds the secret alone", limit)
	}
	secret := string(content)
	if line, found := strings.CutSuffix(secret, "\n"); found {
		secret = strings.TrimSuffix(line, "\r")
	}
	if secret == "" {
		return "", errors.New("-secret-file: the file is empty: name a file that holds the secret alone")
	}
	return secret, nil
}

// notASecret returns an error if the name of a file looks like a secret. The error does not
// quote it.
func notASecret(argument string) error {
	if strings.HasPrefix(argument, "whsec_") || strings.HasPrefix(argument, "sk_") {
		return errors.New("this is a secret, or looks like one: name a file here (./… if it really has that name), and set " + secretVariable)
	}
	return nil
}
