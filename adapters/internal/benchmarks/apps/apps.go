// Package apps has the same small application in every framework, three times: bare, with
// the verification that a team would write by hand, and with this project's middleware.
// In all of them the handler reads the body through the framework's own API and answers
// 204.
package apps

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"
	fiberv2 "github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v3"
	echov4 "github.com/labstack/echo/v4"
	"github.com/labstack/echo/v5"
	"github.com/valyala/fasthttp"

	sendsarechov4 "github.com/sendsar-community/webhooks-go/adapters/echov4"
	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	sendsarfiberv2 "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Kind is what stands between the framework and the handler.
type Kind string

// The kinds of an application.
const (
	Bare   Kind = "bare"
	ByHand Kind = "by-hand"
	Ours   Kind = receivers.Ours
)

// Kinds are all of them.
var Kinds = []Kind{Ours, ByHand, Bare}

// App is an application that can be called in its own process and served.
type App struct {
	// Chain returns one delivery through the whole handler chain, without a connection.
	Chain func(body []byte, signature string) func() error
	// Serve serves until Stop, then returns nil.
	Serve func(net.Listener) error
	Stop  func() error
}

// Framework makes its applications.
type Framework struct {
	Name string
	New  func(Kind) App
}

// Frameworks are all that there is middleware for.
var Frameworks = []Framework{
	{"net-http", newNetHTTP},
	{"Gin", newGin},
	{"Echo-v4", newEchoV4},
	{"Echo-v5", newEchoV5},
	{"Fiber-v2", func(kind Kind) App { return newFiberV2(kind, false) }},
	{"Fiber-v3", func(kind Kind) App { return newFiberV3(kind, false) }},
}

// Streaming are the Fibers that read a body while its handler runs.
var Streaming = []Framework{
	{"Fiber-v2-streaming", func(kind Kind) App { return newFiberV2(kind, true) }},
	{"Fiber-v3-streaming", func(kind Kind) App { return newFiberV3(kind, true) }},
}

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

func newGin(kind Kind) App {
	gin.SetMode(gin.ReleaseMode)
	chain := []gin.HandlerFunc{func(c *gin.Context) {
		if _, err := c.GetRawData(); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.Status(http.StatusNoContent)
	}}
	switch kind {
	case Ours:
		chain = append([]gin.HandlerFunc{sendsargin.New(receivers.Secret)}, chain...)
	case ByHand:
		chain = append([]gin.HandlerFunc{func(c *gin.Context) {
			if err := receivers.ReadSnippet(c.Writer, c.Request); err != nil {
				c.AbortWithStatusJSON(http.StatusUnauthorized, gin.H{"error": "invalid signature"})
			}
		}}, chain...)
	}
	router := gin.New()
	router.POST(receivers.Path, chain...)
	return newHTTPApp(router)
}

func newEchoV4(kind Kind) App {
	var chain []echov4.MiddlewareFunc
	switch kind {
	case Ours:
		chain = append(chain, sendsarechov4.New(receivers.Secret))
	case ByHand:
		chain = append(chain, func(next echov4.HandlerFunc) echov4.HandlerFunc {
			return func(c echov4.Context) error {
				if err := receivers.ReadSnippet(c.Response(), c.Request()); err != nil {
					return echov4.NewHTTPError(http.StatusUnauthorized, "invalid signature")
				}
				return next(c)
			}
		})
	}
	app := echov4.New()
	app.POST(receivers.Path, func(c echov4.Context) error {
		if _, err := io.ReadAll(c.Request().Body); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	}, chain...)
	return newHTTPApp(app)
}

func newEchoV5(kind Kind) App {
	var chain []echo.MiddlewareFunc
	switch kind {
	case Ours:
		chain = append(chain, sendsarecho.New(receivers.Secret))
	case ByHand:
		chain = append(chain, func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				if err := receivers.ReadSnippet(c.Response(), c.Request()); err != nil {
					return echo.NewHTTPError(http.StatusUnauthorized, "invalid signature")
				}
				return next(c)
			}
		})
	}
	app := echo.New()
	app.POST(receivers.Path, func(c *echo.Context) error {
		if _, err := io.ReadAll(c.Request().Body); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	}, chain...)
	return newHTTPApp(app)
}

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

func newFiberV2(kind Kind, stream bool) App {
	app := fiberv2.New(fiberv2.Config{
		DisablePreParseMultipartForm: true,
		BodyLimit:                    receivers.MaxBytes,
		StreamRequestBody:            stream,
		DisableStartupMessage:        true,
	})
	chain := []fiberv2.Handler{func(c *fiberv2.Ctx) error {
		_ = c.BodyRaw() // a handler of its own would work on it now
		return c.SendStatus(fiberv2.StatusNoContent)
	}}
	switch kind {
	case Ours:
		chain = append([]fiberv2.Handler{sendsarfiberv2.New(receivers.Secret)}, chain...)
	case ByHand:
		chain = append([]fiberv2.Handler{func(c *fiberv2.Ctx) error {
			// Fiber reuses the body's memory: whoever keeps it needs a copy.
			body := bytes.Clone(c.BodyRaw())
			if err := receivers.VerifySnippet(body, c.Get(webhook.SignatureHeader)); err != nil {
				return fiberv2.NewError(fiberv2.StatusUnauthorized, "invalid signature")
			}
			c.Locals(bodyKey{}, body)
			return c.Next()
		}}, chain...)
	}
	app.Post(receivers.Path, chain...)
	return newFastHTTPApp(app.Handler(), app.Listener, app.Shutdown)
}

func newFiberV3(kind Kind, stream bool) App {
	app := fiber.New(fiber.Config{
		DisablePreParseMultipartForm: true,
		BodyLimit:                    receivers.MaxBytes,
		StreamRequestBody:            stream,
	})
	chain := []any{func(c fiber.Ctx) error {
		_ = c.BodyRaw() // a handler of its own would work on it now
		return c.SendStatus(fiber.StatusNoContent)
	}}
	switch kind {
	case Ours:
		chain = append([]any{sendsarfiber.New(receivers.Secret)}, chain...)
	case ByHand:
		chain = append([]any{func(c fiber.Ctx) error {
			// Fiber reuses the body's memory: whoever keeps it needs a copy.
			body := bytes.Clone(c.BodyRaw())
			if err := receivers.VerifySnippet(body, c.Get(webhook.SignatureHeader)); err != nil {
				return fiber.NewError(fiber.StatusUnauthorized, "invalid signature")
			}
			c.Locals(bodyKey{}, body)
			return c.Next()
		}}, chain...)
	}
	app.Post(receivers.Path, chain[0], chain[1:]...)
	return newFastHTTPApp(app.Handler(), func(listener net.Listener) error {
		return app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true})
	}, app.Shutdown)
}
