// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

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
		{"on the route", func(app *fiber.App) { app.Post(route, sendsarfiber.New(accountSecret), handler) }},
		{"with Use on a prefix", func(app *fiber.App) {
			app.Use("/webhooks", sendsarfiber.New(accountSecret))
			app.Post(route, handler)
		}},
		{"on a group", func(app *fiber.App) {
			app.Group("/webhooks", sendsarfiber.New(accountSecret)).Post("/sendsar", handler)
		}},
		{"on a sub-app", func(app *fiber.App) {
			sub := newApp(fiber.Config{})
			sub.Post("/sendsar", sendsarfiber.New(accountSecret), handler)
			app.Mount("/webhooks", sub)
		}},
		{"twice in a row", func(app *fiber.App) {
			app.Post(route, sendsarfiber.New(accountSecret), sendsarfiber.New(accountSecret), handler)
		}},
		{"on the app and on the route", func(app *fiber.App) {
			app.Use(sendsarfiber.New(accountSecret))
			app.Post(route, sendsarfiber.New(accountSecret), handler)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				app := newApp(cfg)
				test.mount(app)
				c := dial(t, start(t, app))
				for range 2 { // the second on the connection as the first
					assert.Equal(t, string(eventBody), c.ask(t, request(eventBody, signatureLine(eventBody))).body)
					assertRejected(t, c.ask(t, request(eventBody, forgedLine(eventBody))), fiber.StatusUnauthorized)
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
		app := newApp(cfg)
		var s endpoint
		app.Post(route, sendsarfiber.New(accountSecret, first), sendsarfiber.New(strangeSecret, second), s.handle)
		c := dial(t, start(t, app))
		assertRejected(t, c.ask(t, request(eventBody, signatureLine(eventBody))), fiber.StatusUnauthorized)
		require.NoError(t, only(t, firstCalls).err)
		require.ErrorIs(t, only(t, secondCalls).err, webhook.ErrSignatureMismatch)
		assertRejected(t, c.ask(t, request(eventBody, forgedLine(eventBody))), fiber.StatusUnauthorized)
		require.ErrorIs(t, only(t, firstCalls).err, webhook.ErrSignatureMismatch)
		assert.Empty(t, secondCalls)
		assert.Zero(t, s.runs.Load(), "the handler ran")
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
			sub := newApp(fiber.Config{DisablePreParseMultipartForm: test.sub})
			sub.Post("/sendsar", sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error { return c.Send(c.BodyRaw()) })
			app := newApp(fiber.Config{DisablePreParseMultipartForm: test.root})
			app.Mount("/webhooks", sub)
			got := dial(t, start(t, app)).ask(t, announced(body.bytes, signatureLine(body.bytes), body.header))
			require.Equal(t, test.status, got.status)
			if test.status == fiber.StatusOK {
				assert.Equal(t, string(body.bytes), got.body)
			}
		})
	}
}

func TestRestartRoutingVerifiesAgain(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		option, calls := observer()
		app := newApp(cfg)
		app.Use(sendsarfiber.New(accountSecret, option))
		app.Post(route, func(c *fiber.Ctx) error {
			c.Path("/rerouted")
			return c.RestartRouting()
		})
		app.Post("/rerouted", func(c *fiber.Ctx) error {
			d := fromContext(c)
			assert.True(t, d.ok)
			assert.Equal(t, eventBody, d.delivery.Body)
			return c.Send(c.BodyRaw())
		})
		c := dial(t, start(t, app))
		assert.Equal(t, string(eventBody), c.ask(t, request(eventBody, signatureLine(eventBody))).body)
		require.Len(t, calls, 2)
		require.NoError(t, (<-calls).err)
		require.NoError(t, (<-calls).err)
		assertRejected(t, c.ask(t, request(eventBody, forgedLine(eventBody))), fiber.StatusUnauthorized)
	})
}

func TestAppTest(t *testing.T) {
	t.Parallel()
	eachSetting(t, func(t *testing.T, cfg fiber.Config) {
		app := newApp(cfg)
		app.Post(route, sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error { return c.Send(c.BodyRaw()) })
		for _, test := range []struct {
			secret string
			status int
			text   string
		}{
			{accountSecret, fiber.StatusOK, string(eventBody)},
			{strangeSecret, fiber.StatusUnauthorized, "invalid signature"},
			{"", fiber.StatusUnauthorized, "invalid signature"}, // refused before it is read
		} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, route, bytes.NewReader(eventBody))
			if test.secret != "" {
				r.Header.Set(webhook.SignatureHeader, webhook.Sign(test.secret, eventBody))
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
		app := newApp(cfg)
		app.Post(route, sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error {
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
			{"genuine", request(eventBody, signatureLine(eventBody)), fiber.StatusOK, eventBody},
			{"genuine and long", request(filler(20_000), signatureLine(filler(20_000))), fiber.StatusOK, filler(20_000)},
			{"genuine and multipart", request(multipart.bytes, signatureLine(multipart.bytes), multipart.header), fiber.StatusOK, multipart.bytes},
			{"genuine and empty", request(nil, signatureLine(nil)), fiber.StatusOK, nil},
			{"with the name in another case", request(eventBody, "x-webhook-SIGNATURE: "+webhook.Sign(accountSecret, eventBody)), fiber.StatusOK, eventBody},
			{"forged", request(eventBody, forgedLine(eventBody)), fiber.StatusUnauthorized, nil},
			{"unsigned", request(eventBody), fiber.StatusUnauthorized, nil},
			{"a genuine line before a forged one", request(eventBody, signatureLine(eventBody), forgedLine(eventBody)), fiber.StatusUnauthorized, nil},
			{"a forged line before a genuine one", request(eventBody, forgedLine(eventBody), signatureLine(eventBody)), forgedThenGenuine, eventBody},
		} {
			t.Run(test.name, func(t *testing.T) {
				got := dial(t, server.Listener.Addr().String()).ask(t, test.request)
				if test.status != fiber.StatusOK {
					assertRejected(t, got, test.status)
					return
				}
				assert.Equal(t, test.status, got.status)
				assert.Equal(t, string(test.body)+"|"+string(test.body), got.body)
			})
		}
	})
}
