package webhooktest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Start describes how to make an adapter at start-up. If Handle is true, call the adapter's
// Handle(nil); an adapter without Handle ignores the field. Otherwise, if Secret is not
// empty, use New(Secret, Options...). Otherwise use WithConfig with a Config that has this
// Verifier, which may be nil, and has a VerifierFor if VerifierFor is true.
type Start struct {
	Secret  string
	Options []webhook.Option

	Verifier    *webhook.Verifier
	VerifierFor bool

	Handle bool
}

// RunStart tests how an adapter is made. It calls start for each case, one at a time. start
// makes the adapter from s, and must not recover the adapter's panic. An empty Secret selects
// WithConfig, so test New("") in a test of your own.
//
// The adapter must panic on every configuration that package webhook refuses, and the panic
// must contain package webhook's text. It must accept every other configuration, and show no
// secret in a panic or in a log. Like [Run], RunStart captures the default loggers, os.Stdout
// and os.Stderr: do not call it in a parallel test.
func RunStart(t *testing.T, start func(s Start)) {
	t.Helper()
	logged := new(journal)
	logged.capture(t)
	for _, c := range startCases() {
		t.Run(c.name, func(t *testing.T) {
			logged.turn()
			if problem := c.problem(start, logged); problem != "" {
				t.Error(problem)
			}
		})
	}
}

// startCase is one way to make an adapter.
type startCase struct {
	name  string
	start Start
	// refusal is the error that webhook.New returns for the same arguments, or nil. The
	// adapter's panic must contain its text.
	refusal error
	panics  bool
	secrets []string
}

func startCases() []startCase {
	first, other := NewSecret(), NewSecret()
	var all []startCase
	made := func(name, secret string, options ...webhook.Option) {
		_, err := webhook.New(secret, options...)
		all = append(all, startCase{name: "New, " + name, start: Start{Secret: secret, Options: options}, refusal: err, panics: err != nil, secrets: []string{first, other}})
	}
	made("a secret", first)
	made("a secret and options", first, webhook.WithPreviousSecrets(other), webhook.WithMaxBodyBytes(100))
	made("white space behind the secret", first+"\n")
	made("a secret in quotes", `"`+first+`"`)
	made("a secret without whsec_", digits(first))
	made("a secret with a character that none has", first+"!")
	made("an API key", "sk_live_"+digits(first))
	made("a placeholder", "whsec_your_secret_here_0123456789abcdef")
	made("a short secret", "whsec_0123456789abc")
	made("white space alone", " \n")
	made("a variable that was not expanded", "${SENDSAR_WEBHOOK_SECRET}")
	made("a whole line of a file", "SENDSAR_WEBHOOK_SECRET="+first)
	made("a bad previous secret", first, webhook.WithPreviousSecrets(other+" "))
	made("too many previous secrets", first, webhook.WithPreviousSecrets(NewSecret(), NewSecret(), NewSecret(), NewSecret(), NewSecret()))
	made("a limit of zero", first, webhook.WithMaxBodyBytes(0))
	made("a negative limit", first, webhook.WithMaxBodyBytes(-1))
	made("a nil observer", first, webhook.WithObserver(nil))
	made("a nil logger", first, webhook.WithLogger(nil))
	made("a nil option", first, nil)
	// A New that drops its options refuses this one.
	made("a secret of another form, unchecked", "another sender's secret "+digits(first), webhook.WithUncheckedSecrets())
	made("several things wrong", digits(first)+" ", webhook.WithMaxBodyBytes(0), webhook.WithPreviousSecrets(other+"\n"))

	verifier := webhook.MustNew(first)
	config := func(name string, s Start, panics bool) {
		all = append(all, startCase{name: "WithConfig, " + name, start: s, panics: panics, secrets: []string{first}})
	}
	config("a Verifier", Start{Verifier: verifier}, false)
	config("a VerifierFor", Start{VerifierFor: true}, false)
	config("neither", Start{}, true)
	config("both", Start{Verifier: verifier, VerifierFor: true}, true)
	config("a zero Verifier", Start{Verifier: new(webhook.Verifier)}, true)
	config("a zero Verifier and a VerifierFor", Start{Verifier: new(webhook.Verifier), VerifierFor: true}, true)
	// An adapter without Handle takes this as the case "neither".
	all = append(all, startCase{name: "Handle, a nil Handler", start: Start{Handle: true}, panics: true})
	return all
}

// problem makes the adapter and returns the problem, or "".
func (c startCase) problem(start func(s Start), logged *journal) string {
	panicked, value := call(func() { start(c.start) })
	all := fmt.Sprintf("%v %+v %#v", value, value, value)
	for _, secret := range c.secrets {
		switch {
		case panicked && quotes(all, secret):
			return "the panic shows a secret"
		case quotes(logged.text(), secret):
			return "the log shows a secret"
		}
	}
	text := fmt.Sprint(value)
	_, accident := value.(runtime.Error)
	switch {
	case panicked && !c.panics:
		return "it panics: " + text
	case !panicked && c.panics && c.refusal != nil:
		return fmt.Sprintf("it does not panic; package webhook refuses this: %v", c.refusal)
	case !panicked && c.panics:
		return "it does not panic, although the adapter can never accept a delivery, does not know which Verifier to use, or has a nil handler"
	case accident:
		return "it panics by accident, and does not say what is wrong: " + text
	case c.refusal != nil && !strings.Contains(text, c.refusal.Error()):
		return fmt.Sprintf("it panics with %q, which does not say %q", text, c.refusal)
	case panicked && strings.TrimSpace(text) == "":
		return "it panics without a text"
	}
	return ""
}

func call(f func()) (panicked bool, value any) {
	defer func() {
		if panicked {
			value = recover()
		}
	}()
	panicked = true
	f()
	panicked = false
	return panicked, nil
}
