package frameworks_test

import (
	"io"
	"net/http"
	"testing"

	echov4 "github.com/labstack/echo/v4"

	sendsarechov4 "github.com/sendsar-community/webhooks-go/adapters/echov4"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func init() {
	servers = append(servers, server{name: "Echo v4", start: startEchoV4})
}

func startEchoV4(tb testing.TB, v *webhook.Verifier, w *witness) string {
	e := echov4.New()
	e.POST(hookPath, func(c echov4.Context) error {
		body, _ := io.ReadAll(c.Request().Body) // a short body has no signature
		d, ok := sendsarechov4.FromContext(c)
		w.hook(c.Request().RemoteAddr, body, d, ok)
		return c.Blob(http.StatusOK, "application/octet-stream", body)
	}, sendsarechov4.WithConfig(sendsarechov4.Config{Verifier: v}))
	e.GET(otherPath, func(c echov4.Context) error {
		w.other(c.Request().RemoteAddr)
		return nil
	})
	return serveHTTP(tb, e)
}
