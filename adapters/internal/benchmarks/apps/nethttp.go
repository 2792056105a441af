package apps

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func newNetHTTP(kind Kind) App {
	var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	switch kind {
	case Ours:
		handler = webhook.MustNew(receivers.Secret).Middleware(handler)
	case ByHand:
		next := handler
		handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := receivers.ReadSnippet(w, r); err != nil {
				http.Error(w, "invalid signature", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	mux := http.NewServeMux()
	mux.Handle("POST "+receivers.Path, handler)
	return newHTTPApp(mux)
}

// newHTTPApp makes an App of whatever serves net/http.
func newHTTPApp(handler http.Handler) App {
	server := &http.Server{Handler: handler} //nolint:gosec // the clients are the benchmark's own
	return App{
		Chain: func(body []byte, signature string) func() error {
			request := receivers.NewRequest(body, map[string]string{webhook.SignatureHeader: signature})
			w := &discard{header: http.Header{}}
			return func() error {
				clear(w.header)
				w.status = http.StatusOK
				handler.ServeHTTP(w, request.Arrive())
				return checkStatus(w.status)
			}
		},
		Serve: func(listener net.Listener) error {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		},
		Stop: server.Close,
	}
}

// discard is the cheapest http.ResponseWriter.
type discard struct {
	header http.Header
	status int
}

func (w *discard) Header() http.Header         { return w.header }
func (w *discard) Write(p []byte) (int, error) { return len(p), nil }
func (w *discard) WriteHeader(status int)      { w.status = status }

func checkStatus(status int) error {
	switch status {
	case http.StatusNoContent:
		return nil
	case http.StatusUnauthorized:
		return receivers.ErrRefused
	default:
		return fmt.Errorf("status %d", status)
	}
}
