// Package redact removes secrets and signatures from text that others wrote, such as the
// answer of an endpoint that echoes what it got.
package redact

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
)

// window is how many consecutive characters of a secret or signature are enough to be
// removed: 64 bits of a hexadecimal digest.
const window = 16

// signature matches every signature, also one that was not given to New: an endpoint may echo
// the signature of an earlier delivery.
var signature = regexp.MustCompile("sha256=[0-9a-f]{" + strconv.Itoa(window) + ",}")

// A Redactor hides secrets and signatures in text. It is safe for concurrent use. The zero
// Redactor changes nothing.
type Redactor struct{ parts map[string]bool }

// New returns a Redactor for secrets and for signatures, each "sha256=" and the digits. It also
// finds them in hexadecimal and base64, whole or cut off, in upper or lower case. It finds other
// signatures in their usual form only.
func New(values ...string) *Redactor {
	r := &Redactor{parts: map[string]bool{}}
	for _, value := range values {
		digits, isSignature := strings.CutPrefix(value, "sha256=")
		if raw, err := hex.DecodeString(digits); isSignature && err == nil {
			r.add(digits)
			r.addBase64(raw)
			r.addBase64([]byte(digits))
			continue
		}
		bare := strings.TrimPrefix(value, "whsec_")
		r.add(bare)
		r.add(hex.EncodeToString([]byte(value)))
		r.addBase64([]byte(value))
		if raw, err := hex.DecodeString(bare); err == nil {
			r.addBase64(raw)
		}
	}
	return r
}

// addBase64 adds the base64 of raw, also as it is behind one or two other bytes.
func (r *Redactor) addBase64(raw []byte) {
	for before := range 3 {
		shifted := append(make([]byte, before), raw...)
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			encoded := encoding.EncodeToString(shifted)
			if before > 0 {
				encoded = encoded[before+1:] // these characters have bits of the other bytes
			}
			r.add(encoded)
		}
	}
}

func (r *Redactor) add(value string) {
	value = lower(value)
	for i := 0; i+window <= len(value); i++ {
		r.parts[value[i:i+window]] = true
	}
	// A short secret of another form. Less than half a window would be found everywhere.
	if len(value) >= window/2 && len(value) < window {
		r.parts[value] = true
	}
}

// Text returns text with secrets and signatures replaced by asterisks. Its length stays the
// same.
func (r *Redactor) Text(text string) string {
	if r.parts == nil {
		return text
	}
	plain := lower(text)
	var out []byte
	hide := func(from, to int) {
		if out == nil {
			out = []byte(text)
		}
		for i := from; i < to; i++ {
			out[i] = '*'
		}
	}
	for i := 0; i+window <= len(plain); i++ {
		if r.parts[plain[i:i+window]] {
			hide(i, i+window)
		}
	}
	for _, at := range signature.FindAllStringIndex(plain, -1) {
		hide(at[0]+len("sha256="), at[1])
	}
	for part := range r.parts {
		if len(part) == window {
			continue
		}
		for i := 0; ; {
			at := strings.Index(plain[i:], part)
			if at < 0 {
				break
			}
			hide(i+at, i+at+len(part))
			i += at + len(part)
		}
	}
	if out == nil {
		return text
	}
	return string(out)
}

// lower changes ASCII letters only. The length stays the same, so positions stay valid.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
