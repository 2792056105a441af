package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
)

// maxSecrets bounds what a forged request costs: one MAC for each secret.
const maxSecrets = 4

// secretProblems says what is wrong with a secret, never what it is.
// A wrong secret only shows as 401s later on, so the slips that copied and loaded
// secrets often suffer are told at start-up.
func secretProblems(secret string) []string {
	if secret == "" {
		return []string{"is empty (is the environment variable set?)"}
	}
	var problems []string
	trimmed := strings.TrimSpace(secret)
	if trimmed != secret {
		problems = append(problems, "has leading or trailing white space (a newline from a file?)")
	}
	if strings.ContainsFunc(secret, unicode.IsControl) {
		problems = append(problems, "contains a control character")
	}
	unquoted := trimmed
	for _, quote := range []string{`"`, `'`, "`"} {
		if len(trimmed) >= 2 && strings.HasPrefix(trimmed, quote) && strings.HasSuffix(trimmed, quote) {
			problems = append(problems, "is in quotes (an env file may keep them)")
			unquoted = trimmed[1 : len(trimmed)-1]
		}
	}
	if strings.HasPrefix(unquoted, "sk_") {
		problems = append(problems, "is an API key (sk_), not the webhook secret (whsec_)")
	}
	return problems
}

// keyedMAC computes the HMAC-SHA256 of a body under one secret.
type keyedMAC func(body []byte) [sha256.Size]byte

// newMAC keys an HMAC once and returns a function that reuses it. The key lives in
// the closure alone, where neither fmt nor reflection can follow it. It fails where
// crypto/hmac refuses the key, as in FIPS 140-only mode.
func newMAC(secret string) (mac keyedMAC, err error) {
	defer func() {
		if refused := recover(); refused != nil {
			mac, err = nil, fmt.Errorf("is refused by crypto/hmac: %v", refused)
		}
	}()
	// The whole string is the key: Sendsar does not decode it (docs, "Webhooks").
	key := []byte(secret)
	newState := func() *macState {
		s := &macState{hash: hmac.New(sha256.New, key)}
		s.hash.Reset() // caches the keyed state, so later calls hash the body only
		return s
	}
	// The garbage collector empties a pool. One state outlives it, so that a server with
	// little to do, or with large bodies, does not key anew for every few deliveries.
	var resident atomic.Pointer[macState]
	resident.Store(newState())
	pool := sync.Pool{New: func() any { return newState() }}
	return func(body []byte) [sha256.Size]byte {
		s := resident.Swap(nil) // whoever gets it has it alone
		if s == nil {
			s = pool.Get().(*macState)
		}
		_, _ = s.hash.Write(body) // a hash.Hash never fails to write
		s.hash.Sum(s.sum[:0])
		sum := s.sum
		clear(s.sum[:]) // an expected signature stays nowhere
		s.hash.Reset()
		if !resident.CompareAndSwap(nil, s) {
			pool.Put(s)
		}
		return sum
	}, nil
}

// macState is one reusable HMAC, in one goroutine's hands at a time.
type macState struct {
	hash hash.Hash
	sum  [sha256.Size]byte
}

// keyedMACs returns one MAC for each distinct secret, the current one first, or an
// error for each problem of each secret.
func keyedMACs(current string, previous []string) ([]keyedMAC, []error) {
	var (
		errs []error
		macs []keyedMAC
		seen []string
	)
	add := func(name, secret string) {
		for _, problem := range secretProblems(secret) {
			errs = append(errs, fmt.Errorf("%w: %s %s", ErrInvalidSecret, name, problem))
		}
		if secret == "" || slices.Contains(seen, secret) {
			return
		}
		seen = append(seen, secret)
		mac, err := newMAC(secret)
		if err != nil {
			errs = append(errs, fmt.Errorf("%w: %s %w", ErrInvalidSecret, name, err))
		}
		macs = append(macs, mac)
	}
	add("the secret", current)
	for i, secret := range previous {
		// An unset variable is an empty string here: no rotation is going on.
		if secret != "" {
			add(fmt.Sprintf("previous secret %d", i+1), secret)
		}
	}
	if len(macs) > maxSecrets {
		errs = append(errs, fmt.Errorf("%w: %d different secrets, at most %d may be accepted at a time",
			ErrInvalidSecret, len(macs), maxSecrets))
	}
	return macs, errs
}
