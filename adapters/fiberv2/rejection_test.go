package sendsarfiber_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/logger"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const smallLimit = 100

// refusals are requests that a middleware with smallLimit refuses, in every setting.
var refusals = []struct {
	name   string
	want   error
	status int
	make   func(request framing) []byte
}{
	{
		"no signature", webhook.ErrMissingSignature, fiber.StatusUnauthorized,
		func(request framing) []byte { return request(event) },
	},
	{
		"a malformed signature", webhook.ErrMalformedSignature, fiber.StatusUnauthorized,
		func(request framing) []byte {
			return request(event, strings.ToUpper(signed(event)))
		},
	},
	{
		"two signatures", webhook.ErrMalformedSignature, fiber.StatusUnauthorized,
		func(request framing) []byte {
			return request(event, signed(event), signed(event))
		},
	},
	{
		"a stranger's signature", webhook.ErrSignatureMismatch, fiber.StatusUnauthorized,
		func(request framing) []byte {
			return request(event, forged(event))
		},
	},
	{
		"a body over the limit", webhook.ErrBodyTooLarge, fiber.StatusRequestEntityTooLarge,
		func(request framing) []byte {
			return request(filler(smallLimit+1), signed(filler(smallLimit+1)))
		},
	},
}

func eachRefusal(t *testing.T, run func(t *testing.T, cfg fiber.Config, request []byte, want error, status int)) {
	t.Helper()
	for _, refusal := range refusals {
		t.Run(refusal.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				run(t, cfg, refusal.make(request), refusal.want, refusal.status)
			})
		})
	}
}

func TestDefaultRejection(t *testing.T) {
	t.Parallel()
	eachRefusal(t, func(t *testing.T, cfg fiber.Config, request []byte, _ error, status int) {
		s := newSite(t, cfg, sendsarfiber.New(testSecret, webhook.WithMaxBodyBytes(smallLimit)))
		got := s.deliver(t, request)
		assertRefused(t, got, status)
		assert.Equal(t, fiber.MIMETextPlainCharsetUTF8, got.header.Get(fiber.HeaderContentType))
		assert.Zero(t, s.hooks.Load(), "the handler ran")
	})
}

func TestNoVerifierLooksLikeAMismatch(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		stranger := request(event, forged(event))
		mismatch := newSite(t, cfg, sendsarfiber.New(testSecret)).deliver(t, stranger)
		none := newSite(t, cfg, sendsarfiber.WithConfig(sendsarfiber.Config{
			VerifierFor: func(*fiber.Ctx) *webhook.Verifier { return nil },
		})).deliver(t, stranger)

		assertRefused(t, none, fiber.StatusUnauthorized)
		assert.Equal(t, mismatch.text, none.text)
		assert.Equal(t, mismatch.header.Get(fiber.HeaderContentType), none.header.Get(fiber.HeaderContentType))
	})
}

// marked is in bodies and secrets that nothing may print.
const marked = "0123456789abcdef"

func TestRejectionPrintsNothingOfTheRequest(t *testing.T) {
	t.Parallel()
	body := []byte(marked + marked)
	brokenChunk := append(head(hookPath, signed(body), chunkedHeader), "10\r\n"+marked+marked+marked...)
	for _, test := range []struct {
		name    string
		request []byte
	}{
		{"a mismatch", announced(body, signed(event))},
		{"a mismatch without a length", chunked(body, signed(event))},
		{"a broken chunk", brokenChunk},
		{"a broken trailer", append(append(head(hookPath, signed(body), chunkedHeader), chunk(body)...), "0\r\nAuthorization: "+marked+"\r\n\r\n"...)},
	} {
		t.Run("of "+test.name, func(t *testing.T) {
			t.Parallel()
			var logged strings.Builder
			rejections := make(chan error, room)
			app := quietApp(fiber.Config{
				StreamRequestBody: true,
			})
			app.Use(logger.New(logger.Config{Format: "${status} ${error} ${resBody}\n", Output: &logged}))
			app.Post(hookPath, withErrorHandler(func(_ *fiber.Ctx, err error) error {
				rejections <- err
				return err
			}), func(*fiber.Ctx) error { return nil })
			got := dial(t, listen(t, app)).ask(t, test.request)
			require.GreaterOrEqual(t, got.status, fiber.StatusBadRequest)

			err := only(t, rejections)
			var lines strings.Builder
			slog.New(slog.NewJSONHandler(&lines, nil)).Error("refused", "error", err)
			encoded, jsonErr := json.Marshal(err)
			require.NoError(t, jsonErr)
			printed := fmt.Sprintf("%v|%+v|%#v|%s|%q|%x|%d", err, err, err, err, err, err, err) + lines.String() + string(encoded) + got.text
			assert.NotContains(t, printed, marked)
			assert.NotContains(t, printed, fmt.Sprintf("%x", marked))
			assert.NotContains(t, printed, "sha256=")

			assert.Equal(t, fmt.Sprintf("%d - %s\n", got.status, publicTexts[got.status]), logged.String())
		})
	}
}
