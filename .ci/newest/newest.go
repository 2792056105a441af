// Package newest is no more than a build list: the newest version of every framework, of
// fasthttp, of OpenTelemetry, of River and its databases' drivers, and of testify. The adapters'
// own modules require floors. In this folder
//
//	GOWORK=off go test github.com/sendsar-community/webhooks-go/adapters/gin
//
// and the same for the other adapters run their tests on the newest versions. The fuzz targets
// of adapters/internal/frameworks, whose own go.mod has the floors, run on a copy of this
// go.mod, because go test fuzzes in the main module only. So this list has all their imports.
//
// make test-newest runs the tests, and make fuzz the fuzz targets on both lists.
package newest

import (
	_ "github.com/gin-gonic/gin" // the versions in go.mod
	_ "github.com/gofiber/fiber/v2"
	_ "github.com/gofiber/fiber/v3"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/labstack/echo/v4"
	_ "github.com/labstack/echo/v5"
	_ "github.com/lib/pq"
	_ "github.com/riverqueue/river"
	_ "github.com/stretchr/testify/require" //nolint:testifylint // for its version
	_ "github.com/valyala/fasthttp"
	_ "go.opentelemetry.io/otel"
	_ "go.opentelemetry.io/otel/sdk/metric"
	_ "modernc.org/sqlite"

	_ "github.com/sendsar-community/webhooks-go/adapters/echov4" // the tests that run on them
	_ "github.com/sendsar-community/webhooks-go/adapters/echov5"
	_ "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	_ "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	_ "github.com/sendsar-community/webhooks-go/adapters/gin"
	_ "github.com/sendsar-community/webhooks-go/adapters/otel"
	_ "github.com/sendsar-community/webhooks-go/adapters/river"
	_ "github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)
