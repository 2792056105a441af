package sendsarecho

import (
	"bufio"
	"net"
	"net/http"

	"github.com/labstack/echo/v5"
)

// statusCoder is every error to which Echo gives a status.
type statusCoder interface {
	error
	echo.HTTPStatusCoder
}

// committed is false where a middleware put a writer in the place of Echo's that does not
// unwrap to it.
func committed(c *echo.Context) bool {
	response, err := echo.UnwrapResponse(c.Response())
	return err == nil && response.Committed
}

// record runs an ErrorHandler and reports whether it answered, and what it returned.
func record(c *echo.Context, handle func() error) (answered bool, err error) {
	w := &recorder{ResponseWriter: c.Response()}
	c.SetResponse(w)
	defer c.SetResponse(w.ResponseWriter)
	err = handle()
	return w.answered || committed(c), err
}

// recorder notices an answer also where Echo's own Response cannot be asked.
type recorder struct {
	http.ResponseWriter
	answered bool
}

// WriteHeader does not take an informational status for an answer.
func (w *recorder) WriteHeader(status int) {
	w.answered = w.answered || status >= http.StatusOK
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	w.answered = true
	return w.ResponseWriter.Write(p)
}

func (w *recorder) Flush() {
	w.answered = true
	_ = http.NewResponseController(w.ResponseWriter).Flush() // an http.Flusher returns nothing
}

func (w *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.answered = true
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Unwrap is for http.ResponseController and echo.UnwrapResponse.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
