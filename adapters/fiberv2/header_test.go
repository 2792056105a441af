// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestSignatureLines(t *testing.T) {
	t.Parallel()
	value := webhook.Sign(accountSecret, eventBody)
	mixed := "x-WEBHOOK-signature: "
	for _, test := range []struct {
		name  string
		lines []string
		want  error // nil: accepted
	}{
		{"the usual name", []string{signatureLine(eventBody)}, nil},
		{"a name in lower case", []string{strings.ToLower(signatureLine(eventBody))}, nil},
		{"a name in odd case", []string{mixed + value}, nil},
		{"spaces and tabs around the value", []string{webhook.SignatureHeader + ": \t " + value + " \t "}, nil},
		{"a tab before the value", []string{webhook.SignatureHeader + ":\t" + value}, nil},
		{"a line end without a carriage return", []string{signatureLine(eventBody) + "\nX-Next: 1"}, nil},
		{"no space before the value", []string{webhook.SignatureHeader + ":" + value}, nil},
		{"the same line twice", []string{signatureLine(eventBody), signatureLine(eventBody)}, webhook.ErrMalformedSignature},
		{"a forged line before the genuine one", []string{forgedLine(eventBody), signatureLine(eventBody)}, webhook.ErrMalformedSignature},
		{"a forged line after the genuine one", []string{signatureLine(eventBody), forgedLine(eventBody)}, webhook.ErrMalformedSignature},
		{"an empty line beside the genuine one", []string{signatureLine(eventBody), webhook.SignatureHeader + ":"}, webhook.ErrMalformedSignature},
		{"two lines in different case", []string{signatureLine(eventBody), mixed + value}, webhook.ErrMalformedSignature},
		{"two lines far apart", []string{signatureLine(eventBody), "X-Between: 1", "Connection: keep-alive", mixed + value}, webhook.ErrMalformedSignature},
		{"a list in one line", []string{webhook.SignatureHeader + ": " + value + ", " + value}, webhook.ErrMalformedSignature},
		{"a value that goes on in the next line", []string{signatureLine(eventBody) + "\r\n " + value}, webhook.ErrMalformedSignature},
		{"an empty value", []string{webhook.SignatureHeader + ": "}, webhook.ErrMissingSignature},
		{"a value of white space", []string{webhook.SignatureHeader + ": \t "}, webhook.ErrMissingSignature},
		{"a longer name", []string{"X-Webhook-Signature-256: " + value}, webhook.ErrMissingSignature},
		{"the name with underscores", []string{"X_Webhook_Signature: " + value}, webhook.ErrMissingSignature},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, normalizing := range []string{"with names normalized", "with names as sent"} {
				t.Run(normalizing, func(t *testing.T) {
					eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
						cfg.DisableHeaderNormalizing = normalizing == "with names as sent"
						assertJudged(t, cfg, request(eventBody, test.lines...), test.want)
					})
				})
			}
		})
	}
}

// assertJudged sends a request with event as its body, which is accepted if want is nil.
func assertJudged(t *testing.T, cfg fiber.Config, request []byte, want error) {
	t.Helper()
	option, calls := observer()
	s := newEndpoint(t, cfg, sendsarfiber.New(accountSecret, option))
	got := s.deliver(t, request)
	require.ErrorIs(t, only(t, calls).err, want)
	if want == nil {
		assert.Equal(t, string(eventBody), got.body)
		return
	}
	assertRejected(t, got, fiber.StatusUnauthorized)
	assert.Zero(t, s.runs.Load(), "the handler ran")
}

func TestFoldedLinesAreRefused(t *testing.T) {
	t.Parallel()
	body := append(append(bytes.Clone(eventBody), "\r\n"...), otherRequest()...)
	for _, test := range []struct {
		name string
		line string
	}{
		{"with a space", "X-Folded: a\r\n b"},
		{"with a tab", "X-Folded: a\r\n\tb"},
		{"many times", "X-Folded: a" + strings.Repeat("\r\n b", 100)},
		{"before its value", "X-Folded:\r\n a"},
		{"without carriage returns", "X-Folded: a\n b"},
		{"in the signature", strings.Replace(signatureLine(body), ": ", ":\r\n ", 1)},
		{"in the signature, with a tab", strings.Replace(signatureLine(body), ": ", ":\r\n\t", 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				headers := []string{test.line}
				if !strings.HasPrefix(test.line, webhook.SignatureHeader) {
					headers = append(headers, signatureLine(body))
				}
				s := newEndpoint(t, cfg, sendsarfiber.New(accountSecret))
				c := dial(t, s.addr)
				got := c.ask(t, request(body, headers...))
				assert.Equal(t, fiber.StatusBadRequest, got.status)
				assert.True(t, got.closes, "Connection: close")
				c.assertClosed(t)
				assert.Zero(t, s.runs.Load(), "the handler ran")
				assert.Zero(t, s.others.Load(), "a part of the body was taken for a request")
			})
		})
	}
}

// Letters that only Unicode folds to those of the name are no letters of a header name.
func TestNameIsComparedInASCII(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"X-Webhook-\u017fignature", "X-Webhoo\u212a-Signature"} {
		for _, asSent := range []bool{false, true} {
			s := newEndpoint(t, fiber.Config{DisableHeaderNormalizing: asSent}, sendsarfiber.New(accountSecret))
			got := s.deliver(t, announced(eventBody, name+": "+webhook.Sign(accountSecret, eventBody)))
			assert.Equal(t, fiber.StatusBadRequest, got.status, name) // the server's
			assert.Zero(t, s.runs.Load(), "the handler ran")
		}
	}
}

// fasthttp adds what stands behind a chunked body to the header fields.
func TestTrailersAreNotBelieved(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		headers []string
		want    error
	}{
		{"a signature in the trailer only", nil, webhook.ErrMissingSignature},
		{"one that was announced", []string{"Trailer: " + webhook.SignatureHeader}, webhook.ErrMissingSignature},
		{"beside a malformed one", []string{webhook.SignatureHeader + ": sha256=abc"}, webhook.ErrMalformedSignature},
		{"beside a forged one", []string{forgedLine(eventBody)}, webhook.ErrSignatureMismatch},
		{"beside a genuine one", []string{signatureLine(eventBody)}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachSetting(t, func(t *testing.T, cfg fiber.Config) {
				request := append(head(route, append(test.headers, chunkedHeader)...), chunk(eventBody)...)
				assertJudged(t, cfg, append(request, "0\r\n"+signatureLine(eventBody)+"\r\n\r\n"...), test.want)
			})
		})
	}
}

// An earlier middleware may change what fasthttp parsed; what arrived still decides.
func TestHeadersAreReadAsTheyArrived(t *testing.T) {
	t.Parallel()
	s := newEndpointBehind(t, fiber.Config{}, func(c *fiber.Ctx) error {
		c.Request().Header.Set(webhook.SignatureHeader, webhook.Sign(accountSecret, c.BodyRaw()))
		return c.Next()
	}, sendsarfiber.New(accountSecret))
	assertRejected(t, s.deliver(t, announced(eventBody)), fiber.StatusUnauthorized)
	assertRejected(t, s.deliver(t, announced(eventBody, forgedLine(eventBody))), fiber.StatusUnauthorized)
	assert.Equal(t, fiber.StatusOK, s.deliver(t, announced(eventBody, signatureLine(eventBody))).status)
}
