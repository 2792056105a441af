package apps

import (
	"bufio"
	"bytes"
	"fmt"
	"net"

	"github.com/valyala/fasthttp"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// bodyKey is where the applications written by hand keep their copy of the body.
type bodyKey struct{}

func newFastHTTPApp(handler fasthttp.RequestHandler, serve func(net.Listener) error, stop func() error) App {
	return App{
		Chain: func(body []byte, signature string) func() error {
			// Parsed off the wire, as a server does: a request made in memory has no raw
			// header block.
			wire := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"+
				"Content-Length: %d\r\n%s: %s\r\n\r\n%s",
				receivers.Path, len(body), webhook.SignatureHeader, signature, body)
			c := new(fasthttp.RequestCtx)
			c.Init2(noConn{}, nil, false)
			if err := c.Request.Read(bufio.NewReader(bytes.NewReader(wire))); err != nil {
				panic(err) // of the lines above
			}
			return func() error {
				c.ResetUserValues()
				c.Response.Reset()
				handler(c)
				return checkStatus(c.Response.StatusCode())
			}
		},
		Serve: serve,
		Stop:  stop,
	}
}

// noConn has addresses, for a framework that asks, and nothing to read.
type noConn struct{ net.Conn }

func (noConn) LocalAddr() net.Addr  { return &net.TCPAddr{} }
func (noConn) RemoteAddr() net.Addr { return &net.TCPAddr{} }
