package webhooktest_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"regexp"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

const path = "/webhooks/sendsar"

var bodies = []struct {
	name string
	body []byte
}{
	{"an event", []byte(`{"event":"message.created","roomId":"room-7"}`)},
	{"an empty body", []byte{}},
	{"a nil body", nil},
	{"bytes that are no text", []byte("\x00\xff\r\n\r\n")},
	{"a large body", bytes.Repeat([]byte("x"), 100_000)},
}

// endpoint returns a handler behind the middleware. It answers with the body that it got.
func endpoint(secret string) http.Handler {
	return webhook.MustNew(secret).Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body) // the test fails without it
	}))
}

func TestNewRequestIsADelivery(t *testing.T) {
	secret := webhooktest.NewSecret()
	for _, one := range bodies {
		t.Run(one.name, func(t *testing.T) {
			r := webhooktest.NewRequest(path, secret, one.body)
			if r.Method != http.MethodPost || r.URL.Path != path || r.Host != "example.com" || r.Proto != "HTTP/1.1" {
				t.Errorf("%s %s %s for %q", r.Method, r.URL, r.Proto, r.Host)
			}
			if r.RequestURI != path {
				t.Errorf("RequestURI is %q", r.RequestURI)
			}
			if r.ContentLength != int64(len(one.body)) {
				t.Errorf("ContentLength is %d", r.ContentLength)
			}
			if _, _, err := net.SplitHostPort(r.RemoteAddr); err != nil {
				t.Error(err)
			}
			want := http.Header{
				"Content-Type":        {"application/json"},
				"Content-Length":      {fmt.Sprint(len(one.body))},
				"X-Webhook-Signature": {webhook.Sign(secret, one.body)},
			}
			if fmt.Sprint(r.Header) != fmt.Sprint(want) {
				t.Errorf("header %v, want %v", r.Header, want)
			}
			checkBody(t, r.Body, one.body)
		})
	}
}

func TestNewRequestInServeHTTP(t *testing.T) {
	secret := webhooktest.NewSecret()
	mux := http.NewServeMux()
	mux.Handle("POST "+path, endpoint(secret))
	for _, target := range []string{path, path + "?a=b", "http://example.org" + path} {
		for _, one := range bodies {
			t.Run(one.name+" to "+target, func(t *testing.T) {
				w := httptest.NewRecorder()
				mux.ServeHTTP(w, webhooktest.NewRequest(target, secret, one.body))
				if w.Code != http.StatusOK {
					t.Errorf("answered %d %q", w.Code, w.Body)
				}
				checkBody(t, w.Body, one.body)
			})
		}
	}
}

func TestNewRequestInAClient(t *testing.T) {
	secret := webhooktest.NewSecret()
	server := httptest.NewUnstartedServer(endpoint(secret))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	plain := httptest.NewServer(endpoint(secret))
	t.Cleanup(plain.Close)
	for _, base := range []*httptest.Server{plain, server} {
		for _, one := range bodies {
			t.Run(one.name+" to "+base.URL[:5], func(t *testing.T) {
				res, err := base.Client().Do(webhooktest.NewRequest(base.URL+path, secret, one.body))
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = res.Body.Close() }() // it was read to its end
				if res.StatusCode != http.StatusOK {
					t.Errorf("answered %s", res.Status)
				}
				checkBody(t, res.Body, one.body)
			})
		}
	}
}

// Frameworks with a Test method write the request and parse it again.
func TestNewRequestDumped(t *testing.T) {
	secret := webhooktest.NewSecret()
	for _, target := range []string{path, path + "?a=b", "//two/slashes", "http://example.org:8080" + path} {
		for _, one := range bodies {
			t.Run(one.name+" to "+target, func(t *testing.T) {
				dump, err := httputil.DumpRequest(webhooktest.NewRequest(target, secret, one.body), true)
				if err != nil {
					t.Fatal(err)
				}
				rest := bufio.NewReader(bytes.NewReader(dump))
				parsed, err := http.ReadRequest(rest)
				if err != nil {
					t.Fatalf("%v:\n%q", err, dump)
				}
				host := "example.com"
				if strings.HasPrefix(target, "http://") {
					host = "example.org:8080"
				}
				if uri := strings.TrimPrefix(target, "http://"+host); parsed.RequestURI != uri || parsed.Host != host || parsed.Proto != "HTTP/1.1" {
					t.Errorf("%q %q %q", parsed.RequestURI, parsed.Host, parsed.Proto)
				}
				if _, err := webhook.MustNew(secret).VerifyRequest(nil, parsed); err != nil {
					t.Error(err)
				}
				checkBody(t, parsed.Body, one.body)
				if n, err := io.Copy(io.Discard, rest); n > 0 || err != nil {
					t.Errorf("%d bytes are left after the request, %v", n, err)
				}
			})
		}
	}
}

func TestNewRequestKeepsItsBody(t *testing.T) {
	secret, body := webhooktest.NewSecret(), []byte("before")
	r := webhooktest.NewRequest(path, secret, body)
	copy(body, "after!")
	w := httptest.NewRecorder()
	endpoint(secret).ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Body.String() != "before" {
		t.Errorf("answered %d %q", w.Code, w.Body)
	}
}

func TestNewRequestPanics(t *testing.T) {
	for _, c := range []struct{ name, target, secret string }{
		{"on swapped arguments", "whsec_SECRET0123456789abcd", path},
		{"on an empty target", "", "whsec_SECRET0123456789abcd"},
		{"on a relative path", "webhooks/SECRET", "whsec_SECRET0123456789abcd"},
		{"on another scheme", "ftp://example.org/SECRET", "whsec_SECRET0123456789abcd"},
		{"on a control character in a path", "/SECRET\n", "whsec_SECRET0123456789abcd"},
		{"on a control character in a URL", "http://example.org/SECRET\x00", "whsec_SECRET0123456789abcd"},
		{"on a URL without a host", "http:///SECRET", "whsec_SECRET0123456789abcd"},
		{"on a broken escape", "/SECRET%zz", "whsec_SECRET0123456789abcd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				text := fmt.Sprint(recover())
				if !strings.Contains(text, "target") || strings.Contains(text, "SECRET") {
					t.Errorf("panicked with %q", text)
				}
			}()
			webhooktest.NewRequest(c.target, c.secret, nil)
		})
	}
}

func TestNewSecret(t *testing.T) {
	form := regexp.MustCompile("^whsec_[0-9a-f]{48}$")
	seen := make(map[string]bool)
	for range 100 {
		secret := webhooktest.NewSecret()
		if !form.MatchString(secret) {
			t.Errorf("%q", secret)
		}
		if _, err := webhook.New(secret); err != nil {
			t.Error(err)
		}
		if seen[secret] {
			t.Error("the same secret twice")
		}
		seen[secret] = true
	}
}

func checkBody(t *testing.T, r io.Reader, want []byte) {
	t.Helper()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes were read, %d sent: %v", len(got), len(want), err)
	}
}
