package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

// Delivery is a verified request body. It belongs to the caller and may be kept after
// the handler returned, in Fiber too. The type by itself proves nothing: every error
// comes with a zero Delivery, so look at the error, or at FromContext's second result.
//
// Printing or logging a Delivery shows its size and its other fields, not the body. (fmt has
// no hook for the verb %p, for %w, which is for errors, nor for a Delivery in an unexported
// field of a struct that is printed.) Marshalling one as JSON is an error, so that no event
// gets lost in a queue: marshal Delivery.Body.
type Delivery struct {
	// Body holds the exact bytes that were signed, never nil once verified. It is
	// read-only: whoever has the Delivery shares it, and so does the request's body.
	// Its capacity is its length.
	Body []byte

	// SecretIndex is the number of the secret that matched: 0 for the current one, i for the
	// i-th of the previous ones, empty and repeated ones not counted.
	SecretIndex int

	// Account is the name that the Verifier was given with [WithAccount]; empty without it.
	Account string
}

// Format prints the body's size, the secret's index and the account, if it is named, for
// every verb.
func (d Delivery) Format(f fmt.State, _ rune) {
	var account string
	if d.Account != "" {
		account = fmt.Sprintf(", account %q", d.Account)
	}
	_, _ = fmt.Fprintf(f, "webhook.Delivery{%d bytes, secret %d%s}", len(d.Body), d.SecretIndex, account)
}

// LogValue is the body's size, the secret's index and the account, if it is named.
func (d Delivery) LogValue() slog.Value {
	attrs := []slog.Attr{slog.Int("bytes", len(d.Body)), slog.Int("secret_index", d.SecretIndex)}
	if d.Account != "" {
		attrs = append(attrs, slog.String("account", d.Account))
	}
	return slog.GroupValue(attrs...)
}

// MarshalJSON always fails: base64 would carry the body into logs, and leaving it out
// would lose events.
func (d Delivery) MarshalJSON() ([]byte, error) {
	return nil, errors.New("webhook: a Delivery is not marshalled; marshal Delivery.Body")
}

// contextKey is the key of the Delivery in a context.
type contextKey struct{}

// NewContext returns a copy of ctx that carries d. The net/http middleware does this; it
// is exported for tests of handlers behind it. The FromContext of the Gin, Echo and
// Fiber adapters does not look there.
func NewContext(ctx context.Context, d Delivery) context.Context {
	return context.WithValue(ctx, contextKey{}, &d) // fmt prints a context's values, but follows no pointer there
}

// FromContext returns the Delivery that [Verifier.Middleware] or [MiddlewareFor]
// verified. It is false unless the request was verified there; the Gin, Echo and
// Fiber adapters have a FromContext of their own.
func FromContext(ctx context.Context) (Delivery, bool) {
	d, ok := ctx.Value(contextKey{}).(*Delivery)
	if !ok {
		return Delivery{}, false
	}
	return *d, true
}
