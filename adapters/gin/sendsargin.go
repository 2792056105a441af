package sendsargin

import (
	"bufio"
	"fmt"
	"net"
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

	// VerifierFor picks a Verifier for each request instead, for secrets that change while the
	// program runs or for several accounts on one endpoint (c.Param). It is called once, before
	// any of the body is read, and must not read it. Nil refuses the request with
	// webhook.ErrNoVerifier, which no observer or logger sees: log it in VerifierFor.
	VerifierFor func(c *gin.Context) *webhook.Verifier

	// ErrorHandler answers a refusal instead of the default rejection. err is for the operator:
	// the client may see webhook.PublicMessage(err) only. The chain is aborted before it runs,
	// so c.Next in it runs no handler. Unless it writes something or sets a status of 300 or
	// above, the default rejection is sent, so no refusal is acknowledged by omission. It is not
	// called if the response was already written.
	ErrorHandler func(c *gin.Context, err error)
}

// New returns the middleware for one secret, with the options of webhook.New. It
// panics on a bad secret or option: call it at start-up.
func New(secret string, opts ...webhook.Option) gin.HandlerFunc {
	return WithConfig(Config{Verifier: webhook.MustNew(secret, opts...)})
}

// WithConfig returns the middleware for cfg. It panics unless exactly one of
// cfg.Verifier and cfg.VerifierFor is set, and on a zero Verifier: call it at start-up.
// Observers (webhook.WithObserver) and the logger (webhook.WithLogger) get the request's context.
func WithConfig(cfg Config) gin.HandlerFunc {
	pick := adapter.MustPicker("sendsargin", cfg.Verifier, cfg.VerifierFor)
	return guarded(pick, func(c *gin.Context, r *http.Request, v *webhook.Verifier) {
		if r.Body == nil {
			r.Body = http.NoBody // Gin's binders panic on nil
		}
		if c.Writer.Written() {
			c.Abort()
			c.Set(deliveryKey, nil) // of an earlier instance
			adapter.RefuseBehindHandler(r.Context(), v)
			return
		}
		d, commit, err := adapter.VerifyRequest(v, r, func(err error) error {
			if c.Request == r && c.Writer.Written() && c.Writer.Status() == http.StatusRequestEntityTooLarge {
				return fmt.Errorf("%w: an earlier limit has answered already", webhook.ErrBodyTooLarge)
			}
			return err
		})
		if c.Request != r {
			// A middleware gave up waiting, and c serves another request. Returning would run
			// that request's next handler, and c.Abort would end that request's chain.
			runtime.Goexit()
		}
		commit(c.Writer.Header())
		if err != nil {
			c.Abort() // before ErrorHandler, so that a c.Next in it reaches nothing
			c.Set(deliveryKey, nil)
			// An earlier limit may have answered. No panic ends this: Recovery can make it a 200.
			if !c.Writer.Written() && (cfg.ErrorHandler == nil || !answers(c, func() { cfg.ErrorHandler(c, err) })) {
				reject(c, err)
			}
			return
		}
		c.Set(deliveryKey, verified{d})
		// ShouldBindBodyWith trusts this key, so overwrite any earlier value.
		c.Set(gin.BodyBytesKey, d.Body)
	})
}

// Handle returns a handler that runs h for the delivery that this package's middleware
// verified, with the request's context. It answers 204 if h returns nil, and 500 with
// {"error":"internal server error"} if h fails or panics or there is no delivery. The failure
// is logged, as webhook.Handler.ServeHTTP documents, and not added to c.Errors. Handle itself
// panics if h is nil: call it at start-up.
func Handle(h webhook.Handler) gin.HandlerFunc {
	handle := adapter.Handler("sendsargin", h)
	none := func(*gin.Context) *webhook.Verifier { return nil }
	return guarded(none, func(c *gin.Context, r *http.Request, _ *webhook.Verifier) {
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

// guarded runs pick, which may replace the request, and then serve. If a function of the app
// (VerifierFor, an observer, the ErrorHandler) panics before anything was answered, the status
// is 500: for some panics Recovery sends the current status, and so do writers that compress.
func guarded(pick func(*gin.Context) *webhook.Verifier, serve func(*gin.Context, *http.Request, *webhook.Verifier)) gin.HandlerFunc {
	return func(c *gin.Context) {
		r := c.Request
		defer adapter.OnPanic(func() {
			if c.Request == r && !c.Writer.Written() {
				c.Writer.WriteHeader(http.StatusInternalServerError)
			}
		})
		v := pick(c)
		r = c.Request
		serve(c, r, v)
	}
}

// FromContext returns the delivery that this package's middleware verified. It returns
// false unless this request was verified.
func FromContext(c *gin.Context) (webhook.Delivery, bool) {
	value, _ := c.Get(deliveryKey)
	v, ok := value.(verified)
	return v.Delivery, ok
}

// deliveryKey is a string, because Gin before 1.11 accepts no other key. Any middleware can
// write under a string key, so the value's type is our own.
const deliveryKey = "github.com/sendsar-community/webhooks-go/adapters/gin"

type verified struct{ webhook.Delivery } // embedded: fmt finds its Format, which shows no body

// reject writes the default rejection.
func reject(c *gin.Context, err error) {
	c.Header("Content-Length", "") // of another content, if any
	c.Header("Content-Type", "application/json; charset=utf-8")
	c.Status(webhook.StatusCode(err))
	// c.JSON would record a failed write in c.Errors. The public text needs no escaping.
	_, _ = c.Writer.Write([]byte(`{"error":"` + webhook.PublicMessage(err) + `"}`))
}

// answers runs an ErrorHandler and reports whether it wrote something or set a status from 300.
func answers(c *gin.Context, handle func()) bool {
	w := &recorder{ResponseWriter: c.Writer}
	c.Writer = w
	defer func() { c.Writer = w.ResponseWriter }() // also if the handler replaced it
	handle()
	if !w.answered && w.status >= http.StatusMultipleChoices {
		w.commit()
	}
	return w.answered
}

// recorder holds a status back until something is written. The buffering writer of an outer
// middleware may keep the first status, and cannot report whether anything was written.
type recorder struct {
	gin.ResponseWriter
	status   int // 0: none was set
	answered bool
}

// commit passes the status on: a body follows, or the status is the whole answer.
func (w *recorder) commit() gin.ResponseWriter {
	if !w.answered && w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
	}
	w.answered = true
	return w.ResponseWriter
}

// WriteHeader ignores an informational status, after which net/http would send a 200.
func (w *recorder) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.status = status
	}
}

func (w *recorder) Status() int {
	if w.status != 0 && !w.answered {
		return w.status
	}
	return w.ResponseWriter.Status()
}

// WriteHeaderNow does nothing without a status, so that the default rejection is sent. Of a
// buffering writer that has the status and does not override WriteHeaderNow, it would send 200.
func (w *recorder) WriteHeaderNow() {
	if w.status == 0 && !w.answered {
		return
	}
	if w.commit(); w.status == 0 || w.ResponseWriter.Status() == w.status {
		w.ResponseWriter.WriteHeaderNow()
	}
}

func (w *recorder) Flush() {
	if w.WriteHeaderNow(); w.answered {
		w.ResponseWriter.Flush()
	}
}

func (w *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.answered = true
	return w.ResponseWriter.Hijack()
}

func (w *recorder) Written() bool                     { return w.answered || w.ResponseWriter.Written() }
func (w *recorder) Write(p []byte) (int, error)       { return w.commit().Write(p) }
func (w *recorder) WriteString(s string) (int, error) { return w.commit().WriteString(s) }
func (w *recorder) Unwrap() http.ResponseWriter       { return w.ResponseWriter } // for http.ResponseController
