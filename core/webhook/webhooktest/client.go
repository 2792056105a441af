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
	patience = 10 * time.Second
	// hurry is how long it waits once several answers did not come.
	hurry = 500 * time.Millisecond
	// impatience is how long it waits for an answer that is declared not to come.
	impatience = 100 * time.Millisecond
)

// client sends messages as no HTTP client would.
type client struct {
	addr     string
	patience time.Duration
	// leaveOpen reports whether the server may leave the connection open, or the message
	// without an answer, after so many answers.
	leaveOpen func(answers int) bool
	// keepOpen is for servers that drop a connection whose client has ended its side: it
	// ends its side when everything is answered.
	keepOpen bool
}

// sending is what goes over one connection.
type sending struct {
	wire    []byte
	methods []string // of the messages, for answers that have no body
	bodies  [][]byte // of the messages, before they were framed
	hold    bool     // the rest of the body does not follow, and the connection stays open
	whole   bool     // every message is, so each is answered, however busy the machine is
}

// all is what sends these messages one after the other.
func all(messages []message) sending {
	var s sending
	for _, m := range messages {
		s.wire, s.methods, s.bodies = append(s.wire, m.wire()...), append(s.methods, m.method), append(s.bodies, m.body)
	}
	return s
}

// converse sends on a connection of its own and reads until the server closes. Where the
// body is held back, the server must answer what it has, and announce that it closes. (It may
// wait for the client to close first: net/http reads on for up to 256 KiB after its answer.)
func (c client) converse(s sending) observed {
	o := observed{sent: s.wire, bodies: s.bodies}
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		o.problem = err.Error()
		return o
	}
	defer func() { _ = conn.Close() }() // everything was read by then
	written := make(chan struct{})
	go func() {
		defer close(written)
		// A server that refused early closes while the body is still being sent.
		if err := c.write(conn, s.wire); err == nil && !s.hold && !c.keepOpen {
			endSending(conn)
		}
	}()
	c.receive(&o, conn, s, written)
	_ = conn.Close() // ends a Write that nobody reads any more
	<-written
	return o
}

// write gives up when the server takes nothing for a while.
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

// receive reads responses until the server closes. The time that it waits begins when all is
// written.
func (c client) receive(o *observed, conn net.Conn, s sending, written <-chan struct{}) {
	var raw bytes.Buffer
	reader := bufio.NewReader(io.TeeReader(conn, &raw))
	defer func() { o.received = raw.Bytes() }()
	waiting := c.keepOpen && !s.hold // to end its side
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
			// What can be answered is answered by now.
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

// endless sends a head, and then more of the body than anybody should take, until the
// server stops it. It reads the answer meanwhile.
func (c client) endless(head, piece []byte, most int) observed {
	o := observed{sent: head}
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		o.problem = err.Error()
		return o
	}
	defer func() { _ = conn.Close() }() // everything was read by then
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
