package webhooktest

import (
	"bytes"
	"io"
	"log"
	"os"
	"sync"
	"testing"
)

// journal keeps what is logged during a case: to Receiver.Log, by package log's standard
// logger, and on the standard output and error.
type journal struct {
	mu      sync.Mutex
	all     bytes.Buffer
	streams []*stream
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.Write(p)
}

// turn forgets what was logged before.
func (j *journal) turn() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all.Reset()
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

// capture takes package log's standard logger and the standard streams until the test ends.
// What comes on the streams is passed on to them. Servers that are registered later end
// before, as cleanups run in reverse.
func (j *journal) capture(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	before := log.Writer()
	log.SetOutput(j)
	t.Cleanup(func() { log.SetOutput(before) })
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

// stream is a file in the place of a standard stream: a pipe would have to be waited for.
type stream struct {
	file, before *os.File
	passed       int64
}

// unread is what was written since pass.
func (s *stream) unread() []byte {
	size, err := s.file.Seek(0, io.SeekCurrent)
	if err != nil || size <= s.passed {
		return nil
	}
	text := make([]byte, size-s.passed)
	n, _ := s.file.ReadAt(text, s.passed) // what is there
	return text[:n]
}

func (s *stream) pass() {
	text := s.unread()
	s.passed += int64(len(text))
	_, _ = s.before.Write(text) // as if it had been written there
}
