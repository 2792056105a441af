package sendsarfiber_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
)

// Fiber takes bodies from pools: what one request leaves there must not show in another.
// Replacing the body of a request corrupts it with ReduceMemoryUsage.
func TestConcurrentDeliveries(t *testing.T) {
	t.Parallel()
	const (
		clients    = 100
		deliveries = 6
	)
	long := filler(1 + 500*deliveries*20)
	for _, test := range []struct {
		name string
		cfg  fiber.Config
	}{
		{"buffered", fiber.Config{}},
		{"buffered, with ReduceMemoryUsage", fiber.Config{ReduceMemoryUsage: true}},
		{"buffered, with ReduceMemoryUsage and Immutable", fiber.Config{ReduceMemoryUsage: true, Immutable: true}},
		{"streamed", fiber.Config{StreamRequestBody: true}},
		{"streamed, with ReduceMemoryUsage", fiber.Config{StreamRequestBody: true, ReduceMemoryUsage: true}},
		{"streamed and Immutable", fiber.Config{StreamRequestBody: true, Immutable: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			app := quietApp(test.cfg)
			app.Post(hookPath, sendsarfiber.New(testSecret), func(c *fiber.Ctx) error {
				d := fromContext(c).delivery.Body
				if !bytes.Equal(d, c.BodyRaw()) || !bytes.Equal(d, c.Body()) {
					return errors.New("the handler's bodies differ")
				}
				return c.Send(d)
			})
			addr := listen(t, app)
			var wait sync.WaitGroup
			for number := range clients {
				c := dial(t, addr)
				wait.Go(func() {
					for round := range deliveries {
						body := fmt.Appendf(nil, "client %d, delivery %d: %s", number, round, long[:1+500*round*(1+number%20)])
						request := framings[(number+round)%len(framings)].request
						got, err := c.exchange(request(body, signed(body)))
						if err != nil || got.status != fiber.StatusOK || got.text != string(body) {
							assert.Fail(t, "not the body that was sent", "client %d, delivery %d: status %d, %d bytes, %v", number, round, got.status, len(got.text), err)
							return
						}
						got, err = c.exchange(request(body, forged(body)))
						if err != nil || got.status != fiber.StatusUnauthorized {
							assert.Fail(t, "a forgery was not refused", "client %d, delivery %d: status %d, %v", number, round, got.status, err)
							return
						}
					}
				})
			}
			wait.Wait()
		})
	}
}
