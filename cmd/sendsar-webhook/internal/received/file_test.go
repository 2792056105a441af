package received_test

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

func example() received.Delivery {
	return received.Delivery{
		Method: "POST", Target: "/hooks?a=b%20c", Proto: "HTTP/1.1", Host: "example.test:8080",
		Header: http.Header{
			"X-Webhook-Signature": {"sha256=00ff"},
			"Content-Type":        {"application/json"},
			"X-Two":               {"first", "second"},
			"Content-Length":      {"999"},
			"Transfer-Encoding":   {"chunked"},
		},
		Body: []byte("{\"a\":1}\r\n\x00\xff"),
	}
}

func TestFileIsTheRequest(t *testing.T) {
	want := "POST /hooks?a=b%20c HTTP/1.1\r\nHost: example.test:8080\r\nContent-Type: application/json\r\n" +
		"X-Two: first\r\nX-Two: second\r\nX-Webhook-Signature: sha256=00ff\r\nContent-Length: 11\r\n\r\n{\"a\":1}\r\n\x00\xff"
	if got := string(example().File()); got != want {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	old := received.Delivery{Method: "POST", Target: "/", Proto: "HTTP/1.0"}
	if got, want := string(old.File()), "POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A Delivery that does not come from net/http may have line breaks in its header.
func TestFileHasNoHeaderThatWasNotThere(t *testing.T) {
	d := received.Delivery{Method: "POST", Target: "/\r\nX-A: 1", Proto: "x\r\nX-B: 1", Host: "a\nX-C: 1", Header: http.Header{"X": {"a\r\n\r\nX-D: 1"}, "Y\r\nX-E": {"1"}}}
	for _, line := range strings.Split(string(d.File()), "\r\n") {
		if strings.HasPrefix(line, "X-") || strings.Contains(line, "\n") {
			t.Errorf("got the line %q", line)
		}
	}
}

// Every request that net/http can read can be read again from its file.
func FuzzFile(f *testing.F) {
	for _, request := range []string{
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
		"POST /a?b#c HTTP/1.0\r\nX: \xff\r\nX:  y \r\n\r\n",
		"POST http://h/p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost:\r\nPragma: no-cache\r\nConnection: close\r\n\r\n",
		"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n \r\n\r\n",
	} {
		f.Add([]byte(request))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil || first.Method == "PRI" {
			return
		}
		body, err := io.ReadAll(first.Body)
		if err != nil {
			return
		}
		d := received.Delivery{Method: first.Method, Target: first.RequestURI, Proto: first.Proto, Host: first.Host, Header: first.Header, Body: body}
		again, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(d.File())))
		if err != nil {
			t.Fatalf("%v: %q", err, d.File())
		}
		bodyAgain, err := io.ReadAll(again.Body)
		if err != nil || string(bodyAgain) != string(body) {
			t.Errorf("got the body %q, %v, want %q", bodyAgain, err, body)
		}
		if again.Method != first.Method || again.RequestURI != first.RequestURI || again.Proto != first.Proto || !isSaved(first.Host, again.Host) {
			t.Errorf("got %q", d.File())
		}
		want, got := maps.Clone(first.Header), again.Header
		for _, name := range []string{"Content-Length", "Transfer-Encoding", "Host"} {
			delete(want, name)
			delete(got, name)
		}
		if !maps.EqualFunc(want, got, func(a, b []string) bool { return slices.EqualFunc(a, b, isSaved) }) {
			t.Errorf("got the header %q, want %q", got, want)
		}
	})
}

// isSaved reports whether a file has a header's value. A folded line leaves a blank behind it,
// which means nothing (RFC 9110, 5.5).
func isSaved(value, saved string) bool { return strings.Trim(value, " \t") == saved }
