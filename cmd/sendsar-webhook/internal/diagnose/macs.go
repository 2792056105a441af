package diagnose

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // to recognise a signature that was made with it
	"crypto/sha1" //nolint:gosec // to recognise a signature that was made with it
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"slices"
)

// algorithm is a hash that a signer may have used.
type algorithm struct {
	size    int
	newHash func() hash.Hash
	mistake *Mistake // nil: the right one
}

// algorithms are the hashes that are tried. The right one comes first. A hash as long as
// SHA-256 needs a mistake of its own. The others are recognised by their length.
var algorithms = []algorithm{
	{sha256.Size, sha256.New, nil},
	{sha1.Size, sha1.New, nil},
	{sha512.Size384, sha512.New384, nil},
	{sha512.Size, sha512.New, nil},
	{md5.Size, md5.New, nil},
	{sha256.Size224, sha256.New224, nil},
	{sha512.Size256, sha512.New512_256, &sameSizeHash},
	{32, func() hash.Hash { return sha3.New256() }, &sameSizeHash},
	{64, func() hash.Hash { return sha3.New512() }, nil},
}

var sameSizeHash = Mistake{
	"other_hash", "HMAC with SHA-1, SHA-384, SHA-512 or another hash",
	"the signature is an HMAC with SHA-512/256 or SHA3-256, not with SHA-256",
	"Sendsar signs with HMAC-SHA256 only: correct your signing script",
}

func isSizeOfMAC(size int) bool {
	return slices.ContainsFunc(algorithms, func(a algorithm) bool { return a.size == size })
}

// recipe is a way to make a signature of a secret and a body.
type recipe struct {
	mistake Mistake
	sum     func(newHash func() hash.Hash, secret, body []byte) []byte
}

func hmacOf(newHash func() hash.Hash, secret []byte, message ...[]byte) []byte {
	h := hmac.New(newHash, secret)
	for _, part := range message {
		_, _ = h.Write(part) // a hash.Hash never fails to write
	}
	return h.Sum(nil)
}

func hashOf(newHash func() hash.Hash, message ...[]byte) []byte {
	h := newHash()
	for _, part := range message {
		_, _ = h.Write(part)
	}
	return h.Sum(nil)
}

// recipes are the wrong ways to sign. Sendsar uses none of them, so a script made the signature.
var recipes = []recipe{
	{hashWithoutKey, func(n func() hash.Hash, _, body []byte) []byte { return hashOf(n, body) }},
	{swappedArguments, func(n func() hash.Hash, secret, body []byte) []byte { return hmacOf(n, body, secret) }},
	{hashOfSecretAndBody, func(n func() hash.Hash, secret, body []byte) []byte { return hashOf(n, secret, body) }},
	{hashOfSecretAndBody, func(n func() hash.Hash, secret, body []byte) []byte { return hashOf(n, body, secret) }},
	{hashOfSecretAndBody, func(n func() hash.Hash, secret, body []byte) []byte { return hashOf(n, secret, body, secret) }},
	{hashOfSecretAndBody, func(n func() hash.Hash, secret, body []byte) []byte { return hashOf(n, secret, []byte("."), body) }},
	{hashOfSecretAndBody, func(n func() hash.Hash, secret, body []byte) []byte { return hashOf(n, body, []byte("."), secret) }},
	{hashOfSecretAndBody, func(n func() hash.Hash, secret, body []byte) []byte { return hashOf(n, secret, []byte(":"), body) }},
	{hashOfSecretAndBody, func(n func() hash.Hash, secret, body []byte) []byte { return hashOf(n, secret, []byte("\n"), body) }},
	{hashOfSecretAndBody, func(n func() hash.Hash, secret, body []byte) []byte { return hashOf(n, body, []byte("\n"), secret) }},
	{hashTwice, func(n func() hash.Hash, _, body []byte) []byte { return hashOf(n, hashOf(n, body)) }},
	{hashTwice, func(n func() hash.Hash, _, body []byte) []byte {
		return hashOf(n, []byte(hex.EncodeToString(hashOf(n, body))))
	}},
	{hmacTwice, func(n func() hash.Hash, secret, body []byte) []byte {
		return hmacOf(n, secret, hmacOf(n, secret, body))
	}},
	{hmacTwice, func(n func() hash.Hash, secret, body []byte) []byte {
		return hmacOf(n, secret, []byte(hex.EncodeToString(hmacOf(n, secret, body))))
	}},
	{hmacTwice, func(n func() hash.Hash, secret, body []byte) []byte { return hashOf(n, hmacOf(n, secret, body)) }},
	{hmacTwice, func(n func() hash.Hash, secret, body []byte) []byte {
		return hashOf(n, []byte(hex.EncodeToString(hmacOf(n, secret, body))))
	}},
	{digestSigned, func(n func() hash.Hash, secret, body []byte) []byte { return hmacOf(n, secret, hashOf(n, body)) }},
	{digestSigned, func(n func() hash.Hash, secret, body []byte) []byte {
		return hmacOf(n, secret, []byte(hex.EncodeToString(hashOf(n, body))))
	}},
	{digestSigned, func(n func() hash.Hash, secret, body []byte) []byte {
		return hmacOf(n, secret, []byte(base64.StdEncoding.EncodeToString(hashOf(n, body))))
	}},
	{secretSigned, func(n func() hash.Hash, secret, body []byte) []byte { return hmacOf(n, secret, secret, body) }},
	{secretSigned, func(n func() hash.Hash, secret, body []byte) []byte { return hmacOf(n, secret, body, secret) }},
	{secretSigned, func(n func() hash.Hash, secret, _ []byte) []byte { return hmacOf(n, secret, secret) }},
	{bodyIsKey, func(n func() hash.Hash, _, body []byte) []byte { return hmacOf(n, body, body) }},
	{bodyIsKey, func(n func() hash.Hash, _, body []byte) []byte { return hmacOf(n, body) }},
	{derivedKey, func(n func() hash.Hash, secret, body []byte) []byte { return hmacOf(n, hashOf(n, secret), body) }},
	{derivedKey, func(n func() hash.Hash, secret, body []byte) []byte {
		return hmacOf(n, []byte(hex.EncodeToString(hashOf(n, secret))), body)
	}},
	{derivedKey, func(n func() hash.Hash, secret, body []byte) []byte {
		return hmacOf(n, []byte(base64.StdEncoding.EncodeToString(hashOf(n, secret))), body)
	}},
}

// signer makes MACs with one key or recipe. It is for one goroutine.
type signer struct {
	secret []byte
	recipe *recipe // nil: an HMAC
	hmacs  []hash.Hash
}

// sum returns the MAC of a body. In FIPS 140-only mode the standard library panics for some
// keys and hashes. Nobody could have signed that way there, so sum returns nil, which equals no
// MAC.
func (s *signer) sum(algorithm int, body []byte) (mac []byte) {
	defer func() {
		if recover() != nil {
			mac = nil
		}
	}()
	newHash := algorithms[algorithm].newHash
	if s.recipe != nil {
		return s.recipe.sum(newHash, s.secret, body)
	}
	if s.hmacs == nil {
		s.hmacs = make([]hash.Hash, len(algorithms))
	}
	h := s.hmacs[algorithm]
	if h == nil {
		h = hmac.New(newHash, s.secret)
		s.hmacs[algorithm] = h
	}
	h.Reset()
	_, _ = h.Write(body)
	return h.Sum(nil)
}
