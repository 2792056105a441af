package diagnose

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"iter"
)

// body is what may have been signed.
type body struct {
	bytes    []byte
	mistakes []Mistake
}

// bodies yields what may have been signed where raw is at hand: raw itself, then what
// differs from it by one change, or by several that go together. Equal ones come once.
func bodies(raw []byte, timestamps []string) iter.Seq[body] {
	return func(yield func(body) bool) {
		seen := map[[sha256.Size]byte]bool{}
		emit := func(b body) bool {
			sum := sha256.Sum256(b.bytes)
			if seen[sum] {
				return true
			}
			seen[sum] = true
			return yield(b)
		}
		for _, changes := range []func(body) iter.Seq[body]{itself, others(timestamps), contents} {
			for b := range changes(body{bytes: raw}) {
				if !emit(b) {
					return
				}
			}
		}
	}
}

// with is b after one more mistake.
func (b body) with(changed []byte, mistake Mistake) body {
	return body{changed, join(b.mistakes, []Mistake{mistake})}
}

func itself(b body) iter.Seq[body] {
	return func(yield func(body) bool) { yield(b) }
}

// others are changes that no second one goes with.
func others(timestamps []string) func(body) iter.Seq[body] {
	return func(b body) iter.Seq[body] {
		return func(yield func(body) bool) {
			for _, t := range timestamps {
				if !yield(b.with(append([]byte(t+"."), b.bytes...), timestampSigned)) {
					return
				}
			}
			if !yield(b.with(nil, emptyBody)) {
				return
			}
			if !yield(b.with(append([]byte(bom), b.bytes...), bomLost)) {
				return
			}
			for _, compressed := range compress(b.bytes) {
				if !yield(b.with(compressed, bodyInflated)) {
					return
				}
			}
		}
	}
}

// contents are changes of the text itself, also of the one in a container.
func contents(b body) iter.Seq[body] {
	return func(yield func(body) bool) {
		for _, opened := range append([]body{b}, open(b)...) {
			for _, changes := range []func(body) iter.Seq[body]{ends, lineEnds, rewrites} {
				for changed := range changes(opened) {
					if !yield(changed) {
						return
					}
				}
			}
		}
	}
}

// ends are b and b with a final newline more or less.
func ends(b body) iter.Seq[body] {
	return func(yield func(body) bool) {
		if !yield(b) {
			return
		}
		for _, newline := range []string{"\n", "\r\n"} {
			if without, found := bytes.CutSuffix(b.bytes, []byte(newline)); found && !yield(b.with(without, newlineAdded)) {
				return
			}
		}
		for _, newline := range []string{"\n", "\r\n"} {
			if !yield(b.with(append(bytes.Clone(b.bytes), newline...), newlineLost)) {
				return
			}
		}
	}
}

// lineEnds are b with the other kind of line ends, and with a final one more or less.
func lineEnds(b body) iter.Seq[body] {
	lf := bytes.ReplaceAll(b.bytes, []byte("\r\n"), []byte("\n"))
	crlf := bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n"))
	return func(yield func(body) bool) {
		for _, changed := range []body{b.with(lf, crlfMade), b.with(crlf, lfMade)} {
			for end := range ends(changed) {
				if !yield(end) {
					return
				}
			}
		}
	}
}

// rewrites are the ways to write the JSON of b, and those with a newline, which many
// encoders add.
func rewrites(b body) iter.Seq[body] {
	return func(yield func(body) bool) {
		if !json.Valid(b.bytes) {
			return
		}
		for _, s := range spacings {
			for _, e := range escapings {
				written, ok := rewriteJSON(b.bytes, s, e)
				if !ok {
					continue
				}
				changed := b.with(written, rewritten(describe(s, e)))
				if !yield(changed) || !yield(changed.with(append(written, '\n'), newlineLost)) {
					return
				}
			}
		}
	}
}
