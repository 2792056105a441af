package webhook

import (
	"bytes"
	"fmt"
	"io"
	"math"
)

// A client that announces a megabyte and sends nothing must not make us allocate one: the
// buffer grows only with the bytes that have arrived.
const (
	firstRead = 4 << 10 // held before the first byte arrives
	maxGrowth = 16      // then 64 KiB, 1 MiB and so on: at most this many times what has arrived
)

// maxEmptyReads is how many reads in a row may return neither bytes nor an error, as in
// package bufio.
const maxEmptyReads = 100

// readBody reads a body to its end: exactly size bytes if size is not negative, at most
// limit bytes otherwise. ended reports whether the reader was read to its end, so that
// nothing is left in it. It is never read again after io.EOF, because fasthttp's chunked
// stream would continue into the next request. With an error, body is nil.
func readBody(r io.Reader, size, limit int64) (body []byte, ended bool, err error) {
	announced := size >= 0
	most := limit
	if announced {
		most = size
	}
	if r == nil {
		if size > 0 {
			return nil, true, alteredError(size, 0)
		}
		return []byte{}, true, nil
	}

	var buf []byte
	n := 0
	if whole, ok := r.(*bytes.Buffer); ok && int64(whole.Len()) <= most {
		// The whole body is in memory: copy it in one step, without clearing a buffer
		// first.
		buf = append([]byte{}, whole.Next(whole.Len())...)
		n, ended = len(buf), true
	} else {
		buf = make([]byte, max(1, min(most, firstRead)))
	}
	for !ended && int64(n) < most {
		if n == len(buf) {
			grown := make([]byte, nextSize(n, most, announced))
			copy(grown, buf)
			buf = grown
		}
		var read int
		read, ended, err = readSome(r, buf[n:])
		if err != nil {
			return nil, false, err
		}
		n += read
	}
	if !ended {
		// Check that nothing follows. The buffer is full, so lend its last byte to the
		// reader: one byte more would cost an allocation of the next size class.
		last := buf[len(buf)-1]
		var read int
		read, ended, err = readSome(r, buf[len(buf)-1:])
		buf[len(buf)-1] = last
		switch {
		case err != nil:
			return nil, false, err
		case read > 0 && announced:
			return nil, ended, &refusal{kind: ErrBodyAltered, detail: fmt.Sprintf("%d bytes announced, more were read", size)}
		case read > 0:
			return nil, ended, errBodyOverLimit
		}
	}
	if announced && int64(n) < size {
		return nil, true, alteredError(size, n)
	}
	// No spare capacity: an append to the body must copy it, not write behind it.
	return buf[:n:n], true, nil
}

func alteredError(announced int64, read int) error {
	return &refusal{kind: ErrBodyAltered, detail: fmt.Sprintf("%d bytes announced, %d read", announced, read)}
}

// nextSize returns the size of the next buffer when n bytes have filled the current one. If
// the length was announced, the buffer grows as fast as maxGrowth allows, in few steps. If
// it was not, the buffer doubles, so that a body that is kept wastes little memory.
func nextSize(n int, most int64, announced bool) int64 {
	factor := int64(2)
	if announced {
		factor = maxGrowth
	}
	return min(int64(n)*factor, most, math.MaxInt) // an int has 32 bits on some machines
}

// readSome reads until something arrives: bytes, the end or an error.
func readSome(r io.Reader, p []byte) (n int, ended bool, err error) {
	for range maxEmptyReads {
		n, err = r.Read(p)
		switch {
		case n < 0 || n > len(p):
			return 0, false, &refusal{kind: ErrBodyRead, detail: "the reader broke io.Reader's contract"}
		case err == io.EOF:
			return n, true, nil
		case err != nil:
			// Whatever comes with an error is discarded.
			return 0, false, readError(err)
		case n > 0:
			return n, false, nil
		}
	}
	return 0, false, readError(io.ErrNoProgress)
}
