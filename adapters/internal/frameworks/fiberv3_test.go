package frameworks_test

import (
	"fmt"
	"net"
	"testing"

	fiberv3 "github.com/gofiber/fiber/v3"

	sendsarfiberv3 "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func init() {
	for _, streaming := range []bool{false, true} {
		for _, visited := range []bool{false, true} {
			servers = append(servers, server{
				name:     fmt.Sprintf("Fiber v3 (streaming %t, headers visited %t)", streaming, visited),
				seesHead: true,
				start: func(tb testing.TB, v *webhook.Verifier, w *witness) string {
					return startFiberV3(tb, v, w, streaming, visited)
				},
			})
		}
	}
}

func startFiberV3(tb testing.TB, v *webhook.Verifier, w *witness, streaming, visited bool) string {
	app := fiberv3.New(fiberv3.Config{DisablePreParseMultipartForm: true, StreamRequestBody: streaming})
	if visited {
		app.Use(func(c fiberv3.Ctx) error {
			for range c.Request().Header.AllInOrder() { // unfolds lines in place
				continue
			}
			_ = c.Request().Header.String()
			return c.Next()
		})
	}
	app.Post(hookPath, sendsarfiberv3.WithConfig(sendsarfiberv3.Config{Verifier: v}), func(c fiberv3.Ctx) error {
		d, ok := sendsarfiberv3.FromContext(c)
		w.hook(c.RequestCtx().RemoteAddr().String(), c.BodyRaw(), d, ok)
		return c.Send(c.BodyRaw())
	})
	app.Get(otherPath, func(c fiberv3.Ctx) error {
		w.other(c.RequestCtx().RemoteAddr().String())
		return nil
	})
	return serveApp(tb, func(listener net.Listener) error {
		return app.Listener(listener, fiberv3.ListenConfig{DisableStartupMessage: true})
	}, app.Shutdown)
}
