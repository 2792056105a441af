// Code generated from ../echov5 by .ci/majors; DO NOT EDIT.

package sendsarecho_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

func TestConformance(t *testing.T) {
	webhooktest.Run(t, func(t *testing.T, r webhooktest.Receiver) string {
		cfg := sendsarecho.Config{Verifier: r.Verifier}
		if r.OnRefusal != webhooktest.Default { // Echo's handlers get no Next to call
			cfg.ErrorHandler = func(_ echo.Context, err error) error {
				r.Refused(err)
				switch r.OnRefusal {
				case webhooktest.ReturnError:
					return err
				case webhooktest.WrapError:
					return fmt.Errorf("refused: %w", err)
				default:
					return nil
				}
			}
		}
		app := echo.New()
		if r.Alter != nil {
			app.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					c.Request().Body = io.NopCloser(r.Alter(c.Request().Body))
					return next(c)
				}
			})
		}
		app.POST(r.Path, func(c echo.Context) error {
			delivery, verified := sendsarecho.FromContext(c)
			return c.String(http.StatusOK, r.Handle(webhooktest.Request{
				Delivery: delivery,
				Verified: verified,
				Body:     func() ([]byte, error) { return io.ReadAll(c.Request().Body) },
				Form:     c.FormValue,
				JSON:     c.Bind,
			}))
		}, sendsarecho.WithConfig(cfg))
		server := httptest.NewServer(app)
		t.Cleanup(server.Close)
		return server.URL
	})
}
