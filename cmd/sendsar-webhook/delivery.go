package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// kind is the way in which a delivery is genuine or not.
type kind string

const (
	genuine  kind = "genuine"
	previous kind = "previous" // signed with the previous secret
	forged   kind = "forged"   // signed with a random secret
	altered  kind = "tampered" // changed after it was signed
	unsigned kind = "unsigned"
)

// description returns a name for a delivery of this kind.
func (k kind) description() string {
	switch k {
	case genuine:
		return "a genuine delivery"
	case previous:
		return "a delivery signed with the previous secret"
	case forged:
		return "a forged delivery"
	case altered:
		return "a tampered delivery"
	default:
		return "an unsigned delivery"
	}
}

func (k kind) mustPass() bool { return k == genuine || k == previous }

// expected returns the status that an endpoint must answer with.
func (k kind) expected() string {
	if k.mustPass() {
		return "2xx"
	}
	return "401"
}

func (k kind) satisfiedBy(status int) bool {
	if k.mustPass() {
		return status >= http.StatusOK && status < http.StatusMultipleChoices
	}
	return status == http.StatusUnauthorized
}

// maker makes deliveries of one kind.
type maker struct {
	url    string
	kind   kind
	secret string        // not needed for forged and unsigned deliveries
	body   func() []byte // called for each delivery
}

// request returns a delivery like those of the Sendsar console (public console source).
func (m maker) request(ctx context.Context) (*http.Request, error) {
	body := m.body()
	sent := body
	if m.kind == altered {
		sent = tampered(body)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Sendsar-Console/1.0")
	switch m.kind {
	case unsigned:
	case forged:
		r.Header.Set(webhook.SignatureHeader, webhook.Sign("whsec_"+rand.Text(), body))
	default:
		r.Header.Set(webhook.SignatureHeader, webhook.Sign(m.secret, body))
	}
	return r, nil
}
