// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestErrorHandlerAnswers(t *testing.T) {
	t.Parallel()
	type reply struct {
		status int
		text   string
	}
	unauthorized := reply{fiber.StatusUnauthorized, "invalid signature"}
	for _, test := range []struct {
		name    string
		handler fiber.ErrorHandler
		want    reply
	}{
		{"returning the error is the default rejection", func(_ *fiber.Ctx, err error) error { return err }, unauthorized},
		{"doing nothing is the default rejection", func(*fiber.Ctx, error) error { return nil }, unauthorized},
		{"a header alone is the default rejection", func(c *fiber.Ctx, _ error) error {
			c.Set(fiber.HeaderRetryAfter, "60")
			return nil
		}, unauthorized},
		{"status 200 with nothing written is the default rejection", status(fiber.StatusOK), unauthorized},
		{"status 202 with nothing written is the default rejection", status(fiber.StatusAccepted), unauthorized},
		{"status 204 with nothing written is the default rejection", status(fiber.StatusNoContent), unauthorized},
		{"status 100 with nothing written is the default rejection", status(fiber.StatusContinue), unauthorized},
		{"an empty body is the default rejection", func(c *fiber.Ctx, _ error) error { return c.SendString("") }, unauthorized},
		{"status 403 alone is kept", status(fiber.StatusForbidden), reply{fiber.StatusForbidden, ""}},
		{"a redirect is kept", func(c *fiber.Ctx, _ error) error { return c.Redirect("/", fiber.StatusFound) }, reply{fiber.StatusFound, ""}},
		{"a status and a body are kept", func(c *fiber.Ctx, err error) error {
			return c.Status(webhook.StatusCode(err)).JSON(fiber.Map{"title": webhook.PublicMessage(err)})
		}, reply{fiber.StatusUnauthorized, `{"title":"invalid signature"}`}},
		{"an acknowledgement that is written out is kept", func(c *fiber.Ctx, _ error) error { return c.SendString("ignored") }, reply{fiber.StatusOK, "ignored"}},
		{"a status with its text is kept", func(c *fiber.Ctx, _ error) error { return c.SendStatus(fiber.StatusForbidden) }, reply{fiber.StatusForbidden, "Forbidden"}},
		{"a streamed answer is kept", func(c *fiber.Ctx, _ error) error {
			return c.Status(fiber.StatusForbidden).SendStream(strings.NewReader("from a stream"))
		}, reply{fiber.StatusForbidden, "from a stream"}},
		{"a *fiber.Error of its own is the app's to render", func(*fiber.Ctx, error) error { return fiber.NewError(fiber.StatusGone, "no longer here") }, reply{fiber.StatusGone, "no longer here"}},
		{"an error around the rejection is the default rejection", func(_ *fiber.Ctx, err error) error { return fmt.Errorf("webhook: %w", err) }, unauthorized},
		{"an error around a *fiber.Error leaves that one to render", func(_ *fiber.Ctx, err error) error {
			return fmt.Errorf("%w: %w", err, fiber.NewError(fiber.StatusGone, "no longer here"))
		}, reply{fiber.StatusGone, "no longer here"}},
		{"a body of status 204, which never arrives, is the default rejection", func(c *fiber.Ctx, _ error) error { return c.Status(fiber.StatusNoContent).SendString("x") }, unauthorized},
		{"SendStatus(204) is the default rejection", func(c *fiber.Ctx, _ error) error { return c.SendStatus(fiber.StatusNoContent) }, unauthorized},
		{"a body of status 103 is the default rejection", func(c *fiber.Ctx, _ error) error { return c.Status(fiber.StatusEarlyHints).SendString("x") }, unauthorized},
		{"an answer and the error is the answer", func(c *fiber.Ctx, err error) error {
			_ = c.Status(fiber.StatusForbidden).SendString("no") // it sets a body in memory
			return err
		}, reply{fiber.StatusForbidden, "no"}},
		{"a plain error is the app's 500", func(*fiber.Ctx, error) error { return errors.New("store is down") }, reply{fiber.StatusInternalServerError, "store is down"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				s := newEndpoint(t, cfg, withErrorHandler(test.handler))
				c := dial(t, s.addr)
				got := c.ask(t, request(eventBody, forgedLine(eventBody)))
				assert.Equal(t, test.want, reply{got.status, got.body})
				assert.Zero(t, s.runs.Load(), "the handler ran")

				// Every byte was read: the connection serves the next request.
				assert.Equal(t, fiber.StatusOK, c.ask(t, request(eventBody, signatureLine(eventBody))).status)
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
		func(c *fiber.Ctx) error {
			err := c.Next()
			early <- answer.read.Load()
			return err
		},
		withErrorHandler(func(c *fiber.Ctx, _ error) error { return c.SendStream(answer) }))
	assert.Equal(t, "from a stream", s.deliver(t, announced(eventBody)).body)
	assert.False(t, only(t, early), "read before it was sent")
}

func status(code int) fiber.ErrorHandler {
	return func(c *fiber.Ctx, _ error) error {
		c.Status(code)
		return nil
	}
}

func TestErrorHandlerAfterAnEarlierMiddlewareWrote(t *testing.T) {
	t.Parallel()
	wroteBefore := func(c *fiber.Ctx) error {
		c.Status(fiber.StatusAccepted)
		_ = c.SendString("so far") // it sets a body in memory
		return c.Next()
	}
	for _, test := range []struct {
		name    string
		handler fiber.ErrorHandler
		status  int
		text    string
	}{
		{"left as it was", func(*fiber.Ctx, error) error { return nil }, fiber.StatusUnauthorized, "invalid signature"},
		{"given the status that it had", status(fiber.StatusAccepted), fiber.StatusUnauthorized, "invalid signature"},
		{"given another 2xx", status(fiber.StatusOK), fiber.StatusUnauthorized, "invalid signature"},
		{"given a status", status(fiber.StatusForbidden), fiber.StatusForbidden, ""},
		{"given a body", func(c *fiber.Ctx, _ error) error { return c.Status(fiber.StatusForbidden).SendString("no") }, fiber.StatusForbidden, "no"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newEndpointBehind(t, fiber.Config{}, wroteBefore, withErrorHandler(test.handler))
			got := s.deliver(t, announced(eventBody))
			assert.Equal(t, test.status, got.status)
			assert.Equal(t, test.text, got.body)
		})
	}
}

func TestRefusalAfterAnEarlierMiddleware(t *testing.T) {
	t.Parallel()
	s := newEndpointBehind(t, fiber.Config{},
		func(c *fiber.Ctx) error {
			c.Status(fiber.StatusNotFound)
			return c.Next()
		},
		withErrorHandler(func(*fiber.Ctx, error) error { return nil }))
	assertRejected(t, s.deliver(t, announced(eventBody)), fiber.StatusUnauthorized)
}

func TestErrorHandlerEmptyingTheAnswerIsNoAcknowledgement(t *testing.T) {
	t.Parallel()
	s := newEndpointBehind(t, fiber.Config{},
		func(c *fiber.Ctx) error {
			_ = c.SendString("so far") // it sets a body in memory
			return c.Next()
		},
		withErrorHandler(func(c *fiber.Ctx, _ error) error {
			c.Response().ResetBody()
			return nil
		}))
	assertRejected(t, s.deliver(t, announced(eventBody)), fiber.StatusUnauthorized)
}

func TestErrorHandlerGetsTheCoresError(t *testing.T) {
	t.Parallel()
	eachRefusal(t, func(t *testing.T, cfg fiber.Config, request []byte, want error, status int) {
		rejections := make(chan error, room)
		s := newEndpoint(t, cfg, sendsarfiber.WithConfig(sendsarfiber.Config{
			Verifier: webhook.MustNew(accountSecret, webhook.WithMaxBodyBytes(smallLimit)),
			ErrorHandler: func(_ *fiber.Ctx, err error) error {
				rejections <- err
				return nil
			},
		}))
		assertRejected(t, s.deliver(t, request), status)

		err := only(t, rejections)
		require.ErrorIs(t, err, want)
		assert.NotErrorAs(t, err, new(*fiber.Error))
		assert.Equal(t, status, webhook.StatusCode(err))
	})
}

func TestErrorHandlerThatCallsNext(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		seen := make(chan found, room)
		app := newApp(cfg)
		app.Post(route, withErrorHandler(func(c *fiber.Ctx, _ error) error { return c.Next() }), func(c *fiber.Ctx) error {
			seen <- fromContext(c)
			return c.SendString("ran unverified")
		})
		got := dial(t, start(t, app)).ask(t, request(eventBody))
		assert.Equal(t, fiber.StatusOK, got.status)
		assert.Equal(t, "ran unverified", got.body)
		assert.Zero(t, only(t, seen))
	})
}

func TestErrorHandlerMayKeepTheForgedBody(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		bodies := make(chan string, room)
		s := newEndpoint(t, cfg, withErrorHandler(func(c *fiber.Ctx, err error) error {
			bodies <- string(c.BodyRaw())
			return err
		}))
		s.deliver(t, request(eventBody, forgedLine(eventBody)))
		want := string(eventBody)
		if cfg.StreamRequestBody {
			want = "" // it was read to its end, and is gone
		}
		assert.Equal(t, want, only(t, bodies))
	})
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
