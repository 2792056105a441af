package sendsargin

import (
	"bufio"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"
)

// answers runs an ErrorHandler and reports whether it answered: it wrote something, or it
// set a status from 300.
func answers(c *gin.Context, handle func()) bool {
	w := &recorder{ResponseWriter: c.Writer}
	c.Writer = w
	defer func() { c.Writer = w.ResponseWriter }() // whatever the handler put there
	handle()
	if !w.answered && w.status >= http.StatusMultipleChoices {
		w.commit()
	}
	return w.answered
}

// recorder holds a status back until something is written: a writer of an outer
// middleware that buffers may keep the first status that it gets, and cannot be asked
// whether anything was written.
type recorder struct {
	gin.ResponseWriter
	status   int // 0: none was set
	answered bool
}

// commit hands on the status. Something follows, or the status is the answer.
func (w *recorder) commit() {
	if !w.answered && w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
	}
	w.answered = true
}

// WriteHeader ignores an informational status: it is no answer, and net/http sends a 200
// after it.
func (w *recorder) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.status = status
	}
}

func (w *recorder) Status() int {
	if w.status != 0 && !w.answered {
		return w.status
	}
	return w.ResponseWriter.Status()
}

func (w *recorder) Written() bool { return w.answered || w.ResponseWriter.Written() }

// WriteHeaderNow leaves a response without a status to the default rejection. A writer
// that buffers may have kept the status without overriding WriteHeaderNow, which would
// then send 200: Status shows that.
func (w *recorder) WriteHeaderNow() {
	if w.status == 0 && !w.answered {
		return
	}
	w.commit()
	if w.status == 0 || w.ResponseWriter.Status() == w.status {
		w.ResponseWriter.WriteHeaderNow()
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.commit()
	return w.ResponseWriter.Write(p)
}

func (w *recorder) WriteString(s string) (int, error) {
	w.commit()
	return w.ResponseWriter.WriteString(s)
}

func (w *recorder) Flush() {
	if w.WriteHeaderNow(); w.answered {
		w.ResponseWriter.Flush()
	}
}

func (w *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.answered = true
	return w.ResponseWriter.Hijack()
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
