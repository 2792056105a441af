package sendsarfiber

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"time"

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
	fault  error           // why the bytes that fasthttp has must not be verified
	last   bool            // it is uncertain where the next message begins
}

// receive checks a request before its body is read, and before anything may panic, so that
// a connection that must end does end, whatever happens to the response.
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

// verify passes the bytes to the engine as they came over the wire. The engine's copy is
// the only one made.
func (m *message) verify(ctx context.Context, v *webhook.Verifier) (webhook.Delivery, error) {
	request := &m.ctx.Request
	announced := request.Header.ContentLength()            // -1 chunked, -2 none
	streaming := m.stream != nil && request.IsBodyStream() // VerifierFor may have read it, wrongly
	var body io.Reader
	switch {
	case m.fault != nil:
		body = adapter.FailingReader{Err: m.fault}
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

// signatures returns the header lines of a name as they were received. A middleware may
// have changed fasthttp's parsed fields, and they may include trailers, which come after
// the body. A request made in memory, such as adaptor.FiberApp's, has only them.
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

// visitAll calls a method that the oldest fasthttp also has, so that a test can show what
// an old version lets through.
func visitAll(header *fasthttp.RequestHeader, field func(key, value []byte)) {
	header.VisitAll(field) //nolint:staticcheck // see above
}

// isPreParsed reports whether fasthttp parsed a multipart body before any middleware ran.
// Request.Body then re-makes it, with its fields in random order.
func (m *message) isPreParsed() bool {
	header := &m.ctx.Request.Header
	return len(m.header) > 0 && // a request made in memory is not parsed
		header.ContentLength() > 0 &&
		len(header.MultipartFormBoundary()) > 0 &&
		len(header.Peek(fasthttp.HeaderContentEncoding)) == 0 &&
		!m.server.DisablePreParseMultipartForm
}

// errPreParsed is not a 500, because any client can cause it. The app can prevent it.
var errPreParsed = fmt.Errorf("%w: Fiber took the multipart body apart; "+
	"set DisablePreParseMultipartForm in fiber.Config", webhook.ErrBodyRead)

// closeAfterAnswer makes the server answer this request and then close the connection, even
// if the response is reset, and its Connection header with it.
func closeAfterAnswer(ctx *fasthttp.RequestCtx, writeTimeout time.Duration) {
	if isInMemory(ctx) {
		ctx.Hijack(func(conn net.Conn) { _ = conn.Close() })
		return
	}
	// Without this, fasthttp runs no hijack handler on a connection that is to be closed.
	ctx.HijackSetNoResponse(true)
	ctx.Hijack(func(conn net.Conn) {
		// fasthttp may have set "Connection: keep-alive" for an HTTP/1.0 client.
		ctx.Response.Header.Del(fasthttp.HeaderConnection)
		ctx.SetConnectionClose()
		adapter.Linger(conn, &ctx.Response, writeTimeout)
	})
}

// keepOpen undoes closeAfterAnswer.
func keepOpen(ctx *fasthttp.RequestCtx) {
	ctx.Hijack(nil)
	ctx.HijackSetNoResponse(false)
}

// isInMemory reports whether the request comes from app.Test, which reads the answer as
// soon as the server returns and does not wait for a hijack handler.
func isInMemory(ctx *fasthttp.RequestCtx) bool {
	if ctx.Conn() == nil {
		return true
	}
	addr, ok := ctx.Conn().RemoteAddr().(*net.TCPAddr)
	return ok && addr.Port == 0
}
