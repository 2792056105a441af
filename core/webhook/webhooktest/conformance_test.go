package webhooktest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// The net/http middleware has no ErrorHandler: a refusal is its answer.
func TestMiddlewareConforms(t *testing.T) {
	webhooktest.Run(t, func(t *testing.T, r webhooktest.Receiver) string {
		mux := http.NewServeMux()
		mux.Handle("POST "+r.Path, r.Verifier.Middleware(handler(r)))
		server := httptest.NewServer(altered(r, mux))
		t.Cleanup(server.Close)
		return server.URL
	})
}

// handler is the webhook handler of a receiver on net/http.
func handler(receiver webhooktest.Receiver) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		delivery, verified := webhook.FromContext(r.Context())
		_, _ = io.WriteString(w, receiver.Handle(webhooktest.Request{
			Delivery: delivery,
			Verified: verified,
			Body:     func() ([]byte, error) { return io.ReadAll(r.Body) },
			Form:     r.FormValue,
			JSON:     func(into any) error { return json.NewDecoder(r.Body).Decode(into) },
		}))
	})
}

// altered is the careless middleware before the verifying one.
func altered(receiver webhooktest.Receiver, next http.Handler) http.Handler {
	if receiver.Alter == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = io.NopCloser(receiver.Alter(r.Body))
		next.ServeHTTP(w, r)
	})
}
