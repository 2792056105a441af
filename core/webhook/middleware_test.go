package webhook_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestMiddlewareHandsOnTheBytesThatWereSigned(t *testing.T) {
	h, deliveries := witness(t)
	srv := serve(t, webhook.MustNew(currentSecret, webhook.WithPreviousSecrets(previousSecret)).Middleware(h))
	for name, body := range allBodies(t) {
		for index, secret := range []string{currentSecret, previousSecret} {
			signature := webhook.Sign(secret, []byte(body))
			t.Run(name, func(t *testing.T) {
				post(t, srv, "/", strings.NewReader(body), signature).check(t, 200, fmt.Sprintf("%d bytes", len(body)))
				got := took(t, deliveries, body)
				if got.contentLength != int64(len(body)) || got.transferEncoding != nil || got.delivery.SecretIndex != index {
					t.Errorf("length %d, transfer encoding %v, secret %d", got.contentLength, got.transferEncoding, got.delivery.SecretIndex)
				}
			})
			t.Run(name+", chunked", func(t *testing.T) {
				// The client sends a reader of an unknown type in chunks.
				post(t, srv, "/", io.MultiReader(strings.NewReader(body)), signature).check(t, 200, fmt.Sprintf("%d bytes", len(body)))
				got := took(t, deliveries, body)
				if body != "" && (got.contentLength != -1 || len(got.transferEncoding) != 1 || got.transferEncoding[0] != "chunked") {
					t.Errorf("length %d, transfer encoding %v", got.contentLength, got.transferEncoding)
				}
			})
		}
	}
	t.Run("as they came, although they are compressed", func(t *testing.T) {
		body := string(gzipped(eventBody))
		r, err := http.NewRequestWithContext(contextOf(t), http.MethodPost, srv.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Encoding", "gzip")
		r.Header.Set(webhook.SignatureHeader, webhook.Sign(currentSecret, []byte(body)))
		do(t, srv, r).check(t, 200, fmt.Sprintf("%d bytes", len(body)))
		took(t, deliveries, body)
	})
	t.Run("whatever the method", func(t *testing.T) {
		for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodGet} {
			r, err := http.NewRequestWithContext(contextOf(t), method, srv.URL, strings.NewReader(eventBody))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set(webhook.SignatureHeader, webhook.Sign(currentSecret, []byte(eventBody)))
			do(t, srv, r).check(t, 200, fmt.Sprintf("%d bytes", len(eventBody)))
			took(t, deliveries, eventBody)
		}
	})
	t.Run("as an event", func(t *testing.T) {
		post(t, srv, "/", strings.NewReader(eventBody), webhook.Sign(currentSecret, []byte(eventBody)))
		e, err := took(t, deliveries, eventBody).delivery.Event()
		if err != nil || e.Type != webhook.EventMessageCreated || e.RoomID != "room_7" {
			t.Errorf("got %q, %q, %v", string(e.Type), e.RoomID, err)
		}
	})
}

func gzipped(data string) []byte {
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, _ = io.WriteString(w, data) // neither fails on a buffer
	_ = w.Close()
	return compressed.Bytes()
}

// before runs do on each request before it reaches the middleware.
func before(do func(w http.ResponseWriter, r *http.Request)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			do(w, r)
			next.ServeHTTP(w, r)
		})
	}
}

var untouched = before(func(http.ResponseWriter, *http.Request) {})

func TestMiddlewareRefuses(t *testing.T) {
	const limit = 1000
	v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(limit))
	usable := v.Middleware
	picking := func(v *webhook.Verifier) func(http.Handler) http.Handler {
		return webhook.MiddlewareFor(func(*http.Request) *webhook.Verifier { return v })
	}
	genuine := webhook.Sign(currentSecret, []byte(eventBody))
	compressed := string(gzipped(strings.Repeat("0", limit-1)))
	type row struct {
		outer, middleware func(http.Handler) http.Handler
		body              string
		chunked           bool
		lines             []string
		status            int
		public            string
	}
	eachOf(t, map[string]row{
		"no signature":         {untouched, usable, eventBody, false, nil, 401, unauthorized},
		"an empty signature":   {untouched, usable, eventBody, false, []string{""}, 401, unauthorized},
		"a malformed one":      {untouched, usable, eventBody, false, []string{strings.ToUpper(genuine)}, 401, unauthorized},
		"two of them":          {untouched, usable, eventBody, false, []string{genuine, genuine}, 401, unauthorized},
		"a mismatch":           {untouched, usable, eventBody, false, []string{webhook.Sign(foreignSecret, []byte(eventBody))}, 401, unauthorized},
		"a mismatch, chunked":  {untouched, usable, eventBody, true, []string{webhook.Sign(foreignSecret, []byte(eventBody))}, 401, unauthorized},
		"no verifier":          {untouched, picking(nil), eventBody, false, []string{genuine}, 401, unauthorized},
		"a zero verifier":      {untouched, picking(new(webhook.Verifier)), eventBody, false, []string{genuine}, 500, internal},
		"too many bytes":       {untouched, usable, strings.Repeat("x", limit+1), false, []string{genuine}, 413, "request body too large"},
		"too many, chunked":    {untouched, usable, strings.Repeat("x", limit+1), true, []string{genuine}, 413, "request body too large"},
		"over another's limit": {limited(10), usable, eventBody, false, []string{genuine}, 413, "request body too large"},
		"another's, chunked":   {limited(10), usable, eventBody, true, []string{genuine}, 413, "request body too large"},
		"a drained body":       {before(drain), usable, eventBody, false, []string{genuine}, 500, internal},
		"a half-read body":     {before(readSome), usable, eventBody, false, []string{genuine}, 500, internal},
		"drained and chunked":  {before(drain), usable, eventBody, true, []string{genuine}, 401, unauthorized},
		"an inflated body":     {before(inflate), usable, compressed, false, []string{webhook.Sign(currentSecret, []byte(compressed))}, 500, internal},
		"inflated and chunked": {before(inflate), usable, compressed, true, []string{webhook.Sign(currentSecret, []byte(compressed))}, 401, unauthorized},
		"inflated, length -1":  {before(inflateUnknown), usable, compressed, false, []string{webhook.Sign(currentSecret, []byte(compressed))}, 500, internal},
		"a parsed form":        {before(parseForm), usable, "a=b", false, []string{webhook.Sign(currentSecret, []byte("a=b"))}, 500, internal},
	}, func(t *testing.T, c row) {
		srv := serve(t, c.outer(c.middleware(never(t))))
		var body io.Reader = strings.NewReader(c.body)
		if c.chunked {
			body = io.MultiReader(body)
		}
		post(t, srv, "/", body, c.lines...).checkRefusal(t, c.status, c.public)
	})
}

func limited(n int64) func(http.Handler) http.Handler {
	return before(func(w http.ResponseWriter, r *http.Request) { r.Body = http.MaxBytesReader(w, r.Body, n) })
}

func drain(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }

func readSome(_ http.ResponseWriter, r *http.Request) { _, _ = io.CopyN(io.Discard, r.Body, 7) }

func inflate(_ http.ResponseWriter, r *http.Request) {
	if inflated, err := gzip.NewReader(r.Body); err == nil {
		r.Body = inflated
	}
}

// inflateUnknown changes a request as Echo 5's Decompress does.
func inflateUnknown(w http.ResponseWriter, r *http.Request) {
	inflate(w, r)
	r.ContentLength = -1
}

func parseForm(_ http.ResponseWriter, r *http.Request) {
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_ = r.ParseForm()
}

// All requests that are not genuine must get the same answer, or a stranger could find out
// which secrets or accounts exist.
func TestARefusalIsNoOracle(t *testing.T) {
	accounts := map[string]*webhook.Verifier{"known": webhook.MustNew(currentSecret)}
	mux := http.NewServeMux()
	mux.Handle("POST /{account}", webhook.MiddlewareFor(func(r *http.Request) *webhook.Verifier {
		return accounts[r.PathValue("account")]
	})(never(t)))
	srv := serve(t, mux)
	forged := webhook.Sign(foreignSecret, []byte(eventBody))
	for _, path := range []string{"/known", "/unknown"} {
		for _, lines := range [][]string{nil, {""}, {"sha256="}, {forged}, {forged, forged}} {
			got := post(t, srv, path, strings.NewReader(eventBody), lines...)
			got.checkRefusal(t, 401, unauthorized)
			for _, told := range []string{"Www-Authenticate", webhook.SignatureHeader} {
				if _, ok := got.header[told]; ok {
					t.Errorf("%s with %q: %s is set", path, lines, told)
				}
			}
		}
	}
}

func TestMiddlewareForPicksForEachRequest(t *testing.T) {
	t.Run("once, before the body is read", func(t *testing.T) {
		var picked atomic.Int32
		pick := func(r *http.Request) *webhook.Verifier {
			picked.Add(1)
			if r.Body == nil || r.PathValue("account") != "7" {
				t.Errorf("account %q", r.PathValue("account"))
			}
			return webhook.MustNew(currentSecret)
		}
		h, deliveries := witness(t)
		mux := http.NewServeMux()
		mux.Handle("POST /{account}", webhook.MiddlewareFor(pick)(h))
		srv := serve(t, mux)
		for _, secret := range []string{currentSecret, foreignSecret, currentSecret} {
			post(t, srv, "/7", strings.NewReader(eventBody), webhook.Sign(secret, []byte(eventBody)))
		}
		post(t, srv, "/7", strings.NewReader(eventBody))
		if got := picked.Load(); got != 4 || len(deliveries) != 2 {
			t.Errorf("pick was called %d times for 4 requests, %d were accepted", got, len(deliveries))
		}
	})
	t.Run("so that no account signs for another", func(t *testing.T) {
		accounts := map[string]*webhook.Verifier{"a": webhook.MustNew(currentSecret), "b": webhook.MustNew(foreignSecret)}
		h, _ := witness(t)
		mux := http.NewServeMux()
		mux.Handle("POST /{account}", webhook.MiddlewareFor(func(r *http.Request) *webhook.Verifier {
			return accounts[r.PathValue("account")]
		})(h))
		srv := serve(t, mux)
		for path, want := range map[string]map[string]int{
			"/a": {currentSecret: 200, foreignSecret: 401},
			"/b": {currentSecret: 401, foreignSecret: 200},
			"/c": {currentSecret: 401, foreignSecret: 401},
		} {
			for secret, status := range want {
				if got := post(t, srv, path, strings.NewReader(eventBody), webhook.Sign(secret, []byte(eventBody))); got.status != status {
					t.Errorf("%s: status %d, want %d", path, got.status, status)
				}
			}
		}
	})
	t.Run("so that secrets may change at run time", func(t *testing.T) {
		var current atomic.Pointer[webhook.Verifier]
		h, _ := witness(t)
		srv := serve(t, webhook.MiddlewareFor(func(*http.Request) *webhook.Verifier { return current.Load() })(h))
		for _, step := range []struct {
			verifier *webhook.Verifier
			status   int
		}{
			{nil, 401},
			{webhook.MustNew(currentSecret), 200},
			{webhook.MustNew(foreignSecret, webhook.WithPreviousSecrets(currentSecret)), 200},
			{webhook.MustNew(foreignSecret), 401},
			{new(webhook.Verifier), 500},
		} {
			current.Store(step.verifier)
			if got := post(t, srv, "/", strings.NewReader(eventBody), webhook.Sign(currentSecret, []byte(eventBody))); got.status != step.status {
				t.Errorf("status %d, want %d", got.status, step.status)
			}
		}
	})
	t.Run("and two middlewares share nothing", func(t *testing.T) {
		h, _ := witness(t)
		mux := http.NewServeMux()
		mux.Handle("/a", webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(10)).Middleware(h))
		mux.Handle("/b", webhook.MustNew(foreignSecret).Middleware(h))
		srv := serve(t, mux)
		post(t, srv, "/a", strings.NewReader(eventBody), webhook.Sign(currentSecret, []byte(eventBody))).checkRefusal(t, 413, "request body too large")
		post(t, srv, "/b", strings.NewReader(eventBody), webhook.Sign(currentSecret, []byte(eventBody))).checkRefusal(t, 401, unauthorized)
		post(t, srv, "/b", strings.NewReader(eventBody), webhook.Sign(foreignSecret, []byte(eventBody))).check(t, 200, "84 bytes")
	})
}

func TestMiddlewarePanicsAtStartUp(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	pick := func(*http.Request) *webhook.Verifier { return v }
	type row struct {
		build func()
		want  error // in the panic's value, if that is an error
	}
	eachOf(t, map[string]row{
		"on a nil Verifier":       {func() { (*webhook.Verifier)(nil).Middleware(never(t)) }, webhook.ErrNoVerifier},
		"on a zero Verifier":      {func() { new(webhook.Verifier).Middleware(never(t)) }, webhook.ErrInvalidSecret},
		"on a nil handler":        {func() { v.Middleware(nil) }, nil},
		"on a nil pick":           {func() { webhook.MiddlewareFor(nil) }, nil},
		"on a nil picked handler": {func() { webhook.MiddlewareFor(pick)(nil) }, nil},
	}, func(t *testing.T, c row) {
		value := panicValue(c.build)
		if value == nil {
			t.Fatal("no panic")
		}
		if err, isError := value.(error); c.want != nil && (!isError || !errors.Is(err, c.want)) {
			t.Errorf("panicked with %v", value)
		}
		if strings.Contains(fmt.Sprint(value), currentSecret) {
			t.Error("the panic shows the secret")
		}
	})
	t.Run("but not on a pick that finds none yet", func(t *testing.T) {
		webhook.MiddlewareFor(func(*http.Request) *webhook.Verifier { return nil })(never(t))
	})
}

func TestMiddlewareKeepsTheRequestsContext(t *testing.T) {
	type key struct{}
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Context().Value(key{}) != "outer" {
			t.Error("the context lost a value")
		}
		if r.Context().Value(http.ServerContextKey) == nil {
			t.Error("the context is not the server's")
		}
	})
	outer := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, "outer")))
			if _, ok := webhook.FromContext(r.Context()); ok {
				t.Error("the outer request has the delivery")
			}
		})
	}
	srv := serve(t, outer(webhook.MustNew(currentSecret).Middleware(h)))
	post(t, srv, "/", strings.NewReader(eventBody), webhook.Sign(currentSecret, []byte(eventBody))).check(t, 200, "")
}

func TestMiddlewareInsideAnother(t *testing.T) {
	h, deliveries := witness(t)
	outer := webhook.MustNew(currentSecret, webhook.WithPreviousSecrets(previousSecret))
	srv := serve(t, outer.Middleware(webhook.MustNew(previousSecret).Middleware(h)))
	post(t, srv, "/", strings.NewReader(eventBody), webhook.Sign(previousSecret, []byte(eventBody))).check(t, 200, "84 bytes")
	if got := took(t, deliveries, eventBody); got.delivery.SecretIndex != 0 {
		t.Errorf("secret index %d is not the inner one's", got.delivery.SecretIndex)
	}
	post(t, srv, "/", strings.NewReader(eventBody), webhook.Sign(currentSecret, []byte(eventBody))).checkRefusal(t, 401, unauthorized)
}

// The server closes its own body when the handler returns. The verified body stays
// readable.
func TestTheBodyIsReadableAfterTheHandlerReturned(t *testing.T) {
	bodies := make(chan io.ReadCloser, 1)
	srv := serve(t, webhook.MustNew(currentSecret).Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		bodies <- r.Body
	})))
	post(t, srv, "/", strings.NewReader(eventBody), webhook.Sign(currentSecret, []byte(eventBody))).check(t, 200, "")
	srv.Close() // now the handler has returned and the connection is closed
	if got := readAll(t, <-bodies); got != eventBody {
		t.Errorf("%q is left", got)
	}
}

// multipartForm returns a form with one file, and its Content-Type.
func multipartForm(t *testing.T) (body, contentType string) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	file, err := w.CreateFormFile("attachment", "a.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(file, strings.Repeat("x", 4096)) // a buffer takes everything
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return form.String(), w.FormDataContentType()
}

func temporaryFiles(t *testing.T, folder string) int {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Error(err)
	}
	return len(entries)
}

func TestTemporaryFilesOfAFormAreRemoved(t *testing.T) {
	body, contentType := multipartForm(t)
	type row struct {
		outer, inner func(http.Handler) http.Handler
		status       int
	}
	eachOf(t, map[string]row{
		"after the handler":              {untouched, untouched, 200},
		"after a handler that panics":    {recovering, panickingAfterwards, 500},
		"after a handler one level down": {untouched, webhook.MustNew(currentSecret).Middleware, 200},
		"after an inner one that panics": {recovering, func(h http.Handler) http.Handler {
			return webhook.MustNew(currentSecret).Middleware(panickingAfterwards(h))
		}, 500},
	}, func(t *testing.T, c row) {
		folder := t.TempDir()
		t.Setenv("TMPDIR", folder) // Unix
		t.Setenv("TMP", folder)    // Windows
		parse := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if err := r.ParseMultipartForm(1); err != nil {
				t.Error(err)
			}
			if got := temporaryFiles(t, folder); got != 1 {
				t.Errorf("%d temporary files, want 1: the test would show nothing", got)
			}
		})
		srv := serve(t, c.outer(webhook.MustNew(currentSecret).Middleware(c.inner(parse))))
		r, err := http.NewRequestWithContext(contextOf(t), http.MethodPost, srv.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", contentType)
		r.Header.Set(webhook.SignatureHeader, webhook.Sign(currentSecret, []byte(body)))
		if got := do(t, srv, r); got.status != c.status {
			t.Errorf("status %d, want %d", got.status, c.status)
		}
		srv.Close() // waits until the server has cleaned up
		if got := temporaryFiles(t, folder); got != 0 {
			t.Errorf("%d temporary files are left", got)
		}
	})
}

func panickingAfterwards(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		panic("after the handler")
	})
}

func recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func TestPatternIsCarriedBack(t *testing.T) {
	type row struct {
		handler http.Handler
		status  int
	}
	done := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	eachOf(t, map[string]row{
		"after the handler":           {done, 200},
		"after a handler that panics": {panickingAfterwards(done), 500},
	}, func(t *testing.T, c row) {
		const pattern = "POST /webhooks/{name}"
		mux := http.NewServeMux()
		mux.Handle(pattern, c.handler)
		patterns := make(chan string, 1)
		log := func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() { patterns <- r.Pattern }()
				next.ServeHTTP(w, r)
			})
		}
		srv := serve(t, recovering(log(webhook.MustNew(currentSecret).Middleware(mux))))
		got := post(t, srv, "/webhooks/sendsar", strings.NewReader(eventBody), webhook.Sign(currentSecret, []byte(eventBody)))
		if seen := <-patterns; got.status != c.status || seen != pattern {
			t.Errorf("status %d, pattern %q", got.status, seen)
		}
	})
	t.Run("and handed on", func(t *testing.T) {
		const pattern = "POST /webhooks/{name}"
		mux := http.NewServeMux()
		mux.Handle(pattern, webhook.MustNew(currentSecret).Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.Pattern != pattern || r.PathValue("name") != "sendsar" {
				t.Errorf("pattern %q, name %q", r.Pattern, r.PathValue("name"))
			}
		})))
		post(t, serve(t, mux), "/webhooks/sendsar", strings.NewReader(eventBody), webhook.Sign(currentSecret, []byte(eventBody))).check(t, 200, "")
	})
}

// The server handles the handler's panic, as without the middleware.
func TestAPanicOfTheHandlerGoesOn(t *testing.T) {
	h := webhook.MustNew(currentSecret).Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	r := newRequest(t, io.NopCloser(strings.NewReader(eventBody)), -1, webhook.Sign(currentSecret, []byte(eventBody)))
	checkPanic(t, func() { h.ServeHTTP(httptest.NewRecorder(), r) }, http.ErrAbortHandler)
}
