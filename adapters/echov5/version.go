// By hand in both majors: Echo v5 passes a writer around, and finds its own response by
// unwrapping it. Every type of error may have a status. In v4 both are structs with fields.

package sendsarecho

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

// statusError is every error to which Echo gives a status.
type statusError interface {
	error
	echo.HTTPStatusCoder
}

// statusOf returns the status that Echo gives to err, or 0. The errors of BodyLimit and
// Decompress have unexported types.
func statusOf(err error) int { return echo.StatusCode(err) }

// committed reports whether c was answered. Echo counts an informational status as an
// answer, but net/http would send 200 after it, so committed resets Echo's flag. It returns
// false if a middleware replaced Echo's writer with one that does not unwrap to it.
func committed(c *echo.Context) bool {
	response, err := echo.UnwrapResponse(c.Response())
	if err != nil {
		return false
	}
	response.Committed = response.Committed && response.Status >= http.StatusOK
	return response.Committed
}

// record runs an ErrorHandler, reports whether it answered, and returns its error.
func record(c *echo.Context, handle func() error) (answered bool, err error) {
	w := &adapter.Recorder{ResponseWriter: c.Response()}
	c.SetResponse(w)
	defer c.SetResponse(w.ResponseWriter)
	err = handle()
	return w.Answered || committed(c), err
}
