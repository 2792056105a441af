package sendsarfiber_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/stretchr/testify/assert"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// smuggler is a request with another one in what is left of it after a refusal.
type smuggler struct {
	name    string
	cfg     fiber.Config
	request []byte
}

// smugglers leave something on the connection: fasthttp before 1.76 goes on parsing where
// the handler stopped reading.
func smugglers(t *testing.T) []smuggler {
	t.Helper()
	announcing := func(headers ...string) []byte {
		// fasthttp reads so much ahead that the rest begins with the hidden request.
		return announced(append(filler(prefetched), otherRequest()...), headers...)
	}
	overLimit := append(filler(smallLimit+1), otherRequest()...)
	chunkedHead := func(headers ...string) []byte { return head(route, append(headers, chunkedHeader)...) }
	// What follows the last part is left behind, from where the parser's buffer ends: empty
	// lines, which fasthttp passes over, and the hidden request.
	parts := multipartBody(t, formText)
	parts.bytes = append(append(parts.bytes, bytes.Repeat([]byte("\r\n"), 3000)...), otherRequest()...)
	return []smuggler{
		{"announced, no signature", streamed, announcing()},
		{"announced, malformed signature", streamed, announcing(webhook.SignatureHeader + ": sha256=abc")},
		{"announced, two signatures", streamed, announcing(signatureLine(eventBody), signatureLine(eventBody))},
		{"announced, over the limit", streamed, announcing(signatureLine(eventBody))},
		{"chunked, no signature", streamed, append(chunkedHead(), otherRequest()...)},
		{"chunked, malformed signature", streamed, append(chunkedHead(webhook.SignatureHeader+": x"), otherRequest()...)},
		{"chunked, over the limit within a chunk", streamed, append(append(chunkedHead(signatureLine(eventBody)), chunk(overLimit)...), "0\r\n\r\n"...)},
		{"chunked, broken", streamed, append(append(chunkedHead(signatureLine(eventBody)), "5\r\nabcdeX"...), otherRequest()...)},
		{"pre-parsed multipart", fiber.Config{}, announced(parts.bytes, parts.header)},
		{"pre-parsed multipart, streamed", streamed, announced(parts.bytes, parts.header)},
	}
}

// assertNotSmuggled sends every smuggler and nothing behind it.
func assertNotSmuggled(t *testing.T, middleware, outer fiber.Handler) {
	t.Helper()
	for _, smuggler := range smugglers(t) {
		t.Run(smuggler.name, func(t *testing.T) {
			s := newEndpointBehind(t, smuggler.cfg, outer, middleware)
			c := dial(t, s.addr)
			c.ask(t, smuggler.request)
			c.endSending()
			_, _ = io.Copy(io.Discard, c.reader) // until the server has closed
			assert.Zero(t, s.others.Load(), "a part of the body was taken for a request")
		})
	}
}

func smallVerifier(options ...webhook.Option) *webhook.Verifier {
	return webhook.MustNew(accountSecret, append(options, webhook.WithMaxBodyBytes(smallLimit))...)
}

func TestRestOfARefusedStreamIsNeverARequest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		cfg  sendsarfiber.Config
	}{
		{"default rejection", sendsarfiber.Config{Verifier: smallVerifier()}},
		{"no verifier", sendsarfiber.Config{VerifierFor: func(fiber.Ctx) *webhook.Verifier { return nil }}},
		{"an ErrorHandler of its own", sendsarfiber.Config{Verifier: smallVerifier(), ErrorHandler: status(fiber.StatusForbidden)}},
		{"an ErrorHandler that runs the handler", sendsarfiber.Config{
			Verifier:     smallVerifier(),
			ErrorHandler: func(c fiber.Ctx, _ error) error { return c.Next() },
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assertNotSmuggled(t, sendsarfiber.WithConfig(test.cfg), recover.New())
		})
	}
}

// Whatever happens between our refusal and the response, the connection ends.
func TestNothingTakesTheClosingBack(t *testing.T) {
	t.Parallel()
	// Error resets the response, and "Connection: close" with it.
	reset := func(c fiber.Ctx, _ error) error {
		c.RequestCtx().Error("no", fiber.StatusForbidden)
		return nil
	}
	panicking := webhook.WithObserver(func(context.Context, webhook.Delivery, error) { panic("no metrics") })
	for _, test := range []struct {
		name  string
		cfg   sendsarfiber.Config
		outer fiber.Handler
	}{
		{"an ErrorHandler resets the response", sendsarfiber.Config{Verifier: smallVerifier(), ErrorHandler: reset}, recover.New()},
		{"an outer middleware resets the response", sendsarfiber.Config{Verifier: smallVerifier()}, func(c fiber.Ctx) error {
			return reset(c, c.Next())
		}},
		{"the observer panics", sendsarfiber.Config{Verifier: smallVerifier(panicking)}, recover.New()},
		{"VerifierFor panics", sendsarfiber.Config{VerifierFor: func(fiber.Ctx) *webhook.Verifier { panic("no map") }}, recover.New()},
		{"ErrorHandler panics", sendsarfiber.Config{Verifier: smallVerifier(), ErrorHandler: func(fiber.Ctx, error) error { panic("no log") }}, recover.New()},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assertNotSmuggled(t, sendsarfiber.WithConfig(test.cfg), test.outer)
		})
	}
}

func TestEarlyRefusalClosesTheConnection(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		handler fiber.ErrorHandler
	}{
		{"default rejection", nil},
		{"an ErrorHandler of its own", status(fiber.StatusForbidden)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, smuggler := range smugglers(t) {
				t.Run(smuggler.name, func(t *testing.T) {
					s := newEndpoint(t, smuggler.cfg, sendsarfiber.WithConfig(sendsarfiber.Config{Verifier: smallVerifier(), ErrorHandler: test.handler}))
					c := dial(t, s.addr)
					c.write(t, smuggler.request, otherRequest())
					assert.True(t, c.answer(t).closes, "Connection: close")
					c.assertClosed(t)
					assert.Zero(t, s.others.Load(), "what followed was taken for a request")
				})
			}
		})
	}
}

// Sent at once, so that whatever reads too far finds the next request.
func TestConnectionServesTheNextRequest(t *testing.T) {
	t.Parallel()
	long := filler(3 * prefetched)
	for _, test := range []struct {
		name string
		body []byte
		sign func([]byte) string
		want int
	}{
		{"after an acceptance", eventBody, signatureLine, fiber.StatusOK},
		{"after a mismatch", eventBody, forgedLine, fiber.StatusUnauthorized},
		{"after an acceptance of a long body", long, signatureLine, fiber.StatusOK},
		{"after a mismatch of a long body", long, forgedLine, fiber.StatusUnauthorized},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				// Reading the body again must not go on into the next request.
				cfg.ErrorHandler = func(c fiber.Ctx, err error) error {
					_, _ = c.Body(), c.BodyRaw()
					return fiber.DefaultErrorHandler(c, err)
				}
				s := newEndpoint(t, cfg, sendsarfiber.New(accountSecret))
				first, next := request(test.body, test.sign(test.body)), announced(eventBody, signatureLine(eventBody))
				c := dial(t, s.addr)

				c.write(t, first, next, otherRequest()) // pipelined
				assert.Equal(t, test.want, c.answer(t).status)
				assert.Equal(t, string(eventBody), c.answer(t).body)
				assert.Equal(t, "other", c.answer(t).body)

				assert.Equal(t, test.want, c.ask(t, first).status) // one after the other
				assert.Equal(t, string(eventBody), c.ask(t, next).body)
				assert.Equal(t, "other", c.ask(t, otherRequest()).body)
			})
		})
	}
}

// A stream may be over BodyLimit, and still ends where its length says.
func TestStreamOverBodyLimitDoesNotSwallowTheNextRequest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		sign func([]byte) string
		want int
	}{
		{"after an acceptance", signatureLine, fiber.StatusOK},
		{"after a mismatch", forgedLine, fiber.StatusUnauthorized},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newEndpoint(t, fiber.Config{StreamRequestBody: true, BodyLimit: 16}, sendsarfiber.New(accountSecret))
			c := dial(t, s.addr)
			// The second request's body is empty lines, which fasthttp passes over wherever it
			// goes on, and a request.
			second := append(bytes.Repeat([]byte("\r\n"), 1000), otherRequest()...)
			c.write(t, announced(eventBody, test.sign(eventBody)), announced(second, signatureLine(second)))
			assert.Equal(t, test.want, c.answer(t).status)
			assert.Equal(t, string(second), c.answer(t).body)
			c.endSending()
			_, _ = io.Copy(io.Discard, c.reader) // until the server has closed
			assert.Zero(t, s.others.Load(), "a part of a body was taken for a request")
		})
	}
}
