package adapter

import (
	"io"
	"net"
	"time"
)

// Linger reads at most this much after the answer, for at most this long.
const (
	lingerBytes = 16 << 20
	lingerTime  = time.Second
)

// Linger writes answer to conn and then closes conn so that the sender can read the answer.
// A connection that is closed with unread bytes is reset, and a reset discards an answer
// that the sender has not read yet. writeTimeout limits the time for the answer; 0: no
// limit.
func Linger(conn net.Conn, answer io.WriterTo, writeTimeout time.Duration) {
	// Errors are ignored: the sender has gone.
	defer func() { _ = conn.Close() }()
	if writeTimeout > 0 {
		_ = conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	}
	if _, err := answer.WriteTo(conn); err != nil {
		return
	}
	closeWrite(conn)
	_ = conn.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, conn, lingerBytes)
}

// closeWrite closes our side of the connection, if the sides can be closed separately.
// fasthttp's hijacked connection wraps the real one.
func closeWrite(conn net.Conn) {
	if hijacked, ok := conn.(interface{ UnsafeConn() net.Conn }); ok {
		conn = hijacked.UnsafeConn()
	}
	if halves, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = halves.CloseWrite()
	}
}
