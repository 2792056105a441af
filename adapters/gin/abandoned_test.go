package sendsargin_test

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

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// A middleware gives up on a slow delivery, and Gin hands its context to another request.
func TestAbandonedChain(t *testing.T) {
	// On one processor the context that was put into a sync.Pool is the next one taken.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
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
	for _, tt := range tests {
		for _, copied := range []bool{false, true} {
			t.Run(tt.name+", the request copied "+strconv.FormatBool(copied), func(t *testing.T) {
				// Under the race detector a sync.Pool drops some of its items.
				for attempt := 0; !abandon(t, tt.slow, copied); attempt++ {
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
func abandon(t *testing.T, slow slow, copied bool) (reused bool) {
	t.Helper()
	var delivery *gin.Context
	var unused atomic.Bool
	var guardedRuns atomic.Int32
	waiting, resume := make(chan struct{}), make(chan struct{})
	giveUp, ended := make(chan struct{}), make(chan struct{})
	entered, release := make(chan bool), make(chan struct{})
	handle := neverRun(t)
	if slow.works {
		handle = sendsargin.Handle(func(context.Context, webhook.Delivery) error {
			close(waiting)
			<-resume
			if unused.Load() {
				runtime.Goexit()
			}
			return slow.fails
		})
	}
	app := newApp()
	app.POST(route,
		func(c *gin.Context) { // a home-made timeout
			delivery = c
			if copied {
				c.Request = c.Request.WithContext(c.Request.Context())
			}
			if !slow.works {
				c.Request.Body = &slowBody{ReadCloser: c.Request.Body, waits: waiting, unused: &unused}
			}
			done := make(chan struct{})
			go func() {
				defer close(ended)
				c.Next()
				close(done)
			}()
			select {
			case <-done:
			case <-giveUp:
				c.AbortWithStatus(http.StatusGatewayTimeout)
			}
		},
		sendsargin.New(accountSecret), handle)
	app.POST("/upload",
		func(c *gin.Context) {
			entered <- c == delivery
			<-release
			_, verified := sendsargin.FromContext(c)
			assert.False(t, verified, "another request has the delivery")
			c.String(http.StatusAccepted, "upload %s", c.Query("id"))
			c.Abort()
		},
		func(*gin.Context) { guardedRuns.Add(1) })
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
	assert.Zero(t, guardedRuns.Load(), "the delivery's chain ran another request's handler")
	close(release)
	for i, answered := range answers {
		got := readAnswer(t, <-answered)
		assert.Equal(t, http.StatusAccepted, got.status)
		assert.Equal(t, "upload "+strconv.Itoa(i), got.body)
		assert.False(t, got.closes, "the answer to another request closes its connection")
	}
	assert.Zero(t, guardedRuns.Load(), "the delivery's chain ran another request's handler")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusGatewayTimeout, readAnswer(t, response).status)
	return reused
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
