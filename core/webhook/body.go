package webhook

import (
	"bytes"
	"fmt"
	"io"
	"math"
)

// A client that announces a megabyte and sends nothing must not be given one: memory
// follows what has arrived.
const (
	firstRead = 4 << 10 // held before the first byte arrives
	maxGrowth = 16      // then 64 KiB, 1 MiB and so on: at most this many times what has arrived
)

// maxEmptyReads is how many reads in a row may bring neither bytes nor an error, as
// in package bufio.
const maxEmptyReads = 100

// readBody reads a body to its end: exactly size bytes if size was announced, at most
// limit otherwise. ended reports whether the reader said io.EOF, so that nothing is left
// in it; it is never read again after that, since fasthttp's chunked stream would go
// on into the next request. With an error there is no body.
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
		// All of it is in memory: one step, and nothing to clear before.
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
		// Does anything follow? The buffer is full: its last byte is lent to the reader,
		// where one byte more would cost an allocation of the next size class.
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
	// No spare capacity: an append by whoever gets the body must not write into it.
	return buf[:n:n], true, nil
}

func alteredError(announced int64, read int) error {
	return &refusal{kind: ErrBodyAltered, detail: fmt.Sprintf("%d bytes announced, %d read", announced, read)}
}

// nextSize is the buffer size after n bytes filled the one before. Where the length
// was announced, the rest comes in as few steps as the growth rule allows; where it
// was not, doubling keeps what a kept body wastes small.
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
			// What was read beside an error is not a body.
			return 0, false, readError(err)
		case n > 0:
			return n, false, nil
		}
	}
	return 0, false, readError(io.ErrNoProgress)
}
