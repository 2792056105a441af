package frameworks_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func init() {
	servers = append(servers, server{name: "net/http", start: startNetHTTP})
}

func startNetHTTP(tb testing.TB, v *webhook.Verifier, w *witness) string {
	mux := http.NewServeMux()
	mux.Handle("POST "+hookPath, v.Middleware(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a short body has no signature
		d, ok := webhook.FromContext(r.Context())
		w.hook(r.RemoteAddr, body, d, ok)
		_, _ = rw.Write(body)
	})))
	mux.HandleFunc("GET "+otherPath, func(_ http.ResponseWriter, r *http.Request) { w.other(r.RemoteAddr) })
	return serveHTTP(tb, mux)
}
