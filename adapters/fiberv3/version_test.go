// By hand in both majors: helpers for what differs between Fiber v2 and v3, and tests of what
// only v3 has.

package sendsarfiber_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/log"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// newApp is fiber.New without a message at start-up.
func newApp(cfg fiber.Config) *fiber.App { return fiber.New(cfg) }

// serve runs the app on the listener until it is shut down.
func serve(app *fiber.App, listener net.Listener) error {
	return app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true})
}

// overBodyLimit returns what c.Body returns for a body that inflates to more than
// BodyLimit, and the status that it sets.
func overBodyLimit(string) (text string, status int) {
	return "fasthttp: body size exceeds the given limit", fiber.StatusRequestEntityTooLarge
}

// ofAnUnknownEncoding is the same for a Content-Encoding that Fiber does not know.
func ofAnUnknownEncoding(string) (text string, status int) {
	return "Unsupported Media Type", fiber.StatusUnsupportedMediaType
}

// otherBehindNetHTTP adds differences behind adaptor.FiberApp that v2 and v3 do not share.
func otherBehindNetHTTP(declared) {}

// otherBodyReaders are ways to the body that v2 and v3 do not share.
var otherBodyReaders = []bodyReader{
	{"c.Req().Body", anyJSON, func(c fiber.Ctx) (string, error) { return string(c.Req().Body()), nil }, wholeBody},
	{"c.Req().BodyRaw", anyJSON, func(c fiber.Ctx) (string, error) { return string(c.Req().BodyRaw()), nil }, wholeBody},
	{"c.Bind().JSON", anyJSON, func(c fiber.Ctx) (string, error) {
		var m bound
		err := c.Bind().JSON(&m)
		return m.Text, err
	}, field},
	{"c.Bind().All", anyJSON, func(c fiber.Ctx) (string, error) {
		var m bound
		err := c.Bind().All(&m)
		return m.Text, err
	}, field},
}

// Fiber v3 accepts handlers of several kinds.
func TestHandlersOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		handler func(seen chan<- found) any
	}{
		{"Fiber's", func(seen chan<- found) any {
			return func(c fiber.Ctx) error {
				seen <- fromContext(c)
				return c.Send(c.BodyRaw())
			}
		}},
		{"Fiber's without an error", func(seen chan<- found) any {
			return func(c fiber.Ctx) {
				seen <- fromContext(c)
				c.RequestCtx().SetBody(c.BodyRaw())
			}
		}},
		{"with a request and a response", func(seen chan<- found) any {
			return func(req fiber.Req, res fiber.Res) error {
				d, ok := sendsarfiber.FromContext(req.RequestCtx())
				seen <- found{d, ok}
				return res.Send(req.BodyRaw())
			}
		}},
		{"of net/http", func(seen chan<- found) any {
			return func(w http.ResponseWriter, r *http.Request) {
				d, ok := sendsarfiber.FromContext(r.Context())
				seen <- found{d, ok}
				_, err := io.Copy(w, r.Body)
				assert.NoError(t, err)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				seen := make(chan found, room)
				app := newApp(cfg)
				app.Post(route, sendsarfiber.New(accountSecret), test.handler(seen))
				c := dial(t, start(t, app))
				assert.Equal(t, string(eventBody), c.ask(t, request(eventBody, signatureLine(eventBody))).body)
				got := only(t, seen)
				assert.True(t, got.ok)
				assert.Equal(t, eventBody, got.delivery.Body)
				assertRejected(t, c.ask(t, request(eventBody, forgedLine(eventBody))), fiber.StatusUnauthorized)
				assert.Empty(t, seen, "the handler ran")
			})
		})
	}
}

// unreadable are requests that Fiber refuses before any handler runs, with a BodyLimit of
// 1000.
var unreadable = []struct {
	name    string
	request []byte
	limit   int64
	want    error // of a middleware that runs again
}{
	{"a length over both limits", head(route, signatureLine(eventBody), "Content-Length: 2000"), 500, webhook.ErrBodyTooLarge},
	{"a length over BodyLimit", head(route, signatureLine(eventBody), "Content-Length: 2000"), 5000, webhook.ErrBodyAltered},
	{"a length over BodyLimit, signed as nothing", head(route, signatureLine(nil), "Content-Length: 2000"), 5000, webhook.ErrBodyAltered},
	{"a length over BodyLimit, unsigned", head(route, "Content-Length: 2000"), 5000, webhook.ErrMissingSignature},
	// In these cases fasthttp has dropped the request, and nothing is left of its header.
	{"chunks over BodyLimit", chunked(filler(2000), signatureLine(filler(2000))), 5000, webhook.ErrMissingSignature},
	{"a header over ReadBufferSize", announced(eventBody, signatureLine(eventBody), "X-Long: "+strings.Repeat("x", 5000)), 5000, webhook.ErrMissingSignature},
	{"a header line that is none", announced(eventBody, signatureLine(eventBody), "no header line"), 5000, webhook.ErrMissingSignature},
	{"a body that does not come", announced(eventBody, signatureLine(eventBody))[:200], 5000, webhook.ErrMissingSignature},
	{"a broken chunk", append(head(route, signatureLine(eventBody), chunkedHeader), "zz\r\n"...), 5000, webhook.ErrMissingSignature},
	{"multipart that is none", announced(eventBody, signatureLine(eventBody), "Content-Type: multipart/form-data; boundary=b"), 5000, webhook.ErrMissingSignature},
}

// serverErrors serves the handlers that mount adds, and only those.
func serverErrors(t *testing.T, mount func(app *fiber.App)) *wire {
	t.Helper()
	app := newApp(fiber.Config{BodyLimit: 1000, ReadTimeout: stall})
	mount(app)
	return dial(t, start(t, app))
}

// For a request that Fiber refuses itself, it runs the middlewares of Use once more.
func TestUseMiddlewareRunsAgainOnServerErrors(t *testing.T) {
	var logged bytes.Buffer
	log.SetOutput(&logged)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	for _, test := range unreadable {
		for _, answer := range []struct {
			name    string
			handler fiber.ErrorHandler
		}{
			{"default rejection", nil},
			{"an ErrorHandler that returns the error", func(_ fiber.Ctx, err error) error { return err }},
			{"an ErrorHandler of its own", func(c fiber.Ctx, _ error) error { return c.Status(fiber.StatusTeapot).SendString("own") }},
			{"an ErrorHandler that runs what follows", func(c fiber.Ctx, _ error) error { return c.Next() }},
		} {
			t.Run(test.name+", "+answer.name, func(t *testing.T) {
				want := serverErrors(t, func(*fiber.App) {}).ask(t, test.request)
				require.GreaterOrEqual(t, want.status, fiber.StatusBadRequest)

				option, calls := observer()
				verified := make(chan bool, room)
				got := serverErrors(t, func(app *fiber.App) {
					app.Use(
						sendsarfiber.WithConfig(sendsarfiber.Config{
							Verifier:     webhook.MustNew(accountSecret, option, webhook.WithMaxBodyBytes(test.limit)),
							ErrorHandler: answer.handler,
						}),
						func(c fiber.Ctx) error {
							verified <- fromContext(c).ok
							return c.SendStatus(fiber.StatusOK)
						})
				}).ask(t, test.request)

				assert.Equal(t, want.status, got.status, "the server's own error stays")
				assert.Equal(t, want.body, got.body)
				assert.True(t, got.closes)
				require.ErrorIs(t, only(t, calls).err, test.want)
				if answer.name == "an ErrorHandler that runs what follows" {
					assert.False(t, only(t, verified))
				} else {
					assert.Empty(t, verified, "the handler ran")
				}
			})
		}
	}
	assert.Empty(t, logged.String(), "Fiber saw an error")
}

func TestRouteMiddlewareDoesNotRunOnServerErrors(t *testing.T) {
	t.Parallel()
	for _, test := range unreadable {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			option, calls := observer()
			got := serverErrors(t, func(app *fiber.App) {
				app.Post(route, sendsarfiber.New(accountSecret, option), func(c fiber.Ctx) error { return c.SendStatus(fiber.StatusOK) })
			}).ask(t, test.request)
			assert.GreaterOrEqual(t, got.status, fiber.StatusBadRequest)
			assert.Empty(t, calls)
		})
	}
}

// The header and the body are there, so the request looks like one that Fiber accepts.
func TestUseMiddlewareJudgesABodyWithBrokenTrailers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		sign func([]byte) string
		want error
	}{
		{"signed", signatureLine, nil},
		{"forged", forgedLine, webhook.ErrSignatureMismatch},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			option, calls := observer()
			request := append(append(head(route, test.sign(eventBody), chunkedHeader), chunk(eventBody)...), "0\r\nno trailer\r\n\r\n"...)
			got := serverErrors(t, func(app *fiber.App) {
				app.Use(func(c fiber.Ctx) error {
					_ = sendsarfiber.New(accountSecret, option)(c) // an error would only be logged
					return nil
				})
			}).ask(t, request)
			assert.Equal(t, fiber.StatusBadRequest, got.status)
			require.ErrorIs(t, only(t, calls).err, test.want)
		})
	}
}

func TestGroupMiddlewareRunsAgainOnServerErrors(t *testing.T) {
	t.Parallel()
	option, calls := observer()
	got := serverErrors(t, func(app *fiber.App) {
		app.Group("/webhooks", sendsarfiber.New(accountSecret, option)).
			Post("/sendsar", func(c fiber.Ctx) error { return c.SendStatus(fiber.StatusOK) })
	}).ask(t, head(route, signatureLine(eventBody), "Content-Length: 2000"))
	assert.Equal(t, fiber.StatusRequestEntityTooLarge, got.status)
	assert.Equal(t, "Request Entity Too Large", got.body)
	require.ErrorIs(t, only(t, calls).err, webhook.ErrBodyAltered)
}

// customCtx is the context of an app that extends Fiber's.
type customCtx struct{ fiber.DefaultCtx }

func TestFromContextOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		ctx  func(c fiber.Ctx) any
		// in fiber.Config; without it a context.Context does not see the Locals
		needsPassLocalsToContext, never bool
	}{
		{name: "a fiber.Ctx", ctx: func(c fiber.Ctx) any { return c }},
		{name: "a fiber.Ctx as a context.Context", ctx: func(c fiber.Ctx) any { return context.Context(c) }},
		{name: "a *fasthttp.RequestCtx", ctx: func(c fiber.Ctx) any { return c.RequestCtx() }},
		{name: "the RequestCtx of a fiber.Req", ctx: func(c fiber.Ctx) any { return c.Req().RequestCtx() }},
		{name: "c.Context", ctx: func(c fiber.Ctx) any { return c.Context() }, needsPassLocalsToContext: true},
		{name: "a context derived from c.Context", ctx: func(c fiber.Ctx) any {
			return context.WithValue(c.Context(), contextKey{}, 1)
		}, needsPassLocalsToContext: true},
		{name: "another context", ctx: func(fiber.Ctx) any { return context.Background() }, never: true},
		{name: "nil", ctx: func(fiber.Ctx) any { return nil }, never: true},
		{name: "something else", ctx: func(c fiber.Ctx) any { return c.Body() }, never: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, custom := range []bool{false, true} {
				for _, passLocals := range []bool{false, true} {
					seen := make(chan found, room)
					ask := func(c fiber.Ctx) {
						ctx := test.ctx(c)
						d, ok := sendsarfiber.FromContext(ctx)
						seen <- found{d, ok}
						if ctx, is := ctx.(context.Context); is { // the core's FromContext compiles with it
							_, ok = webhook.FromContext(ctx)
							assert.False(t, ok)
						}
					}
					cfg := fiber.Config{PassLocalsToContext: passLocals}
					app := newApp(cfg)
					if custom {
						app = fiber.NewWithCustomCtx(func(app *fiber.App) fiber.CustomCtx {
							return &customCtx{*fiber.NewDefaultCtx(app)}
						}, cfg)
					}
					verify := sendsarfiber.New(accountSecret)
					app.Post(route, verify, ask)
					app.Post(otherRoute, verify, sendsarfiber.WithConfig(sendsarfiber.Config{
						Verifier: webhook.MustNew(strangeSecret),
						ErrorHandler: func(c fiber.Ctx, err error) error {
							ask(c)
							return err
						},
					}))
					c := dial(t, start(t, app))

					c.ask(t, announced(eventBody, signatureLine(eventBody)))
					got := only(t, seen)
					assert.Equal(t, !test.never && (passLocals || !test.needsPassLocalsToContext), got.ok)
					if got.ok {
						assert.Equal(t, eventBody, got.delivery.Body)
					}
					// If a second instance refuses the request, the delivery of the first
					// one is gone.
					c.ask(t, onPath(otherRoute, announced(eventBody, signatureLine(eventBody))))
					assert.Zero(t, only(t, seen))
				}
			}
		})
	}
}

type contextKey struct{}
