package sendsarecho_test

import (
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

func TestConformance(t *testing.T) {
	webhooktest.Suite{Start: receive, Skipper: true}.Run(t)
}

func TestStart(t *testing.T) {
	webhooktest.RunStart(t, func(s webhooktest.Start) {
		if s.Handle {
			sendsarecho.Handle(nil)
		}
		if s.Secret != "" {
			sendsarecho.New(s.Secret, s.Options...)
			return
		}
		cfg := sendsarecho.Config{Verifier: s.Verifier}
		if s.VerifierFor {
			cfg.VerifierFor = func(*echo.Context) *webhook.Verifier { return s.Verifier }
		}
		sendsarecho.WithConfig(cfg)
	})
}

// The suite makes the adapter only with New and WithConfig, and never with an empty secret.
func TestToMiddleware(t *testing.T) {
	middleware, err := sendsarecho.Config{}.ToMiddleware()
	require.ErrorContains(t, err, "sendsarecho: set exactly one of")
	assert.Nil(t, middleware)
	_, err = sendsarecho.Config{Verifier: new(webhook.Verifier)}.ToMiddleware()
	require.ErrorIs(t, err, webhook.ErrInvalidSecret)
	assert.Panics(t, func() { sendsarecho.New("") })
}

// receive starts a receiver for the conformance suite and returns its URL.
func receive(t *testing.T, r webhooktest.Receiver) (baseURL string) {
	handle := func(c *echo.Context) error { return c.String(http.StatusOK, r.Handle(requestOf(c))) }
	if r.Handler != nil {
		handle = sendsarecho.Handle(r.Handler)
	}
	chain := []echo.MiddlewareFunc{middleware(r)}
	if r.Outer != nil {
		chain = append([]echo.MiddlewareFunc{sendsarecho.WithConfig(sendsarecho.Config{Verifier: r.Outer})}, chain...)
	}
	app := echo.New()
	logTo(app, r.Log)
	app.Use(earlier(r))
	for _, method := range r.Methods {
		app.Add(method, r.Path, handle, chain...)
	}
	app.POST(r.OpenPath, handle)
	server := httptest.NewUnstartedServer(app)
	server.Config.ReadTimeout = r.ReadTimeout
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// middleware returns the adapter under test.
func middleware(r webhooktest.Receiver) echo.MiddlewareFunc {
	if r.Secret != "" {
		return sendsarecho.New(r.Secret, r.Options...)
	}
	cfg := sendsarecho.Config{Verifier: r.Verifier}
	if r.VerifierFor != nil {
		cfg.Verifier = nil
		cfg.VerifierFor = func(c *echo.Context) *webhook.Verifier { return r.VerifierFor(idOf(c)) }
	}
	if r.Skipper != nil {
		cfg.Skipper = func(c *echo.Context) bool { return r.Skipper(idOf(c)) }
	}
	if r.OnRefusal != webhooktest.Default {
		cfg.ErrorHandler = func(c *echo.Context, err error) error {
			r.Refused(err, requestOf(c))
			switch r.OnRefusal {
			case webhooktest.ReturnError:
				return err
			case webhooktest.WrapError:
				return fmt.Errorf("refused: %w", err)
			case webhooktest.Answer:
				return c.String(webhooktest.AnswerStatus, webhooktest.AnswerText)
			case webhooktest.Stream:
				c.Response().WriteHeader(webhooktest.AnswerStatus)
				for _, part := range []string{webhooktest.AnswerText[:4], webhooktest.AnswerText[4:]} {
					_, _ = io.WriteString(c.Response(), part) // the suite notices a missing part
					flush(c)
				}
			case webhooktest.StatusOnly:
				return c.NoContent(webhooktest.AnswerStatus)
			case webhooktest.Acknowledge:
				return setStatus(c, http.StatusNoContent)
			} // no CallNext: an ErrorHandler gets no next function
			return nil
		}
	}
	return sendsarecho.WithConfig(cfg)
}

// earlier returns the middleware around the adapter. It ignores EarlierBody, because what
// it writes would be sent at once.
func earlier(r webhooktest.Receiver) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			if r.Alter != nil {
				c.Request().Body = io.NopCloser(r.Alter(c.Request().Body))
			}
			if r.Context != nil {
				c.SetRequest(c.Request().WithContext(r.Context(c.Request().Context(), idOf(c))))
			}
			if r.EarlierStatus != 0 {
				if err := setStatus(c, r.EarlierStatus); err != nil {
					return err
				}
			}
			err := next(c)
			r.Returned(requestOf(c))
			return err
		}
	}
}

func idOf(c *echo.Context) string { return c.Request().Header.Get(webhooktest.IDHeader) }

// requestOf sets no Values, because Echo cannot list its keys.
func requestOf(c *echo.Context) webhooktest.Request {
	delivery, verified := sendsarecho.FromContext(c)
	return webhooktest.Request{
		ID:       idOf(c),
		Delivery: delivery,
		Verified: verified,
		Context:  func() context.Context { return c.Request().Context() },
		Length:   func() int64 { return c.Request().ContentLength },
		Body:     func() ([]byte, error) { return io.ReadAll(c.Request().Body) },
		Form:     c.FormValue,
		Multipart: func(maxMemory int64) (*multipart.Form, error) {
			err := c.Request().ParseMultipartForm(maxMemory)
			return c.Request().MultipartForm, err
		},
		JSON: c.Bind,
	}
}
