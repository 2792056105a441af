// By hand in both majors: helpers for what differs between Fiber v2 and v3.

package sendsarfiber_test

import (
	"net"

	"github.com/gofiber/fiber/v2"
)

// newApp is fiber.New without a message at start-up.
func newApp(cfg fiber.Config) *fiber.App {
	cfg.DisableStartupMessage = true
	return fiber.New(cfg)
}

// serve runs the app on the listener until it is shut down.
func serve(app *fiber.App, listener net.Listener) error { return app.Listener(listener) }

// overBodyLimit returns what c.Body returns for a body that inflates to more than
// BodyLimit, and the status that it sets.
func overBodyLimit(inflated string) (text string, status int) { return inflated, fiber.StatusOK }

// ofAnUnknownEncoding is the same for a Content-Encoding that Fiber does not know.
func ofAnUnknownEncoding(sent string) (text string, status int) { return sent, fiber.StatusOK }

// otherBehindNetHTTP adds differences behind adaptor.FiberApp that v2 and v3 do not share.
func otherBehindNetHTTP(d declared) {
	d.add("adaptor.FiberApp keeps the last of several header lines", "200, handled 1",
		"header/the same line twice", "header/forged, then genuine", "header/empty, then genuine")
	d.add("adaptor.FiberApp reads the body before the app runs, and announces what it read", "no answer, handled 0",
		"limit/1099511627776 bytes announced, none sent", "limit/9223372036854775807 bytes announced, none sent")
	d.add("adaptor.FiberApp answers a body that it cannot read with 500", "500, handled 0",
		"limit/no limit to speak of, 2^63-1 announced, signed as what comes")
}

// otherBodyReaders are ways to the body that v2 and v3 do not share.
var otherBodyReaders []bodyReader
