package sendsarfiber_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const formText = "hello & goodbye"

type bound struct {
	Text string `json:"text" form:"text"`
}

// bodyOf is a body of one format with the field text, and its Content-Type line.
type bodyOf struct {
	bytes  []byte
	header string
}

func jsonBody(text string) bodyOf {
	return bodyOf{fmt.Appendf(nil, `{"text":%q}`, text), "Content-Type: application/json"}
}

func formBody(text string) bodyOf {
	return bodyOf{[]byte(url.Values{"text": {text}}.Encode()), "Content-Type: application/x-www-form-urlencoded"}
}

// multipartBody has two fields and a file. Fiber re-makes such a body with its fields in
// random order.
func multipartBody(t *testing.T, text string) bodyOf {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	require.NoError(t, w.WriteField("text", text))
	require.NoError(t, w.WriteField("second", "2"))
	file, err := w.CreateFormFile("file", "message.txt")
	require.NoError(t, err)
	_, err = io.WriteString(file, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return bodyOf{b.Bytes(), "Content-Type: " + w.FormDataContentType()}
}

// bodyReader is one way in which a handler reads the body.
type bodyReader struct {
	name string
	body func(t *testing.T, text string) bodyOf
	read func(c fiber.Ctx) (string, error)
	text func(body []byte, text string) string // what read must return
}

func TestHandlerReadsTheSignedBody(t *testing.T) {
	t.Parallel()
	long := formText + string(filler(3*prefetched))
	parsed := func(c fiber.Ctx) (string, error) {
		var m bound
		err := c.Bind().Body(&m)
		return m.Text, err
	}
	for _, test := range append([]bodyReader{
		{"c.Body", anyJSON, func(c fiber.Ctx) (string, error) { return string(c.Body()), nil }, wholeBody},
		{"c.Body and then c.BodyRaw", anyJSON, func(c fiber.Ctx) (string, error) {
			if first := string(c.Body()); first != string(c.BodyRaw()) {
				return "", errors.New("the second read differs")
			}
			return string(c.BodyRaw()), nil
		}, wholeBody},
		{"c.Request().Body", anyJSON, func(c fiber.Ctx) (string, error) { return string(c.Request().Body()), nil }, wholeBody},
		{"c.RequestCtx().PostBody", anyJSON, func(c fiber.Ctx) (string, error) { return string(c.RequestCtx().PostBody()), nil }, wholeBody},
		{"c.Bind of a form", anyForm, parsed, field},
		{"c.Bind of multipart", multipartBody, parsed, field},
		{"c.FormValue of multipart", multipartBody, func(c fiber.Ctx) (string, error) { return c.FormValue("text"), nil }, field},
		{"c.FormFile", multipartBody, func(c fiber.Ctx) (string, error) {
			file, err := c.FormFile("file")
			if err != nil {
				return "", err
			}
			opened, err := file.Open()
			if err != nil {
				return "", err
			}
			content, err := io.ReadAll(opened)
			return string(content), errors.Join(err, opened.Close())
		}, field},
		{"adaptor.ConvertRequest", anyJSON, func(c fiber.Ctx) (string, error) {
			r, err := adaptor.ConvertRequest(c, true)
			if err != nil {
				return "", err
			}
			body, err := io.ReadAll(r.Body)
			return string(body), err
		}, wholeBody},
		{"the stream", anyJSON, func(c fiber.Ctx) (string, error) {
			if !c.App().Config().StreamRequestBody {
				return string(c.BodyRaw()), nil // there is no stream
			}
			stream := c.RequestCtx().RequestBodyStream()
			if stream == nil {
				return "", errors.New("no stream")
			}
			body, err := io.ReadAll(stream)
			return string(body), err
		}, wholeBody},
	}, otherBodyReaders...) {
		t.Run("through "+test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				type read struct {
					text string
					err  error
				}
				reads := make(chan read, room)
				cfg.DisablePreParseMultipartForm = true
				app := newApp(cfg)
				app.Post(route, sendsarfiber.New(accountSecret), func(c fiber.Ctx) error {
					text, err := test.read(c)
					reads <- read{text, err}
					return nil
				})
				c := dial(t, start(t, app))
				for _, text := range []string{formText, long} {
					body := test.body(t, text)
					require.Equal(t, fiber.StatusOK, c.ask(t, request(body.bytes, signatureLine(body.bytes), body.header)).status)
					got := only(t, reads)
					require.NoError(t, got.err)
					assert.Equal(t, test.text(body.bytes, text), got.text)
				}
			})
		})
	}
}

func anyJSON(_ *testing.T, text string) bodyOf { return jsonBody(text) }

func anyForm(_ *testing.T, text string) bodyOf { return formBody(text) }

func wholeBody(body []byte, _ string) string { return string(body) }

func field(_ []byte, text string) string { return text }

func gzipped(t *testing.T, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(plain)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// Only the body is signed. Anyone who replays a delivery writes everything else, and so
// chooses how these methods read the body.
func TestWhatFollowsHeadersThatAreNotSigned(t *testing.T) {
	t.Parallel()
	genuine := []byte(`{"text":"genuine","more":"&text=another&"}`)
	bomb := bytes.Repeat([]byte("x"), 50_000)
	parsed := func(c fiber.Ctx) string {
		var m bound
		if err := c.Bind().Body(&m); err != nil {
			return err.Error()
		}
		return m.Text
	}
	body := func(c fiber.Ctx) string { return string(c.Body()) }
	over, overStatus := overBodyLimit(string(bomb))
	unknown, unknownStatus := ofAnUnknownEncoding(string(genuine))
	for _, test := range []struct {
		name   string
		body   []byte
		target string
		header string
		read   func(c fiber.Ctx) string
		want   string
		status int
	}{
		{"c.Bind goes by Content-Type", genuine, route, "Content-Type: application/json", parsed, "genuine", fiber.StatusOK},
		{"c.Bind of JSON that says it is a form", genuine, route, "Content-Type: application/x-www-form-urlencoded", parsed, "another", fiber.StatusOK},
		{"c.Bind inflates by Content-Encoding", gzipped(t, genuine), route, "Content-Type: application/json\r\nContent-Encoding: gzip", parsed, "genuine", fiber.StatusOK},
		{"c.FormValue looks into the query first", formBody("genuine").bytes, route + "?text=another", formBody("").header, func(c fiber.Ctx) string { return c.FormValue("text") }, "another", fiber.StatusOK},
		{"c.Body inflates by Content-Encoding", gzipped(t, bomb[:100]), route, "Content-Encoding: gzip", body, string(bomb[:100]), fiber.StatusOK},
		{"c.Body over BodyLimit", gzipped(t, bomb), route, "Content-Encoding: gzip", body, over, overStatus},
		{"c.Body of an unknown encoding", genuine, route, "Content-Encoding: made-up", body, unknown, unknownStatus},
		{"c.Body of what is no gzip is an error's text", genuine, route, "Content-Encoding: gzip", body, "gzip: invalid header", fiber.StatusOK},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				cfg.BodyLimit = 10_000
				type read struct {
					text     string
					raw      []byte
					delivery []byte
				}
				reads := make(chan read, room)
				app := newApp(cfg)
				app.Post(route, sendsarfiber.New(accountSecret), func(c fiber.Ctx) error {
					raw := bytes.Clone(c.BodyRaw())
					reads <- read{test.read(c), raw, fromContext(c).delivery.Body}
					return nil
				})
				sent := request(test.body, signatureLine(test.body), test.header)
				got := dial(t, start(t, app)).ask(t, onPath(test.target, sent))
				assert.Equal(t, test.status, got.status)
				one := only(t, reads)
				assert.Equal(t, test.want, one.text)
				assert.Equal(t, test.body, one.raw)
				assert.Equal(t, test.body, one.delivery)
			})
		})
	}
}

func TestDeliveryIsACopyOfTheBody(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		app := newApp(cfg)
		app.Post(route, sendsarfiber.New(accountSecret), func(c fiber.Ctx) error {
			clear(c.BodyRaw())
			return c.Send(fromContext(c).delivery.Body)
		})
		assert.Equal(t, string(eventBody), dial(t, start(t, app)).ask(t, request(eventBody, signatureLine(eventBody))).body)
	})
}

// By default fasthttp parses an announced multipart body before any middleware runs. The
// body that it re-makes from the parts is not the one that was signed.
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
				// The bytes after the last boundary stay on the connection, whether they
				// are in the body or after it.
				c.write(t, announced(append(body.bytes[:len(body.bytes):len(body.bytes)], otherRequest()...), test.signature, body.header), otherRequest())
				got := c.answer(t)

				assertRejected(t, got, test.status)
				assert.True(t, got.closes, "Connection: close")
				c.assertClosed(t)
				err := only(t, calls).err
				require.ErrorIs(t, err, test.want)
				assert.NotContains(t, err.Error(), formText)
				if test.status == fiber.StatusBadRequest {
					require.ErrorContains(t, err, "DisablePreParseMultipartForm") // which the client does not see
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
				app.Post(route, sendsarfiber.New(accountSecret), func(c fiber.Ctx) error {
					return c.SendString("text=" + c.FormValue("text"))
				})
				c := dial(t, start(t, app))
				assert.Equal(t, "text="+test.text, c.ask(t, test.request(test.body, append(test.headers, signatureLine(test.body))...)).body)
				assertRejected(t, c.ask(t, test.request(test.body, append(test.headers, forgedLine(test.body))...)), fiber.StatusUnauthorized)
			})
		})
	}
}

func TestObserverSeesTheContextThatVerifierForSet(t *testing.T) {
	t.Parallel()
	type spanKey struct{}
	spans := make(chan any, room)
	verifier := webhook.MustNew(accountSecret, webhook.WithObserver(func(ctx context.Context, _ webhook.Delivery, _ error) {
		spans <- ctx.Value(spanKey{})
	}))
	s := newEndpoint(t, fiber.Config{}, sendsarfiber.WithConfig(sendsarfiber.Config{VerifierFor: func(c fiber.Ctx) *webhook.Verifier {
		c.SetContext(context.WithValue(c.Context(), spanKey{}, "picked"))
		return verifier
	}}))
	s.deliver(t, announced(eventBody))
	assert.Equal(t, "picked", only(t, spans))
}

// VerifierFor must not read the body. If it does, the server must not crash, and no other
// connection's stream may be read.
func TestVerifierForThatReadsTheBody(t *testing.T) {
	t.Parallel()
	verifier := webhook.MustNew(accountSecret)
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		s := newEndpointBehind(t, cfg, recover.New(), sendsarfiber.WithConfig(sendsarfiber.Config{
			VerifierFor: func(c fiber.Ctx) *webhook.Verifier {
				_ = c.Body()
				return verifier
			},
		}))
		assert.Equal(t, string(eventBody), s.deliver(t, request(eventBody, signatureLine(eventBody))).body)
		assertRejected(t, s.deliver(t, request(eventBody, forgedLine(eventBody))), fiber.StatusUnauthorized)
	})
}

// These are contexts, so webhook.FromContext compiles with them.
func TestTheCoresFromContextIsFalse(t *testing.T) {
	t.Parallel()
	app := newApp(fiber.Config{})
	app.Post(route, sendsarfiber.New(accountSecret), func(c fiber.Ctx) error {
		for _, ctx := range []context.Context{c.Context(), c.RequestCtx()} {
			_, ok := webhook.FromContext(ctx)
			assert.False(t, ok, "%T", ctx)
		}
		return c.SendString("asked")
	})
	assert.Equal(t, "asked", dial(t, start(t, app)).ask(t, announced(eventBody, signatureLine(eventBody))).body)
}

func TestValueOfAnotherMiddlewareIsNoDelivery(t *testing.T) {
	t.Parallel()
	app := newApp(fiber.Config{})
	app.Post(route, func(c fiber.Ctx) error {
		for _, key := range []any{struct{}{}, "sendsarfiber", "delivery"} {
			c.Locals(key, webhook.Delivery{Body: eventBody})
		}
		assert.Zero(t, fromContext(c))
		return c.SendString("asked")
	})
	assert.Equal(t, "asked", dial(t, start(t, app)).ask(t, announced(eventBody)).body)
}
