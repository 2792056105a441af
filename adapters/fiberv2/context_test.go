// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

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
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// found is what a handler finds with FromContext.
type found struct {
	delivery webhook.Delivery
	ok       bool
}

func fromContext(c *fiber.Ctx) found {
	d, ok := sendsarfiber.FromContext(c)
	return found{d, ok}
}

func TestFromContext(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		seen := make(chan found, room)
		ask := func(c *fiber.Ctx) error {
			seen <- fromContext(c)
			// Reads the body: a stream left unread desynchronises fasthttp before 1.76.
			return c.SendString("body: " + string(c.BodyRaw()))
		}
		app := newApp(cfg)
		app.Use(func(c *fiber.Ctx) error {
			err := c.Next()
			if len(seen) == 0 { // no handler has asked
				seen <- fromContext(c)
			}
			return err
		})
		verify := sendsarfiber.New(accountSecret)
		app.Post(route, verify, ask)
		app.Post("/unprotected", ask)
		app.Post("/failing", verify, func(*fiber.Ctx) error { return errors.New("the handler's own") })
		app.Post("/twice", verify, sendsarfiber.New(strangeSecret), ask)
		app.Post("/handled-by-next", withErrorHandler(func(c *fiber.Ctx, _ error) error { return c.Next() }), ask)
		c := dial(t, start(t, app))

		for _, test := range []struct {
			name, path string
			request    []byte
			verified   bool
		}{
			{"true in the handler", route, request(eventBody, signatureLine(eventBody)), true},
			{"false for the next request on the connection", "/unprotected", request(eventBody, signatureLine(eventBody)), false},
			{"true in an outer middleware after the handler failed", "/failing", request(eventBody, signatureLine(eventBody)), true},
			{"false in an outer middleware after a refusal", route, request(eventBody, forgedLine(eventBody)), false},
			{"false where a second instance refuses what the first verified", "/twice", request(eventBody, signatureLine(eventBody)), false},
			{"false where an ErrorHandler runs the handler", "/handled-by-next", request(eventBody, forgedLine(eventBody)), false},
			{"true again afterwards", route, request(eventBody, signatureLine(eventBody)), true},
		} {
			t.Run(test.name, func(t *testing.T) {
				c.ask(t, onPath(test.path, test.request))
				got := only(t, seen)
				assert.Equal(t, test.verified, got.ok)
				if !test.verified {
					assert.Zero(t, got.delivery)
					return
				}
				assert.Equal(t, eventBody, got.delivery.Body)
				assert.Equal(t, len(eventBody), cap(got.delivery.Body))
			})
		}
	})
}

func TestDeliveryMayBeKept(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		type kept struct{ delivery, raw []byte }
		runs := make(chan kept, room)
		app := newApp(cfg)
		app.Post(route, sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error {
			runs <- kept{fromContext(c).delivery.Body, c.BodyRaw()}
			return nil
		})
		c := dial(t, start(t, app))

		first, second := bytes.Repeat([]byte("1"), 50), bytes.Repeat([]byte("2"), 50)
		c.ask(t, request(first, signatureLine(first)))
		one := only(t, runs)
		c.ask(t, request(second, signatureLine(second)))
		two := only(t, runs)

		assert.Equal(t, first, one.delivery, "the first delivery after the second")
		assert.Equal(t, second, two.delivery)
		switch {
		case cfg.Immutable:
			assert.Equal(t, first, one.raw)
		case !cfg.StreamRequestBody:
			// Fiber does reuse its memory, or this test would show nothing. (A stream's
			// buffer goes to a pool, and may or may not come back at once.)
			assert.Equal(t, second, one.raw)
		}
	})
}

func TestDeliveryIsACopyOfTheBody(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		bodies := make(chan []byte, room)
		app := newApp(cfg)
		app.Post(route, sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error {
			clear(c.BodyRaw())
			bodies <- fromContext(c).delivery.Body
			return nil
		})
		dial(t, start(t, app)).ask(t, request(eventBody, signatureLine(eventBody)))
		assert.Equal(t, eventBody, only(t, bodies))
	})
}

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
			app := newApp(test.cfg)
			app.Post(route, sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error {
				d := fromContext(c).delivery.Body
				if !bytes.Equal(d, c.BodyRaw()) || !bytes.Equal(d, c.Body()) {
					return errors.New("the handler's bodies differ")
				}
				return c.Send(d)
			})
			addr := start(t, app)
			var wait sync.WaitGroup
			for number := range clients {
				c := dial(t, addr)
				wait.Go(func() {
					for round := range deliveries {
						body := fmt.Appendf(nil, "client %d, delivery %d: %s", number, round, long[:1+500*round*(1+number%20)])
						request := framings[(number+round)%len(framings)].request
						got, err := c.exchange(request(body, signatureLine(body)))
						if err != nil || got.status != fiber.StatusOK || got.body != string(body) {
							assert.Fail(t, "not the body that was sent", "client %d, delivery %d: status %d, %d bytes, %v", number, round, got.status, len(got.body), err)
							return
						}
						got, err = c.exchange(request(body, forgedLine(body)))
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
