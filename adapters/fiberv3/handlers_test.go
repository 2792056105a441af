package sendsarfiber_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
)

// Fiber 3 takes handlers of several kinds.
func TestHandlersOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		handler func(seen chan<- found) any
	}{
		{"Fiber's", func(seen chan<- found) any {
			return func(c fiber.Ctx) error {
				seen <- fromContext(c)
				return c.Send(c.BodyRaw())
			}
		}},
		{"Fiber's without an error", func(seen chan<- found) any {
			return func(c fiber.Ctx) {
				seen <- fromContext(c)
				c.RequestCtx().SetBody(c.BodyRaw())
			}
		}},
		{"with a request and a response", func(seen chan<- found) any {
			return func(req fiber.Req, res fiber.Res) error {
				d, ok := sendsarfiber.FromContext(req.RequestCtx())
				seen <- found{d, ok}
				return res.Send(req.BodyRaw())
			}
		}},
		{"of net/http", func(seen chan<- found) any {
			return func(w http.ResponseWriter, r *http.Request) {
				d, ok := sendsarfiber.FromContext(r.Context())
				seen <- found{d, ok}
				_, err := io.Copy(w, r.Body)
				assert.NoError(t, err)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
				seen := make(chan found, room)
				app := quietApp(cfg)
				app.Post(hookPath, sendsarfiber.New(testSecret), test.handler(seen))
				c := dial(t, listen(t, app))
				assert.Equal(t, string(event), c.ask(t, request(event, signed(event))).text)
				got := only(t, seen)
				assert.True(t, got.ok)
				assert.Equal(t, event, got.delivery.Body)
				assertRefused(t, c.ask(t, request(event, forged(event))), fiber.StatusUnauthorized)
				assert.Empty(t, seen, "the handler ran")
			})
		})
	}
}
