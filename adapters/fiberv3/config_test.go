package sendsarfiber_test

import (
	"context"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// panicError is the error that f panics with.
func panicError(t *testing.T, f func()) (err error) {
	t.Helper()
	defer func() {
		value := recover()
		require.NotNil(t, value, "it did not panic")
		var ok bool
		err, ok = value.(error)
		require.True(t, ok, "it panicked with a %T", value)
	}()
	f()
	return nil
}

func TestNewPanics(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		secret  string
		options []webhook.Option
		want    error // nil: any error
	}{
		{"an empty secret", "", nil, webhook.ErrInvalidSecret},
		{"a secret with a newline", accountSecret + "\n", nil, webhook.ErrInvalidSecret},
		{"an API key", "sk_live_0123456789abcdef", nil, webhook.ErrInvalidSecret},
		{"a bad previous secret", accountSecret, []webhook.Option{webhook.WithPreviousSecrets(" " + retiredSecret)}, webhook.ErrInvalidSecret},
		{"a nil option", accountSecret, []webhook.Option{nil}, nil},
		{"a limit of zero", accountSecret, []webhook.Option{webhook.WithMaxBodyBytes(0)}, nil},
		{"a nil observer", accountSecret, []webhook.Option{webhook.WithObserver(nil)}, nil},
	} {
		t.Run("on "+test.name, func(t *testing.T) {
			t.Parallel()
			err := panicError(t, func() { sendsarfiber.New(test.secret, test.options...) })
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
			}
			assert.NotContains(t, err.Error(), "0123456789abcdef", "the secret")
			assert.NotContains(t, err.Error(), "19f8e7d6c5b4a392", "the previous secret")
		})
	}
}

func TestWithConfigPanics(t *testing.T) {
	t.Parallel()
	verifier := webhook.MustNew(accountSecret)
	pick := func(fiber.Ctx) *webhook.Verifier { return verifier }
	for _, test := range []struct {
		name string
		cfg  sendsarfiber.Config
		want string
	}{
		{"without a verifier", sendsarfiber.Config{}, "exactly one of Config.Verifier and Config.VerifierFor"},
		{"with both ways to a verifier", sendsarfiber.Config{Verifier: verifier, VerifierFor: pick}, "exactly one of Config.Verifier and Config.VerifierFor"},
		{"with a zero Verifier", sendsarfiber.Config{Verifier: new(webhook.Verifier)}, webhook.ErrInvalidSecret.Error()},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := panicError(t, func() { sendsarfiber.WithConfig(test.cfg) })
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "sendsarfiber: ")
		})
	}
	assert.NotPanics(t, func() { sendsarfiber.WithConfig(sendsarfiber.Config{VerifierFor: pick}) })
}

func TestNewTakesTheOptionsOfTheCore(t *testing.T) {
	t.Parallel()
	option, calls := observer()
	s := newEndpoint(t, fiber.Config{}, sendsarfiber.New(accountSecret,
		webhook.WithPreviousSecrets(retiredSecret), webhook.WithMaxBodyBytes(int64(len(eventBody))), option))

	assert.Equal(t, fiber.StatusOK, s.deliver(t, announced(eventBody, signatureLineOf(retiredSecret, eventBody))).status)
	assert.Equal(t, 1, only(t, calls).delivery.SecretIndex)

	tooLong := append(eventBody[:len(eventBody):len(eventBody)], ' ')
	assertRejected(t, s.deliver(t, announced(tooLong, signatureLine(tooLong))), fiber.StatusRequestEntityTooLarge)
	require.ErrorIs(t, only(t, calls).err, webhook.ErrBodyTooLarge)
}

func TestSkippedRequestIsUnverified(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		option, calls := observer()
		verified := make(chan bool, room)
		app := newApp(cfg)
		app.Post("/:mode", sendsarfiber.WithConfig(sendsarfiber.Config{
			Verifier: webhook.MustNew(accountSecret, option),
			Next:     func(c fiber.Ctx) bool { return c.Route().Path == "/:mode" && c.Params("mode") == "skip" },
		}), func(c fiber.Ctx) error {
			_, ok := sendsarfiber.FromContext(c)
			verified <- ok
			return c.Send(c.BodyRaw())
		})
		c := dial(t, start(t, app))

		got := c.ask(t, onPath("/skip", request(eventBody)))
		assert.Equal(t, fiber.StatusOK, got.status)
		assert.Equal(t, string(eventBody), got.body)
		assert.False(t, only(t, verified))
		assert.Empty(t, calls, "observed a request that was skipped")

		assert.Equal(t, fiber.StatusOK, c.ask(t, onPath("/verify", request(eventBody, signatureLine(eventBody)))).status)
		assert.True(t, only(t, verified))
		require.NoError(t, only(t, calls).err)

		assertRejected(t, c.ask(t, onPath("/verify", request(eventBody, forgedLine(eventBody)))), fiber.StatusUnauthorized)
		assert.Empty(t, verified, "the handler ran")
	})
}

func TestWithConfigReadsItsConfigOnce(t *testing.T) {
	t.Parallel()
	cfg := sendsarfiber.Config{Verifier: webhook.MustNew(accountSecret)}
	middleware := sendsarfiber.WithConfig(cfg)
	cfg.Next = func(fiber.Ctx) bool { return true }
	s := newEndpoint(t, fiber.Config{}, middleware)
	assertRejected(t, s.deliver(t, announced(eventBody)), fiber.StatusUnauthorized)
}

func TestObserverGetsTheRequestsContext(t *testing.T) {
	t.Parallel()
	type spanKey struct{}
	eachSetting(t, func(t *testing.T, cfg fiber.Config) {
		spans := make(chan any, room)
		s := newEndpointBehind(t, cfg,
			func(c fiber.Ctx) error {
				c.SetContext(context.WithValue(c.Context(), spanKey{}, c.Get("X-Span")))
				return c.Next()
			},
			sendsarfiber.New(accountSecret, webhook.WithObserver(func(ctx context.Context, _ webhook.Delivery, _ error) {
				spans <- ctx.Value(spanKey{})
			})))
		c := dial(t, s.addr)
		c.ask(t, announced(eventBody, signatureLine(eventBody), "X-Span: accepted"))
		assert.Equal(t, "accepted", only(t, spans))
		c.ask(t, chunked(eventBody, forgedLine(eventBody), "X-Span: refused"))
		assert.Equal(t, "refused", only(t, spans))
		multipart := multipartBody(t, formText)
		c.ask(t, announced(multipart.bytes, signatureLine(multipart.bytes), multipart.header, "X-Span: pre-parsed"))
		assert.Equal(t, "pre-parsed", only(t, spans))
	})
}

func TestObserverIsCalledOnceWithTheCause(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		option, calls := observer()
		s := newEndpoint(t, cfg, sendsarfiber.New(accountSecret, option))

		s.deliver(t, request(eventBody, signatureLine(eventBody)))
		accepted := only(t, calls)
		require.NoError(t, accepted.err)
		assert.Equal(t, eventBody, accepted.delivery.Body)

		for _, test := range []struct {
			header string
			want   error
		}{
			{"X-Other: 1", webhook.ErrMissingSignature},
			{webhook.SignatureHeader + ": sha1=abc", webhook.ErrMalformedSignature},
			{forgedLine(eventBody), webhook.ErrSignatureMismatch},
		} {
			s.deliver(t, request(eventBody, test.header))
			refused := only(t, calls)
			require.ErrorIs(t, refused.err, test.want)
			assert.Zero(t, refused.delivery)
			assert.NotErrorAs(t, refused.err, new(*fiber.Error), "the rejection, not its cause")
		}
	})
}
