package adapter

import (
	"errors"
	"io"
	"os"
	"strings"
)

// Stream wraps a body stream of fasthttp. It reports an early end, which fasthttp does not,
// and every timeout as os.ErrDeadlineExceeded.
type Stream struct {
	stream    io.Reader
	announced int // negative if unknown
	read      int
	ended     bool
}

// NewStream wraps a stream. announced is its announced length in bytes, negative if there
// is none.
func NewStream(stream io.Reader, announced int) *Stream {
	return &Stream{stream: stream, announced: announced}
}

// Ended reports whether the body was read to its end, so that the next request follows.
func (s *Stream) Ended() bool { return s.ended }

func (s *Stream) Read(p []byte) (int, error) {
	n, err := s.stream.Read(p)
	s.read += n
	switch {
	case err == io.EOF && s.read < s.announced:
		err = io.ErrUnexpectedEOF // the client is gone, but fasthttp returns io.EOF
	case err == io.EOF:
		s.ended = true
	case isTimeout(err):
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

// isTimeout also recognizes fasthttp's own timeout error, and its error for a broken chunk,
// which has the cause only in its text.
func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout() ||
		err != nil && strings.HasSuffix(err.Error(), os.ErrDeadlineExceeded.Error())
}
