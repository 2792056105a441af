package webhooktest_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// startBugs are mistakes in New, WithConfig and Handle.
var startBugs = []adapterBug{
	{name: "New drops its options", by: "New, a secret of another form, unchecked", says: "it panics: ", spoil: madeWith(func([]webhook.Option) []webhook.Option { return nil })},
	{name: "New passes the first option alone", by: "New, several things wrong", says: "which does not say", spoil: madeWith(func(all []webhook.Option) []webhook.Option { return all[:min(len(all), 1)] })},
	{name: "New drops nil options", by: "New, a nil option", says: "it does not panic", spoil: madeWith(func(all []webhook.Option) []webhook.Option {
		return slices.DeleteFunc(slices.Clone(all), func(o webhook.Option) bool { return o == nil })
	})},
	{name: "New checks no form", by: "New, an API key", says: "it does not panic; package webhook refuses this", spoil: madeWith(func(all []webhook.Option) []webhook.Option {
		return append(slices.Clone(all), webhook.WithUncheckedSecrets())
	})},
	{name: "New takes white space from the secret", by: "New, white space behind the secret", says: "it does not panic", spoil: secretFor(strings.TrimSpace)},
	{name: "New takes quotes from the secret", by: "New, a secret in quotes", says: "it does not panic", spoil: secretFor(func(secret string) string { return strings.Trim(secret, `"`) })},
	{name: "New adds whsec_", by: "New, a secret without whsec_", says: "it does not panic", spoil: secretFor(func(secret string) string { return "whsec_" + strings.TrimPrefix(secret, "whsec_") })},
	{name: "New swallows the error", by: "New, a limit of zero", says: "it does not panic", spoil: madeBy(func(_ string, v *webhook.Verifier, err error) (*webhook.Verifier, error) {
		if err != nil {
			v, err = webhook.New(webhooktest.NewSecret())
		}
		return v, err
	})},
	{name: "New panics with its secret", by: "New, a placeholder", says: "which does not say", spoil: failedWith(func(secret string, _ error) error { return errors.New("bad secret " + secret) })},
	{name: "New panics with a real secret", by: "New, white space behind the secret", says: "the panic shows a secret", spoil: failedWith(func(secret string, err error) error { return fmt.Errorf("%w: %q", err, secret) })},
	{name: "New panics with most of a secret", by: "New, a secret in quotes", says: "the panic shows a secret", spoil: failedWith(func(secret string, err error) error { return fmt.Errorf("%w: %.40s…", err, secret) })},
	{name: "New panics with a secret in hex", by: "New, a secret in quotes", says: "the panic shows a secret", spoil: failedWith(func(secret string, err error) error { return fmt.Errorf("%w: %x", err, strings.Trim(secret, `"`)) })},
	{name: "New panics with the right secret where an option is wrong", by: "New, a negative limit", says: "the panic shows a secret", spoil: failedWith(func(secret string, err error) error { return fmt.Errorf("%w, secret %s", err, secret) })},
	{name: "New says nothing", by: "New, a short secret", says: "which does not say", spoil: failedWith(func(string, error) error { return errors.New("") })},
	{name: "New says the kind of error alone", by: "New, a short secret", says: "which does not say", spoil: failedWith(func(string, error) error { return webhook.ErrInvalidSecret })},
	{name: "New says something else", by: "New, a limit of zero", says: `it panics with "small: bad configuration", which does not say "webhook: `, spoil: failedWith(func(string, error) error { return errors.New("bad configuration") })},
	{name: "New writes its secret to the log", by: "New, a secret", says: "the log shows a secret", spoil: madeBy(func(secret string, v *webhook.Verifier, err error) (*webhook.Verifier, error) {
		log.Printf("secret %s", secret)
		return v, err
	})},
	{name: "New writes a wrong secret to standard error", by: "New, a whole line of a file", says: "the log shows a secret", spoil: failedWith(func(secret string, err error) error {
		_, _ = fmt.Fprintf(os.Stderr, "bad secret %s\n", secret) // the test fails without it
		return err
	})},
	{name: "WithConfig takes a zero Verifier", by: "WithConfig, a zero Verifier", says: "it does not panic", spoil: checkedBy(func(cfg smallConfig) bool { return (cfg.Verifier == nil) != (cfg.VerifierFor == nil) })},
	{name: "WithConfig takes neither", by: "WithConfig, neither", says: "it does not panic", spoil: checkedBy(func(cfg smallConfig) bool { return cfg.Verifier == nil || cfg.VerifierFor == nil })},
	{name: "WithConfig takes both", by: "WithConfig, both", says: "it does not panic", spoil: checkedBy(func(cfg smallConfig) bool { return cfg.Verifier != nil || cfg.VerifierFor != nil })},
	{name: "WithConfig takes a zero Verifier beside a VerifierFor", by: "WithConfig, a zero Verifier and a VerifierFor", says: "it does not panic", spoil: checkedBy(func(cfg smallConfig) bool { return cfg.VerifierFor != nil })},
	{name: "WithConfig refuses a VerifierFor", by: "WithConfig, a VerifierFor", says: "it panics: ", spoil: checkedBy(func(cfg smallConfig) bool { return cfg.Verifier != nil })},
	{name: "WithConfig refuses a Verifier", by: "WithConfig, a Verifier", says: "it panics: ", spoil: checkedBy(func(cfg smallConfig) bool { return cfg.VerifierFor != nil })},
	{name: "Handle takes nil", by: "Handle, a nil Handler", says: "it does not panic", spoil: func(a *smallAdapter) { a.takesNil = true }},
	{name: "WithConfig panics by accident", by: "WithConfig, neither", says: "it panics by accident", spoil: func(a *smallAdapter) {
		a.check = func(cfg smallConfig) error {
			var none *smallConfig
			if cfg.Verifier == nil && cfg.VerifierFor == nil {
				cfg = *none
			}
			return nil
		}
	}},
	{name: "WithConfig panics without a text", by: "WithConfig, both", says: "it panics without a text", spoil: func(a *smallAdapter) {
		a.check = func(smallConfig) error { panic("") }
	}},
}

func TestBrokenStartsAreCaught(t *testing.T) {
	for _, b := range startBugs {
		t.Run(b.name, func(t *testing.T) {
			b.check(t, webhooktest.PlayStart(t, smallPackage{spoil: b.spoil}.start, b.by))
		})
	}
}

// RunStart passes the adapter's output on.
func TestStartPassesOutputOn(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stderr
	os.Stderr = write
	t.Run("run", func(t *testing.T) {
		webhooktest.RunStart(t, func(s webhooktest.Start) {
			if s.Verifier != nil && !s.VerifierFor {
				_, _ = io.WriteString(os.Stderr, "made\n") // the test fails without it
			}
			smallPackage{}.start(s)
		})
	})
	if os.Stderr != write {
		t.Error("os.Stderr is not what it was")
	}
	os.Stderr = before
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	// One line for a Verifier, and one for a zero Verifier.
	if got := string(text); got != "made\nmade\n" {
		t.Errorf("passed on: %q", got)
	}
}

// madeBy changes the result of New.
func madeBy(change func(secret string, v *webhook.Verifier, err error) (*webhook.Verifier, error)) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		made := a.new
		a.new = func(secret string, options ...webhook.Option) (*webhook.Verifier, error) {
			v, err := made(secret, options...)
			return change(secret, v, err)
		}
	}
}

func failedWith(change func(secret string, err error) error) func(a *smallAdapter) {
	return madeBy(func(secret string, v *webhook.Verifier, err error) (*webhook.Verifier, error) {
		if err != nil {
			err = change(secret, err)
		}
		return v, err
	})
}

func secretFor(change func(secret string) string) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		made := a.new
		a.new = func(secret string, options ...webhook.Option) (*webhook.Verifier, error) {
			return made(change(secret), options...)
		}
	}
}

func checkedBy(right func(cfg smallConfig) bool) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		a.check = func(cfg smallConfig) error {
			if !right(cfg) {
				return errors.New("a wrong Config")
			}
			return nil
		}
	}
}
