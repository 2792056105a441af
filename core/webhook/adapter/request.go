package adapter

import (
	"io"
	"net/http"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// VerifyRequest calls v.VerifyRequest for a framework that reuses its context. It changes
// neither the response nor r: while the body is read, a middleware may have given the
// context to another request, and the server may be answering r.
//
// Once the adapter knows that the context still serves r, it must call commit with the
// header of its response. commit puts the body that was read back into r, and sets
// "Connection: close" if the engine asks for it.
//
// readError translates the error of a read, such as that of the framework's own limit, into
// one of package webhook; it may return its argument.
func VerifyRequest(v *webhook.Verifier, r *http.Request, readError func(err error) error) (d webhook.Delivery, commit func(response http.Header), err error) {
	x := &exchange{ReadCloser: r.Body, readError: readError, request: *r}
	// The engine recognizes these two by identity.
	if r.Body != nil && r.Body != http.NoBody {
		x.request.Body = x
	}
	d, err = v.VerifyRequest(x, &x.request)
	return d, func(response http.Header) {
		if x.request.Body != io.ReadCloser(x) {
			r.Body = x.request.Body
		}
		if x.header.Get("Connection") != "" {
			response.Set("Connection", "close")
		}
	}, err
}

// exchange has a copy of a request. It is the body of that copy, and also its response, of
// which only the header is kept.
type exchange struct {
	io.ReadCloser
	readError func(error) error
	request   http.Request
	header    http.Header
}

func (x *exchange) Read(p []byte) (int, error) {
	n, err := x.ReadCloser.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader requires io.EOF itself
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
