package webhooktest_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

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
