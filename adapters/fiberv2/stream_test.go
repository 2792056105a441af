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
					s := newSite(t, fiber.Config{StreamRequestBody: true, BodyLimit: bodyLimit},
						sendsarfiber.New(testSecret, webhook.WithMaxBodyBytes(test.limit)))
					body := filler(test.length)
					c := dial(t, s.addr)
					// The answer may come, and the connection end, before everything is sent.
					_, _ = c.conn.Write(framing.request(body, signed(body)))
					got := c.receive(t)
					assert.Equal(t, test.status, got.status)
					if test.status == fiber.StatusOK {
						assert.Equal(t, string(body), got.text)
						return
					}
					assertRefused(t, got, test.status)
					assert.True(t, got.closing, "Connection: close")
					c.assertClosed(t)
					assert.Zero(t, s.hooks.Load(), "the handler ran")
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
		{"chunked without a signature", head(hookPath, chunkedHeader), fiber.StatusUnauthorized},
		{"chunked with a malformed signature", head(hookPath, chunkedHeader, webhook.SignatureHeader+": x"), fiber.StatusUnauthorized},
		{"announced without a signature", append(head(hookPath, length), first...), fiber.StatusUnauthorized},
		{"announced with two signatures", append(head(hookPath, length, signed(event), signed(event)), first...), fiber.StatusUnauthorized},
		{"announced over the limit", append(head(hookPath, length, signed(event)), first...), fiber.StatusRequestEntityTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, streamed, sendsarfiber.New(testSecret, webhook.WithMaxBodyBytes(99_999)))
			c := dial(t, s.addr)
			got := c.ask(t, test.request) // and not one byte more
			assertRefused(t, got, test.status)
			assert.True(t, got.closing, "Connection: close")
			c.assertClosed(t)
		})
	}
}

func TestVerifierIsPickedBeforeTheStreamIsRead(t *testing.T) {
	t.Parallel()
	s := newSite(t, streamed, sendsarfiber.WithConfig(sendsarfiber.Config{
		VerifierFor: func(*fiber.Ctx) *webhook.Verifier { return nil },
	}))
	assertRefused(t, s.deliver(t, head(hookPath, chunkedHeader, signed(event))), fiber.StatusUnauthorized)
}

func TestStreamThatEndsEarly(t *testing.T) {
	t.Parallel()
	body := filler(20_000)
	for _, test := range []struct {
		name string
		sent []byte
		mine bool // refused by the middleware, not by the server
	}{
		{"announced, cut within what fasthttp reads first", announced(body, signed(body))[:1000], false},
		{"announced, cut after that", announced(body, signed(body))[:10_000], true},
		{"announced, one byte short", announced(body, signed(body))[:len(announced(body, signed(body)))-1], true},
		{"announced, with the signature of the part that arrived", announced(body, signed(body[:10_000]))[:len(announced(body, signed(body)))-10_000], true},
		{"chunked, cut within a chunk", chunked(body, signed(body))[:1000], true},
		{"chunked, cut after a chunk's data", append(head(hookPath, chunkedHeader, signed(body)), "5\r\nabcde"...), true},
		{"chunked, cut within a chunk's size", append(head(hookPath, chunkedHeader, signed(body)), "5"...), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			option, calls := observer()
			s := newSite(t, streamed, sendsarfiber.New(testSecret, option))
			c := dial(t, s.addr)
			c.send(t, test.sent)
			c.endSending()
			got := c.receive(t)

			assert.Equal(t, fiber.StatusBadRequest, got.status)
			c.assertClosed(t)
			assert.Zero(t, s.hooks.Load(), "the handler ran")
			if test.mine {
				assertRefused(t, got, fiber.StatusBadRequest)
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
	part := append(head(hookPath, chunkedHeader, signed(body)), chunk(body[:3000])...)
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
			s := newSite(t, streamed, sendsarfiber.New(testSecret))
			c := dial(t, s.addr)
			c.send(t, test.sent)
			c.endSending()
			got := c.receive(t)
			c.assertClosed(t)
			if got.status == fiber.StatusOK {
				require.NotEmpty(t, test.seen)
				assert.Equal(t, test.seen, got.text)
				return
			}
			assertRefused(t, got, got.status)
			assert.Zero(t, s.hooks.Load(), "the handler ran")
		})
	}
}

func TestBadChunks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
	}{
		{"a size that is no number", "zz\r\n" + string(event) + "\r\n0\r\n\r\n"},
		{"a size too large", "ffffffffffffffffff\r\n" + string(event) + "\r\n0\r\n\r\n"},
		{"no size", "\r\n" + string(event) + "\r\n0\r\n\r\n"},
		{"data without its line end", "5\r\nabcdefgh\r\n0\r\n\r\n"},
		{"a trailer that is none", "0\r\nno trailer\r\n\r\n"},
		{"a trailer that no trailer may be", "0\r\nContent-Length: 5\r\n\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachSetting(t, func(t *testing.T, cfg fiber.Config) {
				s := newSite(t, cfg, sendsarfiber.New(testSecret))
				c := dial(t, s.addr)
				c.send(t, head(hookPath, chunkedHeader, signed(event)), []byte(test.body), otherRequest())
				got := c.receive(t)
				assert.Equal(t, fiber.StatusBadRequest, got.status)
				if cfg.StreamRequestBody { // otherwise the server itself answers
					assertRefused(t, got, fiber.StatusBadRequest)
				}
				c.assertClosed(t)
				assert.Zero(t, s.hooks.Load(), "the handler ran")
				assert.Zero(t, s.others.Load(), "what followed was taken for a request")
			})
		})
	}
}

func TestStreamTimeout(t *testing.T) {
	t.Parallel()
	body := filler(20_000)
	chunkedHead := head(hookPath, chunkedHeader, signed(body))
	for _, test := range []struct {
		name string
		sent []byte
	}{
		{"announced, within the body", announced(body, signed(body))[:15_000]},
		{"chunked, before the first chunk", chunkedHead},
		{"chunked, within a chunk's size", append(chunkedHead[:len(chunkedHead):len(chunkedHead)], "5"...)},
		{"chunked, within the line of a chunk's size", append(chunkedHead[:len(chunkedHead):len(chunkedHead)], "5\r"...)},
		{"chunked, within a chunk", chunked(body, signed(body))[:1000]},
		{"chunked, before a chunk's line end", append(chunkedHead[:len(chunkedHead):len(chunkedHead)], "5\r\nabcde"...)},
		{"chunked, between two chunks", append(chunkedHead[:len(chunkedHead):len(chunkedHead)], "5\r\nabcde\r\n"...)},
		{"chunked, before the trailer", append(chunkedHead[:len(chunkedHead):len(chunkedHead)], "0\r\n"...)},
		{"chunked, within the trailer", append(chunkedHead[:len(chunkedHead):len(chunkedHead)], "0\r\nX-Trailer: "...)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			option, calls := observer()
			s := newSite(t, fiber.Config{StreamRequestBody: true, ReadTimeout: stall}, sendsarfiber.New(testSecret, option))
			c := dial(t, s.addr)
			got := c.ask(t, test.sent)

			assertRefused(t, got, fiber.StatusRequestTimeout)
			c.assertClosed(t)
			err := only(t, calls).err
			require.ErrorIs(t, err, webhook.ErrBodyRead)
			assert.Equal(t, "timeout", webhook.Reason(err))
			assert.Zero(t, s.hooks.Load(), "the handler ran")
		})
	}
}
