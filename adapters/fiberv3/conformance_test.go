package sendsarfiber_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gofiber/fiber/v3/middleware/logger"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/stretchr/testify/assert"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

const aboveTheSuite = 8 << 20 // a BodyLimit above all of the suite's bodies

// Each setting is on in one run with buffered bodies and in one with streams, and BodyLimit is
// once above the bodies of the suite and once below, in both. The full product would take
// minutes.
func TestConformance(t *testing.T) {
	t.Logf("on fasthttp 1.%d", fasthttpMinor())
	for _, settings := range []fiber.Config{
		{BodyLimit: aboveTheSuite},
		{BodyLimit: 150_000, Immutable: true, ReduceMemoryUsage: true, CaseSensitive: true, StrictRouting: true, DisableHeaderNormalizing: true},
		{BodyLimit: aboveTheSuite, StreamRequestBody: true, Immutable: true, CaseSensitive: true, StrictRouting: true, DisableHeaderNormalizing: true},
		{BodyLimit: 50_000, StreamRequestBody: true, ReduceMemoryUsage: true},
	} {
		settings.DisablePreParseMultipartForm = true
		t.Run(fmt.Sprintf("streaming %t, BodyLimit %d, immutable %t", settings.StreamRequestBody, settings.BodyLimit, settings.Immutable), func(t *testing.T) {
			webhooktest.Suite{
				Start:       func(t *testing.T, r webhooktest.Receiver) string { return "http://" + start(t, receive(r, settings)) },
				Skipper:     true,
				Differences: differences(settings).list(),
			}.Run(t)
		})
	}
}

// A request that Fiber's adaptor made has no raw header block, and its forms are not taken
// apart. The adaptor of Fiber v2 reads a body without a limit, if nothing before it has one.
func TestConformanceBehindNetHTTP(t *testing.T) {
	webhooktest.Suite{
		Start: func(t *testing.T, r webhooktest.Receiver) string {
			app := receive(r, fiber.Config{BodyLimit: aboveTheSuite})
			server := httptest.NewUnstartedServer(http.MaxBytesHandler(adaptor.FiberApp(app), aboveTheSuite))
			server.Config.ReadTimeout = r.ReadTimeout
			server.Start()
			t.Cleanup(server.Close)
			return server.URL
		},
		Skipper:     true,
		Differences: behindNetHTTP().list(),
	}.Run(t)
}

func TestStart(t *testing.T) {
	webhooktest.RunStart(t, func(s webhooktest.Start) {
		if s.Secret != "" {
			sendsarfiber.New(s.Secret, s.Options...)
			return
		}
		cfg := sendsarfiber.Config{Verifier: s.Verifier}
		if s.VerifierFor {
			cfg.VerifierFor = func(fiber.Ctx) *webhook.Verifier { return s.Verifier }
		}
		sendsarfiber.WithConfig(cfg)
	})
}

// The suite does not know the package's name, and never makes an adapter of an empty secret.
func TestStartNamesThePackage(t *testing.T) {
	assert.PanicsWithError(t, "sendsarfiber: set exactly one of Config.Verifier and Config.VerifierFor", func() {
		sendsarfiber.WithConfig(sendsarfiber.Config{ErrorHandler: status(fiber.StatusForbidden)})
	})
	assert.Panics(t, func() { sendsarfiber.New("") })
}

// receive is a receiver of the conformance suite.
func receive(r webhooktest.Receiver, settings fiber.Config) *fiber.App {
	settings.ReadTimeout = r.ReadTimeout
	handle := func(c fiber.Ctx) error { return c.Status(fiber.StatusOK).SendString(r.Handle(requestOf(c))) }
	outer := func(c fiber.Ctx) error { return c.Next() }
	if r.Outer != nil {
		outer = sendsarfiber.WithConfig(sendsarfiber.Config{Verifier: r.Outer})
	}
	app := newApp(settings)
	app.Use(recover.New(), logger.New(logger.Config{Stream: r.Log}), earlier(r))
	for _, method := range r.Methods {
		app.Add([]string{method}, r.Path, outer, middleware(r), handle)
	}
	app.Post(r.OpenPath, handle)
	return app
}

// middleware is the adapter under test.
func middleware(r webhooktest.Receiver) fiber.Handler {
	if r.Secret != "" {
		return sendsarfiber.New(r.Secret, r.Options...)
	}
	cfg := sendsarfiber.Config{Verifier: r.Verifier}
	if r.VerifierFor != nil {
		cfg.Verifier = nil
		cfg.VerifierFor = func(c fiber.Ctx) *webhook.Verifier { return r.VerifierFor(idOf(c)) }
	}
	if r.Skipper != nil {
		cfg.Next = func(c fiber.Ctx) bool { return r.Skipper(idOf(c)) }
	}
	if r.OnRefusal != webhooktest.Default {
		cfg.ErrorHandler = func(c fiber.Ctx, err error) error {
			r.Refused(err, requestOf(c))
			switch r.OnRefusal {
			case webhooktest.ReturnError:
				return err
			case webhooktest.WrapError:
				return fmt.Errorf("webhook: %w", err)
			case webhooktest.CallNext:
				return c.Next()
			case webhooktest.Answer:
				return c.Status(webhooktest.AnswerStatus).SendString(webhooktest.AnswerText)
			case webhooktest.Stream:
				c.Status(webhooktest.AnswerStatus)
				c.RequestCtx().SetBodyStreamWriter(func(w *bufio.Writer) {
					for _, part := range []string{webhooktest.AnswerText[:4], webhooktest.AnswerText[4:]} {
						_, _ = w.WriteString(part)
						_ = w.Flush() // the suite misses what does not arrive
					}
				})
			case webhooktest.StatusOnly:
				c.Status(webhooktest.AnswerStatus)
			case webhooktest.Acknowledge:
				c.Status(fiber.StatusNoContent)
			}
			return nil
		}
	}
	return sendsarfiber.WithConfig(cfg)
}

// earlier is the middleware before and around the adapter.
func earlier(r webhooktest.Receiver) fiber.Handler {
	return func(c fiber.Ctx) error {
		if r.Alter != nil {
			if err := alter(c, r.Alter); err != nil {
				return err
			}
		}
		if r.Context != nil {
			c.SetContext(r.Context(c.Context(), idOf(c)))
		}
		if r.EarlierStatus != 0 {
			c.Status(r.EarlierStatus)
		}
		if r.EarlierBody != "" {
			_ = c.SendString(r.EarlierBody) // it sets a body in memory
		}
		err := c.Next()
		r.Returned(requestOf(c))
		return err
	}
}

// alter replaces the body of a request. A buffered one has no place for a reader's error, and
// to replace a stream ends the one before, so that is read whole.
func alter(c fiber.Ctx, by func(io.Reader) io.Reader) error {
	request := c.Request()
	altered := by(bytes.NewReader(bytes.Clone(request.Body())))
	if c.App().Config().StreamRequestBody {
		request.SetBodyStream(altered, request.Header.ContentLength())
		return nil
	}
	body, err := io.ReadAll(altered)
	request.SetBodyRaw(body)
	return err
}

// idOf is a copy: Fiber reuses the memory of a header.
func idOf(c fiber.Ctx) string { return strings.Clone(c.Get(webhooktest.IDHeader)) }

func requestOf(c fiber.Ctx) webhooktest.Request {
	delivery, verified := sendsarfiber.FromContext(c)
	return webhooktest.Request{
		ID:       idOf(c),
		Delivery: delivery,
		Verified: verified,
		Context:  func() context.Context { return c.Context() },
		Length:   func() int64 { return int64(c.Request().Header.ContentLength()) },
		Values: func() map[any]any {
			values := make(map[any]any)
			c.RequestCtx().VisitUserValuesAll(func(key, value any) { values[key] = value })
			return values
		},
		Body:      func() ([]byte, error) { return c.BodyRaw(), nil },
		Form:      func(field string) string { return c.FormValue(field) },
		Multipart: func(int64) (*multipart.Form, error) { return c.MultipartForm() },
		JSON:      func(into any) error { return c.Bind().Body(into) },
	}
}
