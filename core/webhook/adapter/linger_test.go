package adapter_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

const (
	patience = 20 * time.Second
	answer   = "HTTP/1.1 401 Unauthorized\r\n\r\n"
)

// pair returns both ends of a TCP connection.
func pair(t *testing.T) (client, server *net.TCPConn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	dialed, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dialed.Close() })
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = accepted.Close() })
	if err := dialed.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return dialed.(*net.TCPConn), accepted.(*net.TCPConn)
}

// wrapped is a connection that hides the real one, as fasthttp's does.
type wrapped struct{ net.Conn }

func (w wrapped) UnsafeConn() net.Conn { return w.Conn }

// plainConn has no CloseWrite.
type plainConn struct{ net.Conn }

func TestLinger(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		wrap  func(net.Conn) net.Conn
		early bool // the client sees the end of the answer while it sends
	}{
		{"on a connection", func(c net.Conn) net.Conn { return c }, true},
		{"on a hijacked connection", func(c net.Conn) net.Conn { return wrapped{c} }, true},
		{"on a connection without sides", func(c net.Conn) net.Conn { return plainConn{c} }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client, server := pair(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				adapter.Linger(test.wrap(server), strings.NewReader(answer), patience)
			}()
			sent, err := client.Write(make([]byte, 1<<20)) // before it reads; few enough for Linger's second on a busy machine
			if err != nil {
				t.Fatalf("after %d bytes: %v", sent, err)
			}
			if !test.early {
				_ = client.CloseWrite()
			}
			got, err := io.ReadAll(client)
			if err != nil || string(got) != answer {
				t.Errorf("got %q, %v", got, err)
			}
			_ = client.Close()
			<-done
			if _, err := server.Write([]byte{0}); !errors.Is(err, net.ErrClosed) {
				t.Errorf("the connection is open: %v", err)
			}
		})
	}
}

func TestLingerEnds(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("x"), 64<<20) // more than the buffers of a connection
	for _, test := range []struct {
		name    string
		answer  []byte
		timeout time.Duration
		send    func(client net.Conn)
	}{
		{"with a client that does nothing", []byte(answer), 0, func(net.Conn) {}},
		{"with a client that sends without end", []byte(answer), 0, func(client net.Conn) {
			for err := error(nil); err == nil; {
				_, err = client.Write(make([]byte, 1<<20))
			}
		}},
		{"with a client that does not read", long, time.Millisecond, func(net.Conn) {}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client, server := pair(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				adapter.Linger(server, bytes.NewReader(test.answer), test.timeout)
			}()
			go test.send(client)
			select {
			case <-done:
			case <-time.After(patience):
				t.Error("it does not end")
			}
		})
	}
}
