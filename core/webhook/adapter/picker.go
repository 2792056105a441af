package adapter

import (
	"errors"
	"fmt"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Picker turns Config.Verifier and Config.VerifierFor into one function, which returns the
// Verifier for a request with the context c.
//
// It returns an error unless exactly one of the two is set, and for a zero Verifier
// (webhook.ErrInvalidSecret). The error's text starts with pkg, the name of the adapter's
// package, and shows no secret.
func Picker[C any](pkg string, v *webhook.Verifier, pick func(c C) *webhook.Verifier) (func(c C) *webhook.Verifier, error) {
	if (v == nil) == (pick == nil) {
		return nil, errors.New(pkg + ": set exactly one of Config.Verifier and Config.VerifierFor")
	}
	if pick != nil {
		return pick, nil
	}
	// For an empty signature, only a zero Verifier returns ErrInvalidSecret.
	if err := v.Verify(nil, ""); errors.Is(err, webhook.ErrInvalidSecret) {
		return nil, fmt.Errorf("%s: Config.Verifier: %w", pkg, err)
	}
	return func(C) *webhook.Verifier { return v }, nil
}

// MustPicker is Picker for start-up: it panics instead of returning an error.
func MustPicker[C any](pkg string, v *webhook.Verifier, pick func(c C) *webhook.Verifier) func(c C) *webhook.Verifier {
	picker, err := Picker(pkg, v, pick)
	if err != nil {
		panic(err)
	}
	return picker
}
