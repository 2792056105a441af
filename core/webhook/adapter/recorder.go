package adapter

import (
	"bufio"
	"net"
	"net/http"
)

// Recorder is the response that an ErrorHandler gets. It reports whether the handler
// answered, even if the framework's own response cannot.
//
// It drops an informational status, and a Flush before the answer: neither is an answer,
// and both could make the server send 200.
type Recorder struct {
	http.ResponseWriter
	Answered bool
}

// WriteHeader passes on a final status.
func (w *Recorder) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.Answered = true
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *Recorder) Write(p []byte) (int, error) {
	w.Answered = true
	return w.ResponseWriter.Write(p)
}

// Flush is for code that asserts an http.Flusher.
func (w *Recorder) Flush() {
	if w.Answered {
		_ = http.NewResponseController(w.ResponseWriter).Flush() // an http.Flusher returns nothing
	}
}

// Hijack counts as an answer: the ErrorHandler writes it to the connection.
func (w *Recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.Answered = true
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Unwrap is for http.ResponseController and for frameworks that look for their own
// response.
func (w *Recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
