// Package diagnose tells why a signature does not fit a body. It tries the mistakes that
// people make, alone and together, and names those with which the MAC does match. It
// never guesses: a mistake that is named is one that was made.
package diagnose

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // to recognise a signature that was made with it
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"slices"
)

// Case is a delivery that was refused.
type Case struct {
	Body      []byte // as it is at hand
	Signature string // the header's value as it is at hand
	Secret    string // as it is set, white space and quotes included
	Previous  string // the one before the rotation; empty: none
}

// Explain returns the fewest mistakes that together make the signature the right one,
// nil if none do. It is for a delivery that Verifier.Verify refuses.
//
// What it tries is bounded: a body of 1 MiB takes a few seconds at most. Neither a
// secret nor a MAC is in what it returns.
func Explain(c Case) []Mistake {
	read := readings(c.Signature)
	tryKeys := keys(c.Secret, c.Previous)
	var best []Mistake
	for b := range bodies(c.Body, timestamps(c.Signature)) {
		for _, k := range tryKeys {
			for _, a := range algorithms {
				// The first of equally short explanations stays: bodies and keys come
				// with the likelier ones first.
				candidates := promising(read, a.size, best, len(b.mistakes)+len(k.mistakes))
				if len(candidates) == 0 {
					continue
				}
				sum := macOf(k, a.newHash, b.bytes)
				for _, r := range candidates {
					if hmac.Equal(sum, r.mac) {
						best = join(r.mistakes, k.mistakes, b.mistakes)
						break
					}
				}
			}
		}
	}
	return best
}

// promising are the readings of a size that, with so many other mistakes, would be a
// shorter explanation than the best one so far.
func promising(read []reading, size int, best []Mistake, others int) []reading {
	var all []reading
	for _, r := range read {
		if len(r.mac) == size && (best == nil || others+len(r.mistakes) < len(best)) {
			all = append(all, r)
		}
	}
	return all
}

// macOf is nil, which equals no MAC, where the standard library refuses the key or the
// hash with a panic: in FIPS 140-only mode nobody could have signed that way.
func macOf(k key, newHash func() hash.Hash, body []byte) (mac []byte) {
	defer func() {
		if recover() != nil {
			mac = nil
		}
	}()
	return k.mac(newHash, body)
}

func join(lists ...[]Mistake) []Mistake {
	var all []Mistake
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// algorithm is a hash and the size of what an HMAC with it returns.
type algorithm struct {
	size    int
	newHash func() hash.Hash
}

// algorithms are told apart by their size; the right one comes first.
var algorithms = []algorithm{
	{sha256.Size, sha256.New},
	{sha1.Size, sha1.New},
	{sha512.Size384, sha512.New384},
	{sha512.Size, sha512.New},
}

func isMAC(mac []byte) bool {
	return slices.ContainsFunc(algorithms, func(a algorithm) bool { return a.size == len(mac) })
}
