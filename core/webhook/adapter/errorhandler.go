package adapter

import (
	"errors"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Settle decides what happens after a Config.ErrorHandler that can return an error, so that
// a refused request is neither acknowledged by omission nor answered twice. E is the type
// of the framework's own error, which carries a status.
//
// answered reports whether the handler wrote a response, returned is the error that it
// returned, and refusal is the error that it got. Settle returns the error that the adapter
// must return to the framework, and whether the adapter must write the default rejection;
// never both.
//
//  1. The handler answered: an error of package webhook is dropped, any other is returned.
//  2. returned has an E in its chain that the refusal does not have: the app chose a
//     status. That E is returned without the errors around it.
//  3. The handler returned nil, or an error that is or wraps one of package webhook: the
//     default rejection.
//  4. Any other error is returned.
func Settle[E error](answered bool, returned, refusal error) (err error, reject bool) {
	ours := returned == nil || webhook.Reason(returned) != other
	if answered {
		if ours {
			return nil, false
		}
		return returned, false
	}
	if chosen, ok := find[E](returned, refusal); ok {
		return chosen, false
	}
	if ours {
		return nil, true
	}
	return returned, false
}

// other is the reason of an error that is not package webhook's.
var other = webhook.Reason(errors.New(""))

// find returns the first E in the tree of err that is not in the tree of known, in the
// order of errors.As.
func find[E error](err, known error) (found E, ok bool) {
	if err == nil {
		return found, false
	}
	if e, is := err.(E); is && !errors.Is(known, e) { //nolint:errorlint // one node at a time
		return e, true
	}
	if as, has := err.(interface{ As(target any) bool }); has && as.As(&found) && !errors.Is(known, found) {
		return found, true
	}
	switch e := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() error }:
		return find[E](e.Unwrap(), known)
	case interface{ Unwrap() []error }:
		for _, branch := range e.Unwrap() {
			if found, ok = find[E](branch, known); ok {
				return found, true
			}
		}
	}
	var none E
	return none, false
}
