package webhooktest

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // for a signature that must be refused
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// keyCases have signatures whose key is derived in another way.
func keyCases() []testCase {
	const group = "key"
	var all []testCase
	add := func(name string, sign func(to target) string) {
		all = append(all, oneMessage(group, name, func(to target) message {
			return to.delivery(sample).signed(sign(to))
		}, unauthorized()))
	}
	key := func(name string, derive func(secret string) string) {
		add(name, func(to target) string { return webhook.Sign(derive(to.secret), sample) })
	}
	stripped := func(secret string) string { return strings.TrimPrefix(secret, "whsec_") }
	key("without whsec_", stripped)
	key("hex-decoded", func(secret string) string {
		raw, err := hex.DecodeString(stripped(secret))
		if err != nil {
			panic(err) // NewSecret returns hex
		}
		return string(raw)
	})
	key("base64-decoded", func(secret string) string {
		raw, err := base64.StdEncoding.DecodeString(stripped(secret))
		if err != nil {
			panic(err) // 48 hex digits are base64 too
		}
		return string(raw)
	})
	key("base64url-decoded as a whole", func(secret string) string {
		raw, err := base64.RawURLEncoding.DecodeString(secret)
		if err != nil {
			panic(err) // the underscore is a digit of base64url
		}
		return string(raw)
	})
	key("empty", func(string) string { return "" })
	key("the prefix alone", func(string) string { return "whsec_" })
	key("a newline after it", func(secret string) string { return secret + "\n" })
	key("CRLF after it", func(secret string) string { return secret + "\r\n" })
	key("a space before it", func(secret string) string { return " " + secret })
	key("a NUL after it and more", func(secret string) string { return secret + "\x00x" })
	key("in quotes", func(secret string) string { return `"` + secret + `"` })
	key("in upper case", strings.ToUpper)
	key("cut by one digit", func(secret string) string { return secret[:len(secret)-1] })
	key("its SHA-256", func(secret string) string { sum := sha256.Sum256([]byte(secret)); return string(sum[:]) })
	key("somebody else's", func(string) string { return NewSecret() })
	add("both secrets as one", func(to target) string { return webhook.Sign(to.secret+to.previous, sample) })
	add("both secrets with a comma", func(to target) string { return webhook.Sign(to.secret+","+to.previous, sample) })

	add("no key, SHA-256 of the body", func(target) string { sum := sha256.Sum256(sample); return inHex("sha256=", sum[:]) })
	add("no HMAC, SHA-256 of secret and body", func(to target) string {
		sum := sha256.Sum256(append([]byte(to.secret), sample...))
		return inHex("sha256=", sum[:])
	})
	// Other algorithms, also under their own names. A receiver that accepts them lets the
	// attacker choose a weaker algorithm.
	add("HMAC-SHA1, as sha1", func(to target) string { return inHex("sha1=", hmacOf(sha1.New, to.secret)) })
	add("HMAC-SHA1, padded", func(to target) string {
		return inHex("sha256=", append(hmacOf(sha1.New, to.secret), make([]byte, 12)...))
	})
	add("HMAC-SHA512, as sha512", func(to target) string { return inHex("sha512=", hmacOf(sha512.New, to.secret)) })
	add("HMAC-SHA512, cut", func(to target) string { return inHex("sha256=", hmacOf(sha512.New, to.secret)[:32]) })
	add("HMAC of the body in hex", func(to target) string { return webhook.Sign(to.secret, []byte(hex.EncodeToString(sample))) })
	add("key and body swapped", func(to target) string { return webhook.Sign(string(sample), []byte(to.secret)) })
	add("the URL before the body", func(to target) string {
		return webhook.Sign(to.secret, append([]byte("/webhooks/sendsar"), sample...))
	})
	add("a timestamp before the body", func(to target) string { return webhook.Sign(to.secret, append([]byte("1700000000."), sample...)) })
	return all
}

func inHex(prefix string, sum []byte) string { return prefix + hex.EncodeToString(sum) }

func hmacOf(algorithm func() hash.Hash, secret string) []byte {
	h := hmac.New(algorithm, []byte(secret))
	_, _ = h.Write(sample) // a hash.Hash never fails to write
	return h.Sum(nil)
}

// bodyCases have a genuine signature of another body.
func bodyCases() []testCase {
	const group = "body"
	var all []testCase
	add := func(name string, signed, sent []byte, change func(message) message) {
		for _, framing := range []string{"announced", "chunked"} {
			all = append(all, oneMessage(group, name+", "+framing, func(to target) message {
				m := to.delivery(sent).signed(webhook.Sign(to.secret, signed))
				if change != nil {
					m = change(m)
				}
				return m.in(framing, 13)
			}, unauthorized()))
		}
	}
	for _, at := range []int{0, 1, len(sample) / 2, len(sample) - 1} {
		for _, bit := range []byte{1, 0x20, 0x80} {
			flipped := bytes.Clone(sample)
			flipped[at] ^= bit
			add(fmt.Sprintf("bit %#x of byte %d flipped", bit, at), sample, flipped, nil)
		}
	}
	edit := func(name, old, new string) {
		add(name, sample, bytes.Replace(sample, []byte(old), []byte(new), 1), nil)
	}
	edit("another event", "created", "deleted")
	edit("re-serialised with a space", `":"`, `": "`)
	edit("re-serialised with escapes", "ü", `\u00fc`)
	edit("a key added", "{", `{"admin":true,`)
	add("a newline added", sample, append(bytes.Clone(sample), '\n'), nil)
	add("a NUL added", sample, append(bytes.Clone(sample), 0), nil)
	add("a byte order mark added", sample, append([]byte("\xef\xbb\xbf"), sample...), nil)
	add("the last byte lost", sample, sample[:len(sample)-1], nil)
	add("the first byte lost", sample, sample[1:], nil)
	add("empty, the signature is not", sample, nil, nil)
	add("not empty, the signature is of an empty one", nil, sample, nil)
	add("sent twice", sample, append(bytes.Clone(sample), sample...), nil)
	add("compressed after it was signed", sample, gzipped(sample), func(m message) message { return m.with("Content-Encoding: gzip") })
	add("decompressed after it was signed", gzipped(sample), sample, nil)
	large := filler(200_000)
	changed := bytes.Clone(large)
	changed[len(changed)-1] ^= 1
	add("the last byte of 200,000 changed", large, changed, nil)
	add("another of the same 64 KiB at its start", large, append(bytes.Clone(large[:65536]), filler(1000)...), nil)
	// A framework that decodes bodies may return the error's text for a body that it cannot
	// decode.
	add("signed as an error's text", []byte("unexpected EOF"), sample, nil)
	add("signed as a decoder's error", []byte(gzip.ErrHeader.Error()), sample, func(m message) message { return m.with("Content-Encoding: gzip") })
	return all
}
