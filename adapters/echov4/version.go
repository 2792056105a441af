// By hand in both majors: Echo v4 has one type of response and one type of error with a
// status, and both are structs with fields. In v5 both may be of any type.

package sendsarecho

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

// statusError is every error to which Echo gives a status.
type statusError = *echo.HTTPError

// statusOf returns the status that Echo gives to err, or 0.
func statusOf(err error) int {
	var e statusError
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// committed reports whether c was answered. Echo counts an informational status as an
// answer, but net/http would send 200 after it, so committed resets Echo's flag.
func committed(c echo.Context) bool {
	response := c.Response()
	response.Committed = response.Committed && response.Status >= http.StatusOK
	return response.Committed
}

// record runs an ErrorHandler, reports whether it answered, and returns its error.
func record(c echo.Context, handle func() error) (answered bool, err error) {
	response := c.Response()
	w := &adapter.Recorder{ResponseWriter: response.Writer}
	response.Writer = w
	defer func() {
		response.Writer = w.ResponseWriter
		c.SetResponse(response) // whatever the handler put there
	}()
	err = handle()
	response.Committed = committed(c) || w.Answered
	return response.Committed, err
}
