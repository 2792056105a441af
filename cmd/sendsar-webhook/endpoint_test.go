package main_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// received is a delivery as it arrived.
type received struct {
	method, path string
	host, target string
	header       http.Header
	body         string
}

// endpoint records the deliveries that it receives.
type endpoint struct {
	url string

	mu       sync.Mutex
	requests []received
}

func newEndpoint(t testing.TB, answer http.HandlerFunc) *endpoint {
	t.Helper()
	e := &endpoint{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("the body did not arrive: %v", err)
		}
		e.mu.Lock()
		e.requests = append(e.requests, received{r.Method, r.URL.String(), r.Host, r.RequestURI, r.Header.Clone(), string(body)})
		e.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	e.url = server.URL + "/webhooks/sendsar"
	return e
}

func (e *endpoint) received() []received {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.requests
}

// verifying starts a server with the middleware, as users of the library mount it.
func verifying(t testing.TB, secret string, opts ...webhook.Option) *httptest.Server {
	t.Helper()
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server := httptest.NewServer(webhook.MustNew(secret, opts...).Middleware(handler))
	t.Cleanup(server.Close)
	return server
}

// answering returns a handler that answers every request alike.
func answering(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text) // only the client's view is tested
	}
}
