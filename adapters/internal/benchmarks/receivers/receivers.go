// Package receivers holds what is compared: this project, and what else a Go team would
// use, each as its own documentation says.
package receivers

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/google/go-github/v88/github"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	stripe "github.com/stripe/stripe-go/v82/webhook"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// The names under which results are listed.
const (
	Ours     = "webhooks-go"
	Snippet  = "documented-snippet"
	SHA256   = "SHA256"
	GitHub   = "go-github"
	Standard = "standard-webhooks"
	Stripe   = "stripe-go"
)

// Receiver does the work of one delivery. An error is a refusal.
type Receiver struct {
	Name    string
	Receive func() error
}

// ErrRefused is every refusal of the code written by hand.
var ErrRefused = errors.New("refused")

// VerifySnippet is what Sendsar documents for Go ("Webhooks", "Verify signatures").
func VerifySnippet(body []byte, signature string) error {
	mac := hmac.New(sha256.New, []byte(Secret))
	_, _ = mac.Write(body) // a hash.Hash never fails to write
	expected := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(expected), []byte(signature)) {
		return ErrRefused
	}
	return nil
}

// ReadSnippet is the snippet with the reading around it that it leaves to its reader: a
// limit, and the body put back for the handler.
func ReadSnippet(w http.ResponseWriter, r *http.Request) error {
	return readFirst(w, r, func(body []byte) error {
		return VerifySnippet(body, r.Header.Get(webhook.SignatureHeader))
	})
}

func readFirst(w http.ResponseWriter, r *http.Request, verify func(body []byte) error) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBytes))
	if err != nil {
		return err
	}
	if err := verify(body); err != nil {
		return err
	}
	putBack(r, body)
	return nil
}

func putBack(r *http.Request, body []byte) { r.Body = io.NopCloser(bytes.NewReader(body)) }

// Hash is one pass of SHA-256 over a body.
func Hash(body []byte) func() error {
	return func() error {
		if sha256.Sum256(body) == [sha256.Size]byte{} { // so that the compiler does not leave it out
			return ErrRefused
		}
		return nil
	}
}

// Verifiers judge a body that was read already, by the signature of signed: the same
// body, or another one for a forged delivery.
func Verifiers(body, signed []byte) []Receiver {
	verifier := webhook.MustNew(Secret)
	signature := webhook.Sign(Secret, signed)
	standard, standardHeader := newStandard(signed)
	stripeHeader := signStripe(signed)
	return []Receiver{
		{Ours, func() error { return verifier.Verify(body, signature) }},
		{Snippet, func() error { return VerifySnippet(body, signature) }},
		{SHA256, Hash(body)},
		{GitHub, func() error { return github.ValidateSignature(signature, body, []byte(Secret)) }},
		{Standard, func() error { return standard.Verify(body, standardHeader) }},
		{Stripe, func() error { return stripe.ValidatePayload(body, stripeHeader, Secret) }},
	}
}

// Requests judge a request and put its body back, so that a handler can read it. The
// bare SHA-256 reads into memory that is there already.
func Requests(body, signed []byte) []Receiver {
	verifier := webhook.MustNew(Secret)
	signature := webhook.Sign(Secret, signed)
	ours := NewRequest(body, map[string]string{webhook.SignatureHeader: signature})
	byHand := NewRequest(body, map[string]string{webhook.SignatureHeader: signature})
	hashed := NewRequest(body, nil)
	into := make([]byte, len(body))
	gitHub := NewRequest(body, map[string]string{github.SHA256SignatureHeader: signature})
	standard, standardHeader := newStandard(signed)
	standardRequest := NewRequest(body, nil)
	for name := range standardHeader {
		standardRequest.request.Header.Set(name, standardHeader.Get(name))
	}
	stripeRequest := NewRequest(body, map[string]string{stripeSignature: signStripe(signed)})
	return []Receiver{
		{Ours, func() error {
			_, err := verifier.VerifyRequest(nil, ours.Arrive())
			return err
		}},
		{Snippet, func() error { return ReadSnippet(nil, byHand.Arrive()) }},
		{SHA256, func() error {
			if _, err := io.ReadFull(hashed.Arrive().Body, into); err != nil {
				return err
			}
			return Hash(into)()
		}},
		{GitHub, func() error {
			r := gitHub.Arrive()
			body, err := github.ValidatePayload(r, []byte(Secret))
			if err != nil {
				return err
			}
			putBack(r, body)
			return nil
		}},
		{Standard, func() error {
			r := standardRequest.Arrive()
			return readFirst(nil, r, func(body []byte) error { return standard.Verify(body, r.Header) })
		}},
		{Stripe, func() error {
			r := stripeRequest.Arrive()
			return readFirst(nil, r, func(body []byte) error {
				return stripe.ValidatePayload(body, r.Header.Get(stripeSignature), Secret)
			})
		}},
	}
}

const stripeSignature = "Stripe-Signature"

func signStripe(body []byte) string {
	return stripe.GenerateTestSignedPayload(&stripe.UnsignedPayload{Payload: body, Secret: Secret}).Header
}

func newStandard(body []byte) (*standardwebhooks.Webhook, http.Header) {
	verifier, err := standardwebhooks.NewWebhookRaw([]byte(Secret))
	if err != nil {
		panic(err) // of a constant
	}
	now := time.Now()
	signature, err := verifier.Sign("msg_1", now, body)
	if err != nil {
		panic(err)
	}
	header := http.Header{}
	header.Set(standardwebhooks.HeaderWebhookID, "msg_1")
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return verifier, header
}
