package webhooktest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// cases is the whole suite, in the order in which it runs.
func (s *suite) cases() []testCase {
	var all []testCase
	for _, part := range [][]testCase{
		s.genuineCases(), s.frameworkAPICases(), s.headerCases(), s.keyCases(), s.bodyCases(),
		s.framingCases(), s.limitCases(), s.connectionCases(), s.smugglingCases(), s.earlyRefusalCases(),
		s.errorHandlerCases(), s.orderCases(), s.concurrencyCases(),
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

// sample is a body as Sendsar's are, with a text that is not ASCII.
var sample = []byte(`{"event":"message.created","roomId":"room-7","message":{"id":"m1","text":"grüß dich 👋"}}`)

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
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

func sizeName(n int) string { return fmt.Sprintf("%d bytes", n) }
