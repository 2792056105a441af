package sendsarecho

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

// Config configures [WithConfig]. Exactly one of Verifier and VerifierFor is required.
type Config struct {
	// Skipper selects the requests that go to the handler unverified. FromContext returns
	// false for them. Never decide by anything that the client sends.
	Skipper func(c *echo.Context) bool

	// Verifier decides for every request.
	Verifier *webhook.Verifier

	// VerifierFor picks a Verifier for each request instead, for secrets that change while
	// the program runs or for several accounts on one endpoint (c.Param). It is called
	// once, before any of the body is read, and must not read it. If it returns nil, the
	// request is refused with webhook.ErrNoVerifier, with the status and text of a
	// mismatch. No observer or logger sees that refusal: log it in VerifierFor.
	VerifierFor func(c *echo.Context) *webhook.Verifier

	// ErrorHandler answers a refusal instead of the default rejection. err is the webhook
	// package's error and is meant for the operator. Never send its text to the client,
	// which may see webhook.PublicMessage(err) only.
	//
	// If ErrorHandler commits a response, that is the answer. If it returns
	// an error with a StatusCode of its own, or any error that is not the webhook
	// package's, the app's HTTPErrorHandler gets it. Otherwise the default rejection is
	// sent, so ErrorHandler may log and return err or nil. A refused delivery is never
	// acknowledged by omission. It is not called if the response was already committed.
	ErrorHandler func(c *echo.Context, err error) error
}

// New returns the middleware for one secret, with the options of webhook.New. It
// panics on a bad secret or option: call it at start-up.
func New(secret string, opts ...webhook.Option) echo.MiddlewareFunc {
	return WithConfig(Config{Verifier: webhook.MustNew(secret, opts...)})
}

// WithConfig is [Config.ToMiddleware], but panics on its error: call it at start-up.
func WithConfig(cfg Config) echo.MiddlewareFunc {
	middleware, err := cfg.ToMiddleware()
	if err != nil {
		panic(err)
	}
	return middleware
}

// ToMiddleware returns the middleware for cfg. It returns an error unless exactly one of
// cfg.Verifier and cfg.VerifierFor is set, and webhook.ErrInvalidSecret for a zero
// Verifier.
//
// An observer (webhook.WithObserver) and a logger (webhook.WithLogger) get the request's
// context.
func (cfg Config) ToMiddleware() (echo.MiddlewareFunc, error) {
	pick, err := adapter.Picker("sendsarecho", cfg.Verifier, cfg.VerifierFor)
	if err != nil {
		return nil, err
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			if cfg.Skipper != nil && cfg.Skipper(c) {
				return next(c)
			}
			v := pick(c)
			r := c.Request()
			d, commit, err := adapter.VerifyRequest(v, r, readError)
			if c.Request() != r {
				return errAbandoned
			}
			commit(c.Response().Header())
			if err != nil {
				c.Set(deliveryKey, nil) // of another instance before this one
				return cfg.refuse(c, err)
			}
			c.Set(deliveryKey, verified{d})
			return next(c)
		}
	}, nil
}

// Handle returns a handler that runs h for the delivery that this package's middleware
// verified, with the request's context. It answers 204 if h returns nil. It answers 500 and
// {"message":"internal server error"} if h fails or panics, or if there is no delivery. It
// returns no error to Echo: the failure is logged, as webhook.Handler.ServeHTTP documents.
// Handle itself panics if h is nil: call it at start-up.
func Handle(h webhook.Handler) echo.HandlerFunc {
	handle := adapter.Handler("sendsarecho", h)
	return func(c *echo.Context) error {
		r := c.Request()
		d, _ := FromContext(c)
		err := handle(r.Context(), d)
		switch {
		case c.Request() != r:
			return errAbandoned
		case committed(c): // by something before it
			return nil
		case err != nil:
			reject(c, err)
			return nil
		default:
			return c.NoContent(http.StatusNoContent)
		}
	}
}

// FromContext returns the delivery that this package's middleware verified. It returns
// false unless this request was verified.
func FromContext(c *echo.Context) (webhook.Delivery, bool) {
	v, ok := c.Get(deliveryKey).(verified)
	return v.Delivery, ok
}

// Any middleware can write under Echo's string keys, so the value's type is our own.
const deliveryKey = "github.com/sendsar-community/webhooks-go/adapters/echov5"

// verified embeds the Delivery, so that fmt finds its Format, which shows no body.
type verified struct{ webhook.Delivery }

// readError translates the read error of an earlier middleware, such as BodyLimit.
func readError(err error) error {
	if statusOf(err) == http.StatusRequestEntityTooLarge {
		return fmt.Errorf("%w: over the limit of an earlier middleware", webhook.ErrBodyTooLarge)
	}
	return err
}

// errAbandoned is returned instead of nil. After nil, Echo would answer 200 if the request
// was replaced on purpose.
var errAbandoned = errors.New("sendsarecho: the request was given up before it was answered, and its context serves another one")

// refuse answers the refusal. It returns an error only if ErrorHandler chose one, because
// outer middlewares render errors, some as 200 or with the reason for the client.
func (cfg Config) refuse(c *echo.Context, err error) error {
	if committed(c) {
		return nil // by something before the middleware
	}
	if cfg.ErrorHandler != nil {
		answered, returned := record(c, func() error { return cfg.ErrorHandler(c, err) })
		returned, rejects := adapter.Settle[statusError](answered, returned, err)
		if !rejects {
			return returned
		}
	}
	reject(c, err)
	return nil
}

// reject writes the default rejection.
func reject(c *echo.Context, err error) {
	header := c.Response().Header()
	header.Del(echo.HeaderContentLength) // for another content, if any
	header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	// The public text needs no escaping, and the app's serializer could fail.
	_ = c.JSONBlob(webhook.StatusCode(err), []byte(`{"message":"`+webhook.PublicMessage(err)+`"}`)) // fails if the client is gone
}
