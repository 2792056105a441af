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
		verifier := webhook.MustNew(testSecret, option)
		var picks atomic.Int32
		s := newSite(t, cfg, sendsarfiber.WithConfig(sendsarfiber.Config{VerifierFor: func(fiber.Ctx) *webhook.Verifier {
			picks.Add(1)
			return verifier
		}}))
		for i, test := range []struct {
			request []byte
			status  int
		}{
			{request(event, signed(event)), fiber.StatusOK},
			{request(event, forged(event)), fiber.StatusUnauthorized},
			{request(event), fiber.StatusUnauthorized},
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
	verifier := webhook.MustNew(testSecret, webhook.WithObserver(func(ctx context.Context, _ webhook.Delivery, _ error) {
		spans <- ctx.Value(spanKey{})
	}))
	s := newSite(t, fiber.Config{}, sendsarfiber.WithConfig(sendsarfiber.Config{VerifierFor: func(c fiber.Ctx) *webhook.Verifier {
		c.SetContext(context.WithValue(c.Context(), spanKey{}, "picked"))
		return verifier
	}}))
	s.deliver(t, announced(event))
	assert.Equal(t, "picked", only(t, spans))
}

func TestVerifierForPicksByPathParameter(t *testing.T) {
	t.Parallel()
	accounts := map[string]*webhook.Verifier{
		"acme":   webhook.MustNew(testSecret),
		"globex": webhook.MustNew(previousSecret),
	}
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		app := quietApp(cfg)
		app.Post("/:account/webhooks", sendsarfiber.WithConfig(sendsarfiber.Config{
			VerifierFor: func(c fiber.Ctx) *webhook.Verifier { return accounts[c.Params("account")] },
		}), func(c fiber.Ctx) error { return c.Send(c.BodyRaw()) })
		addr := listen(t, app)
		for _, test := range []struct {
			account string
			sign    func([]byte) string
			status  int
		}{
			{"acme", signed, fiber.StatusOK},
			{"globex", forged, fiber.StatusOK}, // with globex's own secret
			{"acme", forged, fiber.StatusUnauthorized},
			{"globex", signed, fiber.StatusUnauthorized},
			{"nobody", signed, fiber.StatusUnauthorized},
		} {
			got := dial(t, addr).ask(t, onPath("/"+test.account+"/webhooks", request(event, test.sign(event))))
			assert.Equal(t, test.status, got.status, test.account)
			if test.status != fiber.StatusOK {
				assertRefused(t, got, test.status)
			}
		}
	})
}

func TestVerifierForRotatesAtomically(t *testing.T) {
	t.Parallel()
	var current atomic.Pointer[webhook.Verifier]
	s := newSite(t, fiber.Config{}, sendsarfiber.WithConfig(sendsarfiber.Config{
		VerifierFor: func(fiber.Ctx) *webhook.Verifier { return current.Load() },
	}))
	c := dial(t, s.addr)
	statuses := func() (before, after int) {
		return c.ask(t, announced(event, signedWith(previousSecret, event))).status, c.ask(t, announced(event, signed(event))).status
	}
	for _, step := range []struct {
		name          string
		verifier      *webhook.Verifier
		before, after int
	}{
		{"not loaded", nil, fiber.StatusUnauthorized, fiber.StatusUnauthorized},
		{"before", webhook.MustNew(previousSecret), fiber.StatusOK, fiber.StatusUnauthorized},
		{"settling", webhook.MustNew(testSecret, webhook.WithPreviousSecrets(previousSecret)), fiber.StatusOK, fiber.StatusOK},
		{"after", webhook.MustNew(testSecret), fiber.StatusUnauthorized, fiber.StatusOK},
	} {
		current.Store(step.verifier)
		before, after := statuses()
		assert.Equal(t, step.before, before, step.name)
		assert.Equal(t, step.after, after, step.name)
	}
	assert.EqualValues(t, 4, s.hooks.Load())
}

// A zero Verifier shows only once it is picked.
func TestVerifierForThatPicksAZeroOne(t *testing.T) {
	t.Parallel()
	eachSetting(t, func(t *testing.T, cfg fiber.Config) {
		rejections := make(chan error, room)
		s := newSite(t, cfg, sendsarfiber.WithConfig(sendsarfiber.Config{
			VerifierFor: func(fiber.Ctx) *webhook.Verifier { return new(webhook.Verifier) },
			ErrorHandler: func(_ fiber.Ctx, err error) error {
				rejections <- err
				return err
			},
		}))
		assertRefused(t, s.deliver(t, chunked(event, signed(event))), fiber.StatusInternalServerError)
		require.ErrorIs(t, only(t, rejections), webhook.ErrInvalidSecret)
		assert.Zero(t, s.hooks.Load(), "the handler ran")
	})
}

// It must not, but a mistake there must neither bring the server down nor reach into
// another connection's stream.
func TestVerifierForThatReadsTheBody(t *testing.T) {
	t.Parallel()
	verifier := webhook.MustNew(testSecret)
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		s := newSiteBehind(t, cfg, recover.New(), sendsarfiber.WithConfig(sendsarfiber.Config{
			VerifierFor: func(c fiber.Ctx) *webhook.Verifier {
				_ = c.Body()
				return verifier
			},
		}))
		assert.Equal(t, string(event), s.deliver(t, request(event, signed(event))).text)
		assertRefused(t, s.deliver(t, request(event, forged(event))), fiber.StatusUnauthorized)
	})
}
