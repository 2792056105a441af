package webhooktest_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// caught is a case, and what it must say. It waits as long as patience, if that is set, for
// an answer that does not come.
type caught struct {
	by, says string
	patience time.Duration
}

const (
	accepts  = "the answers have the statuses [200], not [401]"
	refuses  = "the answers have the statuses [401], not [200]"
	noAnswer = "the answers have the statuses []"
	late     = "the answers have the statuses [" // none, or 100

	soon = 200 * time.Millisecond
)

// bug is one mistake in a receiver that is right otherwise.
type bug struct {
	name   string
	spoil  func(s *receiver)
	caught []caught // in this order; one that says nothing sets the scene
}

var headerBugs = []bug{
	{name: "compares as many bytes as came", spoil: func(s *receiver) {
		s.parse = func(lines []string) ([]byte, error) { return hexOf(lines) }
		s.equal = func(expected, received []byte) bool {
			return hmac.Equal(expected[:min(len(expected), len(received))], received)
		}
	}, caught: []caught{{"header/half of it", accepts, 0}}},
	{name: "compares nothing with nothing", spoil: func(s *receiver) {
		s.parse = func(lines []string) ([]byte, error) { return hexOf(lines) }
		s.equal = func(expected, received []byte) bool { return bytes.HasPrefix(expected, received) }
	}, caught: []caught{{"header/prefix alone", accepts, 0}}},
	{name: "looks at the beginning of the value", spoil: func(s *receiver) {
		s.parse = func(lines []string) ([]byte, error) { return parseSignature(cut(lines, 71)) }
	}, caught: []caught{
		{"header/one digit more", accepts, 0},
		{"header/a semicolon after it", accepts, 0},
		{"header/a parameter after it", accepts, 0},
		{"header/2,000 digits", accepts, 0},
		{"header/twice in a row", accepts, 0},
	}},
	{name: "looks for the signature anywhere in the value", spoil: func(s *receiver) {
		s.parse = func(lines []string) ([]byte, error) {
			for i := range lines {
				if at := strings.LastIndex(lines[i], "sha256="); at > 0 {
					return parseSignature(cut([]string{lines[i][at:]}, 71))
				}
			}
			return parseSignature(lines)
		}
	}, caught: []caught{{"header/a comma before it", accepts, 0}, {"header/in quotes", accepts, 0}, {"header/a list with a comma and a space", accepts, 0}}},
	{name: "accepts upper-case hex", spoil: func(s *receiver) {
		s.parse = func(lines []string) ([]byte, error) {
			for i, line := range lines {
				if digits, ok := strings.CutPrefix(line, "sha256="); ok {
					lines[i] = "sha256=" + strings.ToLower(digits)
				}
			}
			return parseSignature(lines)
		}
	}, caught: []caught{{"header/upper-case hex", accepts, 0}}},
	{name: "accepts the prefix in any case", spoil: func(s *receiver) {
		s.parse = func(lines []string) ([]byte, error) {
			for i, line := range lines {
				if len(line) > 7 && strings.EqualFold(line[:7], "sha256=") {
					lines[i] = "sha256=" + line[7:]
				}
			}
			return parseSignature(lines)
		}
	}, caught: []caught{{"header/upper-case prefix", accepts, 0}, {"header/capitalised prefix", accepts, 0}}},
	{name: "ignores the hex decoder's error", spoil: func(s *receiver) {
		s.parse = func(lines []string) ([]byte, error) {
			mac, err := parseSignature(lines)
			if err == nil || len(lines) != 1 {
				return mac, err
			}
			digits, _ := strings.CutPrefix(lines[0], "sha256=")
			mac, _ = hex.DecodeString(digits)
			return mac, nil
		}
	}, caught: []caught{{"header/one digit more", accepts, 0}, {"header/a semicolon after it", accepts, 0}}},
	{name: "accepts bare hex", spoil: func(s *receiver) {
		s.parse = func(lines []string) ([]byte, error) {
			return parseSignature(prefixed(lines, func(string) bool { return true }))
		}
	}, caught: []caught{{"header/bare hex", accepts, 0}}},
	{name: "accepts any name before the equals sign", spoil: func(s *receiver) {
		s.parse = func(lines []string) ([]byte, error) {
			for i, line := range lines {
				if _, digits, ok := strings.Cut(line, "="); ok {
					lines[i] = "sha256=" + digits
				}
			}
			return parseSignature(lines)
		}
	}, caught: []caught{{"header/sha1 prefix", accepts, 0}, {"header/sha512 prefix", accepts, 0}, {"header/v1 prefix", accepts, 0}}},
	{name: "accepts the timestamped form", spoil: func(s *receiver) {
		s.parse = func(lines []string) ([]byte, error) {
			for i, line := range lines {
				if _, digits, ok := strings.Cut(line, ",v1="); ok {
					lines[i] = "sha256=" + digits
				}
			}
			return parseSignature(lines)
		}
	}, caught: []caught{{"header/the timestamped form", accepts, 0}}},
	{name: "lets the header choose the algorithm", spoil: func(s *receiver) {
		algorithms := map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}
		algorithm := func(line string) func() hash.Hash {
			name, _, _ := strings.Cut(line, "=")
			return algorithms[name]
		}
		s.parse = func(lines []string) ([]byte, error) {
			if len(lines) != 1 || algorithm(lines[0]) == nil {
				return parseSignature(lines)
			}
			_, digits, _ := strings.Cut(lines[0], "=")
			return hex.DecodeString(digits)
		}
		s.mac = func(r *http.Request, key, body []byte) []byte {
			h := hmac.New(algorithm(r.Header.Get(webhook.SignatureHeader)), key)
			_, _ = h.Write(body) // a hash.Hash never fails to write
			return h.Sum(nil)
		}
	}, caught: []caught{{"key/HMAC-SHA1, as sha1", accepts, 0}, {"key/HMAC-SHA512, as sha512", accepts, 0}}},
	{name: "accepts base64", spoil: func(s *receiver) {
		s.parse = func(lines []string) ([]byte, error) {
			if len(lines) == 1 {
				if mac, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[0], "sha256=")); err == nil && len(mac) == sha256.Size {
					return mac, nil
				}
			}
			return parseSignature(lines)
		}
	}, caught: []caught{{"header/base64", accepts, 0}}},
	{name: "accepts a list with a comma", spoil: func(s *receiver) {
		s.lines = func(r *http.Request) []string {
			parts := strings.Split(r.Header.Get(webhook.SignatureHeader), ",")
			return []string{strings.TrimSpace(parts[len(parts)-1])}
		}
	}, caught: []caught{{"header/a list with a comma and a space", accepts, 0}, {"header/a list with a comma", accepts, 0}}},
	{name: "takes the first of two lines", spoil: func(s *receiver) {
		s.lines = func(r *http.Request) []string { return []string{r.Header.Get(webhook.SignatureHeader)} }
	}, caught: []caught{{"header/genuine, then forged", accepts, 0}, {"header/genuine, then empty", accepts, 0}, {"header/twice in different case", accepts, 0}, {"header/the same line twice", accepts, 0}}},
	{name: "takes the last of two lines", spoil: func(s *receiver) {
		s.lines = func(r *http.Request) []string {
			lines := r.Header.Values(webhook.SignatureHeader)
			return lines[max(0, len(lines)-1):]
		}
	}, caught: []caught{{"header/forged, then genuine", accepts, 0}, {"header/empty, then genuine", accepts, 0}}},
	{name: "takes every line that is not empty", spoil: func(s *receiver) {
		s.lines = func(r *http.Request) (lines []string) {
			for _, line := range r.Header.Values(webhook.SignatureHeader) {
				if line != "" {
					lines = append(lines, line)
				}
			}
			return lines
		}
	}, caught: []caught{{"header/empty, then genuine", accepts, 0}, {"header/genuine, then empty", accepts, 0}}},
	{name: "trims every kind of white space", spoil: func(s *receiver) {
		s.lines = trimmedBy(strings.TrimSpace)
	}, caught: []caught{{"header/a no-break space after it", accepts, 0}, {"header/an ideographic space before it", accepts, 0}}},
	{name: "removes white space inside the value", spoil: func(s *receiver) {
		s.lines = trimmedBy(func(line string) string { return strings.Join(strings.Fields(line), "") })
	}, caught: []caught{{"header/a space inside", accepts, 0}, {"header/a tab inside", accepts, 0}, {"header/folded over two lines", "answered with 200", 0}}},
	{name: "does not trim white space", spoil: func(s *receiver) {
		s.lines = linesAsSent
	}, caught: []caught{{"genuine/spaces and tabs around the value", refuses, 0}}},
	{name: "removes quotes", spoil: func(s *receiver) {
		s.lines = trimmedBy(func(line string) string { return strings.Trim(line, `"`) })
	}, caught: []caught{{"header/in quotes", accepts, 0}}},
	{name: "undoes percent signs and full-width digits", spoil: func(s *receiver) {
		s.lines = trimmedBy(func(line string) string {
			line, _ = url.PathUnescape(line) // Sendsar sends no percent sign
			return strings.Map(func(r rune) rune {
				if r >= '！' {
					r += '!' - '！'
				}
				return r
			}, line)
		})
	}, caught: []caught{{"header/a percent sign in it", accepts, 0}, {"header/a full-width digit", accepts, 0}}},
	{name: "takes the signature from the query", spoil: func(s *receiver) {
		s.lines = func(r *http.Request) []string {
			if line := r.URL.Query().Get(webhook.SignatureHeader); line != "" {
				return []string{line}
			}
			return r.Header.Values(webhook.SignatureHeader)
		}
	}, caught: []caught{{"header/in the query", accepts, 0}}},
	{name: "takes the signature from other headers", spoil: func(s *receiver) {
		s.lines = func(r *http.Request) []string {
			for name, lines := range r.Header {
				if strings.HasSuffix(strings.ToLower(strings.ReplaceAll(name, "_", "-")), "signature") || strings.HasSuffix(name, "-256") || name == "Authorization" {
					return lines
				}
			}
			return nil
		}
	}, caught: []caught{
		{"header/in the X-Hub-Signature-256 header", accepts, 0},
		{"header/in the X-Signature header", accepts, 0},
		{"header/in the X_Webhook_Signature header", accepts, 0},
		{"header/in the X-Webhook-Signature-256 header", accepts, 0},
		{"header/in the Webhook-Signature header", accepts, 0},
		{"header/in the Authorization header", accepts, 0},
	}},
	{name: "believes a trailer", spoil: func(s *receiver) {
		s.lines = withTrailer(func(header, trailer []string) []string {
			if len(trailer) > 0 {
				return trailer
			}
			return header
		})
	}, caught: []caught{{"header/only in a trailer", accepts, 0}, {"header/only in a declared trailer", accepts, 0}, {"header/forged, with the genuine one in a trailer", accepts, 0}}},
	{name: "counts a trailer as a second line", spoil: func(s *receiver) {
		s.lines = withTrailer(func(header, trailer []string) []string { return append(header, trailer...) })
	}, caught: []caught{{"genuine/chunked with another signature in a trailer", refuses, 0}}},
	{name: "finds the header under one spelling only", spoil: func(s *receiver) {
		s.lines = func(r *http.Request) (lines []string) {
			c := r.Context().Value(recorderKey{}).(*recorder)
			if !c.began("\r\nX-Webhook-Signature:") {
				return nil
			}
			return r.Header.Values(webhook.SignatureHeader)
		}
	}, caught: []caught{{"genuine/header name in lower case", refuses, 0}, {"genuine/header name in upper case", refuses, 0}}},
}

var keyBugs = []bug{
	{name: "accepts the empty key", spoil: alsoKey(func(string) []byte { return nil }), caught: []caught{{"key/empty", accepts, 0}}},
	{name: "accepts the prefix as the key", spoil: alsoKey(func(string) []byte { return []byte("whsec_") }), caught: []caught{{"key/the prefix alone", accepts, 0}}},
	{name: "strips the prefix from the key", spoil: onlyKey(func(secret string) []byte { return []byte(secret[6:]) }), caught: []caught{{"genuine/every byte value", refuses, 0}, {"key/without whsec_", accepts, 0}}},
	{name: "decodes the key as hex", spoil: onlyKey(func(secret string) []byte {
		key, _ := hex.DecodeString(secret[6:]) // the suite's is hex
		return key
	}), caught: []caught{{"genuine/every byte value", refuses, 0}, {"key/hex-decoded", accepts, 0}}},
	{name: "decodes the key as base64", spoil: onlyKey(func(secret string) []byte {
		key, _ := base64.StdEncoding.DecodeString(secret[6:]) // hex digits are base64 too
		return key
	}), caught: []caught{{"genuine/every byte value", refuses, 0}, {"key/base64-decoded", accepts, 0}}},
	{name: "decodes the whole key as base64url", spoil: onlyKey(func(secret string) []byte {
		key, _ := base64.RawURLEncoding.DecodeString(secret) // as above
		return key
	}), caught: []caught{{"genuine/every byte value", refuses, 0}, {"key/base64url-decoded as a whole", accepts, 0}}},
	{name: "keeps the newline of a secret's file", spoil: onlyKey(func(secret string) []byte { return []byte(secret + "\n") }), caught: []caught{{"genuine/every byte value", refuses, 0}, {"key/a newline after it", accepts, 0}}},
	{name: "cuts the key at a NUL", spoil: alsoKey(func(secret string) []byte { return []byte(secret + "\x00x") }), caught: []caught{{"key/a NUL after it and more", accepts, 0}}},
	{name: "hashes the key first", spoil: alsoKey(func(secret string) []byte { key := sha256.Sum256([]byte(secret)); return key[:] }), caught: []caught{{"key/its SHA-256", accepts, 0}}},
	{name: "does not use the key", spoil: func(s *receiver) {
		s.mac = func(_ *http.Request, _, body []byte) []byte { plain := sha256.Sum256(body); return plain[:] }
	}, caught: []caught{{"genuine/every byte value", refuses, 0}, {"key/no key, SHA-256 of the body", accepts, 0}}},
	{name: "puts the secret before the body", spoil: func(s *receiver) {
		s.mac = func(_ *http.Request, key, body []byte) []byte {
			plain := sha256.Sum256(append(bytes.Clone(key), body...))
			return plain[:]
		}
	}, caught: []caught{{"key/no HMAC, SHA-256 of secret and body", accepts, 0}}},
	{name: "compares the first twenty bytes", spoil: func(s *receiver) {
		s.mac = func(_ *http.Request, key, body []byte) []byte {
			h := hmac.New(sha1.New, key)
			_, _ = h.Write(body) // a hash.Hash never fails to write
			return h.Sum(nil)
		}
		s.equal = func(expected, received []byte) bool { return hmac.Equal(expected, received[:len(expected)]) }
	}, caught: []caught{{"key/HMAC-SHA1, padded", accepts, 0}}},
	{name: "signs the path with the body", spoil: func(s *receiver) {
		s.mac = func(r *http.Request, key, body []byte) []byte { return sum(key, append([]byte(r.URL.Path), body...)) }
	}, caught: []caught{{"key/the URL before the body", accepts, 0}, {"genuine/every byte value", refuses, 0}}},
	{name: "joins its secrets", spoil: func(s *receiver) {
		s.keys = func() [][]byte { return [][]byte{[]byte(strings.Join(s.secrets, ","))} }
	}, caught: []caught{{"key/both secrets with a comma", accepts, 0}, {"genuine/every byte value", refuses, 0}}},
	{name: "accepts any signature once there are two secrets", spoil: func(s *receiver) {
		s.equal = func([]byte, []byte) bool { return true }
	}, caught: []caught{{"key/somebody else's", accepts, 0}, {"header/all zeros", accepts, 0}}},
	{
		name: "does not accept the previous secret", spoil: func(s *receiver) { s.secrets = s.secrets[:1] },
		caught: []caught{{"genuine/under the previous secret", refuses, 0}},
	},
	{name: "forgets which secret it was", spoil: func(s *receiver) {
		deliver := s.delivery
		s.delivery = func(body []byte, _ int) webhook.Delivery { return deliver(body, 0) }
	}, caught: []caught{{"genuine/under the previous secret", "SecretIndex is 0", 0}}},
	{name: "counts secrets from one", spoil: func(s *receiver) {
		deliver := s.delivery
		s.delivery = func(body []byte, i int) webhook.Delivery { return deliver(body, i+1) }
	}, caught: []caught{{"genuine/every byte value", "SecretIndex 1, for 256 bytes", 0}, {"genuine/under the previous secret", "SecretIndex is 2", 0}}},
	{
		name: "tries the previous secret first", spoil: func(s *receiver) { s.secrets[0], s.secrets[1] = s.secrets[1], s.secrets[0] },
		caught: []caught{{"genuine/every byte value", "SecretIndex 1, for 256 bytes", 0}},
	},
}

var bodyBugs = []bug{
	{name: "trims the body", spoil: verifies(bytes.TrimSpace), caught: []caught{{"body/a newline added, announced", accepts, 0}, {"genuine/only line ends", refuses, 0}}},
	{
		name: "removes a byte order mark", spoil: verifies(func(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) }),
		caught: []caught{{"body/a byte order mark added, chunked", accepts, 0}, {"genuine/a byte order mark", refuses, 0}},
	},
	{
		name: "removes NUL bytes", spoil: verifies(func(body []byte) []byte { return bytes.Trim(body, "\x00") }),
		caught: []caught{{"body/a NUL added, announced", accepts, 0}, {"genuine/NUL bytes", refuses, 0}},
	},
	{
		name: "takes the body for text", spoil: verifies(func(body []byte) []byte { return bytes.ToValidUTF8(body, []byte("\ufffd")) }),
		caught: []caught{{"genuine/invalid UTF-8", refuses, 0}, {"genuine/every byte value", refuses, 0}},
	},
	{name: "verifies the body in its own JSON", spoil: verifies(func(body []byte) []byte {
		var b bytes.Buffer
		if json.Compact(&b, body) != nil {
			return body
		}
		return b.Bytes()
	}), caught: []caught{{"body/re-serialised with a space, announced", accepts, 0}}},
	{name: "verifies the inflated body", spoil: verifies(inflated), caught: []caught{
		{"genuine/gzip, left as it came", refuses, 0},
		{"genuine/gzip in chunks, left as it came", refuses, 0},
		{"body/compressed after it was signed, announced", accepts, 0},
	}},
	{name: "verifies the text of the decoder's error", spoil: func(s *receiver) {
		s.mac = func(r *http.Request, key, body []byte) []byte {
			if r.Header.Get("Content-Encoding") == "gzip" {
				if _, err := gzip.NewReader(bytes.NewReader(body)); err != nil {
					body = []byte(err.Error())
				}
			}
			return sum(key, body)
		}
	}, caught: []caught{{"body/signed as a decoder's error, announced", accepts, 0}, {"genuine/plain bytes that say Content-Encoding gzip", refuses, 0}}},
	{
		name: "verifies at most 64 KiB", spoil: verifies(func(body []byte) []byte { return body[:min(len(body), 64<<10)] }),
		caught: []caught{{"genuine/65537 bytes announced", refuses, 0}},
	},
	{
		name: "takes the body for a string that ends at a NUL", spoil: verifies(func(body []byte) []byte { text, _, _ := bytes.Cut(body, []byte{0}); return text }),
		caught: []caught{{"genuine/NUL bytes", refuses, 0}, {"body/a NUL added, chunked", accepts, 0}},
	},
	{name: "accepts an empty body under any signature", spoil: func(s *receiver) {
		s.equal = func(expected, received []byte) bool {
			return hmac.Equal(expected, received) || hmac.Equal(expected, sum([]byte(s.secrets[0]), nil))
		}
	}, caught: []caught{{"body/empty, the signature is not, announced", accepts, 0}, {"body/empty, the signature is not, chunked", accepts, 0}}},
	{name: "accepts the signature of nothing for any body", spoil: func(s *receiver) {
		s.equal = func(expected, received []byte) bool {
			return hmac.Equal(expected, received) || hmac.Equal(received, sum([]byte(s.secrets[0]), nil))
		}
	}, caught: []caught{{"body/not empty, the signature is of an empty one, announced", accepts, 0}}},
	{
		name: "leaves the body read", spoil: func(s *receiver) { s.restore = func(*http.Request, []byte) {} },
		caught: []caught{{"genuine/every byte value", "the handler saw 0 bytes that were not signed", 0}, {"framework API/JSON", "JSON decoded to room", 0}},
	},
	{name: "gives the handler the inflated body", spoil: func(s *receiver) {
		s.restore = func(r *http.Request, body []byte) { r.Body = io.NopCloser(bytes.NewReader(inflated(body))) }
	}, caught: []caught{{"genuine/gzip, left as it came", "the handler saw 93 bytes that were not signed", 0}}},
	{name: "gives the handler its own JSON", spoil: func(s *receiver) {
		s.restore = func(r *http.Request, body []byte) {
			var value any
			if json.Unmarshal(body, &value) == nil {
				body, _ = json.Marshal(value) // it was unmarshalled
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
	}, caught: []caught{{"genuine/every byte value", "", 0}, {"genuine/HTTP/1.0", "the handler saw 93 bytes that were not signed", 0}}},
	{name: "trims what FromContext returns", spoil: func(s *receiver) {
		deliver := s.delivery
		s.delivery = func(body []byte, i int) webhook.Delivery { return deliver(bytes.TrimSpace(body), i) }
	}, caught: []caught{{"genuine/line ends of both kinds", "the framework's body has 19 bytes, and the Delivery 16 other ones", 0}}},
	{name: "gives every request the Delivery of the first", spoil: func(s *receiver) {
		var once sync.Once
		var first webhook.Delivery
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			once.Do(func() { first = d })
			handle(w, r, first, verified)
		}
	}, caught: []caught{
		{"connection/five deliveries, chunked", "and the Delivery 93 other ones", 0},
		{"concurrency/400 deliveries, 100 at a time, announced", "the Delivery holds another body than the request", 0},
	}},
	{name: "gives the handler a body that fails at its end", spoil: func(s *receiver) {
		s.restore = func(r *http.Request, body []byte) {
			r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), r.Body, errorReader{}))
		}
	}, caught: []caught{{"genuine/1 bytes announced", "the handler could not read the body", 0}}},
	{name: "a nil Delivery.Body for an empty body", spoil: func(s *receiver) {
		s.delivery = func(body []byte, i int) webhook.Delivery {
			return webhook.Delivery{Body: append([]byte(nil), body...)[:len(body):len(body)], SecretIndex: i}
		}
	}, caught: []caught{{"genuine/0 bytes announced", "Delivery.Body is nil", 0}, {"genuine/no body and no length", "Delivery.Body is nil", 0}}},
	{name: "spare capacity in Delivery.Body", spoil: func(s *receiver) {
		s.delivery = func(body []byte, i int) webhook.Delivery {
			return webhook.Delivery{Body: append(make([]byte, 0, len(body)+1), body...), SecretIndex: i}
		}
	}, caught: []caught{{"genuine/1 bytes announced", "Delivery.Body has spare capacity", 0}}},
	{name: "a Delivery in a buffer that the next request gets", spoil: func(s *receiver) {
		buffers := freeList(1)
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			buffer := <-buffers
			defer func() { buffers <- buffer }()
			n := copy(buffer, d.Body)
			d.Body = buffer[:n:n]
			handle(w, r, d, verified)
		}
	}, caught: []caught{{"connection/five deliveries, announced", "a Delivery that was kept changed after its handler returned", 0}}},
	{name: "one pooled buffer for two requests", spoil: func(s *receiver) {
		buffers := freeList(200) // more than there are handlers at a time
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			buffer := <-buffers
			defer func() { buffers <- buffer }()
			n := copy(buffer, d.Body)
			d.Body = buffer[:n:n]
			s.restore(r, d.Body)
			handle(w, r, d, verified)
		}
	}, caught: []caught{{"concurrency/400 deliveries, 100 at a time, announced", "a Delivery that was kept changed after its handler returned", 0}}},
}

var readingBugs = []bug{
	{name: "verifies what arrived before an error", spoil: reads(func(r *http.Request) ([]byte, error) {
		body, _ := io.ReadAll(r.Body) // the bug
		return body, nil
	}), caught: []caught{
		{"framing/cut off, one byte before its end", "answered with 200", 0},
		{"framing/cut off after 100,000 bytes", "answered with 200", 0},
		{"framing/cut off at once, signed as nothing", "answered with 200", 0},
		{"framing/cut off at once", "answered with 401", 0},
		{"framing/no last chunk", "answered with 200", 0},
		{"framing/no last chunk, in small chunks", "answered with 200", 0},
		{"framing/cut off inside a chunk", "answered with 200", 0},
		{"framing/a chunk size that is no number", "answered with 401", 0},
		{"smuggling/after a broken chunk", "answered with 200", 0},
		{"read error/after the body, announced", "the answers have the statuses [200], not [400]", 0},
	}},
	{name: "verifies the error's text", spoil: reads(func(r *http.Request) ([]byte, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			body = []byte(err.Error())
		}
		return body, nil
	}), caught: []caught{{"framing/cut off, signed as the error's text", "answered with 200", 0}, {"framing/no last chunk, signed as the error's text", "answered with 200", 0}}},
	{name: "drops an error beside bytes", spoil: reads(func(r *http.Request) (body []byte, err error) {
		buffer := make([]byte, 1000)
		for {
			n, err := r.Body.Read(buffer)
			if n == 0 && err != nil {
				return body, nil
			}
			body = append(body, buffer[:n]...)
		}
	}), caught: []caught{{"read error/beside the last bytes, announced", "[200], not [400]", 0}, {"read error/beside the last bytes, chunked", "[200], not [400]", 0}}},
	{name: "does not count the bytes", spoil: reads(func(r *http.Request) ([]byte, error) { return io.ReadAll(r.Body) }), caught: []caught{
		{"order/drained before us, announced", "[401], not [500]", 0},
		{"order/drained before us, announced, signed as nothing", "[200], not [500]", 0},
		{"order/shortened before us, announced, signed as what is left", "[200], not [500]", 0},
		{"order/inflated before us, announced", "[401], not [500]", 0},
		{"order/shortened before us, announced", "[401], not [500]", 0},
	}},
	{name: "reads what was announced and looks no further", spoil: func(s *receiver) {
		s.read = func(r *http.Request, announced int64) ([]byte, error) {
			if announced < 0 {
				return s.readWhole(r, announced)
			}
			body := make([]byte, announced)
			if _, err := io.ReadFull(r.Body, body); err != nil {
				return nil, webhook.ErrBodyRead
			}
			return body, nil
		}
	}, caught: []caught{
		{"order/lengthened before us, announced", "[200], not [500]", 0},
		{"order/inflated before us, announced", "[401], not [500]", 0},
		{"order/drained before us, announced", "[400], not [500]", 0},
	}},
	{name: "has no limit", spoil: func(s *receiver) {
		s.MaxBodyBytes = 1 << 40
	}, caught: []caught{
		{"limit/one byte over, announced", "[200], not [413]", 0},
		{"limit/one byte over, chunked", "[200], not [413]", 0},
		{"limit/one byte over, in one chunk", "[200], not [413]", 0},
		{"order/inflated before us, over the limit, chunked", "[401], not [413]", 0},
	}},
	{name: "believes the announced length, and makes room for it", spoil: func(s *receiver) {
		s.tooLarge = func(int64) bool { return false }
		s.read = func(_ *http.Request, announced int64) ([]byte, error) { return make([]byte, announced), nil }
	}, caught: []caught{{"limit/9223372036854775807 bytes announced, none sent", noAnswer, 0}}},
	{name: "has a limit for announced bodies only", spoil: func(s *receiver) {
		s.read = reading(func(r *http.Request) ([]byte, error) { return io.ReadAll(r.Body) })
	}, caught: []caught{{"limit/one byte over, chunked", "[200], not [413]", 0}}},
	{name: "has a limit for chunked bodies only", spoil: func(s *receiver) {
		s.tooLarge = func(int64) bool { return false }
	}, caught: []caught{{"limit/one byte over, announced", "[200], not [413]", 0}, {"limit/over and forged, announced", "[401], not [413]", 0}}},
	{
		name: "has a limit of one byte more", spoil: func(s *receiver) { s.MaxBodyBytes++ },
		caught: []caught{{"limit/one byte over, announced", "[200], not [413]", 0}, {"limit/one byte over, chunked", "[200], not [413]", 0}},
	},
	{
		name: "has a limit of one byte less", spoil: func(s *receiver) { s.MaxBodyBytes-- },
		caught: []caught{{"genuine/300000 bytes announced", "[413], not [200]", 0}, {"genuine/300000 bytes chunked", "[413], not [200]", 0}},
	},
	{name: "cuts the body at its limit", spoil: func(s *receiver) {
		s.tooLarge = func(int64) bool { return false }
		s.read = reading(func(r *http.Request) ([]byte, error) { return io.ReadAll(io.LimitReader(r.Body, s.MaxBodyBytes)) })
	}, caught: []caught{
		{"limit/over, signed up to the limit, announced", "[200], not [413]", 0},
		{"limit/over, signed up to the limit, chunked", "[200], not [413]", 0},
		{"limit/one byte over, chunked", "[401], not [413]", 0},
	}},
	{name: "adds one to the largest limit", spoil: func(s *receiver) {
		s.read = func(r *http.Request, _ int64) ([]byte, error) {
			return io.ReadAll(io.LimitReader(r.Body, s.MaxBodyBytes+1))
		}
	}, caught: []caught{{"limit/no limit to speak of, announced", refuses, 0}, {"limit/no limit to speak of, chunked", refuses, 0}}},
	{
		name: "answers 500 over the limit", spoil: answers(webhook.ErrBodyTooLarge, http.StatusInternalServerError),
		caught: []caught{{"limit/one byte over, announced", "[500], not [413]", 0}, {"limit/1099511627776 bytes announced, none sent", "[500], not [413]", 0}, {"read error/of an http.MaxBytesReader, chunked", "[500], not [413]", 0}},
	},
	{
		name: "answers 401 to a spoilt body", spoil: answers(webhook.ErrBodyAltered, http.StatusUnauthorized),
		caught: []caught{{"order/drained before us, announced", "[401], not [500]", 0}},
	},
	{
		name: "answers 400 to a spoilt body", spoil: answers(webhook.ErrBodyAltered, http.StatusBadRequest),
		caught: []caught{{"order/inflated before us, over the limit, announced", "[400], not [500]", 0}},
	},
	{
		name: "answers 500 to a body that broke off", spoil: answers(webhook.ErrBodyRead, http.StatusInternalServerError),
		caught: []caught{{"framing/cut off, far before its end", "answered with 500", 0}, {"framing/a negative chunk size", "answered with 500", 0}, {"read error/after the body, chunked", "[500], not [400]", 0}},
	},
	{name: "answers 400 to a timeout", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			if errors.Is(err, webhook.ErrBodyRead) {
				err = webhook.ErrBodyRead
			}
			http.Error(w, webhook.PublicMessage(err), webhook.StatusCode(err))
		}
	}, caught: []caught{{"read error/a timeout, announced", "[400], not [408]", 0}, {"read error/a timeout, chunked", "[400], not [408]", 0}}},
	{name: "looks at the length before the signature", spoil: func(s *receiver) {
		serve := s.serve
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			if s.tooLarge(r.ContentLength) {
				s.hangUp(w, r)
				s.refuse(w, r, webhook.ErrBodyTooLarge)
				return
			}
			serve(w, r)
		}
	}, caught: []caught{{"limit/over and not signed, announced", "[413], not [401]", 0}, {"limit/over and malformed, announced", "[413], not [401]", 0}}},
}

var connectionBugs = []bug{
	{name: "keeps the connection when it refuses early", spoil: func(s *receiver) {
		s.hangUp = func(http.ResponseWriter, *http.Request) {}
	}, caught: []caught{
		{"early refusal/unsigned, announced, 0 bytes of the body sent", late, soon},
		{"early refusal/malformed, chunked, 20000 bytes of the body sent", late, soon},
		{"early refusal/signed twice, announced, 20000 bytes of the body sent", late, soon},
	}},
	{name: "answers early and does not say that it hangs up", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			raw(w, webhook.StatusCode(err), webhook.PublicMessage(err), nil)
		}
	}, caught: []caught{
		{"early refusal/unsigned, announced, 0 bytes of the body sent", "has no Connection: close", 0},
		{"early refusal/over the limit, announced, 20000 bytes of the body sent", "has no Connection: close", 0},
		{"limit/1099511627776 bytes announced, none sent", "has no Connection: close", 0},
	}},
	{name: "reads the body before it looks at the header", spoil: func(s *receiver) {
		serve := s.serve
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body) // the cases have no read error
			s.restore(r, body)
			serve(w, r)
		}
	}, caught: []caught{
		{"early refusal/unsigned, announced, 0 bytes of the body sent", late, soon},
		{"early refusal/malformed, chunked, 0 bytes of the body sent", late, soon},
		{"early refusal/over the limit, announced, 20000 bytes of the body sent", late, soon},
		{"early refusal/unsigned, Expect 100-continue gets no 100, 0 bytes of the body sent", late, soon},
	}},
	{name: "reads one byte before it looks at the header", spoil: func(s *receiver) {
		serve := s.serve
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			first := make([]byte, 1)
			n, _ := r.Body.Read(first) // the cases have no read error
			r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(first[:n]), r.Body))
			serve(w, r)
		}
	}, caught: []caught{
		{"early refusal/malformed, announced, 0 bytes of the body sent", late, soon},
		{"early refusal/malformed, chunked, Expect 100-continue gets no 100, 20000 bytes of the body sent", late, soon},
	}},
	{name: "answers 100 before it looks at the header", spoil: func(s *receiver) {
		serve := s.serve
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Expect") != "" {
				w.WriteHeader(http.StatusContinue)
			}
			serve(w, r)
		}
	}, caught: []caught{
		{"early refusal/unsigned, Expect 100-continue gets no 100, 0 bytes of the body sent", "[100 401], not [401]", 0},
		{"early refusal/over the limit, Expect 100-continue gets no 100, 0 bytes of the body sent", "[100 413], not [413]", 0},
	}},
	{name: "reads an endless body to its end", spoil: func(s *receiver) {
		read := s.read
		s.read = func(r *http.Request, announced int64) ([]byte, error) {
			body, err := read(r, announced)
			_, _ = io.Copy(io.Discard, r.Body) // the bug
			return body, err
		}
	}, caught: []caught{{"early refusal/over the limit, chunked, without its end", late, soon}}},
	{name: "never answers", spoil: func(s *receiver) {
		s.serve = func(http.ResponseWriter, *http.Request) { <-s.ended }
	}, caught: []caught{
		{"framing/cut off, far before its end", "the server neither answers nor closes", soon},
		{"early refusal/unsigned, chunked, 0 bytes of the body sent", late, soon},
	}},
	{name: "answers and leaves the connection open", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			raw(w, webhook.StatusCode(err), webhook.PublicMessage(err), func(net.Conn, *bufio.Reader) { <-s.ended })
		}
	}, caught: []caught{{"header/none", "the connection stays open", time.Second}}},
	{name: "takes the rest of a refused body for the next request", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			raw(w, webhook.StatusCode(err), webhook.PublicMessage(err), func(conn net.Conn, in *bufio.Reader) {
				for r, err := http.ReadRequest(in); err == nil; r, err = http.ReadRequest(in) {
					next := httptest.NewRecorder()
					s.serve(next, r)
					writeAnswer(conn, next)
				}
			})
		}
	}, caught: []caught{
		{"smuggling/unsigned, at 0, announced", "the answers have the statuses [401 200], not [401]", 0},
		{"smuggling/malformed, at 0, announced", "the answers have the statuses [401 200], not [401]", 0},
	}},
	{name: "hangs up after every refusal", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			w.Header().Set("Connection", "close")
			answer(w, r, err)
		}
	}, caught: []caught{{"connection/a forged delivery between two genuine ones, announced", "the answers have the statuses [200 401], not [200 401 200]", 0}}},
	{name: "handles one delivery at a time", spoil: func(s *receiver) {
		var one sync.Mutex
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			one.Lock()
			defer one.Unlock()
			handle(w, r, d, verified)
		}
	}, caught: []caught{{"concurrency/400 deliveries, 100 at a time, chunked", "100 deliveries were never in the handler at the same time", 0}}},
	{name: "believes a signature that it has seen", spoil: func(s *receiver) {
		var known sync.Map
		s.equal = func(expected, received []byte) bool {
			ok := hmac.Equal(expected, received)
			if ok {
				known.Store(string(received), true)
			}
			_, seen := known.Load(string(received))
			return ok || seen
		}
	}, caught: []caught{{"concurrency/400 deliveries, 100 at a time, forged ones between them", "the answers have the statuses [200 200", 0}}},
}

var refusalBugs = []bug{
	{name: "runs the handler after a refusal", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			answer(w, r, err)
			s.handle(w, r, webhook.Delivery{}, false)
		}
	}, caught: []caught{{"header/none", "the handler ran 1 times, not 0", 0}, {"limit/one byte over, announced", "the handler ran 1 times, not 0", 0}}},
	{name: "runs the handler and throws its answer away", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			s.handle(httptest.NewRecorder(), r, webhook.Delivery{}, false)
			answer(w, r, err)
		}
	}, caught: []caught{{"header/none", "the handler ran 1 times, not 0", 0}, {"key/somebody else's", "the handler ran 1 times, not 0", 0}}},
	{name: "runs the handler twice", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			handle(httptest.NewRecorder(), r, d, verified)
			s.restore(r, d.Body)
			handle(w, r, d, verified)
		}
	}, caught: []caught{{"genuine/every byte value", "the handler ran 2 times, not 1", 0}}},
	{name: "writes more after the handler's answer", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			handle(w, r, d, verified)
			_, _ = io.WriteString(w, "ok") // the case misses it
		}
	}, caught: []caught{{"genuine/every byte value", `answered with "handled 256 bytesok"`, 0}}},
	{name: "acknowledges without the handler", spoil: func(s *receiver) {
		s.handle = func(w http.ResponseWriter, _ *http.Request, _ webhook.Delivery, _ bool) { w.WriteHeader(http.StatusOK) }
	}, caught: []caught{{"genuine/every byte value", "the handler ran 0 times, not 1", 0}}},
	{name: "acknowledges a refusal", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusOK) }
	}, caught: []caught{{"header/none", accepts, 0}, {"framing/cut off, far before its end", "answered with 200", 0}, {"order/drained before us, announced", "[200], not [500]", 0}}},
	{name: "forgets that the request is verified", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, _ webhook.Delivery, _ bool) {
			handle(w, r, webhook.Delivery{}, false)
		}
	}, caught: []caught{{"genuine/every byte value", "FromContext was false", 0}}},
	{name: "gives an unverified request a Delivery", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, _ bool) { handle(w, r, d, false) }
	}, caught: []caught{{"genuine/every byte value", "the handler ran and FromContext was false", 0}}},
	{name: "writes more after a refusal", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			answer(w, r, err)
			_, _ = io.WriteString(w, "ok") // the case misses it
		}
	}, caught: []caught{{"header/none", "where the public one is", 0}}},
	{name: "writes more after a refusal in JSON", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(webhook.StatusCode(err))
			_, _ = fmt.Fprintf(w, `{"error":%q}handled`, webhook.PublicMessage(err)) // as above
		}
	}, caught: []caught{{"header/none", "where the public one is", 0}}},
	{name: "has a text for every error", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), webhook.StatusCode(err))
		}
	}, caught: []caught{{"header/none", "where the public one is", 0}, {"key/somebody else's", "a 401 has the text", 0}}},
	{name: "has a header for every error", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			w.Header().Set("X-Reason", webhook.Reason(err))
			answer(w, r, err)
		}
	}, caught: []caught{{"header/none", "", 0}, {"header/bare hex", "a 401 has the header", 0}, {"key/somebody else's", "a 401 has the header", 0}}},
	{
		name: "answers 400 to a malformed signature", spoil: answers(webhook.ErrMalformedSignature, http.StatusBadRequest),
		caught: []caught{{"header/none", "", 0}, {"header/upper-case hex", "the answers have the statuses [400], not [401]", 0}},
	},
	{
		name: "answers 403 to a mismatch", spoil: answers(webhook.ErrSignatureMismatch, http.StatusForbidden),
		caught: []caught{{"header/none", "", 0}, {"key/somebody else's", "the answers have the statuses [403], not [401]", 0}, {"connection/a forged delivery between two genuine ones, chunked", "[200 403 200], not [200 401 200]", 0}},
	},
	{name: "answers 500 to everything", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusInternalServerError) }
	}, caught: []caught{{"header/none", "[500], not [401]", 0}, {"limit/no limit to speak of, 2^63-1 announced, signed as what comes", "answered with 500", 0}}},
	{name: "panics where it refuses", spoil: func(s *receiver) {
		s.answer = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	}, caught: []caught{{"header/none", noAnswer, 0}, {"order/drained before us, announced", noAnswer, 0}}},
	{
		name: "shows the right signature", spoil: tells(func(s *receiver, body []byte) string { return webhook.Sign(s.secrets[0], body) }),
		caught: []caught{{"key/somebody else's", "the answer shows a signature", 0}},
	},
	{name: "shows the right signature in a header", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			body, _ := io.ReadAll(r.Body) // a test that misses it fails
			w.Header().Set("X-Expected", hex.EncodeToString(sum([]byte(s.secrets[0]), body)))
			answer(w, r, err)
		}
	}, caught: []caught{{"key/somebody else's", "the answer shows a signature", 0}}},
	{name: "shows the received signature", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			http.Error(w, webhook.PublicMessage(err)+": "+r.Header.Get(webhook.SignatureHeader), webhook.StatusCode(err))
		}
	}, caught: []caught{{"key/somebody else's", "the answer shows a signature", 0}, {"limit/one byte over, announced", "the answer shows a signature", 0}}},
	{
		name: "shows the body", spoil: tells(func(_ *receiver, body []byte) string { return string(body) }),
		caught: []caught{{"key/somebody else's", "the answer shows the body", 0}},
	},
	{name: "shows the secret", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			w.Header().Set("X-Debug", s.secrets[0])
			answer(w, r, err)
		}
	}, caught: []caught{{"header/none", "the answer shows a secret", 0}, {"limit/one byte over, chunked", "the answer shows a secret", 0}}},
	{name: "shows the previous secret to genuine senders", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			w.Header().Set("X-Debug", s.secrets[1][6:])
			handle(w, r, d, verified)
		}
	}, caught: []caught{{"genuine/every byte value", "the answer shows a secret", 0}}},
	{name: "shows a signature to genuine senders", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			w.Header().Set("X-Signature", webhook.Sign(s.secrets[1], d.Body))
			handle(w, r, d, verified)
		}
	}, caught: []caught{{"genuine/every byte value", "the answer shows a signature that the client did not send", 0}}},
}

var errorHandlerBugs = []bug{
	{name: "an ErrorHandler that only logs acknowledges", spoil: on(webhooktest.OnlyLog, func(_ *receiver, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
	}), caught: []caught{{"error handler/only logs, unsigned", accepts, 0}, {"error handler/only logs, forged", accepts, 0}}},
	{name: "an ErrorHandler's error is a failure of ours", spoil: on(webhooktest.ReturnError, func(_ *receiver, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
	}), caught: []caught{{"error handler/returns its error, unsigned", "[500], not [401]", 0}}},
	{name: "an ErrorHandler that calls Next runs the handler", spoil: on(webhooktest.CallNext, func(s *receiver, w http.ResponseWriter, r *http.Request) {
		s.handle(w, r, webhook.Delivery{}, false)
	}), caught: []caught{{"error handler/calls Next, unsigned", accepts, 0}, {"error handler/calls Next, forged", accepts, 0}}},
	{name: "FromContext is true after a refusal", spoil: on(webhooktest.CallNext, func(s *receiver, w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a test that misses it fails
		s.restore(r, body)
		s.handle(w, r, s.delivery(body, 0), true)
	}), caught: []caught{{"error handler/calls Next, unsigned", accepts, 0}, {"error handler/calls Next, forged", accepts, 0}}},
	{name: "calls the ErrorHandler twice", spoil: func(s *receiver) {
		told := s.Refused
		s.Refused = func(err error) { told(err); told(err) }
	}, caught: []caught{{"error handler/only logs, forged", "the ErrorHandler was called 2 times", 0}}},
	{name: "calls the ErrorHandler for mismatches only", spoil: func(s *receiver) {
		told := s.Refused
		s.Refused = func(err error) {
			if errors.Is(err, webhook.ErrSignatureMismatch) {
				told(err)
			}
		}
	}, caught: []caught{{"error handler/only logs, unsigned", "", 0}, {"error handler/only logs, forged", "the ErrorHandler was called 1 times, and 0 times for another refusal", 0}}},
	{name: "gives the ErrorHandler an error of its own", spoil: func(s *receiver) {
		told := s.Refused
		s.Refused = func(error) { told(errors.New("refused")) }
	}, caught: []caught{{"error handler/only logs, unsigned", `the ErrorHandler got "refused"`, 0}}},
	{name: "calls the ErrorHandler for a genuine delivery", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			s.Refused(errors.New("accepted"))
			handle(w, r, d, verified)
		}
	}, caught: []caught{{"error handler/calls Next, genuine", `the ErrorHandler got "accepted"`, 0}}},
	{name: "gives the ErrorHandler the right signature", spoil: func(s *receiver) {
		told := s.Refused
		s.Refused = func(err error) { told(fmt.Errorf("%w, expected %x", err, sum([]byte(s.secrets[0]), nil))) }
	}, caught: []caught{{"error handler/returns its error, forged", "the ErrorHandler's error shows a signature", 0}}},
	{name: "gives the ErrorHandler the secret", spoil: func(s *receiver) {
		told := s.Refused
		s.Refused = func(err error) { told(&leaking{err, s.secrets[0]}) }
	}, caught: []caught{{"error handler/only logs, unsigned", "the ErrorHandler's error shows a secret", 0}}},
}

// engineBugs are adapters: package webhook verifies, and they use it wrongly.
var engineBugs = []bug{
	{name: "ignores the error", spoil: adapter(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		d, _ := s.Verifier.VerifyRequest(w, r) // the bug
		return d, nil
	}), caught: []caught{{"header/none", accepts, 0}, {"order/drained before us, announced", "[200], not [500]", 0}}},
	{name: "does not give VerifyRequest the response", spoil: adapter(func(s *receiver, _ http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		return s.Verifier.VerifyRequest(nil, r)
	}), caught: []caught{{"early refusal/unsigned, announced, 0 bytes of the body sent", late, soon}}},
	{name: "reads the body whole and calls Verify", spoil: adapter(func(s *receiver, _ http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		body, err := io.ReadAll(r.Body)
		s.restore(r, body)
		return s.delivery(body, 0), errors.Join(err, s.Verifier.Verify(body, r.Header.Get(webhook.SignatureHeader)))
	}), caught: []caught{
		{"header/genuine, then forged", accepts, 0},
		{"limit/one byte over, chunked", "[200], not [413]", 0},
		{"genuine/under the previous secret", "SecretIndex is 0", 0},
		{"observer/accepted", "the observer was called 0 times", 0},
		{"framing/cut off, far before its end", "answered with 500", 0},
	}},
	{name: "reads the body whole and calls VerifyReader on it", spoil: adapter(func(s *receiver, _ http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		body, _ := io.ReadAll(r.Body) // the bug
		s.restore(r, body)
		return s.Verifier.VerifyReader(r.Context(), bytes.NewReader(body), int64(len(body)), r.Header.Values)
	}), caught: []caught{
		{"framing/no last chunk", "answered with 200", 0},
		{"order/drained before us, announced, signed as nothing", "[200], not [500]", 0},
		{"early refusal/unsigned, chunked, 20000 bytes of the body sent", late, soon},
	}},
	{name: "keeps the announced length to itself", spoil: reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
		return s.Verifier.VerifyReader(r.Context(), r.Body, -1, r.Header.Values)
	}), caught: []caught{{"order/drained before us, announced", "[401], not [500]", 0}, {"order/inflated before us, announced", "[401], not [500]", 0}}},
	{name: "shows the engine one line of the header", spoil: reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
		one := func(name string) []string { return []string{r.Header.Get(name)} }
		return s.Verifier.VerifyReader(r.Context(), r.Body, r.ContentLength, one)
	}), caught: []caught{{"header/genuine, then forged", accepts, 0}, {"header/the same line twice", accepts, 0}}},
	{name: "joins the lines of the header", spoil: reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
		joined := func(name string) []string { return []string{strings.Join(r.Header.Values(name), "")} }
		return s.Verifier.VerifyReader(r.Context(), r.Body, r.ContentLength, joined)
	}), caught: []caught{{"header/genuine, then empty", accepts, 0}, {"header/empty, then genuine", accepts, 0}}},
	{name: "does not put the body back", spoil: adapter(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		s.hangUp(w, r)
		return s.Verifier.VerifyReader(r.Context(), r.Body, r.ContentLength, r.Header.Values)
	}), caught: []caught{{"genuine/every byte value", "the handler saw 0 bytes that were not signed", 0}, {"framework API/a form", "the form field is", 0}}},
	{name: "hides a read error", spoil: reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
		return s.Verifier.VerifyReader(r.Context(), quiet{r.Body}, -1, r.Header.Values)
	}), caught: []caught{{"framing/cut off, one byte before its end", "answered with 200", 0}, {"read error/a timeout, announced", "[200], not [408]", 0}}},
	{name: "answers with the error's own text", spoil: func(s *receiver) {
		adapter(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
			return s.Verifier.VerifyRequest(w, r)
		})(s)
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), webhook.StatusCode(err))
		}
	}, caught: []caught{{"observer/over the limit", "where the public one is", 0}, {"observer/unsigned", "where the public one is", 0}}},
	{name: "verifies twice", spoil: adapter(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		if d, err := s.Verifier.VerifyRequest(w, r); err != nil {
			return d, err
		}
		return s.Verifier.VerifyRequest(w, r)
	}), caught: []caught{{"observer/accepted", "the observer was called 2 times", 0}}},
	{name: "asks about the signature, then verifies", spoil: adapter(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		_, _ = s.Verifier.VerifyReader(r.Context(), nil, 0, r.Header.Values) // the bug
		return s.Verifier.VerifyRequest(w, r)
	}), caught: []caught{{"observer/malformed", "the observer was called 2 times", 0}, {"observer/unsigned", "the observer was called 2 times", 0}}},
	{name: "refuses before it asks the engine", spoil: adapter(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		if r.Header.Get(webhook.SignatureHeader) == "" {
			s.hangUp(w, r)
			return webhook.Delivery{}, webhook.ErrMissingSignature
		}
		return s.Verifier.VerifyRequest(w, r)
	}), caught: []caught{{"observer/unsigned", "the observer was called 0 times", 0}}},
	{name: "gives the engine a made-up value where there is none", spoil: reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
		madeUp := func(name string) []string {
			if lines := r.Header.Values(name); len(lines) > 0 {
				return lines
			}
			return []string{"none"}
		}
		return s.Verifier.VerifyReader(r.Context(), r.Body, r.ContentLength, madeUp)
	}), caught: []caught{{"observer/unsigned", "the observer got webhook: malformed", 0}}},
	{name: "gives the observer one context for all", spoil: func(s *receiver) {
		ctx, cancel := context.WithCancel(context.Background())
		_ = cancel // as long as the server lives
		reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
			return s.Verifier.VerifyReader(ctx, r.Body, r.ContentLength, r.Header.Values)
		})(s)
	}, caught: []caught{{"observer/a context of each request's own", "the observer got the same *context.cancelCtx for two requests", 0}}},
	{name: "gives the observer no context", spoil: reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
		var none context.Context
		return s.Verifier.VerifyReader(none, r.Body, r.ContentLength, r.Header.Values)
	}), caught: []caught{{"observer/a context of each request's own", "the observer's context is nil", 0}}},
}

func everyBug() []bug {
	return slices.Concat(headerBugs, keyBugs, bodyBugs, readingBugs, connectionBugs, refusalBugs, errorHandlerBugs, engineBugs)
}

func TestBrokenReceiversAreCaught(t *testing.T) {
	for _, b := range everyBug() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			checkCaught(t, serving(b.spoil), b.caught...)
		})
	}
}

// checkCaught plays the cases, and fails unless each says what it must.
func checkCaught(t *testing.T, start start, all ...caught) {
	t.Helper()
	var turns []webhooktest.Turn
	for _, c := range all {
		turns = append(turns, webhooktest.Turn{Case: c.by, Patience: c.patience})
	}
	var secrets []string
	_, problems := webhooktest.Play(t, func(t *testing.T, r webhooktest.Receiver, both []string) string {
		secrets = slices.Clone(both)
		return start(t, r, both)
	}, turns)
	for _, c := range all {
		checkSecrecy(t, problems[c.by], secrets)
		first, _, _ := strings.Cut(problems[c.by], "\n")
		if (c.says == "") != (first == "") || !strings.Contains(first, c.says) {
			t.Errorf("%s should say %q, and says %q", c.by, c.says, first)
		}
	}
}

// hexOf is the hex of one line, however long.
func hexOf(lines []string) ([]byte, error) {
	if len(lines) != 1 {
		return parseSignature(lines)
	}
	digits, ok := strings.CutPrefix(lines[0], "sha256=")
	mac, err := hex.DecodeString(digits)
	if !ok || err != nil {
		return nil, webhook.ErrMalformedSignature
	}
	return mac, nil
}

func cut(lines []string, n int) (short []string) {
	for _, line := range lines {
		short = append(short, line[:min(len(line), n)])
	}
	return short
}

func prefixed(lines []string, which func(line string) bool) (all []string) {
	for _, line := range lines {
		if which(line) && line != "" && !strings.HasPrefix(line, "sha256=") {
			line = "sha256=" + line
		}
		all = append(all, line)
	}
	return all
}

func trimmedBy(trim func(string) string) func(r *http.Request) []string {
	return func(r *http.Request) (lines []string) {
		for _, line := range r.Header.Values(webhook.SignatureHeader) {
			lines = append(lines, trim(line))
		}
		return lines
	}
}

// withTrailer reads the body, which the trailer comes after.
func withTrailer(choose func(header, trailer []string) []string) func(r *http.Request) []string {
	return func(r *http.Request) []string {
		body, _ := io.ReadAll(r.Body) // the cases have no read error
		lines := choose(r.Header.Values(webhook.SignatureHeader), r.Trailer.Values(webhook.SignatureHeader))
		r.Body = io.NopCloser(bytes.NewReader(body))
		return lines
	}
}

func onlyKey(derive func(secret string) []byte) func(s *receiver) {
	return func(s *receiver) {
		s.keys = func() (keys [][]byte) {
			for _, secret := range s.secrets {
				keys = append(keys, derive(secret))
			}
			return keys
		}
	}
}

func alsoKey(derive func(secret string) []byte) func(s *receiver) {
	return func(s *receiver) {
		keys := s.keys
		s.keys = func() [][]byte { return append(keys(), derive(s.secrets[0])) }
	}
}

func verifies(changed func(body []byte) []byte) func(s *receiver) {
	return func(s *receiver) {
		s.mac = func(_ *http.Request, key, body []byte) []byte { return sum(key, changed(body)) }
	}
}

func inflated(body []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return body
	}
	return plain
}

// reads replaces how the body is read; the error is a read error, unless it is nil.
func reads(read func(r *http.Request) ([]byte, error)) func(s *receiver) {
	return func(s *receiver) { s.read = reading(read) }
}

func reading(read func(r *http.Request) ([]byte, error)) func(r *http.Request, announced int64) ([]byte, error) {
	return func(r *http.Request, _ int64) ([]byte, error) {
		body, err := read(r)
		if err != nil {
			return nil, webhook.ErrBodyRead
		}
		return body, nil
	}
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errors.New("read before") }

// quiet is a Reader whose every error is its end.
type quiet struct{ io.Reader }

func (q quiet) Read(p []byte) (int, error) {
	n, err := q.Reader.Read(p)
	if err != nil {
		err = io.EOF
	}
	return n, err
}

// freeList is a pool that always gives back what was put in, with the synchronisation
// that a pool has.
func freeList(n int) chan []byte {
	buffers := make(chan []byte, n)
	for range n {
		buffers <- make([]byte, 1<<17)
	}
	return buffers
}

func answers(kind error, status int) func(s *receiver) {
	return func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			if errors.Is(err, kind) {
				http.Error(w, webhook.PublicMessage(err), status)
				return
			}
			http.Error(w, webhook.PublicMessage(err), webhook.StatusCode(err))
		}
	}
}

// tells adds to the answer, in JSON.
func tells(what func(s *receiver, body []byte) string) func(s *receiver) {
	return func(s *receiver) {
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			body, _ := io.ReadAll(r.Body) // a test that misses it fails
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(webhook.StatusCode(err))
			_ = json.NewEncoder(w).Encode(map[string]string{"error": webhook.PublicMessage(err), "detail": what(s, body)}) // as above
		}
	}
}

// on replaces what happens after one kind of ErrorHandler.
func on(kind webhooktest.OnRefusal, then func(s *receiver, w http.ResponseWriter, r *http.Request)) func(s *receiver) {
	return func(s *receiver) {
		refuse := s.refuse
		s.refuse = func(w http.ResponseWriter, r *http.Request, err error) {
			if s.OnRefusal != kind {
				refuse(w, r, err)
				return
			}
			s.Refused(err)
			then(s, w, r)
		}
	}
}

// leaking is an error with a field that fmt prints.
type leaking struct {
	error
	Secret string
}

func (e *leaking) Unwrap() error { return e.error }

func adapter(verify func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error)) func(s *receiver) {
	return func(s *receiver) {
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			d, err := verify(s, w, r)
			if err != nil {
				s.refuse(w, r, err)
				return
			}
			s.handle(w, r, d, true)
		}
	}
}

// reader is an adapter that puts the body back.
func reader(verify func(s *receiver, r *http.Request) (webhook.Delivery, error)) func(s *receiver) {
	return adapter(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		d, err := verify(s, r)
		switch {
		case err == nil:
			s.restore(r, d.Body)
		case !errors.Is(err, webhook.ErrSignatureMismatch): // which is known at the body's end
			s.hangUp(w, r)
		}
		return d, err
	})
}

// raw answers past the server, and goes on with the connection as then says.
func raw(w http.ResponseWriter, status int, text string, then func(conn net.Conn, in *bufio.Reader)) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer func() { _ = conn.Close() }() // the client reads until then
	answer := httptest.NewRecorder()
	http.Error(answer, text, status)
	writeAnswer(conn, answer)
	if then != nil {
		then(conn, buffered.Reader)
	}
}

// writeAnswer leaves it to the client to miss what cannot be written.
func writeAnswer(conn net.Conn, answer *httptest.ResponseRecorder) {
	res := answer.Result()
	res.ContentLength = int64(answer.Body.Len())
	_ = res.Write(conn)
}
