// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/requestid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
)

// A reset takes an answer with it that the sender has not read yet.
func TestNoAnswerIsLost(t *testing.T) {
	t.Parallel()
	const attempts = 10
	for _, test := range []struct {
		name      string
		tls, keep bool // keep: the server's KeepHijackedConns
	}{
		{"over TCP", false, false},
		{"over TCP, with KeepHijackedConns", false, true},
		{"over TLS", true, false},
	} {
		for _, size := range []int{100 << 10, 1 << 20, 8 << 20} {
			for _, keepAlive := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, %d KiB, keep-alive %t", test.name, size>>10, keepAlive), func(t *testing.T) {
					t.Parallel()
					app := newApp(streamed)
					app.Server().KeepHijackedConns = test.keep
					app.Use(requestid.New()) // changes the response after us
					app.Post(route, sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusOK) })
					transport := &http.Transport{DisableKeepAlives: !keepAlive}
					url := "http://"
					var wrap func(net.Listener) net.Listener
					if test.tls {
						url = "https://"
						other := httptest.NewTLSServer(nil) // for its certificate
						other.Close()
						transport.TLSClientConfig = &tls.Config{RootCAs: other.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
						wrap = func(l net.Listener) net.Listener {
							return tls.NewListener(l, &tls.Config{Certificates: other.TLS.Certificates})
						}
					}
					url += startOn(t, app, wrap) + route
					client := &http.Client{Transport: transport, Timeout: patience}
					t.Cleanup(client.CloseIdleConnections)
					body := make([]byte, size)
					for range attempts {
						response, err := client.Post(url, "application/json", bytes.NewReader(body)) //nolint:noctx // it has a timeout
						require.NoError(t, err)
						text, err := io.ReadAll(response.Body)
						require.NoError(t, err)
						require.NoError(t, response.Body.Close())
						assert.Equal(t, fiber.StatusUnauthorized, response.StatusCode)
						assert.Equal(t, "invalid signature", string(text))
						assert.NotEmpty(t, response.Header.Get(fiber.HeaderXRequestID))
						assert.True(t, response.Close, "Connection: close")
					}
				})
			}
		}
	}
}

// What an ErrorHandler answers to a stream that is still being sent arrives as well.
func TestAnswersToARefusedStream(t *testing.T) {
	t.Parallel()
	long := string(filler(1 << 20))
	request := append(head(route, chunkedHeader), chunk(filler(100))...)
	for _, test := range []struct {
		name    string
		handler fiber.ErrorHandler
		request []byte
		status  int
		text    string
	}{
		{"a long body", func(c *fiber.Ctx, _ error) error { return c.Status(fiber.StatusForbidden).SendString(long) }, request, fiber.StatusForbidden, long},
		{"a stream of known length", func(c *fiber.Ctx, _ error) error {
			return c.Status(fiber.StatusForbidden).SendStream(strings.NewReader(long), len(long))
		}, request, fiber.StatusForbidden, long},
		{"a stream", func(c *fiber.Ctx, _ error) error {
			return c.Status(fiber.StatusForbidden).SendStream(strings.NewReader(long))
		}, request, fiber.StatusForbidden, long},
		{"a status alone", status(fiber.StatusNotModified), request, fiber.StatusNotModified, ""},
		{"status 204 alone", status(fiber.StatusNoContent), request, fiber.StatusUnauthorized, "invalid signature"},
		{"the default to an HTTP/1.0 client", nil, bytes.Replace(request, []byte("HTTP/1.1"), []byte("HTTP/1.0\r\nConnection: keep-alive"), 1), fiber.StatusUnauthorized, "invalid signature"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newEndpoint(t, streamed, withErrorHandler(test.handler))
			c := dial(t, s.addr)
			if test.name == "the default to an HTTP/1.0 client" && fasthttpMinor() >= 78 {
				test.status, test.text = fiber.StatusBadRequest, "" // fasthttp's own answer
			}
			got := c.ask(t, test.request)
			assert.Equal(t, test.status, got.status)
			if got.status != fiber.StatusBadRequest {
				assert.Equal(t, test.text, got.body)
			}
			assert.True(t, got.closes, "Connection: close")
			c.assertClosed(t)
		})
	}
}

func TestHEADOfARefusedStreamHasNoBody(t *testing.T) {
	t.Parallel()
	app := newApp(streamed)
	app.Use(sendsarfiber.New(accountSecret))
	c := dial(t, start(t, app))
	c.write(t, bytes.Replace(head(route, chunkedHeader), []byte("POST"), []byte("HEAD"), 1))
	text, err := io.ReadAll(c.reader)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(text), "HTTP/1.1 401 "), "%s", text)
	assert.True(t, strings.HasSuffix(string(text), "\r\n\r\n"), "%s", text)
}

// A sender that neither reads nor stops has the connection for about a second.
func TestRefusedConnectionEnds(t *testing.T) { // not parallel: it looks at all goroutines
	for _, keep := range []bool{false, true} {
		t.Run(fmt.Sprintf("KeepHijackedConns %t", keep), func(t *testing.T) {
			app := newApp(streamed)
			app.Server().KeepHijackedConns = keep
			app.Post(route, sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusOK) })
			addr := start(t, app)
			var wait sync.WaitGroup
			for range 20 {
				c := dial(t, addr)
				wait.Go(func() {
					for err := error(nil); err == nil; time.Sleep(time.Millisecond) { // a slow sender
						_, err = c.conn.Write(append(head(route, chunkedHeader), "1\r\na\r\n"...))
					}
				})
			}
			wait.Wait() // until each connection is gone
			assert.Eventually(t, func() bool {
				stacks := make([]byte, 1<<20)
				stacks = stacks[:runtime.Stack(stacks, true)]
				return !bytes.Contains(stacks, []byte("hijackConnHandler"))
			}, patience, time.Millisecond, "a goroutine is left")
		})
	}
}
