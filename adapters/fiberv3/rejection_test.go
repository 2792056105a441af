package sendsarfiber_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/compress"
	"github.com/gofiber/fiber/v3/middleware/cors"
	"github.com/gofiber/fiber/v3/middleware/etag"
	"github.com/gofiber/fiber/v3/middleware/logger"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const smallLimit = 100

// refusals are requests that a middleware with smallLimit refuses, in every setting.
var refusals = []struct {
	name   string
	want   error
	status int
	make   func(request framing) []byte
}{
	{
		"no signature", webhook.ErrMissingSignature, fiber.StatusUnauthorized,
		func(request framing) []byte { return request(eventBody) },
	},
	{
		"a malformed signature", webhook.ErrMalformedSignature, fiber.StatusUnauthorized,
		func(request framing) []byte {
			return request(eventBody, strings.ToUpper(signatureLine(eventBody)))
		},
	},
	{
		"two signatures", webhook.ErrMalformedSignature, fiber.StatusUnauthorized,
		func(request framing) []byte {
			return request(eventBody, signatureLine(eventBody), signatureLine(eventBody))
		},
	},
	{
		"a stranger's signature", webhook.ErrSignatureMismatch, fiber.StatusUnauthorized,
		func(request framing) []byte {
			return request(eventBody, forgedLine(eventBody))
		},
	},
	{
		"a body over the limit", webhook.ErrBodyTooLarge, fiber.StatusRequestEntityTooLarge,
		func(request framing) []byte {
			return request(filler(smallLimit+1), signatureLine(filler(smallLimit+1)))
		},
	},
}

func eachRefusal(t *testing.T, run func(t *testing.T, cfg fiber.Config, request []byte, want error, status int)) {
	t.Helper()
	for _, refusal := range refusals {
		t.Run(refusal.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				run(t, cfg, refusal.make(request), refusal.want, refusal.status)
			})
		})
	}
}

func TestDefaultRejection(t *testing.T) {
	t.Parallel()
	eachRefusal(t, func(t *testing.T, cfg fiber.Config, request []byte, _ error, status int) {
		s := newEndpoint(t, cfg, sendsarfiber.New(accountSecret, webhook.WithMaxBodyBytes(smallLimit)))
		got := s.deliver(t, request)
		assertRejected(t, got, status)
		assert.Equal(t, fiber.MIMETextPlainCharsetUTF8, got.header.Get(fiber.HeaderContentType))
		assert.Zero(t, s.runs.Load(), "the handler ran")
	})
}

func TestNoVerifierLooksLikeAMismatch(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		stranger := request(eventBody, forgedLine(eventBody))
		mismatch := newEndpoint(t, cfg, sendsarfiber.New(accountSecret)).deliver(t, stranger)
		none := newEndpoint(t, cfg, sendsarfiber.WithConfig(sendsarfiber.Config{
			VerifierFor: func(fiber.Ctx) *webhook.Verifier { return nil },
		})).deliver(t, stranger)

		assertRejected(t, none, fiber.StatusUnauthorized)
		assert.Equal(t, mismatch.body, none.body)
		assert.Equal(t, mismatch.header.Get(fiber.HeaderContentType), none.header.Get(fiber.HeaderContentType))
	})
}

// marked is in bodies and secrets that nothing may print.
const marked = "0123456789abcdef"

func TestLogsAndAnswersAreSilent(t *testing.T) {
	t.Parallel()
	body := []byte(marked + marked)
	brokenChunk := append(head(route, signatureLine(body), chunkedHeader), "10\r\n"+marked+marked+marked...)
	for _, test := range []struct {
		name    string
		request []byte
	}{
		{"a mismatch", announced(body, signatureLine(eventBody))},
		{"a mismatch without a length", chunked(body, signatureLine(eventBody))},
		{"a broken chunk", brokenChunk},
		{"a broken trailer", append(append(head(route, signatureLine(body), chunkedHeader), chunk(body)...), "0\r\nAuthorization: "+marked+"\r\n\r\n"...)},
	} {
		t.Run("of "+test.name, func(t *testing.T) {
			t.Parallel()
			var logged strings.Builder
			rejections := make(chan error, room)
			app := newApp(fiber.Config{
				StreamRequestBody: true,
			})
			app.Use(logger.New(logger.Config{Format: "${status} ${error} ${resBody}\n", Stream: &logged}))
			app.Post(route, withErrorHandler(func(_ fiber.Ctx, err error) error {
				rejections <- err
				return err
			}), func(fiber.Ctx) error { return nil })
			got := dial(t, start(t, app)).ask(t, test.request)
			require.GreaterOrEqual(t, got.status, fiber.StatusBadRequest)

			err := only(t, rejections)
			var lines strings.Builder
			slog.New(slog.NewJSONHandler(&lines, nil)).Error("refused", "error", err)
			encoded, jsonErr := json.Marshal(err)
			require.NoError(t, jsonErr)
			printed := fmt.Sprintf("%v|%+v|%#v|%s|%q|%x|%d", err, err, err, err, err, err, err) + lines.String() + string(encoded) + got.body
			assert.NotContains(t, printed, marked)
			assert.NotContains(t, printed, fmt.Sprintf("%x", marked))
			assert.NotContains(t, printed, "sha256=")

			assert.Equal(t, fmt.Sprintf("%d - %s\n", got.status, publicTexts[got.status]), logged.String())
		})
	}
}

// around are what an app has around the middleware.
var around = []struct {
	name       string
	cfg        fiber.Config
	middleware fiber.Handler
}{
	{"an ErrorHandler that asserts a type", fiber.Config{ErrorHandler: func(c fiber.Ctx, err error) error {
		e, ok := err.(*fiber.Error) //nolint:errorlint // the mistake that many apps make
		if !ok {
			return c.Status(fiber.StatusInternalServerError).SendString(err.Error())
		}
		return c.Status(e.Code).JSON(fiber.Map{"error": e.Message})
	}}, func(c fiber.Ctx) error { return c.Next() }},
	{"a middleware that renders errors", fiber.Config{}, func(c fiber.Ctx) error {
		if err := c.Next(); err != nil {
			return c.Status(fiber.StatusInternalServerError).SendString(err.Error())
		}
		return nil
	}},
	{"a middleware that answers before", fiber.Config{}, func(c fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, "application/json")
		c.Set(fiber.HeaderContentEncoding, "gzip")
		c.Set(fiber.HeaderETag, `"1"`)
		_ = c.Status(fiber.StatusAccepted).SendString("so far") // it sets a body in memory
		return c.Next()
	}},
	{"a streamed answer before", fiber.Config{}, func(c fiber.Ctx) error {
		_ = c.SendStream(strings.NewReader("so far")) // it keeps the reader
		return c.Next()
	}},
	{"Fiber's compress", fiber.Config{}, compress.New()},
	{"Fiber's cors", fiber.Config{}, cors.New()},
	{"Fiber's etag", fiber.Config{}, etag.New()},
	{"Fiber's logger", fiber.Config{}, logger.New(logger.Config{Stream: new(strings.Builder)})},
	{"Fiber's recover", fiber.Config{}, recover.New()},
}

// One document with the status and the public text, the same for every refusal.
func TestRefusalWhateverIsAround(t *testing.T) {
	t.Parallel()
	for _, outer := range around {
		t.Run("behind "+outer.name, func(t *testing.T) {
			t.Parallel()
			for _, streaming := range []bool{false, true} {
				cfg := outer.cfg
				cfg.StreamRequestBody = streaming
				s := newEndpointBehind(t, cfg, outer.middleware, sendsarfiber.New(accountSecret, webhook.WithMaxBodyBytes(smallLimit)))
				var first answer
				for i, refusal := range refusals {
					got := s.deliver(t, refusal.make(announced))
					assertRejected(t, got, refusal.status)
					for _, name := range []string{fiber.HeaderDate, fiber.HeaderConnection} {
						got.header.Del(name)
					}
					if i == 0 {
						first = got
						assert.Equal(t, fiber.MIMETextPlainCharsetUTF8, got.header.Get(fiber.HeaderContentType))
						assert.Empty(t, got.header.Get(fiber.HeaderContentEncoding))
					}
					if refusal.status == first.status {
						assert.Equal(t, first.header, got.header, refusal.name)
					}
				}
				assert.Zero(t, s.runs.Load(), "the handler ran")
				assert.Equal(t, string(eventBody), s.deliver(t, announced(eventBody, signatureLine(eventBody), "Accept-Encoding: identity")).body)
			}
		})
	}
}

func TestOuterMiddlewareSeesTheAnswer(t *testing.T) {
	t.Parallel()
	own := errors.New("the handler's own")
	for _, test := range []struct {
		name    string
		handler fiber.ErrorHandler
		want    error
	}{
		{"by default", nil, nil},
		{"of an ErrorHandler that returns its error", func(_ fiber.Ctx, err error) error { return err }, nil},
		{"of an ErrorHandler that wraps its error", func(_ fiber.Ctx, err error) error { return fmt.Errorf("hook: %w", err) }, nil},
		{"of an ErrorHandler that does nothing", func(fiber.Ctx, error) error { return nil }, nil},
		{"but an ErrorHandler's own", func(fiber.Ctx, error) error { return own }, own},
		{"but an ErrorHandler's *fiber.Error alone", func(_ fiber.Ctx, err error) error {
			return fmt.Errorf("%w: %w", err, fiber.ErrTeapot)
		}, fiber.ErrTeapot},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachSetting(t, func(t *testing.T, cfg fiber.Config) {
				seen := make(chan error, room)
				s := newEndpointBehind(t, cfg, func(c fiber.Ctx) error {
					err := c.Next()
					seen <- err
					if err == nil { // Fiber's limiter goes by the status
						assert.Equal(t, fiber.StatusUnauthorized, c.Response().StatusCode())
					}
					return err
				}, withErrorHandler(test.handler))
				s.deliver(t, announced(eventBody))
				assert.Equal(t, test.want, only(t, seen))
			})
		})
	}
}

// What ErrorHandler set before it left the answer to us describes no body of ours.
func TestDefaultRejectionReplacesTheHeadersOfAnotherContent(t *testing.T) {
	t.Parallel()
	s := newEndpoint(t, fiber.Config{}, withErrorHandler(func(c fiber.Ctx, err error) error {
		c.Set(fiber.HeaderContentType, "application/json")
		c.Set(fiber.HeaderContentEncoding, "br")
		c.Set("X-Request-Id", "1")
		c.Status(fiber.StatusNoContent)
		return err
	}))
	got := s.deliver(t, announced(eventBody))
	assertRejected(t, got, fiber.StatusUnauthorized)
	assert.Equal(t, fiber.MIMETextPlainCharsetUTF8, got.header.Get(fiber.HeaderContentType))
	assert.Empty(t, got.header.Get(fiber.HeaderContentEncoding))
	assert.Equal(t, "1", got.header.Get("X-Request-Id"))
}
