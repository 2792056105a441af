package frameworks_test

import (
	"fmt"
	"reflect"
	"regexp"
	"runtime"
	"testing"

	fiberv2 "github.com/gofiber/fiber/v2"

	sendsarfiberv2 "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func init() {
	for _, streaming := range []bool{false, true} {
		for _, visited := range []bool{false, true} {
			servers = append(servers, server{
				name:     fmt.Sprintf("Fiber v2 (streaming %t, headers visited %t)", streaming, visited),
				seesHead: true,
				start: func(tb testing.TB, v *webhook.Verifier, w *witness) string {
					return startFiberV2(tb, v, w, streaming, visited)
				},
			})
		}
	}
}

func startFiberV2(tb testing.TB, v *webhook.Verifier, w *witness, streaming, visited bool) string {
	app := fiberv2.New(fiberv2.Config{DisableStartupMessage: true, DisablePreParseMultipartForm: true, StreamRequestBody: streaming})
	tb.Logf("Fiber v2 runs on %s", fasthttpVersion(app.Server()))
	if visited {
		app.Use(func(c *fiberv2.Ctx) error {
			//nolint:staticcheck // AllInOrder is missing in fasthttp 1.51, which this test can still be run on
			c.Request().Header.VisitAllInOrder(func(_, _ []byte) {}) // unfolds lines in place
			_ = c.Request().Header.String()
			return c.Next()
		})
	}
	app.Post(hookPath, sendsarfiberv2.WithConfig(sendsarfiberv2.Config{Verifier: v}), func(c *fiberv2.Ctx) error {
		d, ok := sendsarfiberv2.FromContext(c)
		w.hook(c.Context().RemoteAddr().String(), c.BodyRaw(), d, ok)
		return c.Send(c.BodyRaw())
	})
	app.Get(otherPath, func(c *fiberv2.Ctx) error {
		w.other(c.Context().RemoteAddr().String())
		return nil
	})
	return serveApp(tb, app.Listener, app.Shutdown)
}

// fasthttpVersion reads the path of a source file, because the build information of a test
// binary names no modules.
func fasthttpVersion(server any) string {
	serve, _ := reflect.TypeOf(server).MethodByName("Serve")
	pc := serve.Func.Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	return regexp.MustCompile(`fasthttp@v[0-9.]+`).FindString(file)
}
