package sendsarfiber_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/cors"
	"github.com/gofiber/fiber/v2/middleware/etag"
	"github.com/gofiber/fiber/v2/middleware/logger"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/stretchr/testify/assert"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// surroundings are what an app has around the middleware.
var surroundings = []struct {
	name  string
	cfg   fiber.Config
	outer func(c *fiber.Ctx) error
}{
	{"an ErrorHandler that asserts a type", fiber.Config{ErrorHandler: func(c *fiber.Ctx, err error) error {
		e, ok := err.(*fiber.Error) //nolint:errorlint // the mistake that many apps make
		if !ok {
			return c.Status(fiber.StatusInternalServerError).SendString(err.Error())
		}
		return c.Status(e.Code).JSON(fiber.Map{"error": e.Message})
	}}, func(c *fiber.Ctx) error { return c.Next() }},
	{"a middleware that renders errors", fiber.Config{}, func(c *fiber.Ctx) error {
		if err := c.Next(); err != nil {
			return c.Status(fiber.StatusInternalServerError).SendString(err.Error())
		}
		return nil
	}},
	{"a middleware that answers before", fiber.Config{}, func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, "application/json")
		c.Set(fiber.HeaderContentEncoding, "gzip")
		c.Set(fiber.HeaderETag, `"1"`)
		_ = c.Status(fiber.StatusAccepted).SendString("so far") // it sets a body in memory
		return c.Next()
	}},
	{"a streamed answer before", fiber.Config{}, func(c *fiber.Ctx) error {
		_ = c.SendStream(strings.NewReader("so far")) // it keeps the reader
		return c.Next()
	}},
	{"Fiber's compress", fiber.Config{}, compress.New()},
	{"Fiber's cors", fiber.Config{}, cors.New()},
	{"Fiber's etag", fiber.Config{}, etag.New()},
	{"Fiber's logger", fiber.Config{}, logger.New(logger.Config{Output: new(strings.Builder)})},
	{"Fiber's recover", fiber.Config{}, recover.New()},
}

// One document with the status and the public text, the same for every refusal.
func TestRefusalWhateverIsAround(t *testing.T) {
	t.Parallel()
	for _, around := range surroundings {
		t.Run("behind "+around.name, func(t *testing.T) {
			t.Parallel()
			for _, streaming := range []bool{false, true} {
				cfg := around.cfg
				cfg.StreamRequestBody = streaming
				s := newSiteBehind(t, cfg, around.outer, sendsarfiber.New(testSecret, webhook.WithMaxBodyBytes(smallLimit)))
				var first answer
				for i, refusal := range refusals {
					got := s.deliver(t, refusal.make(announced))
					assertRefused(t, got, refusal.status)
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
				assert.Zero(t, s.hooks.Load(), "the handler ran")
				assert.Equal(t, string(event), s.deliver(t, announced(event, signed(event), "Accept-Encoding: identity")).text)
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
		{"of an ErrorHandler that returns its error", func(_ *fiber.Ctx, err error) error { return err }, nil},
		{"of an ErrorHandler that wraps its error", func(_ *fiber.Ctx, err error) error { return fmt.Errorf("hook: %w", err) }, nil},
		{"of an ErrorHandler that does nothing", func(*fiber.Ctx, error) error { return nil }, nil},
		{"but an ErrorHandler's own", func(*fiber.Ctx, error) error { return own }, own},
		{"but an ErrorHandler's *fiber.Error alone", func(_ *fiber.Ctx, err error) error {
			return fmt.Errorf("%w: %w", err, fiber.ErrTeapot)
		}, fiber.ErrTeapot},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachSetting(t, func(t *testing.T, cfg fiber.Config) {
				seen := make(chan error, room)
				s := newSiteBehind(t, cfg, func(c *fiber.Ctx) error {
					err := c.Next()
					seen <- err
					if err == nil { // Fiber's limiter goes by the status
						assert.Equal(t, fiber.StatusUnauthorized, c.Response().StatusCode())
					}
					return err
				}, withErrorHandler(test.handler))
				s.deliver(t, announced(event))
				assert.Equal(t, test.want, only(t, seen))
			})
		})
	}
}

// What ErrorHandler set before it left the answer to us describes no body of ours.
func TestDefaultRejectionAfterAnErrorHandler(t *testing.T) {
	t.Parallel()
	s := newSite(t, fiber.Config{}, withErrorHandler(func(c *fiber.Ctx, err error) error {
		c.Set(fiber.HeaderContentType, "application/json")
		c.Set(fiber.HeaderContentEncoding, "br")
		c.Set("X-Request-Id", "1")
		c.Status(fiber.StatusNoContent)
		return err
	}))
	got := s.deliver(t, announced(event))
	assertRefused(t, got, fiber.StatusUnauthorized)
	assert.Equal(t, fiber.MIMETextPlainCharsetUTF8, got.header.Get(fiber.HeaderContentType))
	assert.Empty(t, got.header.Get(fiber.HeaderContentEncoding))
	assert.Equal(t, "1", got.header.Get("X-Request-Id"))
}
