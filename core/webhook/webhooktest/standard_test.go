package webhooktest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// A correct adapter of another style passes too: a middleware of net/http's type, whose
// ErrorHandler gets a ResponseWriter.
func TestStandardMiddlewareConforms(t *testing.T) {
	skipShort(t)
	webhooktest.Suite{Start: standardPackage{standardMiddleware, standardFromContext}.receive, Skipper: true, NoHandle: true}.Run(t)
}

// standardPackage is an adapter for net/http.
type standardPackage struct {
	middleware  func(cfg standardConfig) func(http.Handler) http.Handler
	fromContext func(ctx context.Context) (webhook.Delivery, bool)
}

type standardConfig struct {
	Verifier     *webhook.Verifier
	VerifierFor  func(r *http.Request) *webhook.Verifier
	Skipper      func(r *http.Request) bool
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)
}

type standardKey struct{}

func standardFromContext(ctx context.Context) (webhook.Delivery, bool) {
	d, ok := ctx.Value(standardKey{}).(webhook.Delivery)
	return d, ok
}

func standardMiddleware(cfg standardConfig) func(http.Handler) http.Handler {
	if (cfg.Verifier == nil) == (cfg.VerifierFor == nil) {
		panic(errors.New("standard: set one of Verifier and VerifierFor"))
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if cfg.Skipper != nil && cfg.Skipper(r) {
				next.ServeHTTP(w, r)
				return
			}
			v := cfg.Verifier
			if cfg.VerifierFor != nil {
				v = cfg.VerifierFor(r)
			}
			d, err := v.VerifyRequest(w, r)
			if err == nil {
				inner := r.WithContext(context.WithValue(r.Context(), standardKey{}, d))
				defer func() { r.MultipartForm = inner.MultipartForm }()
				next.ServeHTTP(w, inner)
				return
			}
			if cfg.ErrorHandler != nil {
				kept := &keptAnswer{ResponseWriter: w}
				// Hides the delivery of an outer instance.
				cfg.ErrorHandler(kept, r.WithContext(context.WithValue(r.Context(), standardKey{}, nil)), err)
				if kept.answered() {
					kept.flush()
					return
				}
			}
			http.Error(w, webhook.PublicMessage(err), webhook.StatusCode(err))
		})
	}
}

// keptAnswer holds an ErrorHandler's answer back.
type keptAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	sent   bool
}

func (k *keptAnswer) WriteHeader(status int)      { k.status = status }
func (k *keptAnswer) Write(p []byte) (int, error) { return k.body.Write(p) }
func (k *keptAnswer) Flush()                      { k.flush() }
func (k *keptAnswer) answered() bool              { return k.sent || k.status >= 300 || k.body.Len() > 0 }

func (k *keptAnswer) flush() {
	if !k.sent {
		k.sent = true
		k.ResponseWriter.WriteHeader(max(k.status, http.StatusOK))
	}
	_, _ = k.body.WriteTo(k.ResponseWriter)                  // the client may be gone
	_ = http.NewResponseController(k.ResponseWriter).Flush() // as above
}

// receive brings up a receiver for Run.
func (p standardPackage) receive(t *testing.T, r webhooktest.Receiver) (baseURL string) {
	var handle http.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, r.Handle(p.requestOf(req))) // the suite notices a missing answer
	})
	if r.Handler != nil {
		handle = r.Handler
	}
	var chain http.Handler
	if r.Secret != "" {
		chain = p.middleware(standardConfig{Verifier: webhook.MustNew(r.Secret, r.Options...)})(handle)
	} else {
		chain = p.middleware(p.configOf(r))(handle)
	}
	if r.Outer != nil {
		chain = p.middleware(standardConfig{Verifier: r.Outer})(chain)
	}
	mux := http.NewServeMux()
	for _, method := range r.Methods {
		mux.Handle(method+" "+r.Path, chain)
	}
	mux.Handle("POST "+r.OpenPath, handle)
	around := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if r.Alter != nil {
			req.Body = io.NopCloser(r.Alter(req.Body))
		}
		if r.Context != nil {
			req = req.WithContext(r.Context(req.Context(), req.Header.Get(webhooktest.IDHeader)))
		}
		mux.ServeHTTP(w, req) // net/http sends a status at once, so r.EarlierStatus is ignored
		r.Returned(p.requestOf(req))
	})
	server := httptest.NewUnstartedServer(around)
	server.Config.ReadTimeout = r.ReadTimeout
	server.Config.ErrorLog = log.New(r.Log, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

func (p standardPackage) configOf(r webhooktest.Receiver) standardConfig {
	cfg := standardConfig{Verifier: r.Verifier}
	id := func(req *http.Request) string { return req.Header.Get(webhooktest.IDHeader) }
	if r.VerifierFor != nil {
		cfg.Verifier = nil
		cfg.VerifierFor = func(req *http.Request) *webhook.Verifier { return r.VerifierFor(id(req)) }
	}
	if r.Skipper != nil {
		cfg.Skipper = func(req *http.Request) bool { return r.Skipper(id(req)) }
	}
	if r.OnRefusal != webhooktest.Default {
		cfg.ErrorHandler = func(w http.ResponseWriter, req *http.Request, err error) {
			r.Refused(err, p.requestOf(req))
			switch r.OnRefusal {
			case webhooktest.Answer:
				w.WriteHeader(webhooktest.AnswerStatus)
				_, _ = io.WriteString(w, webhooktest.AnswerText) // the suite notices a missing answer
			case webhooktest.Stream:
				w.WriteHeader(webhooktest.AnswerStatus)
				for _, part := range []string{webhooktest.AnswerText[:4], webhooktest.AnswerText[4:]} {
					_, _ = io.WriteString(w, part)            // as above
					_ = http.NewResponseController(w).Flush() // as above
				}
			case webhooktest.StatusOnly:
				w.WriteHeader(webhooktest.AnswerStatus)
			case webhooktest.Acknowledge:
				w.WriteHeader(http.StatusNoContent)
			}
		}
	}
	return cfg
}

func (p standardPackage) requestOf(r *http.Request) webhooktest.Request {
	delivery, verified := p.fromContext(r.Context())
	return webhooktest.Request{
		ID:       r.Header.Get(webhooktest.IDHeader),
		Delivery: delivery,
		Verified: verified,
		Context:  r.Context,
		Length:   func() int64 { return r.ContentLength },
		Body:     func() ([]byte, error) { return io.ReadAll(r.Body) },
		Form:     r.FormValue,
		Multipart: func(maxMemory int64) (*multipart.Form, error) {
			err := r.ParseMultipartForm(maxMemory)
			return r.MultipartForm, err
		},
		JSON: func(into any) error { return json.NewDecoder(r.Body).Decode(into) },
	}
}
