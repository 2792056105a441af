package sendsarecho_test

import "github.com/labstack/echo/v5"

// What differs between the versions of Echo is here; the other files are those of echov4
// but for the types.

// timeoutsOfEcho give up on a chain that runs on.
var timeoutsOfEcho = map[string]echo.MiddlewareFunc{}
