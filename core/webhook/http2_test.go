package webhook_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// serveHTTP2 fails the test if a request comes over another protocol, or if its response
// has a Connection header, which would end the connection for all its other streams.
func serveHTTP2(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Connection"); r.ProtoMajor != 2 || got != "" {
			t.Errorf("%s, Connection %q", r.Proto, got)
		}
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

// postHTTP2 sends a request and reports whether it reused a connection.
func postHTTP2(t *testing.T, srv *httptest.Server, body io.Reader, length int64, lines ...string) (got reply, reused bool) {
	t.Helper()
	ctx := httptrace.WithClientTrace(contextOf(t), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused },
	})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = length
	r.Header[webhook.SignatureHeader] = lines
	got = do(t, srv, r)
	return got, reused
}

// unsent returns a body that never sends a byte.
func unsent(t *testing.T) *io.PipeReader {
	r, w := io.Pipe()
	t.Cleanup(func() { _ = w.Close() })
	return r
}

func TestHTTP2(t *testing.T) {
	const limit = 1000
	h, deliveries := witness(t)
	srv := serveHTTP2(t, webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(limit)).Middleware(h))
	genuine := webhook.Sign(currentSecret, []byte(eventBody))
	event := func() io.Reader { return strings.NewReader(eventBody) }
	const length = int64(len(eventBody))
	post := func(t *testing.T, body io.Reader, length int64, lines ...string) reply {
		t.Helper()
		got, _ := postHTTP2(t, srv, body, length, lines...)
		return got
	}

	t.Run("accepts a body of known length", func(t *testing.T) {
		post(t, event(), length, genuine).check(t, 200, "84 bytes")
		if got := took(t, deliveries, eventBody); got.contentLength != length {
			t.Errorf("length %d", got.contentLength)
		}
	})
	t.Run("accepts a body of unknown length", func(t *testing.T) {
		post(t, event(), -1, genuine).check(t, 200, "84 bytes")
		if got := took(t, deliveries, eventBody); got.contentLength != -1 {
			t.Errorf("length %d", got.contentLength)
		}
	})
	t.Run("accepts an empty body", func(t *testing.T) {
		post(t, http.NoBody, 0, webhook.Sign(currentSecret, nil)).check(t, 200, "0 bytes")
		took(t, deliveries, "")
	})

	type row struct {
		body   func() io.Reader
		length int64
		lines  []string
		status int
		public string
	}
	nothing := func() io.Reader { return unsent(t) }
	eachOf(t, map[string]row{
		"refuses a missing signature":                {event, length, nil, 401, unauthorized},
		"refuses before an unsent body":              {nothing, length, nil, 401, unauthorized},
		"refuses before an unsent body, unknown":     {nothing, -1, []string{"sha256="}, 401, unauthorized},
		"refuses two signatures":                     {nothing, length, []string{genuine, genuine}, 401, unauthorized},
		"refuses an announced length over its limit": {nothing, limit + 1, []string{genuine}, 413, "request body too large"},
		"refuses a body over its limit":              {func() io.Reader { return strings.NewReader(strings.Repeat("x", limit+1)) }, -1, []string{genuine}, 413, "request body too large"},
		"refuses a mismatch":                         {event, length, []string{webhook.Sign(foreignSecret, nil)}, 401, unauthorized},
	}, func(t *testing.T, c row) {
		got := post(t, c.body(), c.length, c.lines...)
		got.checkRefusal(t, c.status, c.public)
		got, reused := postHTTP2(t, srv, event(), length, genuine)
		got.check(t, 200, "84 bytes")
		if took(t, deliveries, eventBody); !reused {
			t.Error("the connection was lost with the refusal")
		}
	})
}

func TestHTTP2ReadTimeout(t *testing.T) {
	srv := serveHTTP2(t, before(expire)(webhook.MustNew(currentSecret).Middleware(never(t))))
	got, _ := postHTTP2(t, srv, unsent(t), int64(len(eventBody)), webhook.Sign(currentSecret, []byte(eventBody)))
	got.checkRefusal(t, 408, "request timed out")
}

func TestHTTP2StreamThatIsCutOff(t *testing.T) {
	ctx, cancel := context.WithCancel(contextOf(t))
	errs := make(chan error, 1)
	v := webhook.MustNew(currentSecret, webhook.WithObserver(func(_ context.Context, _ webhook.Delivery, err error) { errs <- err }))
	srv := serveHTTP2(t, before(func(http.ResponseWriter, *http.Request) { cancel() })(v.Middleware(never(t))))
	rest := unsent(t)
	body := struct {
		io.Reader
		io.Closer
	}{io.MultiReader(strings.NewReader(eventBody), rest), rest}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(webhook.SignatureHeader, webhook.Sign(currentSecret, []byte(eventBody)))
	res, err := srv.Client().Do(r)
	if err == nil {
		_ = res.Body.Close()
		t.Error("got a response to a cancelled request")
	}
	err = <-errs
	checkError(t, err, webhook.ErrBodyRead)
	if got := webhook.StatusCode(err); got != 400 {
		t.Errorf("status %d of %v", got, err)
	}
}
