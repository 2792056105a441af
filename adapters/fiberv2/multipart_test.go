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

// By default fasthttp takes an announced multipart body apart before any middleware, and
// what it puts together again is not what was signed.
func TestPreParsedMultipartIsRefused(t *testing.T) {
	t.Parallel()
	body := multipartBody(t, formText)
	for _, test := range []struct {
		name, signature string
		limit           int64
		want            error
		status          int
	}{
		{"unsigned", "X-Other: 1", 1 << 20, webhook.ErrMissingSignature, fiber.StatusUnauthorized},
		{"with a malformed signature", webhook.SignatureHeader + ": sha256=abc", 1 << 20, webhook.ErrMalformedSignature, fiber.StatusUnauthorized},
		{"signed", signatureLine(body.bytes), 1 << 20, webhook.ErrBodyRead, fiber.StatusBadRequest},
		{"with a stranger's signature", forgedLine(body.bytes), 1 << 20, webhook.ErrBodyRead, fiber.StatusBadRequest},
		{"over the limit", signatureLine(body.bytes), smallLimit, webhook.ErrBodyTooLarge, fiber.StatusRequestEntityTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachSetting(t, func(t *testing.T, cfg fiber.Config) {
				option, calls := observer()
				s := newEndpoint(t, cfg, sendsarfiber.New(accountSecret, option, webhook.WithMaxBodyBytes(test.limit)))
				c := dial(t, s.addr)
				// What follows the last boundary stays on the connection, within the body or after it.
				c.write(t, announced(append(body.bytes[:len(body.bytes):len(body.bytes)], otherRequest()...), test.signature, body.header), otherRequest())
				got := c.answer(t)

				assertRejected(t, got, test.status)
				assert.True(t, got.closes, "Connection: close")
				c.assertClosed(t)
				err := only(t, calls).err
				require.ErrorIs(t, err, test.want)
				assert.NotContains(t, err.Error(), formText)
				if test.want == webhook.ErrBodyRead { //nolint:errorlint // of the table
					assert.ErrorContains(t, err, "DisablePreParseMultipartForm") // which the client does not see
				}
				assert.Zero(t, s.runs.Load(), "the handler ran")
				assert.Zero(t, s.others.Load(), "a part of the body was taken for a request")
			})
		})
	}
}

func TestMultipartThatFiberDoesNotPreParse(t *testing.T) {
	t.Parallel()
	whole := multipartBody(t, formText)
	for _, test := range []struct {
		name    string
		body    []byte
		request framing
		headers []string
		text    string
	}{
		{"chunked", whole.bytes, chunked, []string{whole.header}, formText},
		{"with a Content-Encoding", gzipped(t, whole.bytes), announced, []string{whole.header, "Content-Encoding: gzip"}, formText},
		{"without a boundary", whole.bytes, announced, []string{"Content-Type: multipart/form-data"}, ""},
		{"empty", nil, announced, []string{whole.header}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachSetting(t, func(t *testing.T, cfg fiber.Config) {
				app := newApp(cfg)
				app.Post(route, sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error {
					return c.SendString("text=" + c.FormValue("text"))
				})
				c := dial(t, start(t, app))
				assert.Equal(t, "text="+test.text, c.ask(t, test.request(test.body, append(test.headers, signatureLine(test.body))...)).body)
				assertRejected(t, c.ask(t, test.request(test.body, append(test.headers, forgedLine(test.body))...)), fiber.StatusUnauthorized)
			})
		})
	}
}
