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

// headerCases are every way in which the header can be wrong although the MAC is right.
func (s *suite) headerCases() []testCase {
	const group = "header"
	var all []testCase
	lines := func(name string, lines func(sig string) []string) {
		all = append(all, oneMessage(group, name, func(s *suite, r *receiver) message {
			return r.delivery(sample).with(lines(webhook.Sign(s.secret, sample))...)
		}, unauthorized()))
	}
	value := func(name string, value func(sig string) string) {
		lines(name, func(sig string) []string { return []string{"X-Webhook-Signature: " + value(sig)} })
	}
	hexPart := func(sig string) string { return strings.TrimPrefix(sig, "sha256=") }
	decoded := func(sig string) []byte {
		mac, err := hex.DecodeString(hexPart(sig))
		if err != nil {
			panic(err) // Sign's own hex
		}
		return mac
	}

	lines("none", func(string) []string { return nil })
	value("empty", func(string) string { return "" })
	value("only white space", func(string) string { return " \t " })
	value("upper-case hex", func(sig string) string { return "sha256=" + strings.ToUpper(hexPart(sig)) })
	value("upper-case prefix", func(sig string) string { return "SHA256=" + hexPart(sig) })
	value("capitalised prefix", func(sig string) string { return "Sha256=" + hexPart(sig) })
	value("bare hex", hexPart)
	value("prefix alone", func(string) string { return "sha256=" })
	value("sha1 prefix", func(sig string) string { return "sha1=" + hexPart(sig) })
	value("sha512 prefix", func(sig string) string { return "sha512=" + hexPart(sig) })
	value("v1 prefix", func(sig string) string { return "v1=" + hexPart(sig) })
	value("another separator", func(sig string) string { return "sha256:" + hexPart(sig) })
	value("a space inside", func(sig string) string { return "sha256= " + hexPart(sig) })
	value("a tab inside", func(sig string) string { return "sha256=\t" + hexPart(sig) })
	value("one digit less", func(sig string) string { return sig[:len(sig)-1] })
	value("one digit more", func(sig string) string { return sig + "0" })
	value("half of it", func(sig string) string { return sig[:len("sha256=")+32] })
	value("one digit", func(sig string) string { return sig[:len("sha256=")+1] })
	value("twice in a row", func(sig string) string { return sig + sig })
	value("not hex at the end", func(sig string) string { return sig[:len(sig)-1] + "g" })
	value("not hex at all", func(string) string { return "sha256=" + strings.Repeat("z", 64) })
	value("all zeros", func(string) string { return "sha256=" + strings.Repeat("0", 64) })
	value("a percent sign in it", func(sig string) string { return fmt.Sprintf("%s%%%X", sig[:len(sig)-1], sig[len(sig)-1:]) })
	value("0x before the hex", func(sig string) string { return "sha256=0x" + hexPart(sig) })
	value("base64", func(sig string) string { return "sha256=" + base64.StdEncoding.EncodeToString(decoded(sig)) })
	value("a list with a comma", func(sig string) string { return sig + "," + sig })
	value("a list with a comma and a space", func(sig string) string { return "sha256=" + strings.Repeat("0", 64) + ", " + sig })
	value("a list with a space", func(sig string) string { return sig + " " + sig })
	value("a semicolon after it", func(sig string) string { return sig + ";" })
	value("a parameter after it", func(sig string) string { return sig + "; v=1" })
	value("a comma before it", func(sig string) string { return "," + sig })
	value("in quotes", func(sig string) string { return `"` + sig + `"` })
	value("a no-break space after it", func(sig string) string { return sig + "\u00a0" })
	value("an ideographic space before it", func(sig string) string { return "\u3000" + sig })
	value("a full-width digit", func(sig string) string {
		return sig[:len(sig)-1] + string(rune(sig[len(sig)-1])-'!'+'！') // the whole of ASCII has one
	})
	value("2,000 digits", func(sig string) string { return sig + strings.Repeat("0", 2000) })
	value("the timestamped form", func(sig string) string { return "t=1700000000,v1=" + hexPart(sig) })
	lines("the same line twice", func(sig string) []string {
		return []string{"X-Webhook-Signature: " + sig, "X-Webhook-Signature: " + sig}
	})
	forged := "sha256=" + strings.Repeat("0", 64)
	lines("genuine, then forged", func(sig string) []string {
		return []string{"X-Webhook-Signature: " + sig, "X-Webhook-Signature: " + forged}
	})
	lines("forged, then genuine", func(sig string) []string {
		return []string{"X-Webhook-Signature: " + forged, "X-Webhook-Signature: " + sig}
	})
	lines("empty, then genuine", func(sig string) []string {
		return []string{"X-Webhook-Signature: ", "X-Webhook-Signature: " + sig}
	})
	lines("genuine, then empty", func(sig string) []string {
		return []string{"X-Webhook-Signature: " + sig, "X-Webhook-Signature:"}
	})
	lines("twice in different case", func(sig string) []string {
		return []string{"X-Webhook-Signature: " + sig, "x-webhook-signature: " + forged}
	})
	for _, name := range []string{"X-Hub-Signature-256", "X-Signature", "X_Webhook_Signature", "X-Webhook-Signature-256", "Webhook-Signature", "Authorization"} {
		lines("in the "+name+" header", func(sig string) []string { return []string{name + ": " + sig} })
	}
	all = append(all,
		oneMessage(group, "in the query", func(s *suite, r *receiver) message {
			m := r.delivery(sample)
			m.target += "?X-Webhook-Signature=" + webhook.Sign(s.secret, sample)
			return m
		}, unauthorized()),
		oneMessage(group, "only in a trailer", func(s *suite, r *receiver) message {
			return r.delivery(sample).chunked(16, "X-Webhook-Signature: "+webhook.Sign(s.secret, sample))
		}, unauthorized()),
		oneMessage(group, "only in a declared trailer", func(s *suite, r *receiver) message {
			return r.delivery(sample).with("Trailer: X-Webhook-Signature").chunked(16, "X-Webhook-Signature: "+webhook.Sign(s.secret, sample))
		}, unauthorized()),
		oneMessage(group, "forged, with the genuine one in a trailer", func(s *suite, r *receiver) message {
			return r.delivery(sample).signed(forged).chunked(16, "X-Webhook-Signature: "+webhook.Sign(s.secret, sample))
		}, unauthorized()),
		oneMessage(group, "a NUL in it", func(s *suite, r *receiver) message {
			return r.delivery(sample).signed(webhook.Sign(s.secret, sample) + "\x00")
		}, turnedAway()),
		oneMessage(group, "a form feed after it", func(s *suite, r *receiver) message {
			return r.delivery(sample).signed(webhook.Sign(s.secret, sample) + "\f")
		}, turnedAway()),
		// U+212A and U+017F fold to k and s, for whoever compares names as Unicode.
		oneMessage(group, "a Kelvin sign in its name", func(s *suite, r *receiver) message {
			return r.delivery(sample).with("X-Webhoo\u212a-Signature: " + webhook.Sign(s.secret, sample))
		}, turnedAway()),
		oneMessage(group, "a long s in its name", func(s *suite, r *receiver) message {
			return r.delivery(sample).with("X-Webhook-\u017fignature: " + webhook.Sign(s.secret, sample))
		}, turnedAway()),
		oneMessage(group, "folded over two lines", func(s *suite, r *receiver) message {
			return r.delivery(sample).with("X-Webhook-Signature: sha256=", " "+hexPart(webhook.Sign(s.secret, sample)))
		}, turnedAway()),
		oneMessage(group, "a space before the colon", func(s *suite, r *receiver) message {
			return r.delivery(sample).with("X-Webhook-Signature : " + webhook.Sign(s.secret, sample))
		}, turnedAway()),
	)
	return all
}

// keyCases are signatures by somebody who derives the key another way.
func (s *suite) keyCases() []testCase {
	const group = "key"
	var all []testCase
	add := func(name string, sign func(s *suite) string) {
		all = append(all, oneMessage(group, name, func(s *suite, r *receiver) message {
			return r.delivery(sample).signed(sign(s))
		}, unauthorized()))
	}
	key := func(name string, derive func(secret string) string) {
		add(name, func(s *suite) string { return webhook.Sign(derive(s.secret), sample) })
	}
	stripped := func(secret string) string { return strings.TrimPrefix(secret, "whsec_") }
	key("without whsec_", stripped)
	key("hex-decoded", func(secret string) string {
		raw, err := hex.DecodeString(stripped(secret))
		if err != nil {
			panic(err) // NewSecret's own hex
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
	add("both secrets as one", func(s *suite) string { return webhook.Sign(s.secret+s.previous, sample) })
	add("both secrets with a comma", func(s *suite) string { return webhook.Sign(s.secret+","+s.previous, sample) })

	add("no key, SHA-256 of the body", func(*suite) string { sum := sha256.Sum256(sample); return inHex("sha256=", sum[:]) })
	add("no HMAC, SHA-256 of secret and body", func(s *suite) string {
		sum := sha256.Sum256(append([]byte(s.secret), sample...))
		return inHex("sha256=", sum[:])
	})
	// Right under their own names too: accepting a weaker algorithm is the attacker's choice.
	add("HMAC-SHA1, as sha1", func(s *suite) string { return inHex("sha1=", hmacOf(sha1.New, s.secret)) })
	add("HMAC-SHA1, padded", func(s *suite) string {
		return inHex("sha256=", append(hmacOf(sha1.New, s.secret), make([]byte, 12)...))
	})
	add("HMAC-SHA512, as sha512", func(s *suite) string { return inHex("sha512=", hmacOf(sha512.New, s.secret)) })
	add("HMAC-SHA512, cut", func(s *suite) string { return inHex("sha256=", hmacOf(sha512.New, s.secret)[:32]) })
	add("HMAC of the body in hex", func(s *suite) string { return webhook.Sign(s.secret, []byte(hex.EncodeToString(sample))) })
	add("key and body swapped", func(s *suite) string { return webhook.Sign(string(sample), []byte(s.secret)) })
	add("the URL before the body", func(s *suite) string {
		return webhook.Sign(s.secret, append([]byte("/webhooks/sendsar"), sample...))
	})
	add("a timestamp before the body", func(s *suite) string { return webhook.Sign(s.secret, append([]byte("1700000000."), sample...)) })
	return all
}

func inHex(prefix string, sum []byte) string { return prefix + hex.EncodeToString(sum) }

func hmacOf(algorithm func() hash.Hash, secret string) []byte {
	h := hmac.New(algorithm, []byte(secret))
	_, _ = h.Write(sample) // a hash.Hash never fails to write
	return h.Sum(nil)
}

// bodyCases have a genuine signature, of another body.
func (s *suite) bodyCases() []testCase {
	const group = "body"
	var all []testCase
	add := func(name string, signed, sent []byte, change func(message) message) {
		for _, framing := range []string{"announced", "chunked"} {
			all = append(all, oneMessage(group, name+", "+framing, func(s *suite, r *receiver) message {
				m := r.delivery(sent).signed(webhook.Sign(s.secret, signed))
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
	// As if the signature had been taken from what an error left behind: a framework that
	// decodes bodies may give the error's text for one that it cannot decode.
	add("signed as an error's text", []byte("unexpected EOF"), sample, nil)
	add("signed as a decoder's error", []byte(gzip.ErrHeader.Error()), sample, func(m message) message { return m.with("Content-Encoding: gzip") })
	return all
}
