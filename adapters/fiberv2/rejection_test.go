// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
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

const smallLimit = 100

// around lists what an app may have around the middleware.
var around = []struct {
	name       string
	cfg        fiber.Config
	middleware fiber.Handler
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
	{"Fiber's logger", fiber.Config{}, logger.New(logger.Config{Output: io.Discard})},
	{"Fiber's recover", fiber.Config{}, recover.New()},
}

// A rejection has the status and the public text, whatever is around the middleware. The
// headers of every 401 are the same.
func TestRefusalWhateverIsAround(t *testing.T) {
	t.Parallel()
	for _, outer := range around {
		t.Run("behind "+outer.name, func(t *testing.T) {
			t.Parallel()
			for _, streaming := range []bool{false, true} {
				cfg := outer.cfg
				cfg.StreamRequestBody = streaming
				s := newEndpointBehind(t, cfg, outer.middleware, sendsarfiber.New(accountSecret, webhook.WithMaxBodyBytes(smallLimit)))
				var headers []http.Header
				for _, refusal := range []struct {
					request []byte
					status  int
				}{
					{announced(eventBody), fiber.StatusUnauthorized},
					{announced(eventBody, strings.ToUpper(signatureLine(eventBody))), fiber.StatusUnauthorized},
					{announced(eventBody, forgedLine(eventBody)), fiber.StatusUnauthorized},
					{announced(filler(smallLimit+1), signatureLine(eventBody)), fiber.StatusRequestEntityTooLarge},
				} {
					got := s.deliver(t, refusal.request)
					assertRejected(t, got, refusal.status)
					assert.Equal(t, fiber.MIMETextPlainCharsetUTF8, got.header.Get(fiber.HeaderContentType))
					assert.Empty(t, got.header.Get(fiber.HeaderContentEncoding))
					got.header.Del(fiber.HeaderDate)
					got.header.Del(fiber.HeaderConnection)
					headers = append(headers, got.header)
				}
				assert.Equal(t, headers[0], headers[1])
				assert.Equal(t, headers[0], headers[2])
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
				s := newEndpointBehind(t, cfg, func(c *fiber.Ctx) error {
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

// The default rejection drops headers that the ErrorHandler set for a body of its own.
func TestDefaultRejectionReplacesTheHeadersOfAnotherContent(t *testing.T) {
	t.Parallel()
	s := newEndpoint(t, fiber.Config{}, withErrorHandler(func(c *fiber.Ctx, err error) error {
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

func TestErrorHandlerAnswers(t *testing.T) {
	t.Parallel()
	type reply struct {
		status int
		text   string
	}
	unauthorized := reply{fiber.StatusUnauthorized, "invalid signature"}
	gone := fiber.NewError(fiber.StatusGone, "no longer here")
	text := func(status int) fiber.ErrorHandler {
		return func(c *fiber.Ctx, _ error) error { return c.Status(status).SendString("text") }
	}
	for _, test := range []struct {
		name    string
		handler fiber.ErrorHandler
		want    reply
	}{
		{"a header alone is the default rejection", func(c *fiber.Ctx, _ error) error {
			c.Set(fiber.HeaderRetryAfter, "60")
			return nil
		}, unauthorized},
		{"status 200 with nothing written is the default rejection", status(fiber.StatusOK), unauthorized},
		{"status 202 with nothing written is the default rejection", status(fiber.StatusAccepted), unauthorized},
		{"status 100 with nothing written is the default rejection", status(fiber.StatusContinue), unauthorized},
		{"an empty body is the default rejection", func(c *fiber.Ctx, _ error) error { return c.SendString("") }, unauthorized},
		{"a body that was taken back is the default rejection", func(c *fiber.Ctx, _ error) error {
			c.Response().ResetBody()
			return nil
		}, unauthorized},
		{"a body of status 103 is the default rejection", text(fiber.StatusEarlyHints), unauthorized},
		{"a body of status 204, which never arrives, is the default rejection", text(fiber.StatusNoContent), unauthorized},
		{"a body of status 205, which never arrives, is the default rejection", text(fiber.StatusResetContent), unauthorized},
		{"a redirect is kept", func(c *fiber.Ctx, _ error) error { return c.Redirect("/", fiber.StatusFound) }, reply{fiber.StatusFound, ""}},
		{"an acknowledgement that is written out is kept", text(fiber.StatusOK), reply{fiber.StatusOK, "text"}},
		{"a status with its text is kept", func(c *fiber.Ctx, _ error) error { return c.SendStatus(fiber.StatusForbidden) }, reply{fiber.StatusForbidden, "Forbidden"}},
		{"a *fiber.Error of its own is the app's to render", func(*fiber.Ctx, error) error { return gone }, reply{fiber.StatusGone, "no longer here"}},
		{"an error around a *fiber.Error leaves that one to render", func(_ *fiber.Ctx, err error) error {
			return fmt.Errorf("%w: %w", err, gone)
		}, reply{fiber.StatusGone, "no longer here"}},
		{"an answer and the error is the answer", func(c *fiber.Ctx, err error) error {
			return errors.Join(text(fiber.StatusForbidden)(c, err), err)
		}, reply{fiber.StatusForbidden, "text"}},
		{"a plain error is the app's 500", func(*fiber.Ctx, error) error { return errors.New("store is down") }, reply{fiber.StatusInternalServerError, "store is down"}},
		{"a buffered body is still there, a stream is gone", func(c *fiber.Ctx, _ error) error {
			if c.App().Config().StreamRequestBody {
				return c.SendString(string(c.BodyRaw()) + "as it should be")
			}
			return c.SendString(strings.Replace(string(c.BodyRaw()), string(eventBody), "as it should be", 1))
		}, reply{fiber.StatusOK, "as it should be"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				// A body that an earlier middleware wrote does not count as an answer.
				s := newEndpointBehind(t, cfg, func(c *fiber.Ctx) error {
					if c.Get("X-Earlier") != "" {
						_ = c.Status(fiber.StatusAccepted).SendString("so far") // it sets a body in memory
					}
					return c.Next()
				}, withErrorHandler(test.handler))
				c := dial(t, s.addr)
				for _, earlier := range []string{"X-Other: 1", "X-Earlier: 1"} {
					got := c.ask(t, request(eventBody, forgedLine(eventBody), earlier))
					assert.Equal(t, test.want, reply{got.status, got.body}, earlier)
				}
				assert.Zero(t, s.runs.Load(), "the handler ran")

				// Every byte was read: the connection serves the next request.
				assert.Equal(t, string(eventBody), c.ask(t, request(eventBody, signatureLine(eventBody))).body)
			})
		})
	}
}

// readFlag is the stream of an answer. It records whether it was read.
type readFlag struct {
	io.Reader
	read atomic.Bool
}

func (r *readFlag) Read(p []byte) (int, error) {
	r.read.Store(true)
	return r.Reader.Read(p)
}

func TestStreamedAnswerIsLeftToTheServer(t *testing.T) {
	t.Parallel()
	answer := &readFlag{Reader: strings.NewReader("from a stream")}
	early := make(chan bool, room)
	s := newEndpointBehind(t, fiber.Config{},
		func(c *fiber.Ctx) error {
			err := c.Next()
			early <- answer.read.Load()
			return err
		},
		withErrorHandler(func(c *fiber.Ctx, _ error) error { return c.SendStream(answer) }))
	assert.Equal(t, "from a stream", s.deliver(t, announced(eventBody)).body)
	assert.False(t, only(t, early), "read before it was sent")
}

// The rest of a refused stream has no limit, and the next request follows it.
func TestErrorHandlerFindsNothingOfARefusedStream(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		request []byte
	}{
		{"that was not sent yet", head(route, chunkedHeader)},
		{"over BodyLimit", append(announced(eventBody), otherRequest()...)},
		{"with a broken chunk", append(head(route, chunkedHeader, signatureLine(eventBody)), "5\r\nabcdeX"...)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			bodies := make(chan string, room)
			s := newEndpointBehind(t, fiber.Config{StreamRequestBody: true, BodyLimit: 16}, recover.New(),
				withErrorHandler(func(c *fiber.Ctx, err error) error {
					bodies <- string(c.Body())
					return err
				}))
			c := dial(t, s.addr)
			got := c.ask(t, test.request)
			assertRejected(t, got, got.status)
			c.assertClosed(t)
			assert.Empty(t, only(t, bodies))
		})
	}
}

// After Fiber's own methods have read the body, the adapter still gets the bytes that
// arrived.
func TestMiddlewareThatMayComeBefore(t *testing.T) {
	t.Parallel()
	sent := gzipped(t, eventBody)
	body := func(c *fiber.Ctx) { _ = c.Body() }
	for _, test := range []struct {
		name    string
		read    func(c *fiber.Ctx)
		body    []byte
		headers []string
	}{
		{"c.Body", body, eventBody, nil},
		{"c.Body of a compressed body", body, sent, []string{"Content-Encoding: gzip"}},
		{"c.Body of a body compressed twice", body, gzipped(t, sent), []string{"Content-Encoding: gzip, gzip"}},
		{"c.BodyRaw", func(c *fiber.Ctx) { _ = c.BodyRaw() }, eventBody, nil},
		{"c.FormValue", func(c *fiber.Ctx) { _ = c.FormValue("text") }, formBody(formText).bytes, []string{formBody(formText).header}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				s := newEndpointBehind(t, cfg, func(c *fiber.Ctx) error {
					test.read(c)
					return c.Next()
				}, sendsarfiber.New(accountSecret))
				c := dial(t, s.addr)
				assert.Equal(t, string(test.body), c.ask(t, request(test.body, append(test.headers, signatureLine(test.body))...)).body)
				assertRejected(t, c.ask(t, request(test.body, append(test.headers, forgedLine(test.body))...)), fiber.StatusUnauthorized)
			})
		})
	}
}

func TestBodyThatAnEarlierMiddlewareTouched(t *testing.T) {
	t.Parallel()
	longer := append(bytes.Clone(eventBody), eventBody...)
	// A stream that was already read looks like one that the client cut short. If it is
	// chunked, fasthttp before 1.76 waits for more.
	drained := fiber.StatusUnauthorized
	if fasthttpMinor() < 76 {
		drained = fiber.StatusRequestTimeout
	}
	for _, test := range []struct {
		name               string
		change             func(c *fiber.Ctx) error
		announced, chunked int // the status
	}{
		{"replaced", func(c *fiber.Ctx) error {
			c.Request().SetBody(longer)
			return nil
		}, fiber.StatusInternalServerError, fiber.StatusUnauthorized},
		{"inflated", func(c *fiber.Ctx) error {
			c.Request().SetBodyRaw(longer)
			return nil
		}, fiber.StatusInternalServerError, fiber.StatusUnauthorized},
		{"taken away", func(c *fiber.Ctx) error {
			c.Request().ResetBody()
			return nil
		}, fiber.StatusInternalServerError, fiber.StatusUnauthorized},
		{"drained", func(c *fiber.Ctx) error {
			_, err := io.ReadAll(c.Context().RequestBodyStream())
			return err
		}, fiber.StatusBadRequest, drained},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachSetting(t, func(t *testing.T, cfg fiber.Config) {
				if test.name == "drained" {
					cfg.StreamRequestBody, cfg.ReadTimeout = true, stall
				}
				s := newEndpointBehind(t, cfg, func(c *fiber.Ctx) error {
					if test.name != "drained" {
						_ = c.BodyRaw() // so that nothing is left on the connection
					}
					if err := test.change(c); err != nil {
						return err
					}
					return c.Next()
				}, sendsarfiber.New(accountSecret))
				assertRejected(t, s.deliver(t, announced(eventBody, signatureLine(eventBody))), test.announced)
				assertRejected(t, s.deliver(t, chunked(eventBody, signatureLine(eventBody))), test.chunked)
				assert.Zero(t, s.runs.Load(), "the handler ran")
			})
		})
	}
}
