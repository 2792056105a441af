// Package diagnose finds out why a signature does not match a body. It undoes the mistakes
// that people make, alone and together, until the MAC matches. It names a mistake only if
// the MAC proves it or if it is visible in the value itself.
package diagnose

import (
	"context"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Case is a delivery that was refused.
type Case struct {
	Body      []byte // as it is at hand
	Signature string // the header's value as it is at hand
	Secret    string // as it is set, white space and quotes included
	Previous  string // the secret before the rotation; empty if there is none
}

// Mistake is one thing that went wrong. No field contains a secret, a MAC, or a part of the
// signature or of the body.
type Mistake struct {
	ID   string // stable, for scripts
	Name string // what was tried, for a list
	Text string // what was found, as a clause
	Fix  string // what the receiver can do, as a clause
}

// Result is what Explain found out.
type Result struct {
	Mistakes []Mistake // they explain the refusal; empty if nothing does
	Proved   bool      // with the mistakes undone, the signature is right
	Tried    []string  // what was tried, if not Proved
}

// Explain looks for the fewest mistakes that together explain why c was refused. It is for
// a delivery that Verifier.Verify refuses, and returns the zero Result for any other and
// when ctx ends.
//
// A count of work bounds the search, not the time, so equal cases have equal
// results. If progress is not nil, it is called now and then with the number of
// combinations tried so far.
func Explain(ctx context.Context, c Case, progress func(tried int)) Result {
	value := strings.Trim(c.Signature, " \t") // not a part of a field value, as in core
	_, refused := webhook.New(c.Secret)
	if refused == nil && webhook.Sign(c.Secret, c.Body) == value {
		return Result{}
	}
	s := newSearch(ctx, c, value, progress)
	found := s.run()
	switch {
	case ctx.Err() != nil:
		return Result{}
	case found != nil:
		return Result{Mistakes: found, Proved: true}
	}
	result := Result{Mistakes: visible(c, value, refused, s.readings)}
	if value != "" {
		result.Tried = s.tried()
	}
	return result
}

// visible returns the mistakes that can be seen without a matching MAC.
func visible(c Case, value string, refused error, readings []reading) []Mistake {
	var all []Mistake
	if value == "" {
		all = append(all, signatureMissing)
	} else {
		all = append(all, visibleInSignature(value, readings)...)
	}
	if refused != nil {
		all = append(all, secretRefused(c.Secret, refused))
	}
	if len(all) == 0 {
		all = visibleInBody(c.Body)
	}
	return all
}

func join(lists ...[]Mistake) []Mistake {
	var all []Mistake
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}
