package webhooktest

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"net/http"
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
// with the signature that secret makes.
//
// target is a path, for a handler's ServeHTTP or a Fiber app's Test (the Host is then
// example.com), or an http or https URL, for http.Client.Do. body is copied. Each
// request is good for one use, as its body is.
//
// NewRequest panics on a target that is neither, so that one test's slip, such as
// swapped arguments, does not look like a defect; the text does not show the arguments.
func NewRequest(target, secret string, body []byte) *http.Request {
	isURL := strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://")
	if !isURL && !strings.HasPrefix(target, "/") {
		panic("webhooktest.NewRequest: target is neither a path nor an http URL (are target and secret swapped?)")
	}
	body = bytes.Clone(body)
	r, err := http.NewRequest(http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		panic("webhooktest.NewRequest: target does not parse as a URL")
	}
	if !isURL {
		r.Host = "example.com"
		r.RemoteAddr = "192.0.2.1:1234" // documentation range, as in net/http/httptest
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(webhook.SignatureHeader, webhook.Sign(secret, body))
	return r
}
