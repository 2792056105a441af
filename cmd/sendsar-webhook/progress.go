package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
)

// progress is a status line that is overwritten. It appears on a terminal only, and only
// after the first second.
type progress struct {
	terminal *os.File // nil if there is none
	start    time.Time
	width    int // of the text that is on the line
}

func newProgress(f *os.File) *progress {
	p := &progress{start: time.Now()}
	if isatty.IsTerminal(f.Fd()) {
		p.terminal = f
	}
	return p
}

func (p *progress) delivered(done, n int) { p.write(fmt.Sprintf("%d of %d deliveries", done, n)) }

func (p *progress) tried(n int) {
	p.write(fmt.Sprintf("looking for the mistake: %d combinations tried", n))
}

func (p *progress) write(line string) {
	if p.terminal == nil || time.Since(p.start) < time.Second {
		return
	}
	_, _ = fmt.Fprintf(p.terminal, "\r%s\r%s", strings.Repeat(" ", p.width), line) // only to look at
	p.width = len(line)
}

func (p *progress) clear() {
	if p.width > 0 {
		_, _ = fmt.Fprintf(p.terminal, "\r%s\r", strings.Repeat(" ", p.width)) // only to look at
	}
}
