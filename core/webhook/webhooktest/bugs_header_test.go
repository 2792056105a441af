package webhooktest_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

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

// hexOf decodes the hex of a single line, of any length.
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

// withTrailer reads the body first, as the trailer follows it.
func withTrailer(choose func(header, trailer []string) []string) func(r *http.Request) []string {
	return func(r *http.Request) []string {
		body, _ := io.ReadAll(r.Body) // the cases have no read error
		lines := choose(r.Header.Values(webhook.SignatureHeader), r.Trailer.Values(webhook.SignatureHeader))
		r.Body = io.NopCloser(bytes.NewReader(body))
		return lines
	}
}
