// Command echov4 receives Sendsar webhooks in an Echo v4 app.
package main

import (
	"io"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
)

func main() { start(run) }

func run() error {
	verifier, err := newVerifier()
	if err != nil {
		return err
	}
	verified, err := sendsarecho.Config{Verifier: verifier}.ToMiddleware()
	if err != nil {
		return err
	}
	app := echo.New()
	app.POST("/webhooks/sendsar", handle, verified)
	return serve(app)
}

// handle runs for verified deliveries only. sendsarecho.Handle(events.Deliver) can replace
// it, and answers 204.
func handle(c echo.Context) error {
	delivery, ok := sendsarecho.FromContext(c)
	if !ok { // the route was mounted without the middleware
		return echo.ErrInternalServerError
	}
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	receipt, err := deliver(c.Request().Context(), delivery, body)
	if err != nil {
		slog.Error("delivery failed", "error", err)
		return echo.ErrInternalServerError
	}
	return c.JSON(http.StatusOK, receipt)
}
