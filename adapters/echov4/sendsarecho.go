package sendsarecho

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Config configures [WithConfig]. Exactly one of Verifier and VerifierFor is required.
type Config struct {
	// Skipper tells the requests that reach the handler unverified; FromContext is
	// false for them. Never decide by anything the client sends.
	Skipper func(c echo.Context) bool

	// Verifier decides for every request.
	Verifier *webhook.Verifier

	// VerifierFor picks a Verifier for each request instead: for secrets that change
	// while the program runs, or several accounts on one endpoint (c.Param). It is
	// called once, before anything is read of the body, and must not read it. Nil
	// refuses the request with webhook.ErrNoVerifier, the same status and text as a
	// mismatch; no observer is called for it.
	VerifierFor func(c echo.Context) *webhook.Verifier

	// ErrorHandler answers a refusal in place of the default. err is the finished
	// *echo.HTTPError: returning it is the default rejection, and Echo's logger shows only
	// what is returned. If the handler returns nil and committed no response, the default
	// rejection is sent: a refused delivery is never acknowledged by omission.
	ErrorHandler func(c echo.Context, err error) error
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

// ToMiddleware returns the middleware for cfg, or an error unless exactly one of
// cfg.Verifier and cfg.VerifierFor is set, and for a zero Verifier.
//
// An observer (webhook.WithObserver) gets the request's context.
func (cfg Config) ToMiddleware() (echo.MiddlewareFunc, error) {
	if (cfg.Verifier == nil) == (cfg.VerifierFor == nil) {
		return nil, errors.New("sendsarecho: set exactly one of Config.Verifier and Config.VerifierFor")
	}
	if err := cfg.Verifier.Verify(nil, ""); errors.Is(err, webhook.ErrInvalidSecret) {
		return nil, fmt.Errorf("sendsarecho: Config.Verifier: %w", err)
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if cfg.Skipper != nil && cfg.Skipper(c) {
				return next(c)
			}
			v := cfg.Verifier
			if cfg.VerifierFor != nil {
				v = cfg.VerifierFor(c)
			}
			d, err := verify(v, c)
			if err != nil {
				c.Set(contextKey, nil) // of another instance before this one
				return cfg.refuse(c, err)
			}
			c.Set(contextKey, verified{d})
			return next(c)
		}
	}, nil
}

// FromContext returns the delivery that this package's middleware verified. It is
// false unless this request was verified.
func FromContext(c echo.Context) (webhook.Delivery, bool) {
	v, ok := c.Get(contextKey).(verified)
	return v.Delivery, ok
}

// Echo's keys are strings, which any middleware can write: the value's type is our own.
const contextKey = "github.com/sendsar-community/webhooks-go/adapters/echov4"

// verified embeds the Delivery, so that fmt finds its Format, which shows no body.
type verified struct{ webhook.Delivery }

func verify(v *webhook.Verifier, c echo.Context) (webhook.Delivery, error) {
	r := c.Request()
	original := r.Body
	if original != nil && original != http.NoBody { // the engine knows these two by identity
		r.Body = limitedBody{original}
	}
	d, err := v.VerifyRequest(c.Response(), r)
	if _, still := r.Body.(limitedBody); still {
		r.Body = original
	}
	return d, err
}

// limitedBody says in the engine's words what Echo's BodyLimit says in Echo's.
type limitedBody struct{ io.ReadCloser }

func (b limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil { // what follows allocates
		return n, nil
	}
	var refused *echo.HTTPError
	if errors.As(err, &refused) && refused.Code == http.StatusRequestEntityTooLarge {
		err = fmt.Errorf("%w: over the limit of Echo's BodyLimit", webhook.ErrBodyTooLarge)
	}
	return n, err
}

func (cfg Config) refuse(c echo.Context, err error) error {
	if cfg.ErrorHandler != nil {
		handlerErr := cfg.ErrorHandler(c, rejection(err))
		if handlerErr != nil || c.Response().Committed {
			return handlerErr
		}
	}
	return rejection(err)
}

// rejection is bare, because Echo's error handler looks at the outermost error only;
// its message is a string, because that handler prints an error's text; and it is fresh
// for each request, because SetInternal writes to it.
func rejection(err error) *echo.HTTPError {
	if _, is := err.(*echo.HTTPError); is { //nolint:errorlint // just this type, in just this place, would replace the status
		err = fmt.Errorf("%w", err)
	}
	return echo.NewHTTPError(webhook.StatusCode(err), webhook.PublicMessage(err)).SetInternal(err)
}
