package webhook

import (
	"fmt"
	"io"
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
// limit otherwise. ended tells whether the reader said io.EOF, so that nothing is left
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

	// One byte is needed beyond the last one, to see that nothing follows. It comes
	// from memory at hand, never from an allocation a size class larger.
	var spare []byte
	buf := make([]byte, min(most, firstRead-1)+1)
	if most < firstRead {
		buf, spare = buf[:most], buf[most:]
	}

	n := 0
	for !ended && int64(n) < most {
		if n == len(buf) {
			grown := make([]byte, nextSize(n, most, announced))
			copy(grown, buf)
			buf, spare = grown, buf[:1]
		}
		var read int
		read, ended, err = readSome(r, buf[n:])
		if err != nil {
			return nil, false, err
		}
		n += read
	}
	if !ended {
		if spare == nil {
			spare = make([]byte, 1)
		}
		var read int
		read, ended, err = readSome(r, spare)
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
	if announced {
		return min(int64(n)*maxGrowth, most)
	}
	return min(int64(n)*2, most)
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
