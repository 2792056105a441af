package webhook_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// If an earlier middleware changed the body and that can be detected, the error must say
// so: the operator must not look for a wrong secret.
func TestBodyThatAnEarlierMiddlewareTouched(t *testing.T) {
	replace := func(r *http.Request, body string, length int64) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), length
	}
	longer := strings.TrimSuffix(eventBody, "}") + `,"default":true}`
	other := strings.ToUpper(eventBody)
	type row struct {
		touch           func(t *testing.T, r *http.Request)
		announced, sent string // the reason for each framing, or "" if it is accepted
	}
	const altered, mismatch = "body_altered", "signature_mismatch"
	eachOf(t, map[string]row{
		"reads it whole and closes it": {func(t *testing.T, r *http.Request) { readAll(t, r.Body); _ = r.Body.Close() }, altered, altered},
		"closes it unread":             {func(_ *testing.T, r *http.Request) { _ = r.Body.Close() }, altered, altered},
		"reads a part and closes it": {func(_ *testing.T, r *http.Request) {
			_, _ = r.Body.Read(make([]byte, 1))
			_ = r.Body.Close()
		}, altered, altered},
		"puts a longer one in place, with its length":  {func(_ *testing.T, r *http.Request) { replace(r, longer, int64(len(longer))) }, altered, mismatch},
		"puts a shorter one in place, with its length": {func(_ *testing.T, r *http.Request) { replace(r, "{}", 2) }, altered, mismatch},
		"puts another one of unknown length in place":  {func(_ *testing.T, r *http.Request) { replace(r, longer, -1) }, altered, mismatch},
		"mends both lengths": {func(_ *testing.T, r *http.Request) {
			replace(r, longer, int64(len(longer)))
			r.Header.Set("Content-Length", strconv.Itoa(len(longer)))
		}, mismatch, mismatch},
		"puts as many other bytes in place":     {func(_ *testing.T, r *http.Request) { replace(r, other, int64(len(other))) }, mismatch, mismatch},
		"reads it and puts the same bytes back": {func(t *testing.T, r *http.Request) { replace(r, readAll(t, r.Body), r.ContentLength) }, "", ""},
		"puts it back and sets its length":      {func(t *testing.T, r *http.Request) { replace(r, readAll(t, r.Body), int64(len(eventBody))) }, "", ""},
		"puts it back and takes the header away": {func(t *testing.T, r *http.Request) {
			replace(r, readAll(t, r.Body), -1)
			r.Header.Del("Content-Length")
		}, "", ""},
		// This body was signed, whatever the header says.
		"puts it back and spoils the header": {func(t *testing.T, r *http.Request) {
			replace(r, readAll(t, r.Body), int64(len(eventBody)))
			r.Header.Set("Content-Length", "7")
		}, "", ""},
	}, func(t *testing.T, c row) {
		for framing, want := range map[string]string{"announced": c.announced, "chunked": c.sent} {
			var seen observations
			v := webhook.MustNew(currentSecret, webhook.WithObserver(seen.observe))
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
			srv := httptest.NewServer(before(func(_ http.ResponseWriter, r *http.Request) { c.touch(t, r) })(v.Middleware(h)))
			r, err := http.NewRequestWithContext(contextOf(t), http.MethodPost, srv.URL, bytes.NewReader([]byte(eventBody)))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set(webhook.SignatureHeader, webhook.Sign(currentSecret, []byte(eventBody)))
			if framing == "chunked" {
				r.ContentLength = -1
			}
			got := do(t, srv, r)
			srv.Close() // the observer has run
			if len(seen) != 1 || webhook.Reason(seen[0].err) != want {
				t.Errorf("%s: observed %v, want the reason %q", framing, seen, want)
				continue
			}
			if status := webhook.StatusCode(seen[0].err); got.status != status {
				t.Errorf("%s: status %d, want %d", framing, got.status, status)
			}
		}
	})
}

func TestHTTP2BodyThatWasClosed(t *testing.T) {
	srv := serveHTTP2(t, before(func(_ http.ResponseWriter, r *http.Request) { _ = r.Body.Close() })(webhook.MustNew(currentSecret).Middleware(never(t))))
	got, _ := postHTTP2(t, srv, strings.NewReader(eventBody), int64(len(eventBody)), webhook.Sign(currentSecret, []byte(eventBody)))
	got.checkRefusal(t, 500, "internal server error")
}

// An HTTP/2 client may announce a length and end the stream at once, or announce several.
func TestHTTP2LengthsThatDisagreeAreTheClients(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	forged := webhook.Sign(foreignSecret, nil)
	for name, lines := range map[string][]string{
		"one":           {"5"},
		"no number":     {"x"},
		"two":           {"5", "6"},
		"two and a NUL": {"0", "\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRequest(t, http.NoBody, 0, forged)
			r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
			r.Header["Content-Length"] = lines
			_, err := v.VerifyRequest(nil, r)
			checkError(t, err, webhook.ErrSignatureMismatch)
		})
	}
	t.Run("not a middleware that replaced the body", func(t *testing.T) {
		r := newRequest(t, io.NopCloser(strings.NewReader(eventBody)), int64(len(eventBody)), forged)
		r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
		r.Header.Set("Content-Length", "5")
		_, err := v.VerifyRequest(nil, r)
		checkError(t, err, webhook.ErrBodyAltered)
	})
	t.Run("nor a length of 0 in HTTP/1, which only a middleware can set", func(t *testing.T) {
		for _, body := range []io.ReadCloser{http.NoBody, io.NopCloser(strings.NewReader(eventBody))} {
			r := newRequest(t, body, 0, forged)
			r.Header.Set("Content-Length", "5")
			_, err := v.VerifyRequest(nil, r)
			checkError(t, err, webhook.ErrBodyAltered)
		}
	})
}
