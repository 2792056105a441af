// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func succeeds(context.Context, webhook.Delivery) error { return nil }

func fails(context.Context, webhook.Delivery) error { return errors.New("the database is away") }

func panics(context.Context, webhook.Delivery) error { panic("no such table") }

func TestHandleAnswersInPlace(t *testing.T) {
	t.Parallel()
	for _, outer := range around {
		for _, test := range []struct {
			name     string
			verified bool
			handler  webhook.Handler
			status   int
		}{
			{"success", true, succeeds, fiber.StatusNoContent},
			{"a failure", true, fails, fiber.StatusInternalServerError},
			{"a panic", true, panics, fiber.StatusInternalServerError},
			{"no middleware", false, func(context.Context, webhook.Delivery) error {
				assert.Fail(t, "the handler ran")
				return nil
			}, fiber.StatusInternalServerError},
		} {
			t.Run(test.name+", behind "+outer.name, func(t *testing.T) {
				t.Parallel()
				for _, streaming := range []bool{false, true} {
					cfg := outer.cfg
					cfg.StreamRequestBody = streaming
					app := newApp(cfg)
					seen := make(chan error, room)
					app.Use(outer.middleware, func(c *fiber.Ctx) error {
						err := c.Next()
						seen <- err
						return err
					})
					middleware := func(c *fiber.Ctx) error { return c.Next() }
					if test.verified {
						middleware = sendsarfiber.New(accountSecret)
					}
					app.Post(route, middleware, sendsarfiber.Handle(test.handler))
					s := &endpoint{addr: start(t, app)}
					got := s.deliver(t, announced(eventBody, signatureLine(eventBody)))
					if test.status == fiber.StatusNoContent {
						assert.Equal(t, fiber.StatusNoContent, got.status)
						assert.Empty(t, got.body)
					} else {
						assertRejected(t, got, test.status)
						assert.Equal(t, fiber.MIMETextPlainCharsetUTF8, got.header.Get(fiber.HeaderContentType))
						assert.Empty(t, got.header.Get(fiber.HeaderContentEncoding))
					}
					assert.NoError(t, only(t, seen))
				}
			})
		}
	}
}

// A 204 must not keep the length or coding of an earlier middleware's answer, because the
// next answer follows it at once.
func TestHandleSendsNoContent(t *testing.T) {
	t.Parallel()
	for name, earlier := range map[string]fiber.Handler{
		"a stream": func(c *fiber.Ctx) error {
			_ = c.SendStream(strings.NewReader("so far")) // it keeps the reader
			return c.Next()
		},
		"a length and a coding": func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderContentLength, "3")
			c.Set(fiber.HeaderContentEncoding, "gzip")
			return c.Next()
		},
		"a transfer coding": func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderTransferEncoding, "chunked")
			return c.Next()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachSetting(t, func(t *testing.T, cfg fiber.Config) {
				app := newApp(cfg)
				app.Post(route, earlier, sendsarfiber.New(accountSecret), sendsarfiber.Handle(succeeds))
				conn := dial(t, start(t, app))
				request := announced(eventBody, signatureLine(eventBody))
				conn.write(t, request, announced(eventBody, signatureLine(eventBody), "Connection: close"))
				sent, err := io.ReadAll(conn.conn)
				require.NoError(t, err)
				answers := strings.SplitAfter(string(sent), "\r\n\r\n")
				require.Len(t, answers, 3)
				for _, one := range answers[:2] {
					assert.Regexp(t, `^HTTP/1\.1 204 No Content\r\n`, one)
					assert.NotRegexp(t, `(?i)\r\n(content-length|content-encoding|transfer-encoding):`, one)
				}
				assert.Empty(t, answers[2])
			})
		})
	}
}

func TestHandleNil(t *testing.T) {
	t.Parallel()
	assert.PanicsWithValue(t, "sendsarfiber.Handle: the handler is nil", func() { sendsarfiber.Handle(nil) })
}
