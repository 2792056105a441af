package sendsarecho_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// A middleware gives up on a slow delivery, and Echo hands its context to another request.
func TestAbandonedChain(t *testing.T) {
	// On one processor the context that was put into a sync.Pool is the next one taken.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	timeouts := map[string]echo.MiddlewareFunc{
		"http.TimeoutHandler": echo.WrapMiddleware(timeoutHandler),
		"a home-made timeout": func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				expired := c.Request().Context().Done()
				done := make(chan error, 1)
				go func() { done <- next(c) }()
				select {
				case err := <-done:
					return err
				case <-expired:
					return c.NoContent(http.StatusServiceUnavailable)
				}
			}
		},
	}
	for name, timeout := range timeoutsOfEcho {
		timeouts[name] = timeout
	}
	tests := []struct {
		name string
		slow slow
	}{
		{"a genuine delivery that is completed", slow{secret: accountSecret}},
		{"a forged delivery that is completed", slow{secret: strangeSecret}},
		{"a genuine delivery that the client cuts off", slow{secret: accountSecret, cutOff: true}},
		{"a handler that succeeds", slow{secret: accountSecret, works: true}},
		{"a handler that fails", slow{secret: accountSecret, works: true, fails: errors.New("too late")}},
	}
	for name, timeout := range timeouts {
		for _, tt := range tests {
			t.Run(name+", "+tt.name, func(t *testing.T) {
				// Under the race detector a sync.Pool drops some of its items.
				for attempt := 0; !abandon(t, timeout, tt.slow); attempt++ {
					require.Less(t, attempt, 100, "no request got the context of the delivery")
				}
			})
		}
	}
}

// slow says what delays the end of a chain: a body that does not arrive, or a handler that
// is still working.
type slow struct {
	secret string
	cutOff bool  // the client sends no more of the body
	works  bool  // the handler is slow; the whole body has arrived
	fails  error // what the handler returns
}

// abandon returns false if no other request got the delivery's context.
func abandon(t *testing.T, timeout echo.MiddlewareFunc, slow slow) (reused bool) {
	t.Helper()
	var delivery *echo.Context
	var unused atomic.Bool
	waiting, resume := make(chan struct{}), make(chan struct{})
	giveUp, ended := make(chan struct{}), make(chan struct{})
	entered, release := make(chan bool), make(chan struct{})
	handle := neverRun(t)
	if slow.works {
		handle = sendsarecho.Handle(func(context.Context, webhook.Delivery) error {
			close(waiting)
			<-resume
			if unused.Load() {
				runtime.Goexit()
			}
			return slow.fails
		})
	}
	app := echo.New()
	app.POST(route, handle,
		before(func(c *echo.Context) {
			delivery = c
			c.SetRequest(c.Request().WithContext(deadline{c.Request().Context(), giveUp}))
		}),
		timeout,
		func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				defer close(ended)
				if !slow.works {
					c.Request().Body = &slowBody{ReadCloser: c.Request().Body, waits: waiting, unused: &unused}
				}
				err := next(c)
				assert.Error(t, err, "after nil, Echo would answer 200 if a middleware replaced the request on purpose")
				return err
			}
		},
		sendsarecho.New(accountSecret))
	app.POST("/upload", func(c *echo.Context) error {
		entered <- c == delivery
		<-release
		_, verified := sendsarecho.FromContext(c)
		assert.False(t, verified, "another request has the delivery")
		return c.String(http.StatusAccepted, "upload "+c.QueryParam("id"))
	})
	server := start(t, app)

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) // so that a defect causes no deadlock
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }() // no longer needed
	until, _ := ctx.Deadline()
	require.NoError(t, conn.SetDeadline(until))
	first := eventBody[:10]
	if slow.works {
		first = eventBody
	}
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n%s: %s\r\n\r\n%s",
		route, len(eventBody), webhook.SignatureHeader, webhook.Sign(slow.secret, []byte(eventBody)), first)
	require.NoError(t, err)
	await(t, waiting, "nothing waits for the rest of the body or for the handler")
	close(giveUp)

	const uploads = 4
	var answers [uploads]chan *http.Response
	for i := range answers {
		answers[i] = make(chan *http.Response, 1)
		r := signed(server, "")
		r.URL.Path, r.URL.RawQuery = "/upload", "id="+strconv.Itoa(i)
		go func() {
			response, err := server.Client().Do(r) //nolint:bodyclose // readAnswer closes it
			assert.NoError(t, err)
			answers[i] <- response
		}()
		reused = <-entered || reused
	}
	unused.Store(!reused)
	close(resume)
	if slow.cutOff {
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	} else {
		_, err = io.WriteString(conn, eventBody[len(first):])
		require.NoError(t, err)
	}
	await(t, ended, "the abandoned goroutine is still running")
	close(release)
	for i, answered := range answers {
		got := readAnswer(t, <-answered)
		assert.Equal(t, http.StatusAccepted, got.status)
		assert.Equal(t, "upload "+strconv.Itoa(i), got.body)
		assert.False(t, got.closes, "the answer to another request closes its connection")
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusServiceUnavailable, readAnswer(t, response).status)
	return reused
}

// deadline is a context whose deadline is exceeded when the channel is closed.
type deadline struct {
	context.Context
	exceeded <-chan struct{}
}

func (d deadline) Done() <-chan struct{} { return d.exceeded }

func (d deadline) Err() error {
	select {
	case <-d.exceeded:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// slowBody closes waits when its second Read begins. If no other request got the context,
// Read ends the goroutine: what an abandoned chain does to its own context is a race in the
// framework.
type slowBody struct {
	io.ReadCloser
	reads  int
	waits  chan<- struct{}
	unused *atomic.Bool
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.reads++; b.reads == 2 {
		close(b.waits)
	}
	n, err := b.ReadCloser.Read(p)
	if b.unused.Load() {
		runtime.Goexit()
	}
	return n, err
}

func await(t *testing.T, done <-chan struct{}, otherwise string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		require.Fail(t, otherwise)
	}
}
