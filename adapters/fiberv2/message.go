// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/valyala/fasthttp"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

// message is one request as it came over the wire.
type message struct {
	ctx    *fasthttp.RequestCtx
	server *fasthttp.Server
	header adapter.Header
	stream *adapter.Stream // nil if the body was read before any middleware ran
	fault  error           // why the bytes that fasthttp has are not to be judged
	last   bool            // where the next message begins is uncertain
}

// receive looks at a request before anything of it is read, and before anything that may
// panic: a connection that has to end then ends, whatever happens to the response.
func receive(ctx *fasthttp.RequestCtx, server *fasthttp.Server) *message {
	request := &ctx.Request
	m := &message{ctx: ctx, server: server, header: request.Header.RawHeaders()}
	m.last, m.fault = m.header.Check(request.Header.IsHTTP11(), request.Header.PeekAll)
	if m.fault == nil && m.isPreParsed() {
		m.last, m.fault = true, errPreParsed
	}
	if request.IsBodyStream() {
		m.stream = adapter.NewStream(request.BodyStream(), request.Header.ContentLength())
	}
	if m.last || m.stream != nil {
		closeAfterAnswer(ctx, server.WriteTimeout)
	}
	return m
}

// verify gives the engine the bytes as they came over the wire. Its copy of them is the
// only one made.
func (m *message) verify(ctx context.Context, v *webhook.Verifier) (webhook.Delivery, error) {
	request := &m.ctx.Request
	announced := request.Header.ContentLength()            // -1 chunked, -2 none
	streaming := m.stream != nil && request.IsBodyStream() // VerifierFor may have read it, wrongly
	var body io.Reader
	switch {
	case m.fault != nil:
		body = failingReader{m.fault}
	case streaming:
		body = m.stream
	default:
		// The request keeps its own bytes: replacing them corrupts bodies with
		// ReduceMemoryUsage.
		body = bytes.NewBuffer(request.Body())
	}
	d, err := v.VerifyReader(ctx, body, int64(announced), m.signatures)
	switch {
	case m.last || m.stream != nil && !m.stream.Ended() || m.hasTrailers():
		m.ctx.SetConnectionClose()
		closeAfterAnswer(m.ctx, m.server.WriteTimeout)
	case m.stream != nil:
		keepOpen(m.ctx)
	}
	switch {
	case !streaming:
	case err != nil:
		// Reading on would be unlimited, and in fasthttp before 1.76 it would take the
		// request behind a chunked stream for the next chunk.
		request.ResetBody()
	default:
		// The stream API and Body both work on a stream; SetBodyRaw breaks the former.
		request.SetBodyStream(bytes.NewReader(d.Body), announced)
	}
	return d, err
}

// signatures returns the header lines of a name as they were received. fasthttp's parsed
// fields may have been changed by a middleware, and include the trailers, which come after
// the body. They are all there is for a request made in memory, as adaptor.FiberApp does.
func (m *message) signatures(name string) []string {
	if len(m.header) > 0 && m.fault == nil {
		return m.header.Values(name)
	}
	var lines []string
	visitAll(&m.ctx.Request.Header, func(key, value []byte) {
		if adapter.IsNamed(key, name) {
			lines = append(lines, string(value))
		}
	})
	return lines
}

// hasTrailers reports whether lines follow the body, which another server may not read in
// the same way. fasthttp before 1.78 adds them to the header fields. A field that a
// middleware has added to a chunked request looks the same.
func (m *message) hasTrailers() bool {
	header := &m.ctx.Request.Header
	return len(m.header) > 0 && len(m.header.Values(fasthttp.HeaderTransferEncoding)) > 0 &&
		(len(header.PeekTrailerKeys()) > 0 || m.header.Lacks(func(field func(key, value []byte)) { visitAll(header, field) }))
}

// visitAll calls a method that the oldest fasthttp has, too, so that a test can show on it what
// an old one lets through.
func visitAll(header *fasthttp.RequestHeader, field func(key, value []byte)) {
	header.VisitAll(field) //nolint:staticcheck // see above
}

// isPreParsed reports whether fasthttp took a multipart body apart before any middleware
// ran. Request.Body then re-makes it, with its fields in random order.
func (m *message) isPreParsed() bool {
	header := &m.ctx.Request.Header
	return len(m.header) > 0 && // a request made in memory is not parsed
		header.ContentLength() > 0 &&
		len(header.MultipartFormBoundary()) > 0 &&
		len(header.Peek(fasthttp.HeaderContentEncoding)) == 0 &&
		!m.server.DisablePreParseMultipartForm
}

// errPreParsed is no 500, because any client can cause it. The app can prevent it.
var errPreParsed = fmt.Errorf("%w: Fiber took the multipart body apart; "+
	"set DisablePreParseMultipartForm in fiber.Config", webhook.ErrBodyRead)

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }
