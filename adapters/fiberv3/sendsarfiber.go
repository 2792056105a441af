package sendsarfiber

import (
	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

// Config configures [WithConfig]. Exactly one of Verifier and VerifierFor is required.
type Config struct {
	// Next selects the requests that go to the handler unverified. FromContext returns
	// false for them. Never decide by anything that the client sends.
	Next func(c fiber.Ctx) bool

	// Verifier decides for every request.
	Verifier *webhook.Verifier

	// VerifierFor picks a Verifier for each request instead, for secrets that change while the
	// program runs or for several accounts on one endpoint (c.Params). It is called once, before
	// any of the body is read, and must not read it. Nil refuses the request with
	// webhook.ErrNoVerifier, which no observer or logger sees: log it in VerifierFor.
	VerifierFor func(c fiber.Ctx) *webhook.Verifier

	// ErrorHandler answers a refusal instead of the default rejection. err is for the operator:
	// the client may see webhook.PublicMessage(err) only. It answers with a status of 300 or
	// above, or with a body (and a status that is not 1xx, 204 or 205). If it returns a
	// *fiber.Error of its own, or any error that is not the webhook package's, the app's
	// ErrorHandler gets it. Otherwise the default rejection is sent, so it may log and return err
	// or nil: no refusal is acknowledged by omission. It must not call c.Next: Fiber would run the
	// webhook handler, unverified and with FromContext false.
	ErrorHandler fiber.ErrorHandler
}

// New returns the middleware for one secret, with the options of webhook.New. It
// panics on a bad secret or option: call it at start-up.
func New(secret string, opts ...webhook.Option) fiber.Handler {
	return WithConfig(Config{Verifier: webhook.MustNew(secret, opts...)})
}

// WithConfig returns the middleware for cfg. It panics unless exactly one of
// cfg.Verifier and cfg.VerifierFor is set, and on a zero Verifier: call it at start-up.
// Observers (webhook.WithObserver) and the logger (webhook.WithLogger) get c.Context().
func WithConfig(cfg Config) fiber.Handler {
	pick := adapter.MustPicker("sendsarfiber", cfg.Verifier, cfg.VerifierFor)
	return func(c fiber.Ctx) error {
		if cfg.Next != nil && cfg.Next(c) {
			return c.Next()
		}
		m := receive(c.RequestCtx(), c.App().Server())
		v := pick(c) // it may set the context
		d, err := m.verify(c.Context(), v)
		if err != nil {
			fiber.StoreInContext(c, deliveryKey{}, nil) // of another instance before this one
			return cfg.refuse(c, err)
		}
		fiber.StoreInContext(c, deliveryKey{}, d)
		return c.Next()
	}
}

// Handle returns a handler that runs h for the delivery that this package's middleware
// verified, with c.Context(). It answers 204 if h returns nil. It answers 500 and the text
// "internal server error" if h fails or panics, or if there is no delivery. It returns no
// error to Fiber: the failure is logged, as webhook.Handler.ServeHTTP documents. Handle
// itself panics if h is nil: call it at start-up.
func Handle(h webhook.Handler) fiber.Handler {
	handle := adapter.Handler("sendsarfiber", h)
	return func(c fiber.Ctx) error {
		d, _ := FromContext(c)
		if err := handle(c.Context(), d); err != nil {
			reject(c, err)
			return nil
		}
		empty(c.Response())
		c.Status(fiber.StatusNoContent)
		return nil
	}
}

// refuse answers a refused delivery. It first resets the response's status and body,
// because what earlier middlewares put there is not the answer.
func (cfg Config) refuse(c fiber.Ctx, refusal error) error {
	response := c.Response()
	response.ResetBody()
	response.SetStatusCode(fiber.StatusOK)
	if cfg.ErrorHandler != nil {
		returned := cfg.ErrorHandler(c, refusal)
		hasBody := response.IsBodyStream() || len(response.Body()) > 0 // a stream must not be read
		answered := adapter.IsAnswer(response.StatusCode(), hasBody)
		if pass, reject := adapter.Settle[*fiber.Error](answered, returned, refusal); !reject {
			return pass
		}
	}
	reject(c, refusal)
	return nil
}

// reject writes the default rejection.
func reject(c fiber.Ctx, err error) {
	response := c.Response()
	empty(response)
	response.Header.SetContentType(fiber.MIMETextPlainCharsetUTF8)
	response.SetStatusCode(webhook.StatusCode(err))
	response.SetBodyString(webhook.PublicMessage(err))
}

// empty removes an earlier body, and the headers that describe it.
func empty(response *fasthttp.Response) {
	response.ResetBody()
	for _, name := range adapter.BodyHeaders() {
		response.Header.Del(name)
	}
}
