package webhooktest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	// patience is how long a case waits for an answer that must come.
	patience = 5 * time.Second
	// impatience is how long it waits for one that is declared not to come.
	impatience = 300 * time.Millisecond
)

// response is one answer, interim ones included.
type response struct {
	status int
	header http.Header
	body   string
}

// observed is everything that came of a case.
type observed struct {
	sent      []byte
	received  []byte
	responses []response
	open      bool // the server neither answered to the end nor closed
	seen      []seen
	errs      []error
	problem   string // of the case's own checks
}

// outcome is what a Difference declares: the statuses, then how many deliveries the
// handler saw.
func (o observed) outcome() string {
	var parts []string
	for _, r := range o.responses {
		parts = append(parts, strconv.Itoa(r.status))
	}
	switch {
	case len(parts) == 0 && o.open:
		parts = append(parts, "no answer")
	case len(parts) == 0:
		parts = append(parts, "closed")
	case o.open:
		parts = append(parts, "and stays open")
	}
	return strings.Join(parts, " ") + ", handled " + strconv.Itoa(len(o.seen))
}

// flaw is what no Difference excuses.
func (o observed) flaw() string {
	for _, one := range o.seen {
		if one.flaw != "" {
			return one.flaw
		}
	}
	return ""
}

// report tells a failed case whole.
func (o observed) report(w want, problem string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", problem)
	fmt.Fprintf(&b, "sent, %d bytes:\n%s", len(o.sent), wireLines(o.sent))
	fmt.Fprintf(&b, "came back, %d bytes:\n%s", len(o.received), wireLines(o.received))
	fmt.Fprintf(&b, "the handler ran %d times\n", len(o.seen))
	for i, one := range o.seen {
		fmt.Fprintf(&b, "\t%d. verified %t, secret %d, %d bytes: %s\n", i+1, one.verified, one.index, len(one.body), shorten(one.body))
	}
	for _, err := range o.errs {
		fmt.Fprintf(&b, "the ErrorHandler got: %v\n", err)
	}
	fmt.Fprintf(&b, "outcome: %s\n", o.outcome())
	fmt.Fprintf(&b, "should be: %s", w.text)
	return b.String()
}

const shown = 96 // bytes of a line that a report shows

func shorten(p []byte) string {
	if len(p) <= shown {
		return strconv.QuoteToASCII(string(p))
	}
	return fmt.Sprintf("%s … and %d bytes more", strconv.QuoteToASCII(string(p[:shown])), len(p)-shown)
}

// wireLines shows bytes as they stood on the wire, a quoted line for each, the middle of
// many left out.
func wireLines(p []byte) string {
	lines := bytes.SplitAfter(p, []byte("\n"))
	var b strings.Builder
	for i, line := range lines {
		switch {
		case len(line) == 0:
		case i < 16 || i >= len(lines)-4:
			fmt.Fprintf(&b, "\t%s\n", shorten(line))
		case i == 16:
			fmt.Fprintf(&b, "\t… %d lines …\n", len(lines)-20)
		}
	}
	return b.String()
}

// exchange sends wire on a connection of its own and reads until the server closes. With
// hold the client's side stays open and nothing follows: the server must answer what it
// has, and say that it closes. (It may wait for the client to do so first: net/http reads
// on for up to 256 KiB after its answer.)
func (s *suite) exchange(r *receiver, wire []byte, hold bool) observed {
	o := observed{sent: wire}
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		o.problem = err.Error()
		return o
	}
	defer func() { _ = conn.Close() }() // everything was read by then
	wait := patience
	if s.declared && hold {
		wait = impatience
	}
	if err := conn.SetDeadline(time.Now().Add(wait)); err != nil {
		o.problem = err.Error()
		return o
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		// A server that refused early closes while the body is still being sent.
		if _, err := conn.Write(wire); err == nil && !hold {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
	}()
	o.receive(conn.(*net.TCPConn), hold)
	_ = conn.Close() // ends a Write that nobody reads any more
	<-written
	o.seen, o.errs = r.record.snapshot()
	return o
}

// receive reads responses until the server closes.
func (o *observed) receive(conn *net.TCPConn, hold bool) {
	var raw bytes.Buffer
	reader := bufio.NewReader(io.TeeReader(conn, &raw))
	defer func() { o.received = raw.Bytes() }()
	for {
		if _, err := reader.Peek(1); err != nil {
			o.open = errors.Is(err, os.ErrDeadlineExceeded)
			return
		}
		answer, err := http.ReadResponse(reader, &http.Request{Method: http.MethodPost})
		if err != nil {
			o.problem = "the answer is no HTTP response: " + err.Error()
			o.open = errors.Is(err, os.ErrDeadlineExceeded)
			return
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close() // read to its end or broken
		o.responses = append(o.responses, response{answer.StatusCode, answer.Header, string(body)})
		if err != nil {
			o.problem = "the answer's body: " + err.Error()
			return
		}
		if hold && answer.StatusCode >= http.StatusOK {
			if !answer.Close {
				o.problem = "the answer to a request whose body did not follow has no Connection: close"
			}
			_ = conn.CloseWrite()
		}
	}
}
