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

// NewSecret returns a random secret of the form that the Sendsar console shows:
// "whsec_" and 48 hex digits.
func NewSecret() string {
	random := make([]byte, 24)
	_, _ = rand.Read(random) // never fails, as crypto/rand documents
	return "whsec_" + hex.EncodeToString(random)
}

// NewRequest returns a delivery as Sendsar sends it: a POST of body to target, as JSON,
// with the signature that secret makes. Any string is a secret here.
//
// target is a path, for a handler's ServeHTTP or a Fiber app's Test (the Host is then
// example.com, and RequestURI the path, as a server sets it), or an http or https URL, for
// http.Client.Do, which takes no RequestURI. body is copied. Each request is good for one
// use, as its body is.
//
// NewRequest panics on a target that is neither, so that swapped arguments do not look
// like a defect of the handler; the text does not show the arguments.
func NewRequest(target, secret string, body []byte) *http.Request {
	isURL := strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://")
	if !isURL && !strings.HasPrefix(target, "/") {
		panic("webhooktest.NewRequest: target is neither a path nor an http URL (are target and secret swapped?)")
	}
	// As in a request line: a path that starts with two slashes names no host.
	u, err := url.ParseRequestURI(target)
	if err != nil || isURL && u.Host == "" {
		panic("webhooktest.NewRequest: target does not parse as a path or an http URL")
	}
	body = bytes.Clone(body)
	r, err := http.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	if err != nil {
		panic(err) // nothing of the arguments is in it
	}
	r.URL, r.Host = u, u.Host
	if !isURL {
		r.Host, r.RequestURI = "example.com", target
	}
	r.RemoteAddr = "192.0.2.1:1234" // documentation range, as in net/http/httptest
	r.Header.Set("Content-Type", "application/json")
	// A server leaves it in the header, httputil.DumpRequest writes no other, and a
	// client ignores it.
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	r.Header.Set(webhook.SignatureHeader, webhook.Sign(secret, body))
	return r
}
