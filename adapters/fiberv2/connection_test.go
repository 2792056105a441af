// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
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

func smallVerifier(options ...webhook.Option) *webhook.Verifier {
	return webhook.MustNew(accountSecret, append(options, webhook.WithMaxBodyBytes(smallLimit))...)
}

// Whatever happens between our refusal and the response, there is one answer, and the
// connection ends.
func TestRestOfARefusedStreamIsNeverARequest(t *testing.T) {
	t.Parallel()
	// Error resets the response, and "Connection: close" with it.
	reset := func(c *fiber.Ctx, _ error) error {
		c.Context().Error("no", fiber.StatusForbidden)
		return nil
	}
	panicking := webhook.WithObserver(func(context.Context, webhook.Delivery, error) { panic("no metrics") })
	for _, test := range []struct {
		name  string
		cfg   sendsarfiber.Config
		outer fiber.Handler
	}{
		{"default rejection", sendsarfiber.Config{Verifier: smallVerifier()}, recover.New()},
		{"no verifier", sendsarfiber.Config{VerifierFor: func(*fiber.Ctx) *webhook.Verifier { return nil }}, recover.New()},
		{"an ErrorHandler of its own", sendsarfiber.Config{Verifier: smallVerifier(), ErrorHandler: status(fiber.StatusForbidden)}, recover.New()},
		{"an ErrorHandler that runs the handler", sendsarfiber.Config{
			Verifier: smallVerifier(), ErrorHandler: func(c *fiber.Ctx, _ error) error { return c.Next() },
		}, recover.New()},
		{"an ErrorHandler resets the response", sendsarfiber.Config{Verifier: smallVerifier(), ErrorHandler: reset}, recover.New()},
		{"an outer middleware resets the response", sendsarfiber.Config{Verifier: smallVerifier()}, func(c *fiber.Ctx) error {
			return reset(c, c.Next())
		}},
		{"the observer panics", sendsarfiber.Config{Verifier: smallVerifier(panicking)}, recover.New()},
		{"VerifierFor panics", sendsarfiber.Config{VerifierFor: func(*fiber.Ctx) *webhook.Verifier { panic("no map") }}, recover.New()},
		{"ErrorHandler panics", sendsarfiber.Config{Verifier: smallVerifier(), ErrorHandler: func(*fiber.Ctx, error) error { panic("no log") }}, recover.New()},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, smuggler := range smugglers(t) {
				for _, next := range [][]byte{nil, otherRequest()} {
					t.Run(fmt.Sprintf("%s, %d bytes behind it", smuggler.name, len(next)), func(t *testing.T) {
						s := newEndpointBehind(t, smuggler.cfg, test.outer, sendsarfiber.WithConfig(test.cfg))
						c := dial(t, s.addr)
						c.write(t, smuggler.request, next)
						if next == nil {
							c.endSending()
						}
						text, err := io.ReadAll(c.reader) // until the server has closed
						require.NoError(t, err)
						assert.Equal(t, 1, strings.Count(string(text), "HTTP/1.1 "), "%s", text)
						assert.Contains(t, string(text), "\r\nConnection: close\r\n")
						assert.Zero(t, s.others.Load(), "a part of the body, or what followed it, was taken for a request")
					})
				}
			}
		})
	}
}

// Where a chunked stream stops, fasthttp's error has the timeout in its text alone.
func TestReadTimeout(t *testing.T) {
	t.Parallel()
	body := filler(20_000)
	chunkedHead := string(head(route, chunkedHeader, signatureLine(body)))
	for name, sent := range map[string]string{
		"announced, within the body":                 string(announced(body, signatureLine(body))[:15_000]),
		"chunked, within a chunk":                    string(chunked(body, signatureLine(body))[:1000]),
		"chunked, before the first chunk":            chunkedHead,
		"chunked, within a chunk's size":             chunkedHead + "5",
		"chunked, within the line of a chunk's size": chunkedHead + "5\r",
		"chunked, before a chunk's line end":         chunkedHead + "5\r\nabcde",
		"chunked, between two chunks":                chunkedHead + "5\r\nabcde\r\n",
		"chunked, before the trailer":                chunkedHead + "0\r\n",
		"chunked, within the trailer":                chunkedHead + "0\r\nX-Trailer: ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			option, calls := observer()
			s := newEndpoint(t, fiber.Config{StreamRequestBody: true, ReadTimeout: stall}, sendsarfiber.New(accountSecret, option))
			c := dial(t, s.addr)
			assertRejected(t, c.ask(t, []byte(sent)), fiber.StatusRequestTimeout)
			c.assertClosed(t)
			assert.Equal(t, "timeout", webhook.Reason(only(t, calls).err))
			assert.Zero(t, s.runs.Load(), "the handler ran")
		})
	}
}
