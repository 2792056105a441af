package adapter

import (
	"io"
	"net"
	"time"
)

// What a sender may still send after its answer, and for how long.
const (
	lingerBytes = 16 << 20
	lingerTime  = time.Second
)

// Linger answers on conn and then closes it in a way that lets the sender read the answer.
// A connection that is closed with unread bytes is reset, and a reset takes an answer that
// the sender has not read yet with it. writeTimeout is the time for the answer; 0: no limit.
func Linger(conn net.Conn, answer io.WriterTo, writeTimeout time.Duration) {
	// Errors are those of a sender that has gone.
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

// closeWrite ends our side, if the connection has sides. fasthttp's hijacked connection
// has the real one inside.
func closeWrite(conn net.Conn) {
	if hijacked, ok := conn.(interface{ UnsafeConn() net.Conn }); ok {
		conn = hijacked.UnsafeConn()
	}
	if halves, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = halves.CloseWrite()
	}
}
