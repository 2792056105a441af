package receivers

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	// Secret is of the form that the Sendsar console shows.
	Secret = "whsec_0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdef" //nolint:gosec // made up for the benchmarks
	// Path is where the receivers listen.
	Path = "/webhooks/sendsar"
	// MaxBytes is the limit of every receiver that has one.
	MaxBytes = webhook.DefaultMaxBodyBytes
)

// Body returns a JSON event of size bytes, or as much of one as fits.
func Body(size int) []byte {
	const head, tail = `{"event":"message.created","roomId":"room-7","message":{"id":"msg_1","text":"`, `"}}`
	if size < len(head)+len(tail) {
		return []byte(head + tail)[:size:size]
	}
	text := bytes.Repeat([]byte("lorem ipsum "), size/12+1)
	return slices.Concat([]byte(head), text[:size-len(head)-len(tail)], []byte(tail))
}

// Request is a request that can arrive again and again.
type Request struct {
	body    []byte
	wire    wire
	request *http.Request
}

// wire is a request's body as a server hands it on: it can be read and closed, no more.
type wire struct{ reader bytes.Reader }

func (w *wire) Read(p []byte) (int, error) { return w.reader.Read(p) }

func (*wire) Close() error { return nil }

// NewRequest returns one for body, with the given header fields.
func NewRequest(body []byte, header map[string]string) *Request {
	fields := http.Header{"Content-Type": {"application/json"}}
	for name, value := range header {
		fields.Set(name, value)
	}
	return &Request{body: body, request: &http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: Path}, RequestURI: Path,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: fields, Host: "127.0.0.1", RemoteAddr: "127.0.0.1:50000",
	}}
}

// Arrive returns the request as it was before it was read.
func (r *Request) Arrive() *http.Request {
	r.wire.reader.Reset(r.body)
	r.request.Body = &r.wire
	if len(r.body) == 0 {
		r.request.Body = http.NoBody // as a server does
	}
	r.request.ContentLength = int64(len(r.body))
	return r.request
}
