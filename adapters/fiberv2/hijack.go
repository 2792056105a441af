// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber

import (
	"net"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

// closeAfterAnswer makes the server answer this request and then close the connection,
// also if somebody resets the response and its Connection header with it.
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

// keepOpen takes closeAfterAnswer back.
func keepOpen(ctx *fasthttp.RequestCtx) {
	ctx.Hijack(nil)
	ctx.HijackSetNoResponse(false)
}

// isInMemory reports whether the request is one of app.Test, which reads the answer as soon
// as the server returns and does not wait for a hijack handler.
func isInMemory(ctx *fasthttp.RequestCtx) bool {
	if ctx.Conn() == nil {
		return true
	}
	addr, ok := ctx.Conn().RemoteAddr().(*net.TCPAddr)
	return ok && addr.Port == 0
}
