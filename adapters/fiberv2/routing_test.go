package sendsarfiber_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestWaysToMountTheMiddleware(t *testing.T) {
	t.Parallel()
	handler := func(c *fiber.Ctx) error {
		if !fromContext(c).ok {
			return fiber.ErrTeapot
		}
		return c.Send(c.BodyRaw())
	}
	for _, test := range []struct {
		name  string
		mount func(app *fiber.App)
	}{
		{"on the route", func(app *fiber.App) { app.Post(hookPath, sendsarfiber.New(testSecret), handler) }},
		{"with Use on a prefix", func(app *fiber.App) {
			app.Use("/webhooks", sendsarfiber.New(testSecret))
			app.Post(hookPath, handler)
		}},
		{"on a group", func(app *fiber.App) {
			app.Group("/webhooks", sendsarfiber.New(testSecret)).Post("/sendsar", handler)
		}},
		{"on a sub-app", func(app *fiber.App) {
			sub := quietApp(fiber.Config{})
			sub.Post("/sendsar", sendsarfiber.New(testSecret), handler)
			app.Mount("/webhooks", sub)
		}},
		{"twice in a row", func(app *fiber.App) {
			app.Post(hookPath, sendsarfiber.New(testSecret), sendsarfiber.New(testSecret), handler)
		}},
		{"on the app and on the route", func(app *fiber.App) {
			app.Use(sendsarfiber.New(testSecret))
			app.Post(hookPath, sendsarfiber.New(testSecret), handler)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				app := quietApp(cfg)
				test.mount(app)
				c := dial(t, listen(t, app))
				for range 2 { // the second on the connection as the first
					assert.Equal(t, string(event), c.ask(t, request(event, signed(event))).text)
					assertRefused(t, c.ask(t, request(event, forged(event))), fiber.StatusUnauthorized)
				}
			})
		})
	}
}

func TestTwoInstancesMustBothAccept(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		first, firstCalls := observer()
		second, secondCalls := observer()
		app := quietApp(cfg)
		var s site
		app.Post(hookPath, sendsarfiber.New(testSecret, first), sendsarfiber.New(previousSecret, second), s.echo)
		c := dial(t, listen(t, app))
		assertRefused(t, c.ask(t, request(event, signed(event))), fiber.StatusUnauthorized)
		require.NoError(t, only(t, firstCalls).err)
		require.ErrorIs(t, only(t, secondCalls).err, webhook.ErrSignatureMismatch)
		assertRefused(t, c.ask(t, request(event, forged(event))), fiber.StatusUnauthorized)
		require.ErrorIs(t, only(t, firstCalls).err, webhook.ErrSignatureMismatch)
		assert.Empty(t, secondCalls)
		assert.Zero(t, s.hooks.Load(), "the handler ran")
	})
}

func TestSettingsOfAMountedAppDoNotCount(t *testing.T) {
	t.Parallel()
	body := multipartBody(t, formText)
	for _, test := range []struct {
		name      string
		root, sub bool // DisablePreParseMultipartForm
		status    int
	}{
		{"set on the sub-app", false, true, fiber.StatusBadRequest},
		{"set on the root", true, false, fiber.StatusOK},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sub := quietApp(fiber.Config{DisablePreParseMultipartForm: test.sub})
			sub.Post("/sendsar", sendsarfiber.New(testSecret), func(c *fiber.Ctx) error { return c.Send(c.BodyRaw()) })
			app := quietApp(fiber.Config{DisablePreParseMultipartForm: test.root})
			app.Mount("/webhooks", sub)
			got := dial(t, listen(t, app)).ask(t, announced(body.bytes, signed(body.bytes), body.header))
			require.Equal(t, test.status, got.status)
			if test.status == fiber.StatusOK {
				assert.Equal(t, string(body.bytes), got.text)
			}
		})
	}
}

func TestRestartRoutingVerifiesAgain(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		option, calls := observer()
		app := quietApp(cfg)
		app.Use(sendsarfiber.New(testSecret, option))
		app.Post(hookPath, func(c *fiber.Ctx) error {
			c.Path("/rerouted")
			return c.RestartRouting()
		})
		app.Post("/rerouted", func(c *fiber.Ctx) error {
			d := fromContext(c)
			assert.True(t, d.ok)
			assert.Equal(t, event, d.delivery.Body)
			return c.Send(c.BodyRaw())
		})
		c := dial(t, listen(t, app))
		assert.Equal(t, string(event), c.ask(t, request(event, signed(event))).text)
		require.Len(t, calls, 2)
		require.NoError(t, (<-calls).err)
		require.NoError(t, (<-calls).err)
		assertRefused(t, c.ask(t, request(event, forged(event))), fiber.StatusUnauthorized)
	})
}

func TestAppTest(t *testing.T) {
	t.Parallel()
	eachSetting(t, func(t *testing.T, cfg fiber.Config) {
		app := quietApp(cfg)
		app.Post(hookPath, sendsarfiber.New(testSecret), func(c *fiber.Ctx) error { return c.Send(c.BodyRaw()) })
		for _, test := range []struct {
			secret string
			status int
			text   string
		}{
			{testSecret, fiber.StatusOK, string(event)},
			{previousSecret, fiber.StatusUnauthorized, "invalid signature"},
			{"", fiber.StatusUnauthorized, "invalid signature"}, // refused before it is read
		} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, hookPath, bytes.NewReader(event))
			if test.secret != "" {
				r.Header.Set(webhook.SignatureHeader, webhook.Sign(test.secret, event))
			}
			response, err := app.Test(r, -1)
			require.NoError(t, err)
			text, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			assert.Equal(t, test.status, response.StatusCode)
			assert.Equal(t, test.text, string(text))
		}
	})
}

// adaptor.FiberApp makes the request in memory: there is no raw header block, and nothing
// is taken apart before the middleware.
func TestBehindNetHTTP(t *testing.T) {
	t.Parallel()
	multipart := multipartBody(t, formText)
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		app := quietApp(cfg)
		app.Post(hookPath, sendsarfiber.New(testSecret), func(c *fiber.Ctx) error {
			return c.SendString(string(fromContext(c).delivery.Body) + "|" + string(c.BodyRaw()))
		})
		server := httptest.NewServer(adaptor.FiberApp(app))
		t.Cleanup(server.Close)
		for _, test := range []struct {
			name    string
			request []byte
			status  int
			body    []byte
		}{
			{"genuine", request(event, signed(event)), fiber.StatusOK, event},
			{"genuine and long", request(filler(20_000), signed(filler(20_000))), fiber.StatusOK, filler(20_000)},
			{"genuine and multipart", request(multipart.bytes, signed(multipart.bytes), multipart.header), fiber.StatusOK, multipart.bytes},
			{"genuine and empty", request(nil, signed(nil)), fiber.StatusOK, nil},
			{"with the name in another case", request(event, "x-webhook-SIGNATURE: "+webhook.Sign(testSecret, event)), fiber.StatusOK, event},
			{"forged", request(event, forged(event)), fiber.StatusUnauthorized, nil},
			{"unsigned", request(event), fiber.StatusUnauthorized, nil},
			// The adaptor keeps the last of several lines, as the package's documentation says.
			{"a genuine line before a forged one", request(event, signed(event), forged(event)), fiber.StatusUnauthorized, nil},
			{"a forged line before a genuine one", request(event, forged(event), signed(event)), fiber.StatusOK, event},
		} {
			t.Run(test.name, func(t *testing.T) {
				got := dial(t, server.Listener.Addr().String()).ask(t, test.request)
				if test.status != fiber.StatusOK {
					assertRefused(t, got, test.status)
					return
				}
				assert.Equal(t, test.status, got.status)
				assert.Equal(t, string(test.body)+"|"+string(test.body), got.text)
			})
		}
	})
}
