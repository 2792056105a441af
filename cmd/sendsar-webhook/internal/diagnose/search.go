package diagnose

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// search looks for a body, a key and a reading of the signature that match.
type search struct {
	ctx      context.Context
	progress func(int)
	raw      []byte
	readings []reading
	times    []string
	keys     []*key
	previous bool

	sizes     map[int]bool // of the readings' MACs; false if the digits are too few to prove anything
	seen      map[[sha256.Size]byte]bool
	rewritten map[[sha256.Size]byte]bool // documents that were rewritten, without their spacing
	budget    budget
	tries     int
	large     bool // unlikely keys wait for a second pass
	pass      int
	partial   bool // the budget ended before everything was tried
	found     []Mistake
}

// body is what may have been signed.
type body struct {
	bytes    []byte
	mistakes []Mistake
	depth    int
	rewrites bool // it is one of many that differ little, so few keys are tried with it
	likely   bool // some more keys are tried with it
}

// with returns the body that b becomes when one more mistake is undone.
func (b body) with(changed []byte, mistake Mistake) body {
	return body{bytes: changed, mistakes: join(b.mistakes, []Mistake{mistake}), depth: b.depth + 1, rewrites: b.rewrites}
}

func newSearch(ctx context.Context, c Case, value string, progress func(int)) *search {
	s := &search{
		ctx: ctx, progress: progress, raw: c.Body, previous: c.Previous != "",
		readings: readings(value), times: timestamps(value), keys: keys(c.Secret, c.Previous),
		sizes: map[int]bool{}, seen: map[[sha256.Size]byte]bool{}, rewritten: map[[sha256.Size]byte]bool{}, budget: budget{left: work},
	}
	for _, r := range s.readings {
		if n := len(r.digits); r.partial || !isSizeOfMAC(n/2) || n%2 != 0 {
			s.sizes[sha256.Size] = s.sizes[sha256.Size] || n >= provingDigits
		} else {
			s.sizes[n/2] = true
		}
	}
	return s
}

// run returns the fewest mistakes that explain the signature, or nil if none do.
func (s *search) run() []Mistake {
	if !s.sizes[sha256.Size] && len(s.sizes) == 0 || s.onlyFalse() {
		return nil
	}
	s.large = len(s.raw) > largeBytes
	s.bodies()
	if s.large && s.found == nil {
		s.pass, s.partial = 1, false
		clear(s.seen)
		clear(s.rewritten)
		s.budget = budget{left: workInSecondPass}
		s.bodies()
		s.partial = true // keys of the other tiers were tried only with the body as it is
	}
	return s.found
}

func (s *search) onlyFalse() bool {
	for _, possible := range s.sizes {
		if possible {
			return false
		}
	}
	return true
}

// stop reports whether the search must end.
func (s *search) stop() bool {
	if s.budget.over() {
		s.partial = true
	}
	return s.found != nil || s.partial || s.ctx.Err() != nil
}

// try compares all readings with the MACs of a body, unless that body was tried before. It
// reports whether the search goes on.
func (s *search) try(b body) bool {
	if s.stop() {
		return false
	}
	s.budget.spend(200, 1, len(b.bytes))
	sum := sha256.Sum256(b.bytes)
	if s.seen[sum] {
		return true
	}
	s.seen[sum] = true
	if s.pass > 0 && b.depth == 0 {
		return true
	}
	tier, light := s.keysFor(b)
	for _, k := range s.keys {
		if k.tier > tier {
			continue
		}
		for a := range algorithms {
			if !s.sizes[algorithms[a].size] || a > 0 && (light || algorithms[a].mistake != nil && (b.depth > 0 || k.tier > 1)) {
				continue
			}
			s.budget.spend(550, 1, len(b.bytes)*2/3+len(b.bytes)*min(a, 1))
			s.tries++
			if s.progress != nil && s.tries%4096 == 0 {
				s.progress(s.tries)
			}
			if s.match(k, a, b) {
				return false
			}
		}
		if s.stop() {
			return false
		}
	}
	return true
}

// keysFor returns the highest tier of the keys to try with a body, and whether to try SHA-256
// only.
func (s *search) keysFor(b body) (tier int, light bool) {
	n := len(b.bytes)
	switch {
	case b.depth == 0:
		return 3, false
	case s.large:
		return s.pass, true
	case b.rewrites:
		return 0, true
	case b.likely:
		return 1, true
	case b.depth == 1:
		return 2, false
	case b.depth == 2 && n <= 4<<10:
		return 1, true
	default:
		return 0, true
	}
}

// match compares the MAC of a body with the readings. If one matches, it sets found and returns
// true.
func (s *search) match(k *key, a int, b body) bool {
	mac := k.sum(a, b.bytes)
	if mac == nil {
		return false
	}
	var front, back [4]byte
	hex.Encode(front[:], mac[:2])
	hex.Encode(back[:], mac[len(mac)-2:])
	for _, r := range s.readings {
		if !strings.HasPrefix(r.digits, string(front[:])) && !strings.HasSuffix(r.digits, string(back[:])) {
			continue // most of them: a reading that matches is right at one end at least
		}
		extra, ok := r.fits(hex.EncodeToString(mac), a == 0)
		if !ok {
			continue
		}
		if r.partial || len(extra) > 0 {
			for _, other := range s.readings { // a whole MAC explains more
				if whole, ok := other.fits(hex.EncodeToString(mac), a == 0); ok && !other.partial && len(whole) == 0 {
					r, extra = other, nil
					break
				}
			}
		}
		if algorithms[a].mistake != nil {
			extra = append(extra, *algorithms[a].mistake)
		}
		if hasID(extra, signatureDigit(0, 0, 0).ID) { // this one names the length as well
			r.mistakes = slices.DeleteFunc(slices.Clone(r.mistakes), func(m Mistake) bool {
				return m.ID == signatureCut(1, false).ID || m.ID == signatureTooLong(0).ID
			})
		}
		s.found = unique(join(r.mistakes, extra, k.mistakes, b.mistakes))
		return s.found != nil
	}
	return false
}

// fits reports whether r is the MAC with these digits. extra are the mistakes that only this
// comparison can find.
func (r reading) fits(digits string, sha256 bool) (extra []Mistake, ok bool) {
	switch {
	case r.partial && strings.HasPrefix(digits, r.digits):
		return nil, sha256 && len(r.digits) >= provingDigits
	case hmac.Equal([]byte(digits), []byte(r.digits)):
		return nil, true
	case !sha256 || len(r.digits) < macDigits-4 || len(r.digits) > macDigits+4:
		return nil, false
	}
	// At most three digits may differ, all in one place: 240 bits still match.
	const tolerance = 3
	front := 0
	for front < min(len(digits), len(r.digits)) && digits[front] == r.digits[front] {
		front++
	}
	if front == 0 && digits[len(digits)-1] != r.digits[len(r.digits)-1] {
		return nil, false
	}
	back := 0
	for back < min(len(digits), len(r.digits))-front && digits[len(digits)-1-back] == r.digits[len(r.digits)-1-back] {
		back++
	}
	wrong := max(len(digits), len(r.digits)) - front - back
	if wrong > tolerance {
		return nil, false
	}
	return []Mistake{signatureDigit(front+1, wrong, len(r.digits))}, true
}

// unique removes duplicate mistakes.
func unique(mistakes []Mistake) []Mistake {
	var all []Mistake
	for _, m := range mistakes {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

// bodies tries the bodies that may have been signed instead of raw. Each round undoes one
// mistake more than the round before.
func (s *search) bodies() {
	level := []body{{bytes: s.raw}}
	if !s.try(level[0]) {
		return
	}
	var vague []body // with text around it, which other mistakes often explain better
	for depth := 0; depth < 5 && len(level)+len(vague) > 0; depth++ {
		var next, later []body
		keep := func(b body) {
			if s.budget.kept+len(b.bytes) <= maxKeptBytes {
				s.budget.kept += len(b.bytes)
				next = append(next, b)
			}
		}
		for _, b := range level {
			for _, opened := range s.open(b) {
				if opened.mistakes[len(opened.mistakes)-1] == bodyInText {
					later = append(later, opened)
					continue
				}
				if !s.try(opened) {
					return
				}
				keep(opened)
			}
		}
		for _, b := range vague {
			if !s.try(b) {
				return
			}
			keep(b)
		}
		vague = later
		steps := []func(body) bool{s.tryEnds, s.rewrites}
		if s.large {
			slices.Reverse(steps)
		}
		for i, step := range steps {
			for _, b := range level {
				if (i == 0 || depth < 3) && !step(b) {
					return
				}
			}
		}
		level = next
	}
	s.orders(body{bytes: s.raw})
}

func (s *search) tryEnds(b body) bool {
	for changed := range s.ends(b) {
		switch changed.mistakes[len(changed.mistakes)-1] {
		case newlineLost, crlfMade, lfMade:
		default:
			changed.likely = true
		}
		if !s.try(changed) {
			return false
		}
	}
	return true
}

// open returns the bodies that may be hidden in b, without those that were tried before.
func (s *search) open(b body) []body {
	var all []body
	for _, undo := range undoBody {
		if s.stop() {
			return all
		}
		s.budget.spend(300, undo.cost, len(b.bytes))
		for _, c := range undo.do(b.bytes) {
			s.budget.spend(0, 2, len(c.bytes))
			if len(c.bytes) > maxOpenedBytes {
				s.partial = true
				continue
			}
			if !s.seen[sha256.Sum256(c.bytes)] {
				all = append(all, b.with(c.bytes, c.mistake))
			}
		}
	}
	return all
}
