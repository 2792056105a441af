package webhooktest_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// net/http refuses what its parser does not understand, so no handler on it can fail those
// cases. A server that guesses fails them.
func TestLaxServersAreCaught(t *testing.T) {
	for says, cases := range map[string][]string{
		"answered with 200": {
			"header/a NUL in it", "header/a form feed after it", "header/a space before the colon", "framing/a negative length",
			"framing/a length with a plus sign", "framing/a length in hex", "framing/a length with a fraction", "framing/a length with a space in it",
			"framing/a length that is no number", "framing/a length over 2^63", "framing/a length over 2^64", "framing/two lengths, the right one last",
			"framing/a length and an unknown coding", "framing/gzip, chunked", "framing/chunked, gzip", "framing/chunked twice", "framing/an unknown coding",
			"framing/no length at all",
		},
		"what followed the refused request was answered too": {
			"framing/a list of equal lengths", "framing/two lengths, the right one first",
		},
		"there are 2 answers": {
			"ambiguous/a length and chunked, forged", "ambiguous/a length and chunked, genuine", "ambiguous/chunked in HTTP/1.0, kept alive, genuine",
			"ambiguous/a length and chunked in HTTP/1.0, genuine", "ambiguous/a folded trailer, genuine",
		},
		"the answers have the statuses [200 200], not [200]": {
			"smuggling/in the trailers",
		},
		"": {
			"genuine/every byte value", "genuine/in chunks of one byte",
		},
	} {
		for _, by := range cases {
			t.Run(by, func(t *testing.T) {
				t.Parallel()
				checkCaught(t, laxServer, caught{by: by, says: says})
			})
		}
	}
}

// laxServer serves a correct receiver with a parser that guesses.
func laxServer(t *testing.T, r webhooktest.Receiver, secrets []string) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	handler := newReceiver(r, secrets)
	var connections sync.WaitGroup
	connections.Add(1)
	go func() {
		defer connections.Done()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			connections.Add(1)
			go func() {
				defer connections.Done()
				defer func() { _ = conn.Close() }() // the client has its answers
				serveLaxly(conn, handler)
			}()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close() // only this closes it
		connections.Wait()
	})
	return "http://" + listener.Addr().String()
}

func serveLaxly(conn net.Conn, handler *receiver) {
	in := bufio.NewReader(conn)
	for {
		r, err := guess(in)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n") // the case notices a missing answer
			return
		}
		w := httptest.NewRecorder()
		handler.serve(w, r)
		writeAnswer(conn, w)
	}
}

// guess makes a request from whatever was sent.
func guess(in *bufio.Reader) (*http.Request, error) {
	lines := textproto.NewReader(in)
	first, err := lines.ReadLine()
	if err != nil {
		return nil, err
	}
	method, rest, _ := strings.Cut(first, " ")
	target, _, ok := strings.Cut(rest, " ")
	if !ok {
		return nil, fmt.Errorf("%q is no request line", first)
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, err
	}
	r := &http.Request{Method: method, URL: u, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: make(http.Header), ContentLength: -1}
	for {
		line, err := lines.ReadLine()
		if err != nil {
			return nil, err
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			break
		}
		r.Header.Add(strings.TrimSpace(name), strings.Trim(value, " \t\f\x00"))
	}
	lengths, coding := r.Header.Values("Content-Length"), r.Header.Get("Transfer-Encoding")
	switch {
	case coding == "chunked", coding != "" && len(lengths) == 0:
		r.Body = io.NopCloser(&lastLine{httputil.NewChunkedReader(in), in})
	case len(lengths) > 0:
		if r.ContentLength = guessLength(lengths[len(lengths)-1]); r.ContentLength >= 0 {
			r.Body = io.NopCloser(io.LimitReader(in, r.ContentLength))
			break
		}
		fallthrough
	default:
		r.Body = io.NopCloser(in)
	}
	return r, nil
}

// lastLine removes the line end after the last chunk from the connection, but no trailers.
type lastLine struct {
	io.Reader
	connection *bufio.Reader
}

func (r *lastLine) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		if end, _ := r.connection.Peek(2); string(end) == "\r\n" { // there may be no more
			_, _ = r.connection.Discard(2) // they are there
		}
	}
	return n, err
}

// guessLength returns -1 for a body that ends with the connection.
func guessLength(value string) int64 {
	if first, _, ok := strings.Cut(value, ", "); ok {
		n, _ := strconv.ParseInt(first, 10, 64) // 0 is a guess too
		return n - 1
	}
	fields := strings.Fields(value)
	whole, _, _ := strings.Cut(fields[len(fields)-1], ".")
	n, err := strconv.ParseInt(whole, 0, 64)
	if err != nil {
		return -1
	}
	return n
}
