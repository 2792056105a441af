package sendsargin_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

const (
	route = "/webhooks/sendsar"

	accountSecret = "whsec_7c1d0f5a9e3b48620d7f1c2a5b9e8d4f60713a2c9b8e5d4f"
	strangeSecret = "whsec_e0d1c2b3a4958677685a4b3c2d1e0f00112233445566778a"

	eventBody = `{"event":"message.created","roomId":"room-7","message":{"text":"hello"}}`
)

// newApp is gin.New without the debug output.
func newApp() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	return gin.New()
}

// start serves h on a listener of its own. When the test ends it waits for the
// requests that are still running.
func start(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// startRoute serves handlers on the webhook route.
func startRoute(t *testing.T, handlers ...gin.HandlerFunc) *httptest.Server {
	t.Helper()
	app := newApp()
	app.POST(route, handlers...)
	return start(t, app)
}

func handled(c *gin.Context) { c.String(http.StatusOK, "handled") }

// neverRun returns a handler that no refused delivery may reach.
func neverRun(t *testing.T) gin.HandlerFunc {
	t.Helper()
	return func(*gin.Context) { assert.Fail(t, "the handler ran") }
}

// outcome is what an outer middleware finds when the chain is done.
type outcome struct {
	errors   []string // of c.Errors
	aborted  bool
	verified bool
	body     string // of the Delivery
}

func watch(seen *outcome) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		d, verified := sendsargin.FromContext(c)
		*seen = outcome{c.Errors.Errors(), c.IsAborted(), verified, string(d.Body)}
	}
}

// observe keeps the error of the last delivery.
func observe(into *error) webhook.Option {
	return webhook.WithObserver(func(_ context.Context, _ webhook.Delivery, err error) { *into = err })
}

// signed returns a delivery of body as Sendsar sends it.
func signed(server *httptest.Server, body string) *http.Request {
	return webhooktest.NewRequest(server.URL+route, accountSecret, []byte(body))
}

// forged returns a delivery that is signed with another secret.
func forged(server *httptest.Server) *http.Request {
	return webhooktest.NewRequest(server.URL+route, strangeSecret, []byte(eventBody))
}

// inBothFramings runs test for a body of announced length and for a chunked one. frame
// prepares a request for the current run.
func inBothFramings(t *testing.T, name string, test func(t *testing.T, frame func(r *http.Request) (chunked bool))) {
	t.Helper()
	t.Run(name+", announced", func(t *testing.T) {
		test(t, func(*http.Request) bool { return false })
	})
	t.Run(name+", chunked", func(t *testing.T) {
		test(t, func(r *http.Request) bool {
			r.ContentLength = -1
			return true
		})
	})
}

// answer is a response that was read whole.
type answer struct {
	status int
	header http.Header
	body   string
	closes bool // "Connection: close", which package http takes out of the header
}

func send(t *testing.T, server *httptest.Server, r *http.Request) answer {
	t.Helper()
	response, err := server.Client().Transport.RoundTrip(r) // follows no redirect
	require.NoError(t, err)
	return readAnswer(t, response)
}

func readAnswer(t *testing.T, response *http.Response) answer {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return answer{response.StatusCode, response.Header, string(body), response.Close}
}

// assertRejected checks the default rejection byte for byte.
func assertRejected(t *testing.T, got answer, status int, text string) {
	t.Helper()
	assert.Equal(t, status, got.status)
	assert.Equal(t, fmt.Sprintf(`{"error":%q}`, text), got.body)
	assert.Equal(t, []string{"application/json; charset=utf-8"}, got.header.Values("Content-Type"))
}
