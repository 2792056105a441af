package sendsarfiber_test

import (
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
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
				require.ErrorIs(t, only(t, calls).err, test.want)
				assert.Zero(t, s.runs.Load(), "the handler ran")
				assert.Zero(t, s.others.Load(), "a part of the body was taken for a request")
			})
		})
	}
}

func TestPreParsedMultipartNamesTheSettingToTheAppOnly(t *testing.T) {
	t.Parallel()
	body := multipartBody(t, formText)
	option, calls := observer()
	s := newEndpoint(t, fiber.Config{}, sendsarfiber.New(accountSecret, option))
	got := s.deliver(t, announced(body.bytes, signatureLine(body.bytes), body.header))

	text := only(t, calls).err.Error()
	assert.Contains(t, text, "DisablePreParseMultipartForm")
	assert.NotContains(t, text, formText)
	assert.NotContains(t, got.body, "Multipart")
}

func TestMultipartThatFiberDoesNotPreParse(t *testing.T) {
	t.Parallel()
	whole := multipartBody(t, formText)
	for _, test := range []struct {
		name    string
		cfg     fiber.Config
		request func(sign func(body []byte) string) []byte
		text    string
	}{
		{
			"with DisablePreParseMultipartForm",
			fiber.Config{DisablePreParseMultipartForm: true},
			func(sign func([]byte) string) []byte { return announced(whole.bytes, sign(whole.bytes), whole.header) },
			formText,
		},
		{
			"chunked",
			fiber.Config{},
			func(sign func([]byte) string) []byte { return chunked(whole.bytes, sign(whole.bytes), whole.header) },
			formText,
		},
		{
			"with a Content-Encoding",
			fiber.Config{},
			func(sign func([]byte) string) []byte {
				sent := gzipped(t, whole.bytes)
				return announced(sent, sign(sent), whole.header, "Content-Encoding: gzip")
			},
			formText,
		},
		{
			"without a boundary",
			fiber.Config{},
			func(sign func([]byte) string) []byte {
				return announced(whole.bytes, sign(whole.bytes), "Content-Type: multipart/form-data")
			},
			"",
		},
		{
			"empty",
			fiber.Config{},
			func(sign func([]byte) string) []byte { return announced(nil, sign(nil), whole.header) },
			"",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, streaming := range []bool{false, true} {
				cfg := test.cfg
				cfg.StreamRequestBody = streaming
				app := newApp(cfg)
				app.Post(route, sendsarfiber.New(accountSecret), func(c fiber.Ctx) error {
					return c.SendString("text=" + c.FormValue("text"))
				})
				c := dial(t, start(t, app))
				got := c.ask(t, test.request(signatureLine))
				assert.Equal(t, fiber.StatusOK, got.status, "streaming: %t", streaming)
				assert.Equal(t, "text="+test.text, got.body, "streaming: %t", streaming)
				assertRejected(t, c.ask(t, test.request(forgedLine)), fiber.StatusUnauthorized)
			}
		})
	}
}
