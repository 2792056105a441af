package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

// Delivery is a verified request body. It belongs to the caller, who may keep it after the
// handler returned, in Fiber too. The type alone proves nothing, because every error comes
// with a zero Delivery: check the error, or FromContext's second result.
//
// Printing or logging a Delivery shows its size and its other fields, not the body. The
// exceptions are the fmt verbs %p and %w (which is for errors), and a Delivery in an
// unexported field of a struct that is printed: there fmt calls no method. Marshalling a
// Delivery as JSON is an error, so that no event is lost in a queue: marshal Delivery.Body.
type Delivery struct {
	// Body holds the exact bytes that were signed. It is never nil in a verified Delivery.
	// Do not write to it: all copies of the Delivery share it with the request's body. Its
	// capacity is its length.
	Body []byte

	// SecretIndex is the number of the secret that matched: 0 for the current one, i for
	// the i-th previous one. Empty and repeated secrets are not counted.
	SecretIndex int

	// Account is the name set with [WithAccount], or empty.
	Account string
}

// Format prints, for every verb, the body's size, the secret's index and the account, if
// one is set.
func (d Delivery) Format(f fmt.State, _ rune) {
	var account string
	if d.Account != "" {
		account = fmt.Sprintf(", account %q", d.Account)
	}
	_, _ = fmt.Fprintf(f, "webhook.Delivery{%d bytes, secret %d%s}", len(d.Body), d.SecretIndex, account)
}

// LogValue returns the body's size, the secret's index and the account, if one is set.
func (d Delivery) LogValue() slog.Value {
	attrs := []slog.Attr{slog.Int("bytes", len(d.Body)), slog.Int("secret_index", d.SecretIndex)}
	if d.Account != "" {
		attrs = append(attrs, slog.String("account", d.Account))
	}
	return slog.GroupValue(attrs...)
}

// MarshalJSON always returns an error: base64 would carry the body into logs, and leaving
// the body out would lose events.
func (d Delivery) MarshalJSON() ([]byte, error) {
	return nil, errors.New("webhook: a Delivery is not marshalled; marshal Delivery.Body")
}

// contextKey is the key of the Delivery in a context.
type contextKey struct{}

// NewContext returns a copy of ctx that carries d. The net/http middleware calls it. It is
// exported for tests of handlers behind that middleware. The FromContext of the Gin, Echo
// and Fiber adapters does not look there.
func NewContext(ctx context.Context, d Delivery) context.Context {
	return context.WithValue(ctx, contextKey{}, &d) // fmt prints a context's values, but does not follow a pointer there
}

// FromContext returns the Delivery that [Verifier.Middleware] or [MiddlewareFor] verified.
// The second result is false unless the request was verified there. The Gin, Echo and Fiber
// adapters have their own FromContext.
func FromContext(ctx context.Context) (Delivery, bool) {
	d, ok := ctx.Value(contextKey{}).(*Delivery)
	if !ok {
		return Delivery{}, false
	}
	return *d, true
}
