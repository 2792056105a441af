package sendsarfiber_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const formText = "hello & goodbye"

type message struct {
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

// multipartBody has two fields and a file: what Fiber makes of it has them in random order.
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

func TestBodyAfterwards(t *testing.T) {
	t.Parallel()
	long := formText + string(filler(3*prefetched))
	parsed := func(c fiber.Ctx) (string, error) {
		var m message
		err := c.Bind().Body(&m)
		return m.Text, err
	}
	for _, test := range []struct {
		name string
		body func(t *testing.T, text string) bodyOf
		read func(c fiber.Ctx) (string, error)
		text func(body []byte, text string) string // what read must return
	}{
		{"c.Body", anyJSON, func(c fiber.Ctx) (string, error) { return string(c.Body()), nil }, wholeBody},
		{"c.BodyRaw", anyJSON, func(c fiber.Ctx) (string, error) { return string(c.BodyRaw()), nil }, wholeBody},
		{"c.Body and then c.BodyRaw", anyJSON, func(c fiber.Ctx) (string, error) {
			if first := string(c.Body()); first != string(c.BodyRaw()) {
				return "", errors.New("the second read differs")
			}
			return string(c.BodyRaw()), nil
		}, wholeBody},
		{"c.Req().Body", anyJSON, func(c fiber.Ctx) (string, error) { return string(c.Req().Body()), nil }, wholeBody},
		{"c.Req().BodyRaw", anyJSON, func(c fiber.Ctx) (string, error) { return string(c.Req().BodyRaw()), nil }, wholeBody},
		{"c.Request().Body", anyJSON, func(c fiber.Ctx) (string, error) { return string(c.Request().Body()), nil }, wholeBody},
		{"c.RequestCtx().PostBody", anyJSON, func(c fiber.Ctx) (string, error) { return string(c.RequestCtx().PostBody()), nil }, wholeBody},
		{"c.Bind of JSON", anyJSON, parsed, field},
		{"c.Bind().JSON", anyJSON, func(c fiber.Ctx) (string, error) {
			var m message
			err := c.Bind().JSON(&m)
			return m.Text, err
		}, field},
		{"c.Bind().All", anyJSON, func(c fiber.Ctx) (string, error) {
			var m message
			err := c.Bind().All(&m)
			return m.Text, err
		}, field},
		{"c.Bind of a form", anyForm, parsed, field},
		{"c.Bind of multipart", multipartBody, parsed, field},
		{"c.FormValue of a form", anyForm, formValue, field},
		{"c.FormValue of multipart", multipartBody, formValue, field},
		{"c.MultipartForm", multipartBody, func(c fiber.Ctx) (string, error) {
			form, err := c.MultipartForm()
			if err != nil {
				return "", err
			}
			return form.Value["text"][0], nil
		}, field},
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
				return string(c.BodyRaw()), nil // there is none
			}
			stream := c.RequestCtx().RequestBodyStream()
			if stream == nil {
				return "", errors.New("no stream")
			}
			body, err := io.ReadAll(stream)
			return string(body), err
		}, wholeBody},
	} {
		t.Run("through "+test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				type read struct {
					text string
					err  error
				}
				reads := make(chan read, room)
				cfg.DisablePreParseMultipartForm = true
				app := quietApp(cfg)
				app.Post(hookPath, sendsarfiber.New(testSecret), func(c fiber.Ctx) error {
					text, err := test.read(c)
					reads <- read{text, err}
					return nil
				})
				c := dial(t, listen(t, app))
				for _, text := range []string{formText, long} {
					body := test.body(t, text)
					require.Equal(t, fiber.StatusOK, c.ask(t, request(body.bytes, signed(body.bytes), body.header)).status)
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

func formValue(c fiber.Ctx) (string, error) { return c.FormValue("text"), nil }

func TestStreamStaysAStream(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		type shape struct {
			stream bool
			length int
			coding string
		}
		shapes := make(chan shape, room)
		look := func(c fiber.Ctx) error {
			shapes <- shape{c.Request().IsBodyStream(), c.Request().Header.ContentLength(), c.Get(fiber.HeaderTransferEncoding)}
			return c.Next()
		}
		app := quietApp(cfg)
		app.Post(hookPath, look, sendsarfiber.New(testSecret), look, func(c fiber.Ctx) error { return c.Send(c.Body()) })
		assert.Equal(t, string(event), dial(t, listen(t, app)).ask(t, request(event, signed(event))).text)
		require.Len(t, shapes, 2)
		before, after := <-shapes, <-shapes
		assert.Equal(t, before, after)
		assert.Equal(t, cfg.StreamRequestBody, after.stream)
	})
}

func TestEmptyBody(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		deliveries := make(chan found, room)
		app := quietApp(cfg)
		app.Post(hookPath, sendsarfiber.New(testSecret), func(c fiber.Ctx) error {
			deliveries <- fromContext(c)
			return c.Send(c.Body())
		})
		c := dial(t, listen(t, app))
		got := c.ask(t, request(nil, signed(nil)))
		assert.Equal(t, fiber.StatusOK, got.status)
		assert.Empty(t, got.text)
		d := only(t, deliveries)
		assert.True(t, d.ok)
		assert.Equal(t, []byte{}, d.delivery.Body)
		assertRefused(t, c.ask(t, request(nil, signed(event))), fiber.StatusUnauthorized)
	})
}

func gzipped(t *testing.T, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(plain)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestCompressedBodiesAreVerifiedAsSent(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		type bodies struct{ raw, delivered, inflated string }
		seen := make(chan bodies, room)
		option, calls := observer()
		app := quietApp(cfg)
		app.Post(hookPath, sendsarfiber.New(testSecret, option), func(c fiber.Ctx) error {
			raw := string(c.BodyRaw())
			seen <- bodies{raw, string(fromContext(c).delivery.Body), string(c.Body())}
			return nil
		})
		c := dial(t, listen(t, app))
		plain := filler(20_000)
		sent := gzipped(t, plain)

		require.Equal(t, fiber.StatusOK, c.ask(t, request(sent, signed(sent), "Content-Encoding: gzip")).status)
		assert.Equal(t, bodies{string(sent), string(sent), string(plain)}, only(t, seen))
		require.NoError(t, only(t, calls).err)

		assertRefused(t, c.ask(t, request(sent, signed(plain), "Content-Encoding: gzip")), fiber.StatusUnauthorized)
		require.ErrorIs(t, only(t, calls).err, webhook.ErrSignatureMismatch)

		// Where c.Body fails it returns an error's text: that is never what is verified.
		text := []byte("unexpected EOF")
		assertRefused(t, c.ask(t, request(sent[:len(sent)/2], signed(text), "Content-Encoding: gzip")), fiber.StatusUnauthorized)
		assert.Empty(t, seen, "the handler ran")
	})
}
