package sendsarfiber_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// What Fiber's own ways to a body leave behind is still what arrived.
func TestMiddlewareThatMayComeBefore(t *testing.T) {
	t.Parallel()
	sent := gzipped(t, eventBody)
	for _, test := range []struct {
		name    string
		read    func(c fiber.Ctx)
		body    []byte
		headers []string
	}{
		{"c.Body", func(c fiber.Ctx) { _ = c.Body() }, eventBody, nil},
		{"c.Body of a compressed body", func(c fiber.Ctx) { _ = c.Body() }, sent, []string{"Content-Encoding: gzip"}},
		{"c.Body of a body compressed twice", func(c fiber.Ctx) { _ = c.Body() }, gzipped(t, sent), []string{"Content-Encoding: gzip, gzip"}},
		{"c.BodyRaw", func(c fiber.Ctx) { _ = c.BodyRaw() }, eventBody, nil},
		{"c.FormValue", func(c fiber.Ctx) { _ = c.FormValue("text") }, formBody(formText).bytes, []string{formBody(formText).header}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				s := newEndpointBehind(t, cfg, func(c fiber.Ctx) error {
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
	for _, test := range []struct {
		name   string
		change func(c fiber.Ctx)
	}{
		{"replaced by a longer one", func(c fiber.Ctx) { c.Request().SetBody(longer) }},
		{"replaced by a shorter one", func(c fiber.Ctx) { c.Request().SetBodyString("short") }},
		{"inflated", func(c fiber.Ctx) { c.Request().SetBodyRaw(longer) }},
		{"taken away", func(c fiber.Ctx) { c.Request().ResetBody() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				option, calls := observer()
				lengthKnown := make(chan bool, room)
				s := newEndpointBehind(t, cfg, func(c fiber.Ctx) error {
					_ = c.BodyRaw() // so that nothing is left on the connection
					lengthKnown <- c.Request().Header.ContentLength() >= 0
					test.change(c)
					return c.Next()
				}, sendsarfiber.New(accountSecret, option))
				got := s.deliver(t, request(eventBody, signatureLine(eventBody)))
				err := only(t, calls).err
				if only(t, lengthKnown) {
					assertRejected(t, got, fiber.StatusInternalServerError)
					require.ErrorIs(t, err, webhook.ErrBodyAltered)
				} else {
					assertRejected(t, got, fiber.StatusUnauthorized)
					require.ErrorIs(t, err, webhook.ErrSignatureMismatch)
				}
				assert.Contains(t, err.Error(), "verify first")
				assert.Zero(t, s.runs.Load(), "the handler ran")
			})
		})
	}
}

// A stream that was read before cannot be told from one that the client cut short; of a
// chunked one fasthttp before 1.76 waits for more.
func TestEarlierMiddlewareThatDrainsTheStream(t *testing.T) {
	t.Parallel()
	drained := fiber.StatusUnauthorized
	if fasthttpMinor() < 76 {
		drained = fiber.StatusRequestTimeout
	}
	for _, test := range []struct {
		name    string
		request []byte
		status  int
	}{
		{"announced", announced(eventBody, signatureLine(eventBody)), fiber.StatusBadRequest},
		{"chunked", chunked(eventBody, signatureLine(eventBody)), drained},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newEndpointBehind(t, fiber.Config{StreamRequestBody: true, ReadTimeout: stall}, func(c fiber.Ctx) error {
				if _, err := io.ReadAll(c.RequestCtx().RequestBodyStream()); err != nil {
					return err
				}
				return c.Next()
			}, sendsarfiber.New(accountSecret))
			got := s.deliver(t, test.request)
			assertRejected(t, got, test.status)
			assert.Zero(t, s.runs.Load(), "the handler ran")
		})
	}
}
