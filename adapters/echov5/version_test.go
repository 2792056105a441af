// By hand in both majors: helpers for what differs between Echo v4 and v5, and tests of what
// only v5 has.

package sendsarecho_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v5"
	mw "github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// timeoutsOfEcho are Echo's middlewares that give up on a chain while it still runs: v5 has
// none.
var timeoutsOfEcho = map[string]echo.MiddlewareFunc{}

func setErrorHandler(app *echo.Echo, handle func(c *echo.Context, err error) error) {
	app.HTTPErrorHandler = func(c *echo.Context, err error) { _ = handle(c, err) }
}

// setStatus sets a status and sends nothing.
func setStatus(c *echo.Context, status int) error {
	response, err := echo.UnwrapResponse(c.Response())
	if err == nil {
		response.Status = status
	}
	return err
}

func replaceResponse(c *echo.Context, _ error) error {
	c.SetResponse(httptest.NewRecorder())
	return nil
}

func writerOf(c *echo.Context) http.ResponseWriter { return c.Response() }

func flush(c *echo.Context) { c.Response().(http.Flusher).Flush() }

func formValues(c *echo.Context) (url.Values, error) { return c.FormValues() }

func wrapIn(outer *echo.HTTPError, err error) error { return outer.Wrap(err) }

func bodyLimit(n int64) echo.MiddlewareFunc { return mw.BodyLimit(n) }

func bodyDump(dump func(request []byte)) echo.MiddlewareFunc {
	return mw.BodyDump(func(_ *echo.Context, request, _ []byte, _ error) { dump(request) })
}

// logTo makes Echo and its middlewares log to output.
func logTo(app *echo.Echo, output io.Writer) {
	app.HTTPErrorHandler = echo.DefaultHTTPErrorHandler(true)
	app.Logger = slog.New(slog.NewJSONHandler(output, nil))
	app.Use(mw.RequestLogger(), mw.Recover())
}

func TestErrorHandlerAnswersPastOurs(t *testing.T) {
	got, _ := refuseWith(t, func(c *echo.Context, _ error) error {
		response, err := echo.UnwrapResponse(c.Response())
		if err == nil {
			http.Error(response, "own", http.StatusForbidden)
		}
		return err
	})
	assert.Equal(t, http.StatusForbidden, got.status)
	assert.Equal(t, "own\n", got.body)
}

// coder is an error to which Echo gives a status.
type coder struct{ error }

func (c coder) Unwrap() error { return c.error }

func (coder) StatusCode() int { return http.StatusTeapot }

func TestErrorHandlerReturnsAnErrorWithAStatus(t *testing.T) {
	got, seen := refuseWith(t, func(_ *echo.Context, err error) error { return coder{err} })
	assert.Equal(t, http.StatusTeapot, got.status)
	require.ErrorIs(t, seen.err, webhook.ErrSignatureMismatch)
	assert.Equal(t, http.StatusTeapot, echo.StatusCode(seen.err))
}

// opaqueWriter hides Echo's response: it does not unwrap.
type opaqueWriter struct{ http.ResponseWriter }

func TestErrorHandlerBehindAWriterThatHidesEchos(t *testing.T) {
	hide := before(func(c *echo.Context) { c.SetResponse(&opaqueWriter{c.Response()}) })
	t.Run("and does nothing", func(t *testing.T) {
		got, _ := refuseWith(t, func(*echo.Context, error) error { return nil }, hide)
		assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
	})
	t.Run("and answers", func(t *testing.T) {
		got, _ := refuseWith(t, func(c *echo.Context, _ error) error { return c.String(http.StatusForbidden, "own") }, hide)
		assert.Equal(t, http.StatusForbidden, got.status)
		assert.Equal(t, "own", got.body)
	})
}

func TestLimitOfDecompress(t *testing.T) {
	const inflated = 1000
	decompress := mw.DecompressWithConfig(mw.DecompressConfig{MaxDecompressedSize: inflated - 1})
	ours := sendsarecho.New(accountSecret)
	for name, chain := range map[string][]echo.MiddlewareFunc{
		"after us":  {ours, decompress},
		"before us": {decompress, ours},
	} {
		t.Run(name, func(t *testing.T) {
			server := startRoute(t, func(c *echo.Context) error {
				_, err := io.ReadAll(c.Request().Body)
				return err
			}, chain...)
			r := signed(server, gzipped(t, strings.Repeat("x", inflated)))
			r.Header.Set("Content-Encoding", "gzip")
			r.ContentLength = -1
			assert.Equal(t, http.StatusRequestEntityTooLarge, send(t, server, r).status)
		})
	}
}

// The package documentation states this timeout.
func TestStartConfigHasAReadTimeout(t *testing.T) {
	stop := errors.New("seen enough")
	var timeout time.Duration
	err := echo.StartConfig{
		Address: "127.0.0.1:0", HideBanner: true, HidePort: true,
		BeforeServeFunc: func(server *http.Server) error {
			timeout = server.ReadTimeout
			return stop
		},
	}.Start(t.Context(), echo.New())
	require.ErrorIs(t, err, stop)
	assert.Equal(t, 30*time.Second, timeout)
}
