package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const signaturePrefix = "sha256="

// mac is a decoded HMAC-SHA256.
type mac [sha256.Size]byte

// Sign returns the value of the X-Webhook-Signature header that Sendsar sends for a body:
// "sha256=" and 64 lower-case hex digits. It is for tests and tools. It checks nothing: any
// string can be the key, even the empty one. In FIPS 140-only mode crypto/hmac panics on a
// key shorter than 112 bits.
func Sign(secret string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	_, _ = h.Write(body) // a hash.Hash never fails to write
	return signaturePrefix + hex.EncodeToString(h.Sum(nil))
}

// signatureFrom finds and parses the one signature of a request.
func signatureFrom(header func(name string) []string) (mac, error) {
	var lines []string
	if header != nil {
		lines = header(SignatureHeader)
	}
	switch len(lines) {
	case 0:
		return mac{}, ErrMissingSignature
	case 1:
		// White space around a field value is not part of it (RFC 9110, section 5.5).
		// net/http removes it, fasthttp 1.51 does not.
		return parseSignature(strings.Trim(lines[0], " \t"))
	default:
		// Another server on the way may have believed a different one.
		return mac{}, errSeveralSignatures
	}
}

// parseSignature accepts "sha256=" and 64 lower-case hex digits, and nothing else.
// encoding/hex would take upper case too.
func parseSignature(s string) (mac, error) {
	if s == "" {
		return mac{}, ErrMissingSignature
	}
	digits, ok := strings.CutPrefix(s, signaturePrefix)
	if !ok || len(digits) != hex.EncodedLen(sha256.Size) {
		return mac{}, ErrMalformedSignature
	}
	var m mac
	var invalid byte
	for i := range m {
		high, low := hexValue[digits[2*i]], hexValue[digits[2*i+1]]
		invalid |= high | low
		m[i] = high<<4 | low
	}
	if invalid > 0xf {
		return mac{}, ErrMalformedSignature
	}
	return m, nil
}

// hexValue maps a lower-case hex digit to its value and every other byte to 0xff. The
// digits are random, so branches on each of them would be mispredicted.
var hexValue = func() (table [256]byte) {
	for i := range table {
		table[i] = 0xff
	}
	for value, digit := range []byte("0123456789abcdef") {
		table[digit] = byte(value)
	}
	return table
}()
