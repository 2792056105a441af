package frameworks_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// FuzzOneRequest sends the same bytes to every framework: all of them accept them, with
// the same body, or none does.
func FuzzOneRequest(f *testing.F) {
	all := startAll(f)

	event := []byte(`{"event":"message.created","roomId":"r","message":{"text":"grüß dich 👋"}}`)
	genuine := webhook.Sign(secret, event)
	add := func(body []byte, signature string, chunk uint16, contentType, encoding string) {
		f.Add(body, signature, chunk, contentType, encoding)
	}
	add(event, genuine, 0, "application/json", "")
	add(event, genuine, 7, "application/json", "gzip")
	add(event, "\t "+genuine+" ", 0, "application/x-www-form-urlencoded", "")
	add(event, strings.ToUpper(genuine), 0, "multipart/form-data; boundary=b", "deflate")
	add(event, genuine+","+genuine, 1, "multipart/form-data; boundary=b", "")
	add(event[1:], genuine, 0, "", "br")
	add(nil, webhook.Sign(secret, nil), 0, "text/plain", "")
	add(nil, webhook.Sign(secret, nil), 3, "text/plain", "identity")
	add([]byte("--b--\r\n"), webhook.Sign(secret, []byte("--b--\r\n")), 0, "multipart/form-data; boundary=b", "")
	add(bytes.Repeat([]byte{'x'}, limit), webhook.Sign(secret, bytes.Repeat([]byte{'x'}, limit)), 0, "", "")
	add(bytes.Repeat([]byte{'x'}, limit+1), webhook.Sign(secret, bytes.Repeat([]byte{'x'}, limit+1)), 999, "", "")

	f.Fuzz(func(t *testing.T, body []byte, signature string, chunk uint16, contentType, encoding string) {
		for _, value := range []string{signature, contentType, encoding} {
			if len(value) > 500 || strings.ContainsFunc(value, func(r rune) bool { return (r < ' ' && r != '\t') || r == 0x7f }) {
				return // such a header is the framework's to refuse, before any middleware
			}
		}
		wire := request(body, signature, int(chunk), contentType, encoding)
		want := wanted(body, signature)
		for _, s := range all {
			answers, _ := s.witness.exchange(t, s.addr, wire)
			switch {
			case len(answers) != 1:
				t.Errorf("%s: %d answers", s.name, len(answers))
			case want && (answers[0].status != http.StatusOK || !bytes.Equal(answers[0].body, body)):
				t.Errorf("%s: a genuine delivery of %d bytes got status %d and came back as %d bytes", s.name, len(body), answers[0].status, len(answers[0].body))
			case !want && answers[0].status != http.StatusUnauthorized && answers[0].status != http.StatusRequestEntityTooLarge:
				t.Errorf("%s: a delivery that is not genuine got status %d", s.name, answers[0].status)
			}
		}
	})
}

// wanted is the rule, written down once more without package webhook.
func wanted(body []byte, signature string) bool {
	return len(body) <= limit && strings.Trim(signature, " \t") == signatureOf(secret, body)
}

func signatureOf(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func request(body []byte, signature string, chunk int, contentType, encoding string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", hookPath)
	fmt.Fprintf(&b, "X-Webhook-Signature: %s\r\nContent-Type: %s\r\nContent-Encoding: %s\r\n", signature, contentType, encoding)
	if chunk == 0 {
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
		return b.Bytes()
	}
	b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
	for rest := body; len(rest) > 0; {
		n := min(chunk, len(rest))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, rest[:n])
		rest = rest[n:]
	}
	b.WriteString("0\r\n\r\n")
	return b.Bytes()
}
