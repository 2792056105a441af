// By hand in both majors: helpers for what differs between Echo v4 and v5, and tests of what
// only v4 has.

package sendsarecho_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	mw "github.com/labstack/echo/v4/middleware"
	"github.com/stretchr/testify/assert"
)

// timeoutsOfEcho are Echo's middlewares that give up on a chain while it still runs.
var timeoutsOfEcho = map[string]echo.MiddlewareFunc{
	"Echo's Timeout": mw.TimeoutWithConfig(mw.TimeoutConfig{Timeout: time.Hour}),
}

func setErrorHandler(app *echo.Echo, handle func(c echo.Context, err error) error) {
	app.HTTPErrorHandler = func(err error, c echo.Context) { _ = handle(c, err) }
}

// setStatus sets a status and sends nothing.
func setStatus(c echo.Context, status int) error {
	c.Response().Status = status
	return nil
}

func replaceResponse(c echo.Context, _ error) error {
	c.SetResponse(echo.NewResponse(httptest.NewRecorder(), c.Echo()))
	return nil
}

func writerOf(c echo.Context) http.ResponseWriter { return c.Response().Writer }

func flush(c echo.Context) { c.Response().Flush() }

func formValues(c echo.Context) (url.Values, error) { return c.FormParams() }

func wrapIn(outer *echo.HTTPError, err error) error {
	return &echo.HTTPError{Code: outer.Code, Message: outer.Message, Internal: err}
}

func bodyLimit(n int64) echo.MiddlewareFunc {
	return mw.BodyLimit(strconv.FormatInt(n, 10) + "B")
}

func bodyDump(dump func(request []byte)) echo.MiddlewareFunc {
	return mw.BodyDump(func(_ echo.Context, request, _ []byte) { dump(request) })
}

// logTo makes Echo and its middlewares log to output.
func logTo(app *echo.Echo, output io.Writer) {
	app.Debug = true
	app.Logger.SetOutput(output)
	app.StdLogger.SetOutput(output)
	app.Use(mw.RequestLoggerWithConfig(mw.RequestLoggerConfig{
		LogStatus: true, LogError: true, HandleError: true,
		LogValuesFunc: func(_ echo.Context, v mw.RequestLoggerValues) error {
			_, err := fmt.Fprintf(output, "\"status\":%d %+v\n", v.Status, v.Error)
			return err
		},
	}), mw.Recover())
}

// The handler may write to the writer behind Echo's response.
func TestErrorHandlerAnswersPastEcho(t *testing.T) {
	for name, returned := range map[string]error{"returns nil": nil, "returns an error": errUnready} {
		t.Run("and "+name, func(t *testing.T) {
			got, _ := refuseWith(t, func(c echo.Context, _ error) error {
				http.Error(c.Response().Writer, "own", http.StatusForbidden)
				return returned
			})
			assert.Equal(t, http.StatusForbidden, got.status)
			assert.Equal(t, "own\n", got.body)
		})
	}
}
