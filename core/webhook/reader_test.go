package webhook_test

import (
	"io"
	"testing"
)

// untouchable is a body that nobody may read or close.
type untouchable struct{ t testing.TB }

func (u untouchable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func (u untouchable) Close() error {
	u.t.Error("the body was closed")
	return nil
}

// wire returns a body as a connection does. It records each Read, and fails the test if it
// is read again after the end.
type wire struct {
	t         testing.TB
	data      string
	chunk     int  // most bytes for each Read; 0: no limit
	eofAtOnce bool // io.EOF comes with the last bytes
	asked     []ask
	arrived   int
	ended     bool
}

// ask is one Read: how many bytes had arrived, and how much room it had.
type ask struct{ arrived, room int }

func (w *wire) Read(p []byte) (int, error) {
	if w.ended {
		w.t.Error("the body was read again after its end")
	}
	w.asked = append(w.asked, ask{w.arrived, len(p)})
	n := len(p)
	if w.chunk > 0 {
		n = min(n, w.chunk)
	}
	n = copy(p[:n], w.data[w.arrived:])
	w.arrived += n
	if w.arrived == len(w.data) && (n == 0 || w.eofAtOnce) {
		w.ended = true
		return n, io.EOF
	}
	return n, nil
}

// checkGrowth fails if more memory was held for the body than the arrived bytes allow.
func (w *wire) checkGrowth() {
	w.t.Helper()
	const first, second, factor = 4 << 10, 64 << 10, 16
	for _, a := range w.asked {
		held := a.arrived + a.room
		if held > max(first, factor*a.arrived) || a.arrived < second && held > second {
			w.t.Errorf("room for %d bytes in all when %d had arrived", held, a.arrived)
		}
	}
}

// script is a reader that answers each Read with its next answer, and repeats the last one.
type script []answer

type answer struct {
	data string
	n    int // added to len(data): a reader that lies about what it read
	err  error
}

func (s *script) Read(p []byte) (int, error) {
	next := (*s)[0]
	if len(*s) > 1 {
		*s = (*s)[1:]
	}
	return copy(p, next.data) + next.n, next.err
}
