package sendsarfiber_test

import (
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/stretchr/testify/assert"
)

// What is left of a refused stream has no limit, and behind its end is the next request.
func TestErrorHandlerFindsNothingOfARefusedStream(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		request []byte
	}{
		{"that was not sent yet", head(hookPath, chunkedHeader)},
		{"over BodyLimit", append(announced(event), otherRequest()...)},
		{"with a broken chunk", append(head(hookPath, chunkedHeader, signed(event)), "5\r\nabcdeX"...)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			bodies := make(chan string, room)
			s := newSiteBehind(t, fiber.Config{StreamRequestBody: true, BodyLimit: 16}, recover.New(),
				withErrorHandler(func(c *fiber.Ctx, err error) error {
					bodies <- string(c.Body())
					return err
				}))
			c := dial(t, s.addr)
			got := c.ask(t, test.request)
			assertRefused(t, got, got.status)
			c.assertClosed(t)
			assert.Empty(t, only(t, bodies))
		})
	}
}
