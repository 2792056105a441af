package webhooktest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// serveVerified serves a receiver whose webhook is verified by verify.
func serveVerified(verify func(r webhooktest.Receiver, next http.Handler) http.Handler) func(t *testing.T, r webhooktest.Receiver) string {
	return func(t *testing.T, r webhooktest.Receiver) string {
		mux := http.NewServeMux()
		mux.Handle("POST "+r.Path, verify(r, handler(r)))
		server := httptest.NewServer(altered(r, mux))
		t.Cleanup(server.Close)
		return server.URL
	}
}

var (
	serveMiddleware = serveVerified(func(r webhooktest.Receiver, next http.Handler) http.Handler { return r.Verifier.Middleware(next) })

	// serveOtherNames accepts the signature in other headers.
	serveOtherNames = serveVerified(func(r webhooktest.Receiver, next http.Handler) http.Handler {
		verified := r.Verifier.Middleware(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, name := range []string{"Authorization", "Webhook-Signature", "X-Signature"} {
				if value := r.Header.Get(name); value != "" {
					r.Header.Set(webhook.SignatureHeader, value)
				}
			}
			verified.ServeHTTP(w, r)
		})
	})
)

// Package testing changes the name of a second equal subtest, and no declaration would match
// it then.
func TestCaseNamesDiffer(t *testing.T) {
	seen := make(map[string]bool)
	for _, name := range webhooktest.CaseNames() {
		spaced := strings.ReplaceAll(name, "_", " ")
		if seen[spaced] {
			t.Errorf("%q is there twice", name)
		}
		seen[spaced] = true
		if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '\u007f' }) {
			t.Errorf("%q is no name", name)
		}
	}
}
