package sendsarfiber_test

import (
	"bytes"
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

// unreadable are requests that Fiber refuses before any handler runs, with a BodyLimit of
// 1000.
var unreadable = []struct {
	name    string
	request []byte
	limit   int64
	want    error // of middleware that runs again
}{
	{"a length over both limits", head(hookPath, signed(event), "Content-Length: 2000"), 500, webhook.ErrBodyTooLarge},
	{"a length over BodyLimit", head(hookPath, signed(event), "Content-Length: 2000"), 5000, webhook.ErrBodyAltered},
	{"a length over BodyLimit, signed as nothing", head(hookPath, signed(nil), "Content-Length: 2000"), 5000, webhook.ErrBodyAltered},
	{"a length over BodyLimit, unsigned", head(hookPath, "Content-Length: 2000"), 5000, webhook.ErrMissingSignature},
	// Where fasthttp has forgotten the request nothing is left of its header.
	{"chunks over BodyLimit", chunked(filler(2000), signed(filler(2000))), 5000, webhook.ErrMissingSignature},
	{"a header over ReadBufferSize", announced(event, signed(event), "X-Long: "+strings.Repeat("x", 5000)), 5000, webhook.ErrMissingSignature},
	{"a header line that is none", announced(event, signed(event), "no header line"), 5000, webhook.ErrMissingSignature},
	{"a body that does not come", announced(event, signed(event))[:200], 5000, webhook.ErrMissingSignature},
	{"a broken chunk", append(head(hookPath, signed(event), chunkedHeader), "zz\r\n"...), 5000, webhook.ErrMissingSignature},
	{"multipart that is none", announced(event, signed(event), "Content-Type: multipart/form-data; boundary=b"), 5000, webhook.ErrMissingSignature},
}

// serverErrors serves the handlers that mount adds, and only those.
func serverErrors(t *testing.T, mount func(app *fiber.App)) *client {
	t.Helper()
	app := quietApp(fiber.Config{BodyLimit: 1000, ReadTimeout: stall})
	mount(app)
	return dial(t, listen(t, app))
}

// Fiber runs middleware of Use once more for a request that it refuses itself.
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
							Verifier:     webhook.MustNew(testSecret, option, webhook.WithMaxBodyBytes(test.limit)),
							ErrorHandler: answer.handler,
						}),
						func(c fiber.Ctx) error {
							verified <- fromContext(c).ok
							return c.SendStatus(fiber.StatusOK)
						})
				}).ask(t, test.request)

				assert.Equal(t, want.status, got.status, "the server's own error stays")
				assert.Equal(t, want.text, got.text)
				assert.True(t, got.closing)
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
				app.Post(hookPath, sendsarfiber.New(testSecret, option), func(c fiber.Ctx) error { return c.SendStatus(fiber.StatusOK) })
			}).ask(t, test.request)
			assert.GreaterOrEqual(t, got.status, fiber.StatusBadRequest)
			assert.Empty(t, calls)
		})
	}
}

// Nothing tells these from a request that Fiber takes: the body is there, and the header.
func TestUseMiddlewareJudgesABodyWithBrokenTrailers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		sign func([]byte) string
		want error
	}{
		{"signed", signed, nil},
		{"forged", forged, webhook.ErrSignatureMismatch},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			option, calls := observer()
			request := append(append(head(hookPath, test.sign(event), chunkedHeader), chunk(event)...), "0\r\nno trailer\r\n\r\n"...)
			got := serverErrors(t, func(app *fiber.App) {
				app.Use(func(c fiber.Ctx) error {
					_ = sendsarfiber.New(testSecret, option)(c) // an error would only be logged
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
		app.Group("/webhooks", sendsarfiber.New(testSecret, option)).
			Post("/sendsar", func(c fiber.Ctx) error { return c.SendStatus(fiber.StatusOK) })
	}).ask(t, head(hookPath, signed(event), "Content-Length: 2000"))
	assert.Equal(t, fiber.StatusRequestEntityTooLarge, got.status)
	assert.Equal(t, "Request Entity Too Large", got.text)
	require.ErrorIs(t, only(t, calls).err, webhook.ErrBodyAltered)
}
