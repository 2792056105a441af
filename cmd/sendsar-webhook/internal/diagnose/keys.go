package diagnose

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"
	"unicode"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const secretPrefix = "whsec_"

// key is one way to make a MAC of a body. The secret is in the closure alone.
type key struct {
	mac      func(newHash func() hash.Hash, body []byte) []byte
	mistakes []Mistake
}

func keyed(secret string, mistakes ...Mistake) key {
	return key{mistakes: mistakes, mac: func(newHash func() hash.Hash, body []byte) []byte {
		h := hmac.New(newHash, []byte(secret))
		_, _ = h.Write(body) // a hash.Hash never fails to write
		return h.Sum(nil)
	}}
}

// keys are the ways to make a MAC with a secret as it is set, the likelier ones first.
// Each variant of the key is there once.
func keys(secret, previous string) []key {
	var all []key
	seen := map[string]bool{}
	add := func(secret string, mistakes ...Mistake) {
		if !seen[secret] {
			seen[secret] = true
			all = append(all, keyed(secret, mistakes...))
		}
	}
	addVariants(add, secret)
	if previous != "" {
		addVariants(add, previous, previousSecret)
	}
	add("", signedEmptySecret)
	all = append(all, key{mistakes: []Mistake{hashWithoutKey}, mac: func(newHash func() hash.Hash, body []byte) []byte {
		h := newHash()
		_, _ = h.Write(body)
		return h.Sum(nil)
	}})
	return append(all, key{mistakes: []Mistake{swappedArguments}, mac: func(newHash func() hash.Hash, body []byte) []byte {
		h := hmac.New(newHash, body)
		_, _ = h.Write([]byte(secret))
		return h.Sum(nil)
	}})
}

// addVariants adds the secret as it is, without what does not belong to it, and what
// signers make of it.
func addVariants(add func(secret string, mistakes ...Mistake), secret string, before ...Mistake) {
	with := func(mistakes ...Mistake) []Mistake { return join(before, mistakes) }
	if _, err := webhook.New(secret); err != nil {
		add(secret, with(refusedSecret)...)
	} else {
		add(secret, before...)
	}
	if trimmed := strings.TrimFunc(secret, invisible); trimmed != secret {
		secret, before = trimmed, with(secretSpace)
		add(secret, before...)
	}
	if unquoted := unquote(secret); unquoted != secret {
		secret, before = unquoted, with(secretQuotes)
		add(secret, before...)
	}
	rest, found := strings.CutPrefix(secret, secretPrefix)
	if found {
		add(rest, with(signedPrefixStripped)...)
	} else {
		add(secretPrefix+secret, with(secretPrefixLost)...)
	}
	if decoded, err := hex.DecodeString(rest); err == nil {
		add(string(decoded), with(signedHexDecoded)...)
	}
	for _, decoded := range decodeBase64(rest) {
		add(string(decoded), with(signedBase64Decoded)...)
	}
	for _, end := range []string{"\n", "\r\n"} {
		add(secret+end, with(signedNewline)...)
	}
	for _, quote := range []string{`"`, `'`} {
		add(quote+secret+quote, with(signedQuotes)...)
	}
}

// invisible tells what a copied or loaded secret may have around it: white space,
// control characters, and format characters such as a byte order mark.
func invisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// unquote removes one pair of quotes around s.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == s[len(s)-1] && strings.ContainsRune("\"'`", rune(s[0])) {
		return s[1 : len(s)-1]
	}
	return s
}

// decodeBase64 returns what s decodes to, in the alphabets and paddings that it fits.
func decodeBase64(s string) [][]byte {
	var all [][]byte
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		if decoded, err := encoding.DecodeString(s); err == nil {
			all = append(all, decoded)
		}
	}
	return all
}
