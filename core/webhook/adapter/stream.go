package adapter

import (
	"errors"
	"io"
	"os"
	"strings"
)

// Stream reports what a body stream of fasthttp leaves out.
type Stream struct {
	stream    io.Reader
	announced int // negative if unknown
	read      int
	ended     bool
}

// NewStream wraps a stream whose length was announced; negative if it was not.
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
		err = io.ErrUnexpectedEOF // the client is gone, and fasthttp returns no error
	case err == io.EOF:
		s.ended = true
	case isTimeout(err):
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

// isTimeout includes fasthttp's own timeout error, and its broken chunk, which has the
// cause in its text alone.
func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout() ||
		err != nil && strings.HasSuffix(err.Error(), os.ErrDeadlineExceeded.Error())
}
