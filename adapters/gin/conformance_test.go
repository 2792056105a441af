package sendsargin_test

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

func TestConformance(t *testing.T) { webhooktest.Run(t, receive(nil)) }

// These settings change how paths are matched, what c.Value finds, or how a request
// arrives.
func TestConformanceWithEverySetting(t *testing.T) {
	if testing.Short() {
		t.Skip("make ci runs it")
	}
	webhooktest.Run(t, receive(func(app *gin.Engine) {
		app.RedirectFixedPath, app.RemoveExtraSlash, app.HandleMethodNotAllowed = true, true, true
		app.UseRawPath, app.UnescapePathValues = true, false
		app.ContextWithFallback, app.UseH2C = true, true
	}))
}

func TestStart(t *testing.T) {
	webhooktest.RunStart(t, func(s webhooktest.Start) {
		if s.Handle {
			sendsargin.Handle(nil)
		}
		if s.Secret != "" {
			sendsargin.New(s.Secret, s.Options...)
			return
		}
		cfg := sendsargin.Config{Verifier: s.Verifier}
		if s.VerifierFor {
			cfg.VerifierFor = func(*gin.Context) *webhook.Verifier { return s.Verifier }
		}
		sendsargin.WithConfig(cfg)
	})
}

// The suite does not know the package's name, and never makes an adapter with an empty
// secret.
func TestStartNamesThePackage(t *testing.T) {
	assert.PanicsWithError(t, "sendsargin: set exactly one of Config.Verifier and Config.VerifierFor", func() {
		sendsargin.WithConfig(sendsargin.Config{ErrorHandler: func(*gin.Context, error) {}})
	})
	assert.Panics(t, func() { sendsargin.New("") })
}

// receive returns a function that starts a receiver for the conformance suite. set changes
// the app's settings.
func receive(set func(*gin.Engine)) func(t *testing.T, r webhooktest.Receiver) (baseURL string) {
	return func(t *testing.T, r webhooktest.Receiver) (baseURL string) {
		handle := func(c *gin.Context) { c.String(http.StatusOK, "%s", r.Handle(requestOf(c))) }
		if r.Handler != nil {
			handle = sendsargin.Handle(r.Handler)
		}
		chain := []gin.HandlerFunc{middleware(r), handle}
		if r.Outer != nil {
			chain = append([]gin.HandlerFunc{sendsargin.WithConfig(sendsargin.Config{Verifier: r.Outer})}, chain...)
		}
		writer, errorWriter := gin.DefaultWriter, gin.DefaultErrorWriter
		t.Cleanup(func() { gin.DefaultWriter, gin.DefaultErrorWriter = writer, errorWriter })
		gin.DefaultWriter, gin.DefaultErrorWriter = r.Log, r.Log
		app := newApp()
		if set != nil {
			set(app)
		}
		// Recovery logs the request's headers for http.ErrAbortHandler, so its log is
		// discarded.
		app.Use(gin.Logger(), gin.RecoveryWithWriter(io.Discard), earlier(r))
		for _, method := range r.Methods {
			app.Handle(method, r.Path, chain...)
		}
		app.POST(r.OpenPath, handle)
		server := httptest.NewUnstartedServer(app.Handler())
		server.Config.ReadTimeout = r.ReadTimeout
		server.Start()
		t.Cleanup(server.Close)
		return server.URL
	}
}

// middleware returns the adapter under test.
func middleware(r webhooktest.Receiver) gin.HandlerFunc {
	if r.Secret != "" {
		return sendsargin.New(r.Secret, r.Options...)
	}
	cfg := sendsargin.Config{Verifier: r.Verifier}
	if r.VerifierFor != nil {
		cfg.Verifier = nil
		cfg.VerifierFor = func(c *gin.Context) *webhook.Verifier { return r.VerifierFor(c.GetHeader(webhooktest.IDHeader)) }
	}
	if r.OnRefusal != webhooktest.Default {
		cfg.ErrorHandler = func(c *gin.Context, err error) {
			r.Refused(err, requestOf(c))
			switch r.OnRefusal {
			case webhooktest.CallNext:
				c.Next()
			case webhooktest.Answer:
				c.String(webhooktest.AnswerStatus, webhooktest.AnswerText)
			case webhooktest.Stream:
				c.Status(webhooktest.AnswerStatus)
				for _, part := range []string{webhooktest.AnswerText[:4], webhooktest.AnswerText[4:]} {
					_, _ = c.Writer.WriteString(part) // the suite notices a missing part
					c.Writer.Flush()
				}
			case webhooktest.StatusOnly:
				c.Status(webhooktest.AnswerStatus)
			case webhooktest.Acknowledge:
				c.Status(http.StatusNoContent)
			}
		}
	}
	return sendsargin.WithConfig(cfg)
}

// earlier returns the middleware around the adapter. It ignores EarlierBody, because what
// it writes would be sent at once.
func earlier(r webhooktest.Receiver) gin.HandlerFunc {
	return func(c *gin.Context) {
		if r.Alter != nil {
			c.Request.Body = io.NopCloser(r.Alter(c.Request.Body))
		}
		if r.Context != nil {
			c.Request = c.Request.WithContext(r.Context(c.Request.Context(), c.GetHeader(webhooktest.IDHeader)))
		}
		if r.EarlierStatus != 0 {
			c.Status(r.EarlierStatus)
		}
		c.Next()
		r.Returned(requestOf(c))
	}
}

func requestOf(c *gin.Context) webhooktest.Request {
	delivery, verified := sendsargin.FromContext(c)
	return webhooktest.Request{
		ID:       c.GetHeader(webhooktest.IDHeader),
		Delivery: delivery,
		Verified: verified,
		Context:  func() context.Context { return c.Request.Context() },
		Length:   func() int64 { return c.Request.ContentLength },
		Values: func() map[any]any {
			values := make(map[any]any)
			for key, value := range c.Keys {
				values[key] = value
			}
			return values
		},
		Body: c.GetRawData,
		Form: c.PostForm,
		Multipart: func(maxMemory int64) (*multipart.Form, error) {
			err := c.Request.ParseMultipartForm(maxMemory)
			return c.Request.MultipartForm, err
		},
		JSON: c.ShouldBindJSON,
	}
}
