package sendsargin

import (
	"fmt"
	"net/http"
	"runtime"

	"github.com/gin-gonic/gin"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

// Config configures [WithConfig]. Exactly one of Verifier and VerifierFor is required.
type Config struct {
	// Verifier decides for every request.
	Verifier *webhook.Verifier

	// VerifierFor picks a Verifier for each request instead: for secrets that change
	// while the program runs, or several accounts on one endpoint (c.Param). It is
	// called once, before anything is read of the body, and must not read it. Nil
	// refuses the request with webhook.ErrNoVerifier, the same status and text as a
	// mismatch. No observer and no logger sees that refusal: log it in VerifierFor.
	VerifierFor func(c *gin.Context) *webhook.Verifier

	// ErrorHandler answers a refusal in place of the default. err is the webhook package's
	// error. It is for the operator: never make err the message of an answer; the client
	// may see webhook.PublicMessage(err) only. The chain is aborted before ErrorHandler
	// runs, so the webhook handler does not run even if it calls c.Next.
	//
	// If ErrorHandler writes nothing and sets no status from 300, the default rejection is
	// sent: a refused delivery is never acknowledged by omission. It is not called where
	// something before the middleware has written the response already.
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
// An observer (webhook.WithObserver) and a logger (webhook.WithLogger) get the request's
// context.
func WithConfig(cfg Config) gin.HandlerFunc {
	pick, err := adapter.Picker("sendsargin", cfg.Verifier, cfg.VerifierFor)
	if err != nil {
		panic(err)
	}
	return guarded(func(c *gin.Context) {
		v := pick(c)
		r := c.Request
		if r.Body == nil {
			r.Body = http.NoBody // Gin's binders panic on nil
		}
		if c.Writer.Written() {
			_, _ = v.VerifyReader(r.Context(), behindHandler{}, -1, wellFormed) // always refused; for the observer
			forget(c)
			return
		}
		d, commit, err := adapter.VerifyRequest(v, r, func(err error) error {
			if c.Request == r && c.Writer.Written() && c.Writer.Status() == http.StatusRequestEntityTooLarge {
				return fmt.Errorf("%w: an earlier limit has answered already", webhook.ErrBodyTooLarge)
			}
			return err
		})
		if c.Request != r {
			// A middleware gave up waiting, and c serves another request. If this function
			// returned, the abandoned chain would run that request's next handler; c.Abort
			// would end that request's chain.
			runtime.Goexit()
		}
		commit(c.Writer.Header())
		if err != nil {
			forget(c)
			cfg.refuse(c, err)
			return
		}
		c.Set(deliveryKey, verified{d})
		// ShouldBindBodyWith trusts this key, so overwrite any earlier value.
		c.Set(gin.BodyBytesKey, d.Body)
	})
}

// Handle returns a handler that runs h for the delivery that this package's middleware
// verified, with the request's context. It answers 204 if h returns nil, and 500 and
// {"error":"internal server error"} if h fails or panics, or without a delivery. It adds nothing
// to c.Errors: the failure is logged, as webhook.Handler.ServeHTTP says. Handle itself panics if
// h is nil: call it at start-up.
func Handle(h webhook.Handler) gin.HandlerFunc {
	handle := adapter.Handler("sendsargin", h)
	return guarded(func(c *gin.Context) {
		r := c.Request
		d, _ := FromContext(c)
		err := handle(r.Context(), d)
		if c.Request != r {
			runtime.Goexit() // as in WithConfig
		}
		if err != nil {
			c.Abort()
		}
		switch {
		case c.Writer.Written(): // by something before it
		case err != nil:
			reject(c, err)
		default:
			c.Status(http.StatusNoContent)
			// WriteHeaderNow would get past a writer that holds the answer back.
			_, _ = c.Writer.Write(nil) // a client that is gone misses it
		}
	})
}

// guarded runs serve. If a function of the app panics in it before anything is answered, such
// as VerifierFor, an observer or the ErrorHandler, the status is 500: for some panics Recovery
// sends the status that it finds, and so do writers that compress.
func guarded(serve gin.HandlerFunc) gin.HandlerFunc {
	return func(c *gin.Context) {
		r := c.Request
		defer func() {
			value := recover() // nil after runtime.Goexit: then c may be another request's
			if value == nil {
				return
			}
			if c.Request == r && !c.Writer.Written() {
				c.Writer.WriteHeader(http.StatusInternalServerError)
			}
			panic(value)
		}()
		serve(c)
	}
}

// FromContext returns the delivery that this package's middleware verified. It is
// false unless this request was verified.
func FromContext(c *gin.Context) (webhook.Delivery, bool) {
	value, _ := c.Get(deliveryKey)
	v, ok := value.(verified)
	return v.Delivery, ok
}

// deliveryKey is a string, because Gin before 1.11 takes no other key. Any middleware can
// write a string key: the value's type is our own.
const deliveryKey = "github.com/sendsar-community/webhooks-go/adapters/gin"

// verified embeds the Delivery, so that fmt finds its Format, which shows no body.
type verified struct{ webhook.Delivery }

// behindHandler is the body of a request whose response was written before the middleware
// ran: its bytes must never pass.
type behindHandler struct{}

func (behindHandler) Read([]byte) (int, error) {
	return 0, fmt.Errorf("%w (the response is already written: the middleware is mounted behind the handler)", webhook.ErrBodyAltered)
}

// wellFormed makes the body the only thing that is wrong with a request: one without a
// signature is in the wrong place too.
func wellFormed(string) []string { return []string{anySignature} }

const anySignature = "sha256=0000000000000000000000000000000000000000000000000000000000000000"

// forget ends the chain, and removes the delivery of another instance before this one.
func forget(c *gin.Context) {
	c.Abort() // before ErrorHandler, so that a c.Next in it reaches nothing
	c.Set(deliveryKey, nil)
}

// refuse answers. It never panics to end the request: Recovery would make that a 200.
func (cfg Config) refuse(c *gin.Context, err error) {
	if c.Writer.Written() { // by a limit of an earlier middleware
		return
	}
	if cfg.ErrorHandler != nil && answers(c, func() { cfg.ErrorHandler(c, err) }) {
		return
	}
	reject(c, err)
}

// reject writes the default rejection.
func reject(c *gin.Context, err error) {
	c.Header("Content-Length", "") // of another content, if any
	c.Header("Content-Type", "application/json; charset=utf-8")
	c.Status(webhook.StatusCode(err))
	// What c.JSON does, without recording a failed write in c.Errors. The public text needs no
	// escaping.
	_, _ = c.Writer.Write([]byte(`{"error":"` + webhook.PublicMessage(err) + `"}`))
}
