package webhook

import (
	"fmt"
	"net/http"
	"reflect"
)

// Middleware returns a handler that runs next for verified deliveries only. next reads
// the body as if nothing had happened, or takes the [Delivery] from [FromContext]. A
// refusal is answered with http.Error(w, PublicMessage(err), StatusCode(err)).
//
// It panics on a nil or zero Verifier and on a nil next, both at start-up.
func (v *Verifier) Middleware(next http.Handler) http.Handler {
	if err := v.usable(); err != nil {
		panic(fmt.Errorf("Verifier.Middleware: %w", err))
	}
	return MiddlewareFor(func(*http.Request) *Verifier { return v })(next)
}

// MiddlewareFor is [Verifier.Middleware] with a Verifier picked for each request: for
// secrets that change while the program runs (an atomic pointer's Load), or for several
// accounts on one endpoint (a map by path value).
//
// pick is called once for a request, before anything is read of its body; it must not
// read it, and must be safe for concurrent use. A nil Verifier refuses the request with
// [ErrNoVerifier], the same status and text as a mismatch, a zero one with
// [ErrInvalidSecret]. Neither has an observer: pick reports its own miss. An endpoint that
// nobody has is still told from one with another secret: its body is not read.
//
// It panics on a nil pick, and the function it returns on a nil next, both at start-up.
func MiddlewareFor(pick func(*http.Request) *Verifier) func(http.Handler) http.Handler {
	if pick == nil {
		panic("webhook.MiddlewareFor: pick is nil")
	}
	return func(next http.Handler) http.Handler {
		if value := reflect.ValueOf(next); next == nil || value.Kind() == reflect.Func && value.IsNil() {
			panic("webhook: middleware around a nil handler") // http.HandlerFunc and Handler are functions
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			d, err := pick(r).VerifyRequest(w, r)
			if err != nil {
				http.Error(w, PublicMessage(err), StatusCode(err))
				return
			}
			// The copy is made after the body was read, so that it has the new one. What
			// a handler leaves on it belongs to r too: the server removes the temporary
			// files of r's MultipartForm, and an outer middleware reads r.Pattern.
			inner := r.WithContext(NewContext(r.Context(), d))
			defer func() { r.MultipartForm, r.Pattern = inner.MultipartForm, inner.Pattern }()
			next.ServeHTTP(w, inner)
		})
	}
}
