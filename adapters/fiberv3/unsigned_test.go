package sendsarfiber_test

import (
	"bytes"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Only the body is signed. Whoever replays a delivery writes everything else, and with it
// chooses what these make of the body.
func TestWhatFollowsHeadersThatAreNotSigned(t *testing.T) {
	t.Parallel()
	genuine := []byte(`{"text":"genuine","more":"&text=another&"}`)
	bomb := bytes.Repeat([]byte("x"), 50_000)
	bound := func(c fiber.Ctx) string {
		var m message
		if err := c.Bind().Body(&m); err != nil {
			return err.Error()
		}
		return m.Text
	}
	body := func(c fiber.Ctx) string { return string(c.Body()) }
	for _, test := range []struct {
		name   string
		body   []byte
		target string
		header string
		read   func(c fiber.Ctx) string
		want   string
		status int
	}{
		{"c.Bind goes by Content-Type", genuine, hookPath, "Content-Type: application/json", bound, "genuine", fiber.StatusOK},
		{"c.Bind of JSON that says it is a form", genuine, hookPath, "Content-Type: application/x-www-form-urlencoded", bound, "another", fiber.StatusOK},
		{"c.Bind inflates by Content-Encoding", gzipped(t, genuine), hookPath, "Content-Type: application/json\r\nContent-Encoding: gzip", bound, "genuine", fiber.StatusOK},
		{"c.FormValue looks into the query first", formBody("genuine").bytes, hookPath + "?text=another", formBody("").header, func(c fiber.Ctx) string { return c.FormValue("text") }, "another", fiber.StatusOK},
		{"c.Body inflates by Content-Encoding", gzipped(t, bomb[:100]), hookPath, "Content-Encoding: gzip", body, string(bomb[:100]), fiber.StatusOK},
		{"c.Body over BodyLimit is an error's text", gzipped(t, bomb), hookPath, "Content-Encoding: gzip", body, "fasthttp: body size exceeds the given limit", fiber.StatusRequestEntityTooLarge},
		{"c.Body of an unknown encoding is an error's text", genuine, hookPath, "Content-Encoding: made-up", body, "Unsupported Media Type", fiber.StatusUnsupportedMediaType},
		{"c.Body of what is no gzip is an error's text", genuine, hookPath, "Content-Encoding: gzip", body, "gzip: invalid header", fiber.StatusOK},
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
				app := quietApp(cfg)
				app.Post(hookPath, sendsarfiber.New(testSecret), func(c fiber.Ctx) error {
					raw := bytes.Clone(c.BodyRaw())
					reads <- read{test.read(c), raw, fromContext(c).delivery.Body}
					return nil
				})
				sent := request(test.body, signed(test.body), test.header)
				got := dial(t, listen(t, app)).ask(t, onPath(test.target, sent))
				assert.Equal(t, test.status, got.status)
				one := only(t, reads)
				assert.Equal(t, test.want, one.text)
				assert.Equal(t, test.body, one.raw)
				assert.Equal(t, test.body, one.delivery)
			})
		})
	}
}

func TestEventIsReadAsJSONWhateverTheHeadersSay(t *testing.T) {
	t.Parallel()
	types := make(chan webhook.EventType, room)
	app := quietApp(fiber.Config{DisablePreParseMultipartForm: true})
	app.Post(hookPath, sendsarfiber.New(testSecret), func(c fiber.Ctx) error {
		e, err := fromContext(c).delivery.Event()
		types <- e.Type
		return err
	})
	c := dial(t, listen(t, app))
	for _, header := range []string{
		"Content-Type: application/x-www-form-urlencoded",
		"Content-Type: multipart/form-data; boundary=b",
		"Content-Encoding: gzip",
	} {
		require.Equal(t, fiber.StatusOK, c.ask(t, announced(event, signed(event), header)).status)
		assert.Equal(t, webhook.EventMessageCreated, only(t, types))
	}
}
