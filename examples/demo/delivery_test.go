package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// The demo is useful only if it detects a broken endpoint.
func TestSendTellsABrokenEndpoint(t *testing.T) {
	env := secrets{current: newSecret(), previous: newSecret()}
	verifier := webhook.MustNew(env.current, webhook.WithPreviousSecrets(env.previous))
	honest := http.HandlerFunc(answer)

	tests := []struct {
		name     string
		endpoint http.Handler
		wrong    []string
	}{
		{"a verifying endpoint has no wrong cell", verifier.Middleware(honest), nil},
		{"an endpoint that verifies nothing", honest, []string{"forged", "tampered", "unsigned", "oversized"}},
		{
			"an endpoint without the previous secret", webhook.MustNew(env.current).Middleware(honest),
			[]string{"previous secret"},
		},
		{
			"an endpoint whose handler sees another body",
			verifier.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.Body = io.NopCloser(io.LimitReader(r.Body, 100))
				answer(w, r)
			})),
			[]string{"genuine", "console test", "0.5 MB", "previous secret"},
		},
		{
			"an endpoint that hangs up",
			http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
			[]string{"genuine", "console test", "0.5 MB", "binary", "previous secret", "forged", "tampered", "unsigned", "oversized"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(test.endpoint)
			defer server.Close()
			var wrong []string
			for _, d := range allDeliveries(env) {
				if !send(t.Context(), server.URL, d).ok {
					wrong = append(wrong, d.name)
				}
			}
			if fmt.Sprint(wrong) != fmt.Sprint(test.wrong) {
				t.Errorf("wrong cells: %q, want %q", wrong, test.wrong)
			}
		})
	}
}

// answer is an example's handler in short.
func answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "internal server error", http.StatusInternalServerError)
		return
	}
	event, _ := webhook.Delivery{Body: bytes.Clone(body)}.Event() // empty for a body that is no event
	_ = json.NewEncoder(w).Encode(map[string]any{
		"event": event.Type, "bytes": len(body), "sha256": fmt.Sprintf("%x", sha256.Sum256(body)),
	})
}
