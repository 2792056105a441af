package webhooktest

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// NewSecret returns a random secret in the form that the Sendsar console shows:
// "whsec_" and 48 hex digits.
func NewSecret() string {
	random := make([]byte, 24)
	_, _ = rand.Read(random) // never fails, as crypto/rand documents
	return "whsec_" + hex.EncodeToString(random)
}

// NewRequest returns a delivery as Sendsar sends it: a POST of body to target, with the
// content type application/json and a signature made with secret. It accepts any string as
// secret.
//
// target is either a path or an http or https URL. A path is for a handler's ServeHTTP or a
// Fiber app's Test: the Host is then example.com, and RequestURI is the path, as a server
// sets it. A URL is for http.Client.Do, which allows no RequestURI. NewRequest copies body.
// Use each request only once, as its body can be read only once.
//
// NewRequest panics if target is neither, so that swapped arguments do not look like a bug
// in the handler. The panic text does not show the arguments.
func NewRequest(target, secret string, body []byte) *http.Request {
	isURL := strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://")
	if !isURL && !strings.HasPrefix(target, "/") {
		panic("webhooktest.NewRequest: target is neither a path nor an http URL (are target and secret swapped?)")
	}
	// Parsed as in a request line: "//host/path" is a path, not a host and a path.
	u, err := url.ParseRequestURI(target)
	if err != nil || isURL && u.Host == "" {
		panic("webhooktest.NewRequest: target does not parse as a path or an http URL")
	}
	body = bytes.Clone(body)
	r, err := http.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	if err != nil {
		panic(err) // its text has none of the arguments
	}
	r.URL, r.Host = u, u.Host
	if !isURL {
		r.Host, r.RequestURI = "example.com", target
	}
	r.RemoteAddr = "192.0.2.1:1234" // documentation range, as in net/http/httptest
	r.Header.Set("Content-Type", "application/json")
	// A server keeps Content-Length in the header. httputil.DumpRequest writes it only from
	// there. A client ignores it.
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	r.Header.Set(webhook.SignatureHeader, webhook.Sign(secret, body))
	return r
}
