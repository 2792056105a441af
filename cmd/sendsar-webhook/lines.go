package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fatih/color"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// lines prints the lines of listen and replay while they run, in colour on a terminal unless
// NO_COLOR is set. It prints in its own goroutine, because a stopped terminal must not stop
// deliveries.
type lines struct {
	out, err *os.File
	queue    chan string
	finish   chan struct{} // closed when no more lines come
	finished chan struct{} // closed when all lines are printed
	failed   atomic.Pointer[error]
	left     atomic.Int64 // lines dropped because the queue was full
}

// queued is how many lines can wait for a stopped terminal.
const queued = 10_000

func newLines(std streams) *lines {
	l := &lines{
		out: os.Stdout, err: std.err,
		queue: make(chan string, queued), finish: make(chan struct{}), finished: make(chan struct{}),
	}
	go l.print()
	return l
}

func (l *lines) print() {
	defer close(l.finished)
	for {
		select {
		case text := <-l.queue:
			l.write(text)
		case <-l.finish:
			for len(l.queue) > 0 { // only this goroutine receives from it
				l.write(<-l.queue)
			}
			return
		}
	}
}

func (l *lines) write(text string) {
	if left := l.left.Swap(0); left > 0 {
		text = fmt.Sprintf("(%d lines are left out, because nothing read them)\n%s", left, text)
	}
	if _, err := io.WriteString(l.out, text+"\n"); err != nil && l.failed.CompareAndSwap(nil, &err) {
		l.complain("standard output: %v", cause(err))
	}
}

// end waits until all lines are printed. After ctx ends it waits for at most a second, as the
// terminal may be stopped. It returns errPrinted if a line could not be printed.
func (l *lines) end(ctx context.Context) error {
	close(l.finish)
	select {
	case <-l.finished:
	case <-ctx.Done():
		select {
		case <-l.finished:
		case <-time.After(time.Second):
		}
	}
	if err := l.failed.Load(); err != nil {
		return errPrinted
	}
	return nil
}

// say queues a line, or drops it if the queue is full.
func (l *lines) say(format string, args ...any) {
	select {
	case l.queue <- fmt.Sprintf(format, args...):
	default:
		l.left.Add(1)
	}
}

// sayAll queues a line. While the queue is full it waits, until ctx ends.
func (l *lines) sayAll(ctx context.Context, format string, args ...any) {
	select {
	case l.queue <- fmt.Sprintf(format, args...):
	case <-ctx.Done():
	}
}

func (l *lines) complain(format string, args ...any) {
	_, _ = fmt.Fprintf(l.err, "sendsar-webhook: %s\n", shown(fmt.Sprintf(format, args...))) // there is nowhere else to report it
}

var (
	good = color.New(color.FgGreen).SprintFunc()
	bad  = color.New(color.FgRed, color.Bold).SprintFunc()
	dim  = color.New(color.Faint).SprintFunc()
)

// printed is a delivery without its body, and the length of the body.
type printed struct {
	received.Delivery
	bytes int
}

// delivery prints one line for a delivery. Below it comes an explanation if the delivery was
// refused, or if the app did not acknowledge a genuine one.
func (l *lines) delivery(d printed) {
	var text strings.Builder
	verdict := good("genuine ")
	if !d.Genuine {
		verdict = bad("refused ")
	}
	event := d.Event
	switch {
	case d.Method == http.MethodGet || d.Method == http.MethodHead:
		event = "(" + d.Method + " request)"
	case event == "":
		event = "(no event)"
	}
	_, _ = fmt.Fprintf(&text, "%s  %s  %-16s %7d bytes  %s", dim(d.At.Format("15:04:05.000")), verdict, event, d.bytes, answerOf(d.Answer))
	if d.Previous {
		text.WriteString("  previous secret")
	}
	if d.Repeats != 0 {
		text.WriteString("  sent again")
	}
	switch a := d.Answer; {
	case !d.Genuine:
		text.WriteString(why(d.Delivery))
	case a != nil && a.FromApp && !genuine.satisfiedBy(a.Status):
		text.WriteString(indent + "the signature is right: " + fixOfApp(a))
	}
	l.say("%s", text.String())
}

func answerOf(a *received.Answer) string {
	switch {
	case a == nil:
		return "no answer"
	case a.Status == 0 && a.Failure != "":
		return bad("no answer from the app: " + shown(a.Failure))
	case a.Failure != "":
		return bad(fmt.Sprintf("%s in %s, %s", statusLine(a.Status), milliseconds(a.Took), shown(a.Failure)))
	case a.Took > patience:
		return bad(fmt.Sprintf("%s in %s, too late: Sendsar waits %s", statusLine(a.Status), milliseconds(a.Took), patience))
	case a.Status >= http.StatusMultipleChoices:
		return bad(statusLine(a.Status)) + " in " + milliseconds(a.Took)
	default:
		return good(statusLine(a.Status)) + " in " + milliseconds(a.Took)
	}
}

// indent starts a line below that of a delivery.
const indent = "\n              "

// fixOfApp returns the advice for an app that does not acknowledge a genuine delivery.
func fixOfApp(a *received.Answer) string {
	if a.Status == 0 {
		return "is the app running, and is this its address?"
	}
	return fixOf(genuine, outcome{
		answered: true, status: a.Status, location: a.Header.Get("Location"),
		own: isOwnText(a.Status, a.Body), challenged: a.Header.Get("WWW-Authenticate") != "",
	})
}

func why(d received.Delivery) string {
	if d.Diagnosis == nil || d.Diagnosis.Note != "" {
		note := ""
		if d.Diagnosis != nil {
			note = " (" + d.Diagnosis.Note + ")"
		}
		return indent + d.Refusal + note
	}
	var text strings.Builder
	for _, m := range d.Diagnosis.Mistakes {
		text.WriteString(indent + m.Text + "; " + m.Fix)
	}
	if len(d.Diagnosis.Mistakes) == 0 {
		text.WriteString(indent + d.Refusal +
			indent + "No common mistake explains it. Is it another account's or environment's secret, or a body that was changed?")
		if os.Getenv(previousVariable) == "" {
			text.WriteString(indent + "If the secret was rotated, set " + previousVariable + " to the one before.")
		}
	}
	return text.String()
}
