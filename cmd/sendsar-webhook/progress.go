package main

import (
	"fmt"
	"os"
	"strings"
)

// progress is a line that is written over again and again, on a terminal only. It uses
// no colour, nor any other escape sequence.
type progress struct {
	terminal *os.File // nil: none
	width    int      // of what stands there
}

func newProgress(f *os.File) *progress {
	if !isTerminal(f) {
		f = nil
	}
	return &progress{terminal: f}
}

func (p *progress) show(done, n int) { p.write(fmt.Sprintf("%d of %d deliveries", done, n)) }

func (p *progress) clear() { p.write("") }

func (p *progress) write(line string) {
	if p.terminal == nil || line == "" && p.width == 0 {
		return
	}
	_, _ = fmt.Fprintf(p.terminal, "\r%s\r%s", strings.Repeat(" ", p.width), line)
	p.width = len(line)
}

// isTerminal is also true for other character devices, such as /dev/null.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
