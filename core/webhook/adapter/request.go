package adapter

import (
	"io"
	"net/http"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// VerifyRequest calls v.VerifyRequest for a framework that reuses its context: a
// middleware may have given the context to another request while the body is read, so
// nothing but r is touched. closes reports whether the adapter must set
// "Connection: close" on the response, once it knows that the response is still its own.
//
// readError translates the error of a read, such as that of a framework's own limit, into
// one of package webhook; it may return its argument.
func VerifyRequest(v *webhook.Verifier, r *http.Request, readError func(err error) error) (d webhook.Delivery, closes bool, err error) {
	x := &exchange{ReadCloser: r.Body, readError: readError}
	// The engine knows these two by identity.
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = x
	}
	d, err = v.VerifyRequest(x, r)
	if r.Body == io.ReadCloser(x) {
		r.Body = x.ReadCloser
	}
	return d, x.header.Get("Connection") != "", err
}

// exchange stands in for both sides of a request: its body, and a response of which only
// the header is kept.
type exchange struct {
	io.ReadCloser
	readError func(error) error
	header    http.Header
}

func (x *exchange) Read(p []byte) (int, error) {
	n, err := x.ReadCloser.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // as io.Reader wants the end to be
		err = x.readError(err)
	}
	return n, err
}

func (x *exchange) Header() http.Header {
	if x.header == nil {
		x.header = make(http.Header)
	}
	return x.header
}

func (*exchange) Write(p []byte) (int, error) { return len(p), nil }

func (*exchange) WriteHeader(int) {}
