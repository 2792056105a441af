package sendsarfiber_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/stretchr/testify/assert"
)

func TestErrorHandlerAnswers(t *testing.T) {
	t.Parallel()
	type reply struct {
		status int
		text   string
	}
	unauthorized := reply{fiber.StatusUnauthorized, "invalid signature"}
	gone := fiber.NewError(fiber.StatusGone, "no longer here")
	text := func(status int) fiber.ErrorHandler {
		return func(c fiber.Ctx, _ error) error { return c.Status(status).SendString("text") }
	}
	for _, test := range []struct {
		name    string
		handler fiber.ErrorHandler
		want    reply
	}{
		{"a header alone is the default rejection", func(c fiber.Ctx, _ error) error {
			c.Set(fiber.HeaderRetryAfter, "60")
			return nil
		}, unauthorized},
		{"status 200 with nothing written is the default rejection", status(fiber.StatusOK), unauthorized},
		{"status 202 with nothing written is the default rejection", status(fiber.StatusAccepted), unauthorized},
		{"status 100 with nothing written is the default rejection", status(fiber.StatusContinue), unauthorized},
		{"an empty body is the default rejection", func(c fiber.Ctx, _ error) error { return c.SendString("") }, unauthorized},
		{"a body that was taken back is the default rejection", func(c fiber.Ctx, _ error) error {
			c.Response().ResetBody()
			return nil
		}, unauthorized},
		{"a body of status 103 is the default rejection", text(fiber.StatusEarlyHints), unauthorized},
		{"a body of status 204, which never arrives, is the default rejection", text(fiber.StatusNoContent), unauthorized},
		{"a body of status 205, which never arrives, is the default rejection", text(fiber.StatusResetContent), unauthorized},
		{"a redirect is kept", func(c fiber.Ctx, _ error) error { return c.Redirect().Status(fiber.StatusFound).To("/") }, reply{fiber.StatusFound, ""}},
		{"an acknowledgement that is written out is kept", text(fiber.StatusOK), reply{fiber.StatusOK, "text"}},
		{"a status with its text is kept", func(c fiber.Ctx, _ error) error { return c.SendStatus(fiber.StatusForbidden) }, reply{fiber.StatusForbidden, "Forbidden"}},
		{"a *fiber.Error of its own is the app's to render", func(fiber.Ctx, error) error { return gone }, reply{fiber.StatusGone, "no longer here"}},
		{"an error around a *fiber.Error leaves that one to render", func(_ fiber.Ctx, err error) error {
			return fmt.Errorf("%w: %w", err, gone)
		}, reply{fiber.StatusGone, "no longer here"}},
		{"an answer and the error is the answer", func(c fiber.Ctx, err error) error {
			return errors.Join(text(fiber.StatusForbidden)(c, err), err)
		}, reply{fiber.StatusForbidden, "text"}},
		{"a plain error is the app's 500", func(fiber.Ctx, error) error { return errors.New("store is down") }, reply{fiber.StatusInternalServerError, "store is down"}},
		{"a buffered body is still there, a stream is gone", func(c fiber.Ctx, _ error) error {
			if c.App().Config().StreamRequestBody {
				return c.SendString(string(c.BodyRaw()) + "as it should be")
			}
			return c.SendString(strings.Replace(string(c.BodyRaw()), string(eventBody), "as it should be", 1))
		}, reply{fiber.StatusOK, "as it should be"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				// What an earlier middleware wrote is nobody's answer.
				s := newEndpointBehind(t, cfg, func(c fiber.Ctx) error {
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

// readFlag is an answer's stream, which knows whether it was read.
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
		func(c fiber.Ctx) error {
			err := c.Next()
			early <- answer.read.Load()
			return err
		},
		withErrorHandler(func(c fiber.Ctx, _ error) error { return c.SendStream(answer) }))
	assert.Equal(t, "from a stream", s.deliver(t, announced(eventBody)).body)
	assert.False(t, only(t, early), "read before it was sent")
}

// What is left of a refused stream has no limit, and behind its end is the next request.
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
				withErrorHandler(func(c fiber.Ctx, err error) error {
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
