package webhooktest

import (
	"bytes"
	"context"
	"io"
	"log"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
)

// journal keeps what is logged during a case: in Receiver.Log, by the default loggers of
// packages log and slog, and on standard output and standard error.
type journal struct {
	mu      sync.Mutex
	all     bytes.Buffer
	failed  []failure
	streams []*stream
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.Write(p)
}

// failures returns the logged failures of handlers, in order.
func (j *journal) failures() []failure {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.failed)
}

// turn discards what was logged before, and passes the streams' output on.
func (j *journal) turn() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all.Reset()
	j.failed = nil
	for _, one := range j.streams {
		one.pass()
	}
}

func (j *journal) text() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := j.all.String()
	for _, one := range j.streams {
		text += string(one.unread())
	}
	return text
}

// capture replaces the default loggers of packages log and slog and the standard streams
// until the test ends. The output of the streams is passed on to the real ones. Servers
// registered later stop before that, as cleanups run in reverse order.
func (j *journal) capture(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	structured, before, flags := slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(slog.New(&defaultHandler{slog.NewTextHandler(j, nil), j})) // this also redirects package log
	log.SetOutput(j)
	log.SetFlags(flags)
	t.Cleanup(func() {
		slog.SetDefault(structured)
		log.SetOutput(before)
		log.SetFlags(flags)
	})
	for name, is := range map[string]**os.File{"stdout": &os.Stdout, "stderr": &os.Stderr} {
		file, err := os.CreateTemp(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		one := &stream{file: file, before: *is}
		j.mu.Lock()
		j.streams = append(j.streams, one)
		j.mu.Unlock()
		*is = file
		t.Cleanup(func() {
			*is = one.before
			j.mu.Lock()
			defer j.mu.Unlock()
			one.pass()
			j.streams = nil
			_ = file.Close() // it was read
		})
	}
}

// defaultHandler is the handler of slog's default logger. It also collects failures of
// handlers.
type defaultHandler struct {
	slog.Handler
	journal *journal
}

func (h *defaultHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == handlerFailed {
		h.journal.mu.Lock()
		h.journal.failed = append(h.journal.failed, newFailure(ctx, r))
		h.journal.mu.Unlock()
	}
	return h.Handler.Handle(ctx, r)
}

// stream is a file that replaces a standard stream. With a pipe, the suite would have to wait
// for the output.
type stream struct {
	file, before *os.File
	passed       int64
}

// unread returns what was written since the last pass.
func (s *stream) unread() []byte {
	size, err := s.file.Seek(0, io.SeekCurrent)
	if err != nil || size <= s.passed {
		return nil
	}
	text := make([]byte, size-s.passed)
	n, _ := s.file.ReadAt(text, s.passed) // an error loses only output
	return text[:n]
}

func (s *stream) pass() {
	text := s.unread()
	s.passed += int64(len(text))
	_, _ = s.before.Write(text) // an error loses only output
}
