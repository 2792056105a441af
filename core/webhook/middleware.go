package webhook

import (
	"fmt"
	"net/http"
	"reflect"
)

// Middleware returns a handler that runs next for verified deliveries only. next reads the
// body as usual, or takes the [Delivery] from [FromContext]. A refusal is answered with
// http.Error(w, PublicMessage(err), StatusCode(err)).
//
// It panics on a nil or zero Verifier and on a nil next, that is, at start-up.
func (v *Verifier) Middleware(next http.Handler) http.Handler {
	if err := v.usable(); err != nil {
		panic(fmt.Errorf("Verifier.Middleware: %w", err))
	}
	return MiddlewareFor(func(*http.Request) *Verifier { return v })(next)
}

// MiddlewareFor is [Verifier.Middleware] with a Verifier picked for each request. Use it if
// secrets change while the program runs (pick loads an atomic pointer), or if several
// accounts share one endpoint (pick looks up a path value in a map).
//
// pick is called once for each request, before any of the body is read. It must not read
// the body, and it must be safe for concurrent use. A nil Verifier refuses the request with
// [ErrNoVerifier], which has the status and the text of a mismatch, a zero one with
// [ErrInvalidSecret]. Neither has an observer or a logger: pick must report a missing
// Verifier itself. A client can still distinguish an unknown endpoint from a mismatch,
// because the body is not read.
//
// MiddlewareFor panics on a nil pick, and the function that it returns panics on a nil
// next, both at start-up.
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
			// Copy r after the body was read, so that the copy has the new body. Then copy
			// back what a handler sets: the server removes the temporary files of r's
			// MultipartForm, and an outer middleware reads r.Pattern.
			inner := r.WithContext(NewContext(r.Context(), d))
			defer func() { r.MultipartForm, r.Pattern = inner.MultipartForm, inner.Pattern }()
			next.ServeHTTP(w, inner)
		})
	}
}
