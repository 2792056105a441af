// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

var streamed = fiber.Config{StreamRequestBody: true}

// StreamRequestBody switches Fiber's BodyLimit off.
func TestStreamLimitIsTheVerifiers(t *testing.T) {
	t.Parallel()
	const bodyLimit = 20_000
	for _, test := range []struct {
		name   string
		limit  int64
		length int
		status int
	}{
		{"at the verifier's limit", 1000, 1000, fiber.StatusOK},
		{"over the verifier's limit", 1000, 1001, fiber.StatusRequestEntityTooLarge},
		{"far over the verifier's limit", 1000, 5 * bodyLimit, fiber.StatusRequestEntityTooLarge},
		{"over BodyLimit and within the verifier's limit", 5 * bodyLimit, 5 * bodyLimit, fiber.StatusOK},
		{"over both limits", 5 * bodyLimit, 5*bodyLimit + 1, fiber.StatusRequestEntityTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, framing := range framings {
				t.Run(framing.name, func(t *testing.T) {
					s := newEndpoint(t, fiber.Config{StreamRequestBody: true, BodyLimit: bodyLimit},
						sendsarfiber.New(accountSecret, webhook.WithMaxBodyBytes(test.limit)))
					body := filler(test.length)
					c := dial(t, s.addr)
					// The answer may come, and the connection end, before everything is sent.
					_, _ = c.conn.Write(framing.request(body, signatureLine(body)))
					got := c.answer(t)
					assert.Equal(t, test.status, got.status)
					if test.status == fiber.StatusOK {
						assert.Equal(t, string(body), got.body)
						return
					}
					assertRejected(t, got, test.status)
					assert.True(t, got.closes, "Connection: close")
					c.assertClosed(t)
					assert.Zero(t, s.runs.Load(), "the handler ran")
				})
			}
		})
	}
}

func TestStreamIsRefusedBeforeTheBodyIsSent(t *testing.T) {
	t.Parallel()
	const length = "Content-Length: 100000"
	first := filler(prefetched) // fasthttp waits for as much of an announced body
	for _, test := range []struct {
		name    string
		request []byte
		status  int
	}{
		{"chunked without a signature", head(route, chunkedHeader), fiber.StatusUnauthorized},
		{"chunked with a malformed signature", head(route, chunkedHeader, webhook.SignatureHeader+": x"), fiber.StatusUnauthorized},
		{"announced without a signature", append(head(route, length), first...), fiber.StatusUnauthorized},
		{"announced with two signatures", append(head(route, length, signatureLine(eventBody), signatureLine(eventBody)), first...), fiber.StatusUnauthorized},
		{"announced over the limit", append(head(route, length, signatureLine(eventBody)), first...), fiber.StatusRequestEntityTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newEndpoint(t, streamed, sendsarfiber.New(accountSecret, webhook.WithMaxBodyBytes(99_999)))
			c := dial(t, s.addr)
			got := c.ask(t, test.request) // and not one byte more
			assertRejected(t, got, test.status)
			assert.True(t, got.closes, "Connection: close")
			c.assertClosed(t)
		})
	}
}

func TestVerifierIsPickedBeforeTheStreamIsRead(t *testing.T) {
	t.Parallel()
	s := newEndpoint(t, streamed, sendsarfiber.WithConfig(sendsarfiber.Config{
		VerifierFor: func(*fiber.Ctx) *webhook.Verifier { return nil },
	}))
	assertRejected(t, s.deliver(t, head(route, chunkedHeader, signatureLine(eventBody))), fiber.StatusUnauthorized)
}

func TestStreamThatEndsEarly(t *testing.T) {
	t.Parallel()
	body := filler(20_000)
	for _, test := range []struct {
		name string
		sent []byte
		mine bool // refused by the middleware, not by the server
	}{
		{"announced, cut within what fasthttp reads first", announced(body, signatureLine(body))[:1000], false},
		{"announced, cut after that", announced(body, signatureLine(body))[:10_000], true},
		{"announced, one byte short", announced(body, signatureLine(body))[:len(announced(body, signatureLine(body)))-1], true},
		{"announced, with the signature of the part that arrived", announced(body, signatureLine(body[:10_000]))[:len(announced(body, signatureLine(body)))-10_000], true},
		{"chunked, cut within a chunk", chunked(body, signatureLine(body))[:1000], true},
		{"chunked, cut after a chunk's data", append(head(route, chunkedHeader, signatureLine(body)), "5\r\nabcde"...), true},
		{"chunked, cut within a chunk's size", append(head(route, chunkedHeader, signatureLine(body)), "5"...), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			option, calls := observer()
			s := newEndpoint(t, streamed, sendsarfiber.New(accountSecret, option))
			c := dial(t, s.addr)
			c.write(t, test.sent)
			c.endSending()
			got := c.answer(t)

			assert.Equal(t, fiber.StatusBadRequest, got.status)
			c.assertClosed(t)
			assert.Zero(t, s.runs.Load(), "the handler ran")
			if test.mine {
				assertRejected(t, got, fiber.StatusBadRequest)
				require.ErrorIs(t, only(t, calls).err, webhook.ErrBodyRead)
			}
		})
	}
}

// fasthttp before 1.78 takes a chunked stream without its last chunk for a whole one. The
// handler still sees nothing but what was signed.
func TestChunkedStreamWithoutItsLastChunk(t *testing.T) {
	t.Parallel()
	body := filler(6000)
	part := append(head(route, chunkedHeader, signatureLine(body)), chunk(body[:3000])...)
	whole := append(part[:len(part):len(part)], chunk(body[3000:])...)
	for _, test := range []struct {
		name string
		sent []byte
		seen string
	}{
		{"is refused where a part is missing", part, ""},
		{"is all that was signed otherwise", whole, string(body)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newEndpoint(t, streamed, sendsarfiber.New(accountSecret))
			c := dial(t, s.addr)
			c.write(t, test.sent)
			c.endSending()
			got := c.answer(t)
			c.assertClosed(t)
			if got.status == fiber.StatusOK {
				require.NotEmpty(t, test.seen)
				assert.Equal(t, test.seen, got.body)
				return
			}
			assertRejected(t, got, got.status)
			assert.Zero(t, s.runs.Load(), "the handler ran")
		})
	}
}

func TestBadChunks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
	}{
		{"a size that is no number", "zz\r\n" + string(eventBody) + "\r\n0\r\n\r\n"},
		{"a size too large", "ffffffffffffffffff\r\n" + string(eventBody) + "\r\n0\r\n\r\n"},
		{"no size", "\r\n" + string(eventBody) + "\r\n0\r\n\r\n"},
		{"data without its line end", "5\r\nabcdefgh\r\n0\r\n\r\n"},
		{"a trailer that is none", "0\r\nno trailer\r\n\r\n"},
		{"a trailer that no trailer may be", "0\r\nContent-Length: 5\r\n\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachSetting(t, func(t *testing.T, cfg fiber.Config) {
				s := newEndpoint(t, cfg, sendsarfiber.New(accountSecret))
				c := dial(t, s.addr)
				c.write(t, head(route, chunkedHeader, signatureLine(eventBody)), []byte(test.body), otherRequest())
				got := c.answer(t)
				assert.Equal(t, fiber.StatusBadRequest, got.status)
				if cfg.StreamRequestBody { // otherwise the server itself answers
					assertRejected(t, got, fiber.StatusBadRequest)
				}
				c.assertClosed(t)
				assert.Zero(t, s.runs.Load(), "the handler ran")
				assert.Zero(t, s.others.Load(), "what followed was taken for a request")
			})
		})
	}
}

func TestReadTimeout(t *testing.T) {
	t.Parallel()
	body := filler(20_000)
	chunkedHead := head(route, chunkedHeader, signatureLine(body))
	for _, test := range []struct {
		name string
		sent []byte
	}{
		{"announced, within the body", announced(body, signatureLine(body))[:15_000]},
		{"chunked, before the first chunk", chunkedHead},
		{"chunked, within a chunk's size", append(chunkedHead[:len(chunkedHead):len(chunkedHead)], "5"...)},
		{"chunked, within the line of a chunk's size", append(chunkedHead[:len(chunkedHead):len(chunkedHead)], "5\r"...)},
		{"chunked, within a chunk", chunked(body, signatureLine(body))[:1000]},
		{"chunked, before a chunk's line end", append(chunkedHead[:len(chunkedHead):len(chunkedHead)], "5\r\nabcde"...)},
		{"chunked, between two chunks", append(chunkedHead[:len(chunkedHead):len(chunkedHead)], "5\r\nabcde\r\n"...)},
		{"chunked, before the trailer", append(chunkedHead[:len(chunkedHead):len(chunkedHead)], "0\r\n"...)},
		{"chunked, within the trailer", append(chunkedHead[:len(chunkedHead):len(chunkedHead)], "0\r\nX-Trailer: "...)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			option, calls := observer()
			s := newEndpoint(t, fiber.Config{StreamRequestBody: true, ReadTimeout: stall}, sendsarfiber.New(accountSecret, option))
			c := dial(t, s.addr)
			got := c.ask(t, test.sent)

			assertRejected(t, got, fiber.StatusRequestTimeout)
			c.assertClosed(t)
			err := only(t, calls).err
			require.ErrorIs(t, err, webhook.ErrBodyRead)
			assert.Equal(t, "timeout", webhook.Reason(err))
			assert.Zero(t, s.runs.Load(), "the handler ran")
		})
	}
}
