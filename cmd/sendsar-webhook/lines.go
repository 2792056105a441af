package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/fatih/color"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// lines are what listen and replay print as they go, in colour on a terminal (and not
// where NO_COLOR is set).
type lines struct {
	mu  sync.Mutex
	std streams
}

func newLines(std streams) *lines { return &lines{std: std} }

func (l *lines) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = fmt.Fprintf(l.std.out, format+"\n", args...) // shows when it is flushed
	_ = l.std.out.Flush()                               // main reports what stays unwritten
}

func (l *lines) complain(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = fmt.Fprintf(l.std.err, "sendsar-webhook: %s\n", shown(fmt.Sprintf(format, args...))) // there is nowhere else
}

var (
	good = color.New(color.FgGreen).SprintFunc()
	bad  = color.New(color.FgRed, color.Bold).SprintFunc()
	dim  = color.New(color.Faint).SprintFunc()
)

// delivery prints one line, and for a refused delivery why.
func (l *lines) delivery(d received.Delivery) {
	var text strings.Builder
	verdict := good("genuine ")
	if !d.Genuine {
		verdict = bad("refused ")
	}
	event := d.Event
	if event == "" {
		event = "(no event)"
	}
	_, _ = fmt.Fprintf(&text, "%s  %s  %-16s %7d bytes  %s", dim(d.At.Format("15:04:05.000")), verdict, event, len(d.Body), answerOf(d.Answer))
	if d.Previous {
		text.WriteString("  previous secret")
	}
	if d.Repeats != 0 {
		text.WriteString("  sent again")
	}
	if !d.Genuine {
		text.WriteString(why(d))
	}
	l.say("%s", text.String())
}

func answerOf(a *received.Answer) string {
	switch {
	case a == nil:
		return "no answer"
	case a.Status == 0:
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

func why(d received.Delivery) string {
	const indent = "\n              "
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
