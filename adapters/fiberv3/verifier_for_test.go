package sendsarfiber_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestVerifierForIsCalledOncePerRequest(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		option, calls := observer()
		verifier := webhook.MustNew(accountSecret, option)
		var picks atomic.Int32
		s := newEndpoint(t, cfg, sendsarfiber.WithConfig(sendsarfiber.Config{VerifierFor: func(fiber.Ctx) *webhook.Verifier {
			picks.Add(1)
			return verifier
		}}))
		for i, test := range []struct {
			request []byte
			status  int
		}{
			{request(eventBody, signatureLine(eventBody)), fiber.StatusOK},
			{request(eventBody, forgedLine(eventBody)), fiber.StatusUnauthorized},
			{request(eventBody), fiber.StatusUnauthorized},
		} {
			assert.Equal(t, test.status, s.deliver(t, test.request).status)
			assert.EqualValues(t, i+1, picks.Load())
			_ = only(t, calls) // the picked Verifier's observer, once
		}
	})
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

func TestVerifierForTwoAccounts(t *testing.T) {
	t.Parallel()
	accounts := map[string]*webhook.Verifier{
		"acme":   webhook.MustNew(accountSecret),
		"globex": webhook.MustNew(strangeSecret),
	}
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		app := newApp(cfg)
		app.Post("/:account/webhooks", sendsarfiber.WithConfig(sendsarfiber.Config{
			VerifierFor: func(c fiber.Ctx) *webhook.Verifier { return accounts[c.Params("account")] },
		}), func(c fiber.Ctx) error { return c.Send(c.BodyRaw()) })
		addr := start(t, app)
		for _, test := range []struct {
			account string
			sign    func([]byte) string
			status  int
		}{
			{"acme", signatureLine, fiber.StatusOK},
			{"globex", forgedLine, fiber.StatusOK}, // with globex's own secret
			{"acme", forgedLine, fiber.StatusUnauthorized},
			{"globex", signatureLine, fiber.StatusUnauthorized},
			{"nobody", signatureLine, fiber.StatusUnauthorized},
		} {
			got := dial(t, addr).ask(t, onPath("/"+test.account+"/webhooks", request(eventBody, test.sign(eventBody))))
			assert.Equal(t, test.status, got.status, test.account)
			if test.status != fiber.StatusOK {
				assertRejected(t, got, test.status)
			}
		}
	})
}

func TestVerifierForRotatesAtomically(t *testing.T) {
	t.Parallel()
	var current atomic.Pointer[webhook.Verifier]
	s := newEndpoint(t, fiber.Config{}, sendsarfiber.WithConfig(sendsarfiber.Config{
		VerifierFor: func(fiber.Ctx) *webhook.Verifier { return current.Load() },
	}))
	c := dial(t, s.addr)
	statuses := func() (before, after int) {
		return c.ask(t, announced(eventBody, signatureLineOf(retiredSecret, eventBody))).status, c.ask(t, announced(eventBody, signatureLine(eventBody))).status
	}
	for _, step := range []struct {
		name          string
		verifier      *webhook.Verifier
		before, after int
	}{
		{"not loaded", nil, fiber.StatusUnauthorized, fiber.StatusUnauthorized},
		{"before", webhook.MustNew(retiredSecret), fiber.StatusOK, fiber.StatusUnauthorized},
		{"settling", webhook.MustNew(accountSecret, webhook.WithPreviousSecrets(retiredSecret)), fiber.StatusOK, fiber.StatusOK},
		{"after", webhook.MustNew(accountSecret), fiber.StatusUnauthorized, fiber.StatusOK},
	} {
		current.Store(step.verifier)
		before, after := statuses()
		assert.Equal(t, step.before, before, step.name)
		assert.Equal(t, step.after, after, step.name)
	}
	assert.EqualValues(t, 4, s.runs.Load())
}

// A zero Verifier shows only once it is picked.
func TestVerifierForThatPicksAZeroOne(t *testing.T) {
	t.Parallel()
	eachSetting(t, func(t *testing.T, cfg fiber.Config) {
		rejections := make(chan error, room)
		s := newEndpoint(t, cfg, sendsarfiber.WithConfig(sendsarfiber.Config{
			VerifierFor: func(fiber.Ctx) *webhook.Verifier { return new(webhook.Verifier) },
			ErrorHandler: func(_ fiber.Ctx, err error) error {
				rejections <- err
				return err
			},
		}))
		assertRejected(t, s.deliver(t, chunked(eventBody, signatureLine(eventBody))), fiber.StatusInternalServerError)
		require.ErrorIs(t, only(t, rejections), webhook.ErrInvalidSecret)
		assert.Zero(t, s.runs.Load(), "the handler ran")
	})
}

// It must not, but a mistake there must neither bring the server down nor reach into
// another connection's stream.
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
