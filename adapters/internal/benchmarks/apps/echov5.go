package apps

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v5"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
)

func newEchoV5(kind Kind) App {
	var chain []echo.MiddlewareFunc
	switch kind {
	case Ours:
		chain = append(chain, sendsarecho.New(receivers.Secret))
	case ByHand:
		chain = append(chain, func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				if err := receivers.ReadSnippet(c.Response(), c.Request()); err != nil {
					return echo.NewHTTPError(http.StatusUnauthorized, "invalid signature")
				}
				return next(c)
			}
		})
	}
	app := echo.New()
	app.POST(receivers.Path, func(c *echo.Context) error {
		if _, err := io.ReadAll(c.Request().Body); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	}, chain...)
	return newHTTPApp(app)
}
