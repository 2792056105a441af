package sendsarfiber

import (
	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

// Config configures [WithConfig]. Exactly one of Verifier and VerifierFor is required.
type Config struct {
	// Next selects the requests that reach the handler unverified; FromContext is false
	// for them. Never decide by anything the client sends.
	Next func(c fiber.Ctx) bool

	// Verifier decides for every request.
	Verifier *webhook.Verifier

	// VerifierFor picks a Verifier for each request instead: for secrets that change
	// while the program runs, or several accounts on one endpoint (c.Params). It is
	// called once, before anything is read of the body, and must not read it. Nil
	// refuses the request with webhook.ErrNoVerifier, the same status and text as a
	// mismatch. No observer and no logger sees that refusal: log it in VerifierFor.
	VerifierFor func(c fiber.Ctx) *webhook.Verifier

	// ErrorHandler answers a refusal in place of the default. err is the webhook package's
	// error. It is for the operator: never make err the message of an answer; the client
	// may see webhook.PublicMessage(err) only.
	//
	// If ErrorHandler sets a body (with another status than 204 or 205), or a status from
	// 300, that is the answer. If it returns a *fiber.Error of its own, or any error that is
	// not the webhook package's, the app's ErrorHandler gets it. Otherwise the default
	// rejection is sent, so ErrorHandler may log and return err or nil: a refused delivery is
	// never acknowledged by omission.
	//
	// It must not call c.Next: Fiber would run the webhook handler, unverified and with
	// FromContext false.
	ErrorHandler fiber.ErrorHandler
}

// New returns the middleware for one secret, with the options of webhook.New. It
// panics on a bad secret or option: call it at start-up.
func New(secret string, opts ...webhook.Option) fiber.Handler {
	return WithConfig(Config{Verifier: webhook.MustNew(secret, opts...)})
}

// WithConfig returns the middleware for cfg. It panics unless exactly one of
// cfg.Verifier and cfg.VerifierFor is set, and on a zero Verifier: call it at start-up.
//
// An observer (webhook.WithObserver) and a logger (webhook.WithLogger) get c.Context().
func WithConfig(cfg Config) fiber.Handler {
	pick, err := adapter.Picker("sendsarfiber", cfg.Verifier, cfg.VerifierFor)
	if err != nil {
		panic(err)
	}
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
// verified, with c.Context(). It answers 204 if h returns nil, and 500 and the text "internal
// server error" if h fails or panics, or without a delivery. It returns no error to Fiber: the
// failure is logged, as webhook.Handler.ServeHTTP says. Handle itself panics if h is nil: call
// it at start-up.
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

// refuse answers a refused delivery. What earlier middlewares put into the response's
// status and body is no answer to it, so both start anew.
func (cfg Config) refuse(c fiber.Ctx, refusal error) error {
	response := c.Response()
	response.ResetBody()
	response.SetStatusCode(fiber.StatusOK)
	if cfg.ErrorHandler != nil {
		returned := cfg.ErrorHandler(c, refusal)
		pass, reject := adapter.Settle[*fiber.Error](isAnswer(response), returned, refusal)
		if !reject {
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
	for _, name := range ofTheBody {
		response.Header.Del(name)
	}
}

// isAnswer reports whether a client gets something from response: not an interim status,
// nor an acknowledgement without a body, which 204 and 205 never have on the wire. A stream
// counts, and must not be read.
func isAnswer(response *fasthttp.Response) bool {
	switch status := response.StatusCode(); {
	case status >= fiber.StatusMultipleChoices:
		return true
	case status < fiber.StatusOK, status == fiber.StatusNoContent, status == fiber.StatusResetContent:
		return false
	default:
		return response.IsBodyStream() || len(response.Body()) > 0
	}
}

// ofTheBody are headers that describe a body. The server sets length and coding again for a
// response that has one.
var ofTheBody = []string{
	fiber.HeaderContentDisposition, fiber.HeaderContentEncoding, fiber.HeaderContentLanguage,
	fiber.HeaderContentLength, fiber.HeaderContentRange, fiber.HeaderETag, fiber.HeaderLastModified,
	fiber.HeaderTransferEncoding,
}
