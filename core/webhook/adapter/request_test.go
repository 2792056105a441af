package adapter_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

const body = `{"event":"message.created"}`

// failing is a body that ends in an error.
type failing struct {
	io.Reader
	err error
}

func (f failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = f.err
	}
	return n, err
}

func (failing) Close() error { return nil }

func TestVerifyRequest(t *testing.T) {
	var (
		v       = webhook.MustNew(secret, webhook.WithMaxBodyBytes(1000))
		genuine = webhook.Sign(secret, []byte(body))
		full    = errors.New("full")
	)
	whole := func() io.ReadCloser { return io.NopCloser(strings.NewReader(body)) }
	tests := []struct {
		name      string
		v         *webhook.Verifier
		signature string
		body      io.ReadCloser
		length    int64
		reason    string
		after     string // the body in the request, if it was replaced
		replaced  bool
		closes    bool
	}{
		{"a genuine delivery has its body back", v, genuine, whole(), -1, "", body, true, false},
		{"a forged delivery has its body back", v, webhook.Sign(strangeSecret, []byte(body)), whole(), -1, "signature_mismatch", body, true, false},
		{"an unsigned body stays as it was, and the connection closes", v, "", whole(), -1, "missing_signature", "", false, true},
		{"a body over the limit stays as it was, and the connection closes", v, genuine, whole(), 1001, "body_too_large", "", false, true},
		{"a read error is translated", v, genuine, failing{strings.NewReader(body), full}, -1, "body_too_large", "", false, true},
		{"a read error that is not translated stays", v, genuine, failing{strings.NewReader(body), io.ErrUnexpectedEOF}, -1, "body_read", "", false, true},
		{"no body at all is an empty one", v, webhook.Sign(secret, nil), nil, 0, "", "", true, false},
		{"http.NoBody is no reason to close", v, "", http.NoBody, 0, "missing_signature", "", false, false},
		{"no Verifier refuses", nil, genuine, whole(), -1, "no_verifier", "", false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Body, r.ContentLength = tt.body, tt.length
			r.Header.Set(webhook.SignatureHeader, tt.signature)
			before := *r
			d, commit, err := adapter.VerifyRequest(tt.v, r, func(err error) error {
				if errors.Is(err, full) {
					return webhook.ErrBodyTooLarge
				}
				return err
			})
			if webhook.Reason(err) != tt.reason {
				t.Fatalf("got %v, want %s", err, tt.reason)
			}
			if err == nil != (d.Body != nil) {
				t.Errorf("the Delivery has %d bytes, the error is %v", len(d.Body), err)
			}
			if r.Body != before.Body || r.ContentLength != before.ContentLength {
				t.Error("the request was touched before commit")
			}
			response := make(http.Header)
			commit(response)
			if closes := response.Get("Connection") == "close"; closes != tt.closes {
				t.Errorf("the connection closes: %t", closes)
			}
			if replaced := r.Body != before.Body; replaced != tt.replaced {
				t.Fatalf("the body was replaced: %t", replaced)
			}
			if !tt.replaced {
				return
			}
			if after, err := io.ReadAll(r.Body); err != nil || string(after) != tt.after {
				t.Errorf("the body is %q, %v", after, err)
			}
		})
	}
}
