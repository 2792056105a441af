package frameworks_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	fiberv2 "github.com/gofiber/fiber/v2"
	fiberv3 "github.com/gofiber/fiber/v3"
	echov4 "github.com/labstack/echo/v4"
	echov5 "github.com/labstack/echo/v5"
	"github.com/stretchr/testify/require"

	sendsarechov4 "github.com/sendsar-community/webhooks-go/adapters/echov4"
	sendsarechov5 "github.com/sendsar-community/webhooks-go/adapters/echov5"
	sendsarfiberv2 "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	sendsarfiberv3 "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const path = "/webhooks/sendsar"

// start runs every framework with verifier on a listener of its own. Each handler answers
// with the body that it saw.
func start(tb testing.TB, verifier *webhook.Verifier) map[string]string {
	tb.Helper()
	addrs := make(map[string]string)
	serve := func(name string, handler http.Handler) {
		server := httptest.NewServer(handler)
		tb.Cleanup(server.Close)
		addrs[name] = strings.TrimPrefix(server.URL, "http://")
	}

	mux := http.NewServeMux()
	mux.Handle("POST "+path, verifier.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body) // a short answer is what the test looks for
	})))
	serve("net/http", mux)

	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.POST(path, sendsargin.WithConfig(sendsargin.Config{Verifier: verifier}), func(c *gin.Context) {
		body, err := c.GetRawData()
		if err != nil {
			c.AbortWithStatus(http.StatusTeapot)
			return
		}
		c.Data(http.StatusOK, "application/octet-stream", body)
	})
	serve("Gin", router)

	echo := echov4.New()
	echo.POST(path, func(c echov4.Context) error {
		return c.Stream(http.StatusOK, "application/octet-stream", c.Request().Body)
	}, sendsarechov4.WithConfig(sendsarechov4.Config{Verifier: verifier}))
	serve("Echo v4", echo)

	echo5 := echov5.New()
	echo5.POST(path, func(c *echov5.Context) error {
		return c.Stream(http.StatusOK, "application/octet-stream", c.Request().Body)
	}, sendsarechov5.WithConfig(sendsarechov5.Config{Verifier: verifier}))
	serve("Echo v5", echo5)

	for _, streaming := range []bool{false, true} {
		app := fiberv2.New(fiberv2.Config{DisableStartupMessage: true, DisablePreParseMultipartForm: true, StreamRequestBody: streaming})
		app.Post(path, sendsarfiberv2.WithConfig(sendsarfiberv2.Config{Verifier: verifier}), func(c *fiberv2.Ctx) error {
			return c.Send(c.BodyRaw())
		})
		addrs[fmt.Sprintf("Fiber v2, streaming %t", streaming)] = listen(tb, app.Listener, app.Shutdown)

		app3 := fiberv3.New(fiberv3.Config{DisablePreParseMultipartForm: true, StreamRequestBody: streaming})
		app3.Post(path, sendsarfiberv3.WithConfig(sendsarfiberv3.Config{Verifier: verifier}), func(c fiberv3.Ctx) error {
			return c.Send(c.BodyRaw())
		})
		addrs[fmt.Sprintf("Fiber v3, streaming %t", streaming)] = listen(tb, func(listener net.Listener) error {
			return app3.Listener(listener, fiberv3.ListenConfig{DisableStartupMessage: true})
		}, app3.Shutdown)
	}
	return addrs
}

// listen runs a Fiber app.
func listen(tb testing.TB, serve func(net.Listener) error, shutdown func() error) (addr string) {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	done := make(chan error, 1)
	go func() { done <- serve(listener) }()
	tb.Cleanup(func() {
		require.NoError(tb, shutdown())
		require.NoError(tb, <-done)
	})
	return listener.Addr().String()
}
