// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"io"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
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
				for range 2 { // the second time on the same connection
					assert.Equal(t, string(eventBody), c.ask(t, request(eventBody, signatureLine(eventBody))).body)
					assertRejected(t, c.ask(t, request(eventBody, forgedLine(eventBody))), fiber.StatusUnauthorized)
				}
			})
		})
	}
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
			r := webhooktest.NewRequest(route, test.secret, eventBody)
			if test.secret == "" {
				r.Header.Del(webhook.SignatureHeader)
			}
			response, err := app.Test(r, -1)
			require.NoError(t, err)
			text, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			assert.Equal(t, test.status, response.StatusCode)
			assert.Equal(t, test.text, string(text))
			assert.Equal(t, cfg.StreamRequestBody && test.secret == "", response.Close)
		}
	})
}

// A request that was never on a connection has no raw header block.
func TestRequestMadeInMemory(t *testing.T) {
	t.Parallel()
	app := newApp(fiber.Config{})
	app.Post(route, sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error { return c.Send(c.BodyRaw()) })
	for secret, status := range map[string]int{accountSecret: fiber.StatusOK, strangeSecret: fiber.StatusUnauthorized} {
		var ctx fasthttp.RequestCtx
		ctx.Request.Header.DisableNormalizing()
		ctx.Request.Header.SetMethod(fiber.MethodPost)
		ctx.Request.SetRequestURI(route)
		ctx.Request.Header.Set(strings.ToLower(webhook.SignatureHeader), webhook.Sign(secret, eventBody))
		ctx.Request.Header.SetContentLength(len(eventBody))
		ctx.Request.SetBody(eventBody)
		app.Handler()(&ctx)
		assert.Equal(t, status, ctx.Response.StatusCode())
	}
}
