package webhooktest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// A framework that is small enough to read here, a correct adapter for it, and a receiver
// written from the package documentation pass the suite.
func TestSmallFrameworkConforms(t *testing.T) {
	skipShort(t)
	webhooktest.Suite{Start: smallPackage{}.receive, Skipper: true}.Run(t)
}

func TestSmallFrameworkStarts(t *testing.T) {
	webhooktest.RunStart(t, smallPackage{}.start)
}

// smallApp is a small framework on net/http. Its router accepts a path in any case, and with a
// slash at the end.
type smallApp struct {
	routes map[string][]step
	around []step // middlewares of every route
	log    *log.Logger
	free   chan *call
	adds   bool // appends an answer to the existing body
}

// step is a middleware or a handler.
type step func(c *call) error

// call is a request and its answer. The answer is held back until the last step has returned,
// or until flush. A call is reused for other requests.
type call struct {
	request *http.Request
	writer  http.ResponseWriter
	status  int
	body    []byte
	sent    bool
	values  map[any]any
	steps   []step
	app     *smallApp
}

func newSmallApp(logTo io.Writer) *smallApp {
	return &smallApp{routes: make(map[string][]step), log: log.New(logTo, "", 0), free: make(chan *call, 200)}
}

func (a *smallApp) handle(method, path string, steps ...step) { a.routes[method+" "+path] = steps }

func (a *smallApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	steps, ok := a.routes[r.Method+" "+strings.ToLower(strings.TrimSuffix(r.URL.Path, "/"))]
	if !ok {
		http.NotFound(w, r)
		return
	}
	c := a.take()
	defer a.give(c)
	c.request, c.writer, c.status, c.body, c.sent, c.app = r, w, 0, nil, false, a
	c.steps = append(append(c.steps[:0], a.around...), steps...)
	a.recovering(c)
	a.log.Printf("%q %d", r.Method+" "+r.RequestURI+" "+r.Proto, c.status) // as the Common Log Format has it
	c.finish()
}

// take returns a call that served another request, if there is one.
func (a *smallApp) take() *call {
	select {
	case c := <-a.free:
		return c
	default:
		return &call{values: make(map[any]any)}
	}
}

func (a *smallApp) give(c *call) {
	clear(c.values)
	select {
	case a.free <- c:
	default: // there are enough
	}
}

// recovering is the outermost step. It answers after a panic or an error.
func (a *smallApp) recovering(c *call) {
	defer func() {
		if v := recover(); v != nil {
			a.log.Printf("panic: %v", v)
			c.text(http.StatusInternalServerError, "internal server error")
		}
	}()
	if err := c.next(); err != nil {
		a.log.Printf("error: %v", err)
		c.text(http.StatusInternalServerError, "internal server error")
	}
}

func (c *call) next() error {
	if len(c.steps) == 0 {
		return nil
	}
	first := c.steps[0]
	c.steps = c.steps[1:]
	return first(c)
}

func (c *call) text(status int, text string) {
	c.writer.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.status = status
	if !c.app.adds {
		c.body = nil
	}
	c.write(text)
}

func (c *call) write(text string) { c.body = append(c.body, text...) }

// flush sends the answer so far.
func (c *call) flush() {
	c.send()
	_ = http.NewResponseController(c.writer).Flush() // the client may be gone
}

func (c *call) send() {
	if !c.sent {
		c.sent = true
		c.writer.WriteHeader(max(c.status, http.StatusOK))
	}
	_, _ = c.writer.Write(c.body) // as above
	c.body = nil
}

func (c *call) finish() {
	if !c.sent {
		c.send()
	} else if len(c.body) > 0 {
		c.flush()
	}
}

// smallConfig is the Config of the adapter.
type smallConfig struct {
	Verifier     *webhook.Verifier
	VerifierFor  func(c *call) *webhook.Verifier
	Skipper      func(c *call) bool
	ErrorHandler func(c *call, err error) error
}

// deliveryKey is the key under which the adapter keeps a Delivery.
type deliveryKey struct{}

// smallAdapter is the adapter. A test can break each step separately.
type smallAdapter struct {
	smallConfig
	passes      func(c *call) bool // whether to skip verification
	pick        func(c *call) *webhook.Verifier
	verify      func(c *call, v *webhook.Verifier) (webhook.Delivery, error)
	keep        func(c *call, d webhook.Delivery)
	forget      func(c *call)
	fromContext func(c *call) (webhook.Delivery, bool)
	accept      func(c *call) error
	refuse      func(c *call, err error) error
	answeredBy  func(c *call, err error) bool // whether the ErrorHandler answered
	reject      func(c *call, err error)
	deliver     func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error
	settle      func(c *call, err error) error // answers for a handler

	new   func(secret string, options ...webhook.Option) (*webhook.Verifier, error)
	check func(cfg smallConfig) error

	takesNil bool // Handle accepts a nil handler
}

func newSmallAdapter() *smallAdapter {
	a := &smallAdapter{
		verify: func(c *call, v *webhook.Verifier) (webhook.Delivery, error) {
			return v.VerifyRequest(c.writer, c.request)
		},
		keep:   func(c *call, d webhook.Delivery) { c.values[deliveryKey{}] = d },
		forget: func(c *call) { delete(c.values, deliveryKey{}) },
		fromContext: func(c *call) (webhook.Delivery, bool) {
			d, ok := c.values[deliveryKey{}].(webhook.Delivery)
			return d, ok
		},
		accept: (*call).next,
		reject: func(c *call, err error) { c.text(webhook.StatusCode(err), webhook.PublicMessage(err)) },
		deliver: func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error {
			return adapter.Handler("small", h)(ctx, d)
		},
		new: webhook.New,
		check: func(cfg smallConfig) error {
			switch {
			case (cfg.Verifier == nil) == (cfg.VerifierFor == nil):
				return errors.New("set one of Verifier and VerifierFor")
			case cfg.Verifier != nil && errors.Is(cfg.Verifier.Verify(nil, ""), webhook.ErrInvalidSecret):
				return errors.New("the Verifier is a zero one")
			}
			return nil
		},
	}
	a.passes = func(c *call) bool { return a.Skipper != nil && a.Skipper(c) }
	a.pick = func(c *call) *webhook.Verifier {
		if a.VerifierFor != nil {
			return a.VerifierFor(c)
		}
		return a.Verifier
	}
	a.refuse = func(c *call, err error) error {
		c.status, c.body = 0, nil // of an earlier middleware
		if a.ErrorHandler == nil || !a.answeredBy(c, err) {
			a.reject(c, err)
		}
		return nil
	}
	a.settle = func(c *call, err error) error {
		c.status, c.body = http.StatusNoContent, nil
		if err != nil {
			a.reject(c, err)
		}
		return nil
	}
	a.answeredBy = func(c *call, err error) bool {
		c.steps = nil // an ErrorHandler's Next does nothing
		failed := a.ErrorHandler(c, err)
		acknowledges := c.status/100 == 2 && len(c.body) == 0
		return c.sent || failed == nil && (c.status != 0 || len(c.body) > 0) && !acknowledges
	}
	return a
}

// smallPackage is the adapter's package. It applies spoil to each instance that it makes.
type smallPackage struct {
	spoil func(a *smallAdapter)
	// Changes to a receiver's framework and server.
	adds   bool // as in smallApp
	before func(r webhooktest.Receiver, app http.Handler) http.Handler
	listen func(l net.Listener) net.Listener
}

func (p smallPackage) instance() *smallAdapter {
	a := newSmallAdapter()
	if p.spoil != nil {
		p.spoil(a)
	}
	return a
}

// new is New.
func (p smallPackage) new(secret string, options ...webhook.Option) step {
	v, err := p.instance().new(secret, options...)
	if err != nil {
		panic(fmt.Errorf("small: %w", err))
	}
	return p.withConfig(smallConfig{Verifier: v})
}

// withConfig is WithConfig.
func (p smallPackage) withConfig(cfg smallConfig) step {
	a := p.instance()
	if err := a.check(cfg); err != nil {
		panic(fmt.Errorf("small: %w", err))
	}
	a.smallConfig = cfg
	return a.serve
}

// handle is Handle.
func (p smallPackage) handle(h webhook.Handler) step {
	a := p.instance()
	if h == nil && !a.takesNil {
		panic("small: the handler is nil")
	}
	return func(c *call) error {
		d, _ := a.fromContext(c)
		return a.settle(c, a.deliver(c.request.Context(), h, d))
	}
}

// fromContext is FromContext.
func (p smallPackage) fromContext(c *call) (webhook.Delivery, bool) {
	return p.instance().fromContext(c)
}

// serve is the middleware.
func (a *smallAdapter) serve(c *call) error {
	if a.passes(c) {
		return c.next()
	}
	d, err := a.verify(c, a.pick(c))
	if err != nil {
		a.forget(c)
		return a.refuse(c, err)
	}
	a.keep(c, d)
	return a.accept(c)
}

// start makes the adapter for RunStart.
func (p smallPackage) start(s webhooktest.Start) {
	if s.Handle {
		p.handle(nil)
		return
	}
	if s.Secret != "" {
		p.new(s.Secret, s.Options...)
		return
	}
	cfg := smallConfig{Verifier: s.Verifier}
	if s.VerifierFor {
		cfg.VerifierFor = func(*call) *webhook.Verifier { return s.Verifier }
	}
	p.withConfig(cfg)
}

// receive brings up a receiver for Run.
func (p smallPackage) receive(t *testing.T, r webhooktest.Receiver) (baseURL string) {
	a := newSmallApp(r.Log)
	a.adds = p.adds
	a.around = []step{p.earlier(r)}
	handle := step(func(c *call) error {
		c.text(http.StatusOK, r.Handle(p.requestOf(c)))
		return nil
	})
	if r.Handler != nil {
		handle = p.handle(r.Handler)
	}
	steps := []step{p.middleware(r), handle}
	if r.Outer != nil {
		steps = append([]step{p.withConfig(smallConfig{Verifier: r.Outer})}, steps...)
	}
	for _, method := range r.Methods {
		a.handle(method, r.Path, steps...)
	}
	a.handle(http.MethodPost, r.OpenPath, handle)
	var server *httptest.Server
	if p.before != nil {
		server = httptest.NewUnstartedServer(p.before(r, a))
	} else {
		server = httptest.NewUnstartedServer(a)
	}
	if p.listen != nil {
		server.Listener = p.listen(server.Listener)
	}
	server.Config.ReadTimeout = r.ReadTimeout
	server.Config.ErrorLog = log.New(r.Log, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// middleware returns the adapter under test.
func (p smallPackage) middleware(r webhooktest.Receiver) step {
	if r.Secret != "" {
		return p.new(r.Secret, r.Options...)
	}
	cfg := smallConfig{Verifier: r.Verifier}
	if r.VerifierFor != nil {
		cfg.Verifier = nil
		cfg.VerifierFor = func(c *call) *webhook.Verifier { return r.VerifierFor(idOf(c)) }
	}
	if r.Skipper != nil {
		cfg.Skipper = func(c *call) bool { return r.Skipper(idOf(c)) }
	}
	if r.OnRefusal != webhooktest.Default {
		cfg.ErrorHandler = func(c *call, err error) error {
			r.Refused(err, p.requestOf(c))
			switch r.OnRefusal {
			case webhooktest.ReturnError:
				return err
			case webhooktest.WrapError:
				return fmt.Errorf("refused: %w", err)
			case webhooktest.CallNext:
				return c.next()
			case webhooktest.Answer:
				c.text(webhooktest.AnswerStatus, webhooktest.AnswerText)
			case webhooktest.Stream:
				c.text(webhooktest.AnswerStatus, webhooktest.AnswerText[:4])
				c.flush()
				c.write(webhooktest.AnswerText[4:])
				c.flush()
			case webhooktest.StatusOnly:
				c.status = webhooktest.AnswerStatus
			case webhooktest.Acknowledge:
				c.status = http.StatusNoContent
			}
			return nil
		}
	}
	return p.withConfig(cfg)
}

// earlier returns the middleware before and around the adapter.
func (p smallPackage) earlier(r webhooktest.Receiver) step {
	return func(c *call) error {
		if r.Alter != nil {
			c.request.Body = io.NopCloser(r.Alter(c.request.Body))
		}
		if r.Context != nil {
			// In place, so that the server still finds the request's MultipartForm.
			*c.request = *c.request.WithContext(r.Context(c.request.Context(), idOf(c)))
		}
		c.status = r.EarlierStatus
		c.write(r.EarlierBody)
		err := c.next()
		r.Returned(p.requestOf(c))
		return err
	}
}

func idOf(c *call) string { return c.request.Header.Get(webhooktest.IDHeader) }

func (p smallPackage) requestOf(c *call) webhooktest.Request {
	delivery, verified := p.fromContext(c)
	return webhooktest.Request{
		ID:       idOf(c),
		Delivery: delivery,
		Verified: verified,
		Context:  c.request.Context,
		Length:   func() int64 { return c.request.ContentLength },
		Values:   func() map[any]any { return maps.Clone(c.values) },
		Body:     func() ([]byte, error) { return io.ReadAll(c.request.Body) },
		Form:     c.request.FormValue,
		Multipart: func(maxMemory int64) (*multipart.Form, error) {
			err := c.request.ParseMultipartForm(maxMemory)
			return c.request.MultipartForm, err
		},
		JSON: func(into any) error { return json.NewDecoder(c.request.Body).Decode(into) },
	}
}
