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
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	// patience is how long a case waits for an answer that must come.
	patience = 5 * time.Second
	// impatience is how long it waits for one that is declared not to come.
	impatience = 100 * time.Millisecond
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
	verdicts  []verdict
	problem   string // of the case's own checks
}

// How an outcome tells of answers that are missing.
const (
	noAnswer  = "no answer"
	staysOpen = "and stays open"
)

// outcome is what a Difference declares: the statuses, then how many deliveries the
// handler saw.
func (o observed) outcome() string {
	var parts []string
	for _, r := range o.responses {
		parts = append(parts, strconv.Itoa(r.status))
	}
	switch {
	case len(parts) == 0 && o.open:
		parts = append(parts, noAnswer)
	case len(parts) == 0:
		parts = append(parts, "closed")
	case o.open:
		parts = append(parts, staysOpen)
	}
	return strings.Join(parts, " ") + ", handled " + strconv.Itoa(len(o.seen))
}

// report tells a failed case whole. Secrets are masked before lines are cut, so that no
// part of one is left.
func (s *suite) report(c testCase, o observed, problem string) string {
	sent, received := []byte(s.mask(string(o.sent))), []byte(s.mask(string(o.received)))
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", c.fullName(), problem)
	fmt.Fprintf(&b, "sent, %d bytes:\n%s", len(o.sent), wireLines(sent))
	fmt.Fprintf(&b, "came back, %d bytes:\n%s", len(o.received), wireLines(received))
	fmt.Fprintf(&b, "the handler ran %d times\n", len(o.seen))
	for i, one := range o.seen[:min(len(o.seen), shownRuns)] {
		body := []byte(s.mask(string(one.body)))
		fmt.Fprintf(&b, "\t%d. verified %t, secret %d, %d bytes: %s\n", i+1, one.verified, one.delivery.SecretIndex, len(one.body), shorten(body))
	}
	for _, err := range o.errs {
		fmt.Fprintf(&b, "the ErrorHandler got: %v\n", err)
	}
	fmt.Fprintf(&b, "outcome: %s\n", o.outcome())
	fmt.Fprintf(&b, "should be: %s", c.want.text)
	return s.mask(b.String())
}

const (
	shown     = 96 // bytes of a line that a report shows
	shownRuns = 10 // of the handler
)

func shorten(p []byte) string {
	if len(p) <= shown {
		return strconv.QuoteToASCII(string(p))
	}
	return fmt.Sprintf("%s … and %d bytes more", strconv.QuoteToASCII(string(p[:shown])), len(p)-shown)
}

// firstLine is where a message begins. The one before may end without a line end.
var firstLine = regexp.MustCompile(`POST \S+ HTTP/1\.[01]\r\n|HTTP/1\.[01] [1-5][0-9][0-9] `)

// wireLines shows bytes as they stood on the wire, a quoted line for each, the middle of
// many left out.
func wireLines(p []byte) string {
	var lines [][]byte
	for _, line := range bytes.SplitAfter(p, []byte("\n")) {
		if at := firstLine.FindIndex(line); at != nil && at[0] > 0 {
			lines, line = append(lines, line[:at[0]]), line[at[0]:]
		}
		lines = append(lines, line)
	}
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

// exchange is a conversation, and what became of it in the receiver.
func (s *suite) exchange(r *receiver, wire []byte, hold bool) observed {
	o := s.converse(r, wire, hold)
	r.record.snapshot(&o)
	return o
}

// converse sends wire on a connection of its own and reads until the server closes. With
// hold the client's side stays open and nothing follows: the server must answer what it
// has, and say that it closes. (It may wait for the client to do so first: net/http reads
// on for up to 256 KiB after its answer.)
func (s *suite) converse(r *receiver, wire []byte, hold bool) observed {
	o := observed{sent: wire}
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		o.problem = err.Error()
		return o
	}
	defer func() { _ = conn.Close() }() // everything was read by then
	if err := conn.SetWriteDeadline(time.Now().Add(s.patience)); err != nil {
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
	s.receive(&o, conn.(*net.TCPConn), hold)
	_ = conn.Close() // ends a Write that nobody reads any more
	<-written
	return o
}

// receive reads responses until the server closes.
func (s *suite) receive(o *observed, conn *net.TCPConn, hold bool) {
	var raw bytes.Buffer
	reader := bufio.NewReader(io.TeeReader(conn, &raw))
	defer func() { o.received = raw.Bytes() }()
	for {
		wait := s.patience
		if s.difference != nil && s.difference.staysOpenAfter(len(o.responses)) {
			wait = impatience
		}
		if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			o.problem = err.Error()
			return
		}
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
