package adapter

import (
	"context"
	"errors"
	"net/http"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Handler turns h into a function that runs h for the delivery of one request. The delivery
// is zero if the request has none. The function returns nil if the adapter must answer 204,
// and otherwise an error for the adapter's default rejection, which is a 500. It decides,
// and logs a failure, as webhook.Handler.ServeHTTP does.
//
// Handler panics if h is nil. The text starts with pkg, the name of the adapter's package.
func Handler(pkg string, h webhook.Handler) func(ctx context.Context, d webhook.Delivery) error {
	if h == nil {
		panic(pkg + ".Handle: the handler is nil")
	}
	return func(ctx context.Context, d webhook.Delivery) error {
		w := &discarded{header: make(http.Header)}
		h.ServeHTTP(w, new(http.Request).WithContext(webhook.NewContext(ctx, d)))
		if w.status != http.StatusNoContent {
			return errFailed
		}
		return nil
	}
}

// errFailed has the status 500. The handler's error is not in its chain.
var errFailed = errors.New("the webhook handler failed")

// discarded is a response of which only the status is used.
type discarded struct {
	header http.Header
	status int
}

func (w *discarded) Header() http.Header { return w.header }

func (w *discarded) WriteHeader(status int) { w.status = status }

func (*discarded) Write(p []byte) (int, error) { return len(p), nil }
