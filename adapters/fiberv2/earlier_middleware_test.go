// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
)

// What Fiber's own ways to a body leave behind is still what arrived.
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
	// A stream that was read before cannot be told from one that the client cut short; of a
	// chunked one fasthttp before 1.76 waits for more.
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
