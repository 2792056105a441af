package sendsarecho_test

import (
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// What differs between the versions of Echo is here; the other files are those of echov5
// but for the types.

// timeoutsOfEcho give up on a chain that runs on.
var timeoutsOfEcho = map[string]echo.MiddlewareFunc{
	"Echo's Timeout": middleware.TimeoutWithConfig(middleware.TimeoutConfig{Timeout: time.Hour}),
}
