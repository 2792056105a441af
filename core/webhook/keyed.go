package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"sync"
	"sync/atomic"
)

// keyedMAC computes the HMAC-SHA256 of a body under one secret.
type keyedMAC func(body []byte) [sha256.Size]byte

// macState is one reusable HMAC. One goroutine at a time uses it.
type macState struct {
	hash     hash.Hash
	sum      [sha256.Size]byte
	uses     int
	resident bool // belongs to macStates.resident, not to the pool
}

// macStates holds the states of one secret. One state is resident, outside the pool: the
// garbage collector empties a pool and the next Get allocates, which would cost a server
// whose calls do not overlap an allocation after every collection. Calls that overlap use
// the pool, which is per processor: swapping the resident state on every call would move
// its cache line from one processor to another each time.
type macStates struct {
	overlapping atomic.Bool // read by every call, rarely written
	pool        sync.Pool
	_           [cacheLines]byte
	resident    atomic.Pointer[macState] // nil while a call has it
	_           [cacheLines]byte
}

const (
	// cacheLines keeps two fields on different cache lines; some processors fetch lines in pairs.
	cacheLines = 128

	// overlapProbe is the number of uses of a pooled state after which the resident one is
	// tried again.
	overlapProbe = 256
)

// newMAC keys an HMAC once and returns a function that reuses it. Only the closure holds
// the key, where neither fmt nor reflection can reach it. newMAC fails if crypto/hmac
// refuses the key, as in FIPS 140-only mode.
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
	states := new(macStates)
	first := newState()
	first.resident = true
	states.resident.Store(first)
	return func(body []byte) [sha256.Size]byte {
		s := states.get()
		if s == nil {
			s = newState()
		}
		_, _ = s.hash.Write(body) // a hash.Hash never fails to write
		s.hash.Sum(s.sum[:0])
		sum := s.sum
		clear(s.sum[:]) // do not keep an expected signature
		s.hash.Reset()
		states.put(s)
		return sum
	}, nil
}

// get returns a state that no other call uses, or nil if the caller must make one.
func (m *macStates) get() *macState {
	if m.overlapping.Load() {
		if s, _ := m.pool.Get().(*macState); s != nil {
			return s
		}
		// The pool is empty, as after a garbage collection: perhaps calls no longer
		// overlap.
		m.overlapping.Store(false)
	}
	if s := m.resident.Swap(nil); s != nil {
		return s
	}
	m.overlapping.Store(true)
	s, _ := m.pool.Get().(*macState)
	return s
}

func (m *macStates) put(s *macState) {
	if s.resident {
		m.resident.Store(s)
		return
	}
	if s.uses++; s.uses%overlapProbe == 0 {
		m.overlapping.Store(false)
	}
	m.pool.Put(s)
}
