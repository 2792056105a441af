package webhooktest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// cases is the whole suite, in the order in which it runs.
func (s *suite) cases() []testCase {
	var all []testCase
	for _, part := range [][]testCase{
		s.genuineCases(), s.frameworkAPICases(), s.headerCases(), s.keyCases(), s.bodyCases(),
		s.framingCases(), s.limitCases(), s.connectionCases(), s.smugglingCases(), s.ambiguousCases(), s.earlyRefusalCases(),
		s.errorHandlerCases(), s.orderCases(), s.readErrorCases(), s.observerCases(), s.concurrencyCases(),
	} {
		all = append(all, part...)
	}
	return all
}

// oneMessage is a case that sends one message to a receiver of the standard kind.
func oneMessage(group, name string, make func(s *suite, r *receiver) message, w want) testCase {
	return testCase{
		group: group, name: name, receiver: standard, want: w,
		play: func(s *suite, r *receiver) observed { return s.exchange(r, make(s, r).wire(), false) },
	}
}

// sampleRoom gives sample away where it is quoted.
const sampleRoom = "room-7"

// sample is a body as Sendsar's are, with a text that is not ASCII.
var sample = []byte(`{"event":"message.created","roomId":"` + sampleRoom + `","message":{"id":"m1","text":"grüß dich 👋"}}`)

// filler is a body of n bytes without a period that a buffer's size could hide.
func filler(n int) []byte {
	body := make([]byte, n)
	for i := range body {
		body[i] = byte(i*7 + i>>8*13 + i>>16)
	}
	return body
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // a bytes.Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// alterations are what middlewares before an adapter do to a body.
var alterations = map[string]func(io.Reader) io.Reader{
	"drained": func(body io.Reader) io.Reader {
		_, _ = io.Copy(io.Discard, body) // what it was does not matter
		return bytes.NewReader(nil)
	},
	"inflated": func(body io.Reader) io.Reader {
		r, err := gzip.NewReader(body)
		if err != nil {
			return failingReader{err}
		}
		return r
	},
	"shortened": func(body io.Reader) io.Reader {
		read, err := io.ReadAll(body)
		if err != nil {
			return failingReader{err}
		}
		return bytes.NewReader(read[:max(0, len(read)-1)])
	},
	"lengthened": func(body io.Reader) io.Reader { return io.MultiReader(body, strings.NewReader("\n")) },
	// All of the body comes, and then an error: io.ReadAll returns both.
	"failing":    func(body io.Reader) io.Reader { return io.MultiReader(body, failingReader{errSpoilt}) },
	"timing out": func(body io.Reader) io.Reader { return io.MultiReader(body, failingReader{os.ErrDeadlineExceeded}) },
	"closed":     func(io.Reader) io.Reader { return failingReader{http.ErrBodyReadAfterClose} },
	"limited": func(body io.Reader) io.Reader {
		return io.MultiReader(body, failingReader{&http.MaxBytesError{Limit: 1}})
	},
	"failing at once": func(body io.Reader) io.Reader {
		read, err := io.ReadAll(body)
		if err != nil {
			return failingReader{err}
		}
		return &lastWithError{read}
	},
}

// lastWithError returns an error beside the last bytes, as a Reader may.
type lastWithError struct{ left []byte }

func (r *lastWithError) Read(p []byte) (int, error) {
	n := copy(p, r.left)
	r.left = r.left[n:]
	if len(r.left) == 0 {
		return n, errSpoilt
	}
	return n, nil
}

var errSpoilt = errors.New("spoilt")

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

func sizeName(n int) string { return fmt.Sprintf("%d bytes", n) }
