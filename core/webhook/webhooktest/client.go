package webhooktest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"time"
)

const (
	// patience is how long a case waits for an answer that must come.
	patience = 20 * time.Second
	// hurry is how long a case waits after several answers did not come, and for an answer
	// to an incomplete message before the client closes its side (see keepOpen).
	hurry = 500 * time.Millisecond
	// impatience is how long a case waits for an answer that may be missing as declared.
	impatience = 100 * time.Millisecond
)

// client sends messages byte by byte, unlike any HTTP client.
type client struct {
	addr     string
	patience time.Duration
	// leaveOpen reports whether the server may leave the connection open, or the message
	// without an answer, after this number of answers.
	leaveOpen func(answers int) bool
	// keepOpen is for servers that drop a connection when the client has closed its side:
	// the client closes its side only after every answer.
	keepOpen bool
}

// sending is everything that the client sends on one connection.
type sending struct {
	wire    []byte
	methods []string // of the messages: the answer to HEAD has no body
	bodies  [][]byte // of the messages, before they were framed
	hold    bool     // do not send the rest of the body, and keep the connection open
	whole   bool     // every message is complete, so wait for each answer, even on a busy machine
}

// all returns a sending of these messages, one after the other.
func all(messages []message) sending {
	s := sending{whole: true}
	for _, m := range messages {
		s.whole = s.whole && m.whole()
		s.wire, s.methods, s.bodies = m.appendTo(s.wire), append(s.methods, m.method), append(s.bodies, m.body)
	}
	return s
}

// converse sends on a new connection and reads until the server closes. If the rest of the
// body is held back, the server must answer without it, and announce that it closes. (It may
// wait for the client to close first: net/http reads up to 256 KiB after its answer.)
func (c client) converse(s sending) observed {
	o := observed{sent: s.wire, bodies: s.bodies}
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		o.problem = err.Error()
		return o
	}
	defer func() { _ = conn.Close() }() // everything was read before
	written := make(chan struct{})
	go func() {
		defer close(written)
		// A write error is no problem: a server that refuses early closes while the body is
		// still being sent.
		if err := c.write(conn, s.wire); err == nil && !s.hold && !c.keepOpen {
			endSending(conn)
		}
	}()
	c.receive(&o, conn, s, written)
	_ = conn.Close() // ends a Write that the server no longer reads
	<-written
	return o
}

// write gives up when the server reads nothing for c.patience.
func (c client) write(conn net.Conn, wire []byte) error {
	for part := range slices.Chunk(wire, 64<<10) {
		if err := conn.SetWriteDeadline(time.Now().Add(c.patience)); err != nil {
			return err
		}
		if _, err := conn.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// receive reads responses until the server closes. Its timeouts count only after everything
// is written.
func (c client) receive(o *observed, conn net.Conn, s sending, written <-chan struct{}) {
	var raw bytes.Buffer
	reader := bufio.NewReader(io.TeeReader(conn, &raw))
	defer func() { o.received = raw.Bytes() }()
	waiting := c.keepOpen && !s.hold // to close the client's side
	final := 0
	for {
		wait := c.patience
		switch {
		case c.leaveOpen != nil && c.leaveOpen(len(o.responses)):
			wait = impatience
		case waiting && !s.whole:
			wait = hurry
		}
		if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			o.problem = err.Error()
			return
		}
		_, err := reader.Peek(1)
		if errors.Is(err, os.ErrDeadlineExceeded) && !isClosed(written) {
			continue
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && waiting {
			// The server has answered all that it can answer.
			waiting = false
			endSending(conn)
			continue
		}
		if err != nil {
			o.open = errors.Is(err, os.ErrDeadlineExceeded)
			return
		}
		method := http.MethodPost
		if final < len(s.methods) {
			method = s.methods[final]
		}
		answer, err := http.ReadResponse(reader, &http.Request{Method: method})
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
		if answer.StatusCode < http.StatusOK {
			continue
		}
		if final++; waiting && final == len(s.methods) {
			waiting = false
			endSending(conn)
		}
		if s.hold {
			if !answer.Close {
				o.problem = "the answer to a request whose body did not follow has no Connection: close"
			}
			endSending(conn)
		}
	}
}

// endless sends a head, and then body pieces until the server stops it or at least most
// bytes are sent. No server should read that many. It reads the answer meanwhile.
func (c client) endless(head, piece []byte, most int) observed {
	o := observed{sent: head}
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		o.problem = err.Error()
		return o
	}
	defer func() { _ = conn.Close() }() // everything was read before
	if err := conn.SetDeadline(time.Now().Add(2 * c.patience)); err != nil {
		o.problem = err.Error()
		return o
	}
	taken := make(chan int, 1)
	go func() {
		sum := 0
		_, err := conn.Write(head)
		for err == nil && sum < most {
			var n int
			n, err = conn.Write(piece)
			sum += n
		}
		taken <- sum
	}()
	var raw bytes.Buffer
	answer, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &raw)), &http.Request{Method: http.MethodPost})
	if err == nil {
		var body []byte
		body, err = io.ReadAll(answer.Body)
		_ = answer.Body.Close() // read to its end or broken
		o.responses = append(o.responses, response{answer.StatusCode, answer.Header, string(body)})
	}
	if err != nil {
		o.problem = "a sender that goes on sending cannot read the answer: " + err.Error()
		_ = conn.Close() // ends the Write
	}
	o.taken = <-taken
	o.received = raw.Bytes()
	return o
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func endSending(conn net.Conn) { _ = conn.(*net.TCPConn).CloseWrite() } // the server may have closed
