package diagnose

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"slices"
)

// source is a document with other numbers or fields, before spacing and escapes are changed.
type source struct {
	bytes []byte
	how   string
}

// rewrites tries the ways to write the JSON of b. It reports whether the search goes on.
func (s *search) rewrites(b body) bool {
	s.budget.spend(500, 3, len(b.bytes))
	if !json.Valid(b.bytes) || len(b.bytes) < 2 {
		return true
	}
	compact, ok := rewriteJSON(b.bytes, spacings[1], escapings[0])
	s.budget.spend(500, 8, len(b.bytes))
	if !ok {
		return true
	}
	sum := sha256.Sum256(compact)
	again := s.rewritten[sum] // it was tried in other spacing, so only forms that keep the spacing are new
	s.rewritten[sum] = true
	sources := []source{{b.bytes, ""}}
	if !again {
		sources = s.sources(b.bytes)
	}
	has := occurring(b.bytes)
	for i, from := range sources {
		for j, sp := range spacings {
			if again && !sp.keep {
				continue
			}
			var done []escaping
			for _, e := range escapings {
				if i == 0 && sp.keep && e.keep {
					continue
				}
				effective := e.effective(has)
				if slices.Contains(done, effective) || i > 0 && j > 7 && !e.keep {
					continue
				}
				done = append(done, effective)
				likely := i == 0 && (e.keep || j < 2)
				if s.pass > 0 && !likely {
					continue
				}
				written, ok := rewriteJSON(from.bytes, sp, e)
				s.budget.spend(3000, 6, len(from.bytes)) // the fixed part is mostly memory
				s.budget.spend(0, 5, len(written))
				if !ok {
					if s.stop() {
						return false
					}
					continue
				}
				changed := b.with(written, rewritten(describe(sp.name, e.name, from.how)))
				changed.likely, changed.rewrites = likely, !likely
				if !s.try(changed) {
					return false
				}
				ended := changed.with(append(written[:len(written):len(written)], '\n'), newlineLost)
				if !s.try(ended) {
					return false
				}
			}
		}
	}
	return true
}

// sources returns the document itself, and then the document with numbers as encoders write
// them, without the fields that they drop, and with keys in the orders that they choose.
func (s *search) sources(b []byte) []source {
	all := []source{{b, ""}}
	add := func(from source, out []byte, how string) {
		if string(out) == string(from.bytes) {
			return
		}
		for _, other := range all {
			if string(other.bytes) == string(out) {
				return
			}
		}
		all = append(all, source{out, describe(from.how, how)})
	}
	s.budget.spend(2000, 60, len(b))
	if s.stop() {
		return all
	}
	for _, n := range numberForms {
		if out, ok := rewriteNumbers(b, n.write); ok {
			add(all[0], out, n.name)
		}
	}
	if out := quotedNumber.ReplaceAll(b, []byte("$1$2")); json.Valid(out) {
		add(all[0], out, "with its numbers not in quotes")
	}
	if len(b) > maxTreeBytes {
		return all
	}
	for _, from := range all[:len(all):len(all)] {
		tree, ok := parseTree(from.bytes)
		if !ok {
			continue
		}
		for _, o := range orders {
			add(from, tree.write(nil, o.order), o.name)
		}
	}
	return all
}

const maxTreeBytes = 256 << 10

var quotedNumber = regexp.MustCompile(`"(-?(?:0|[1-9]\d*)(?:\.\d+)?)"(\s*[,}\]])`)
