package sendsarfiber_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestNewPanics(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		secret  string
		options []webhook.Option
		want    error // nil: any error
	}{
		{"an empty secret", "", nil, webhook.ErrInvalidSecret},
		{"a secret with a newline", testSecret + "\n", nil, webhook.ErrInvalidSecret},
		{"an API key", "sk_live_0123456789abcdef", nil, webhook.ErrInvalidSecret},
		{"a bad previous secret", testSecret, []webhook.Option{webhook.WithPreviousSecrets(" " + previousSecret)}, webhook.ErrInvalidSecret},
		{"a nil option", testSecret, []webhook.Option{nil}, nil},
		{"a limit of zero", testSecret, []webhook.Option{webhook.WithMaxBodyBytes(0)}, nil},
		{"a nil observer", testSecret, []webhook.Option{webhook.WithObserver(nil)}, nil},
	} {
		t.Run("on "+test.name, func(t *testing.T) {
			t.Parallel()
			value := panicOf(func() { sendsarfiber.New(test.secret, test.options...) })
			err, ok := value.(error)
			require.True(t, ok, "panicked with %T", value)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
			}
			assert.NotContains(t, err.Error(), "0123456789abcdef", "the secret")
			assert.NotContains(t, err.Error(), "fedcba9876543210", "the previous secret")
		})
	}
}

func TestWithConfigPanics(t *testing.T) {
	t.Parallel()
	verifier := webhook.MustNew(testSecret)
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
			text := fmt.Sprint(panicOf(func() { sendsarfiber.WithConfig(test.cfg) }))
			assert.Contains(t, text, test.want)
			assert.Contains(t, text, "sendsarfiber: ")
		})
	}
	assert.Nil(t, panicOf(func() { sendsarfiber.WithConfig(sendsarfiber.Config{VerifierFor: pick}) }))
}

func panicOf(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

func TestNewTakesTheOptionsOfTheVerifier(t *testing.T) {
	t.Parallel()
	option, calls := observer()
	s := newSite(t, fiber.Config{}, sendsarfiber.New(testSecret,
		webhook.WithPreviousSecrets(previousSecret), webhook.WithMaxBodyBytes(int64(len(event))), option))

	assert.Equal(t, fiber.StatusOK, s.deliver(t, announced(event, signedWith(previousSecret, event))).status)
	assert.Equal(t, 1, only(t, calls).delivery.SecretIndex)

	tooLong := append(event[:len(event):len(event)], ' ')
	assertRefused(t, s.deliver(t, announced(tooLong, signed(tooLong))), fiber.StatusRequestEntityTooLarge)
	require.ErrorIs(t, only(t, calls).err, webhook.ErrBodyTooLarge)
}

func TestNextSkips(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		option, calls := observer()
		verified := make(chan bool, room)
		app := quietApp(cfg)
		app.Post("/:mode", sendsarfiber.WithConfig(sendsarfiber.Config{
			Verifier: webhook.MustNew(testSecret, option),
			Next:     func(c fiber.Ctx) bool { return c.Route().Path == "/:mode" && c.Params("mode") == "skip" },
		}), func(c fiber.Ctx) error {
			_, ok := sendsarfiber.FromContext(c)
			verified <- ok
			return c.Send(c.BodyRaw())
		})
		c := dial(t, listen(t, app))

		got := c.ask(t, onPath("/skip", request(event)))
		assert.Equal(t, fiber.StatusOK, got.status)
		assert.Equal(t, string(event), got.text)
		assert.False(t, only(t, verified))
		assert.Empty(t, calls, "observed a request that was skipped")

		assert.Equal(t, fiber.StatusOK, c.ask(t, onPath("/verify", request(event, signed(event)))).status)
		assert.True(t, only(t, verified))
		require.NoError(t, only(t, calls).err)

		assertRefused(t, c.ask(t, onPath("/verify", request(event, forged(event)))), fiber.StatusUnauthorized)
		assert.Empty(t, verified, "the handler ran")
	})
}

func TestWithConfigReadsItsConfigOnce(t *testing.T) {
	t.Parallel()
	cfg := sendsarfiber.Config{Verifier: webhook.MustNew(testSecret)}
	middleware := sendsarfiber.WithConfig(cfg)
	cfg.Next = func(fiber.Ctx) bool { return true }
	s := newSite(t, fiber.Config{}, middleware)
	assertRefused(t, s.deliver(t, announced(event)), fiber.StatusUnauthorized)
}

func TestObserverContextIsTheRequestsContext(t *testing.T) {
	t.Parallel()
	type spanKey struct{}
	eachSetting(t, func(t *testing.T, cfg fiber.Config) {
		spans := make(chan any, room)
		s := newSiteBehind(t, cfg,
			func(c fiber.Ctx) error {
				c.SetContext(context.WithValue(c.Context(), spanKey{}, c.Get("X-Span")))
				return c.Next()
			},
			sendsarfiber.New(testSecret, webhook.WithObserver(func(ctx context.Context, _ webhook.Delivery, _ error) {
				spans <- ctx.Value(spanKey{})
			})))
		c := dial(t, s.addr)
		c.ask(t, announced(event, signed(event), "X-Span: accepted"))
		assert.Equal(t, "accepted", only(t, spans))
		c.ask(t, chunked(event, forged(event), "X-Span: refused"))
		assert.Equal(t, "refused", only(t, spans))
		multipart := multipartBody(t, formText)
		c.ask(t, announced(multipart.bytes, signed(multipart.bytes), multipart.header, "X-Span: pre-parsed"))
		assert.Equal(t, "pre-parsed", only(t, spans))
	})
}

func TestObserverIsCalledOnceWithTheCause(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		option, calls := observer()
		s := newSite(t, cfg, sendsarfiber.New(testSecret, option))

		s.deliver(t, request(event, signed(event)))
		accepted := only(t, calls)
		require.NoError(t, accepted.err)
		assert.Equal(t, event, accepted.delivery.Body)

		for _, test := range []struct {
			header string
			want   error
		}{
			{"X-Other: 1", webhook.ErrMissingSignature},
			{webhook.SignatureHeader + ": sha1=abc", webhook.ErrMalformedSignature},
			{forged(event), webhook.ErrSignatureMismatch},
		} {
			s.deliver(t, request(event, test.header))
			refused := only(t, calls)
			require.ErrorIs(t, refused.err, test.want)
			assert.Zero(t, refused.delivery)
			assert.NotErrorAs(t, refused.err, new(*fiber.Error), "the rejection, not its cause")
		}
	})
}
