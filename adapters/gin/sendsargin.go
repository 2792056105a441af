package sendsargin

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Config configures [WithConfig]. Exactly one of Verifier and VerifierFor is required.
type Config struct {
	// Verifier decides for every request.
	Verifier *webhook.Verifier

	// VerifierFor picks a Verifier for each request instead: for secrets that change
	// while the program runs, or several accounts on one endpoint (c.Param). It is
	// called once, before anything is read of the body, and must not read it. Nil
	// refuses the request with webhook.ErrNoVerifier, the same status and text as a
	// mismatch; no observer is called for it.
	VerifierFor func(c *gin.Context) *webhook.Verifier

	// ErrorHandler answers a refusal in place of the default. It gets the webhook
	// package's error; nothing of it but webhook.PublicMessage is for the client. The
	// chain is aborted already, so the webhook handler does not run even if it calls
	// c.Next. Only the default rejection calls c.Error: call it yourself if Gin's logger
	// is to show the error. If ErrorHandler leaves the response untouched (nothing
	// written, and no status but the refusal's or a 2xx set) the default rejection is
	// sent: a refused delivery is never acknowledged by omission.
	ErrorHandler func(c *gin.Context, err error)
}

// New returns the middleware for one secret, with the options of webhook.New. It
// panics on a bad secret or option: call it at start-up.
func New(secret string, opts ...webhook.Option) gin.HandlerFunc {
	return WithConfig(Config{Verifier: webhook.MustNew(secret, opts...)})
}

// WithConfig returns the middleware for cfg. It panics unless exactly one of
// cfg.Verifier and cfg.VerifierFor is set, and on a zero Verifier: call it at start-up.
//
// An observer (webhook.WithObserver) gets the request's context.
func WithConfig(cfg Config) gin.HandlerFunc {
	if err := cfg.check(); err != nil {
		panic(err)
	}
	return func(c *gin.Context) {
		v := cfg.Verifier
		if cfg.VerifierFor != nil {
			v = cfg.VerifierFor(c)
		}
		if c.Request.Body == nil {
			c.Request.Body = http.NoBody // Gin's binders panic on nil
		}
		d, err := v.VerifyRequest(c.Writer, c.Request)
		if err != nil {
			c.Set(deliveryKey, nil) // of another instance before this one
			cfg.refuse(c, err)
			return
		}
		c.Set(deliveryKey, verified{d})
		// ShouldBindBodyWith trusts whatever stands here, so an earlier value must go.
		c.Set(gin.BodyBytesKey, d.Body)
	}
}

// FromContext returns the delivery that this package's middleware verified. It is
// false unless this request was verified.
func FromContext(c *gin.Context) (webhook.Delivery, bool) {
	value, _ := c.Get(deliveryKey)
	v, ok := value.(verified)
	return v.Delivery, ok
}

// Gin before 1.11 takes only strings as keys. Any middleware can write under one, so the
// value has a type of our own.
const deliveryKey = "github.com/sendsar-community/webhooks-go/adapters/gin"

// verified embeds the Delivery, so that fmt finds its Format, which shows no body.
type verified struct{ webhook.Delivery }

func (cfg Config) check() error {
	if (cfg.Verifier == nil) == (cfg.VerifierFor == nil) {
		return errors.New("sendsargin: set exactly one of Config.Verifier and Config.VerifierFor")
	}
	if err := cfg.Verifier.Verify(nil, ""); errors.Is(err, webhook.ErrInvalidSecret) {
		return fmt.Errorf("sendsargin: Config.Verifier: %w", err)
	}
	return nil
}

// refuse answers. It never panics to end the request: Recovery would make that a 200.
func (cfg Config) refuse(c *gin.Context, err error) {
	c.Abort() // first, so that a c.Next in the handler reaches nothing
	if cfg.ErrorHandler != nil {
		// Not 200, should the handler panic with http.ErrAbortHandler: Recovery would
		// send what stands here.
		c.Status(webhook.StatusCode(err))
		before := c.Writer.Status()
		cfg.ErrorHandler(c, err)
		status := c.Writer.Status()
		if c.Writer.Written() || (status != before && !acknowledges(status)) {
			return
		}
	}
	if !recorded(c, err) {
		_ = c.Error(err) // the returned value is for setting metadata
	}
	if !c.Writer.Written() {
		c.AbortWithStatusJSON(webhook.StatusCode(err), gin.H{"error": webhook.PublicMessage(err)})
	}
}

// acknowledges holds for 1xx too: net/http sends a 200 after it.
func acknowledges(status int) bool { return status < http.StatusMultipleChoices }

func recorded(c *gin.Context, err error) bool {
	for _, known := range c.Errors {
		if errors.Is(known, err) {
			return true
		}
	}
	return false
}
