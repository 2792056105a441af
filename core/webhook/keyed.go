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

// macState is one reusable HMAC, in one goroutine's hands at a time.
type macState struct {
	hash     hash.Hash
	sum      [sha256.Size]byte
	uses     int
	resident bool // it goes back to macStates.resident, not to the pool
}

// macStates are the states of one secret. One state is resident: the garbage collector
// empties a pool and the pool allocates at the next Get, which a server whose calls do
// not overlap would pay for again and again. Calls that overlap use the pool, which is
// per processor: a swap of the resident state on every call would move its cache line
// from one processor to the other each time.
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

	// overlapProbe is how often a pooled state is used until its user tries the resident one again.
	overlapProbe = 256
)

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
		clear(s.sum[:]) // an expected signature stays nowhere
		s.hash.Reset()
		states.put(s)
		return sum
	}, nil
}

// get returns a state that nobody else has, or nil if the caller must make one.
func (m *macStates) get() *macState {
	if m.overlapping.Load() {
		if s, _ := m.pool.Get().(*macState); s != nil {
			return s
		}
		// A collection emptied the pool. Calls may not overlap any more.
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
