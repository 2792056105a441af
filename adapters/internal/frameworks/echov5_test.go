package frameworks_test

import (
	"io"
	"net/http"
	"testing"

	echov5 "github.com/labstack/echo/v5"

	sendsarechov5 "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func init() {
	servers = append(servers, server{name: "Echo v5", start: startEchoV5})
}

func startEchoV5(tb testing.TB, v *webhook.Verifier, w *witness) string {
	e := echov5.New()
	e.POST(hookPath, func(c *echov5.Context) error {
		body, _ := io.ReadAll(c.Request().Body) // a short body has no signature
		d, ok := sendsarechov5.FromContext(c)
		w.hook(c.Request().RemoteAddr, body, d, ok)
		return c.Blob(http.StatusOK, "application/octet-stream", body)
	}, sendsarechov5.WithConfig(sendsarechov5.Config{Verifier: v}))
	e.GET(otherPath, func(c *echov5.Context) error {
		w.other(c.Request().RemoteAddr)
		return nil
	})
	return serveHTTP(tb, e)
}
