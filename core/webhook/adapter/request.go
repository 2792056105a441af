package adapter

import (
	"io"
	"net/http"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// VerifyRequest calls v.VerifyRequest for a framework that reuses its context. While the
// body is read, a middleware may have given the context to another request, and the server
// may be answering r: so nothing of either is changed.
//
// Once the adapter knows that the context still serves r, it must call commit with the
// header of its response. commit puts the verified body into r, and sets "Connection:
// close" where the engine asks for it.
//
// readError translates the error of a read, such as that of a framework's own limit, into
// one of package webhook; it may return its argument.
func VerifyRequest(v *webhook.Verifier, r *http.Request, readError func(err error) error) (d webhook.Delivery, commit func(response http.Header), err error) {
	x := &exchange{ReadCloser: r.Body, readError: readError, request: *r}
	// The engine knows these two by identity.
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

// exchange has a copy of a request, and substitutes both of its sides: its body, and a
// response of which only the header is kept.
type exchange struct {
	io.ReadCloser
	readError func(error) error
	request   http.Request
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
