package webhooktest

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// report describes a failed case completely. It masks secrets before it cuts lines, so that
// no part of a secret is left.
func (s *rules) report(c testCase, o observed, problem, logged string) string {
	sent, received := []byte(s.mask(string(o.sent))), []byte(s.mask(string(o.received)))
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", c.fullName(), problem)
	fmt.Fprintf(&b, "sent, %d bytes:\n%s", len(o.sent), wireLines(sent))
	fmt.Fprintf(&b, "came back, %d bytes:\n%s", len(o.received), wireLines(received))
	fmt.Fprintf(&b, "the handler ran %d times\n", len(o.seen))
	for i, one := range o.seen[:min(len(o.seen), shownRuns)] {
		body := []byte(s.mask(string(one.body)))
		fmt.Fprintf(&b, "\t%d. verified %t, secret %d, %d bytes: %s\n", i+1, one.verified, one.delivery.SecretIndex, len(one.body), shorten(body))
	}
	for _, err := range o.errs {
		fmt.Fprintf(&b, "the ErrorHandler got: %v\n", err)
	}
	if o.picks > 0 {
		fmt.Fprintf(&b, "VerifierFor was called %d times\n", o.picks)
	}
	if logged != "" {
		fmt.Fprintf(&b, "the log:\n%s", wireLines([]byte(s.mask(logged))))
	}
	fmt.Fprintf(&b, "outcome: %s\n", o.outcome())
	fmt.Fprintf(&b, "should be: %s", c.want.text)
	return s.mask(b.String())
}

const shownRuns = 10 // runs of the handler in a report

// firstLine matches the first line of a message. The message before it may end without a
// line end.
var firstLine = regexp.MustCompile(`[A-Z]+ \S+ HTTP/1\.[01]\r\n|HTTP/1\.[01] [1-5][0-9][0-9] `)

// wireLines quotes bytes as they were on the wire, line by line. It leaves out the middle of
// many lines.
func wireLines(p []byte) string {
	var lines [][]byte
	for _, line := range bytes.SplitAfter(p, []byte("\n")) {
		if bytes.Contains(line, []byte("HTTP/1.")) { // which is found far faster
			if at := firstLine.FindIndex(line); at != nil && at[0] > 0 {
				lines, line = append(lines, line[:at[0]]), line[at[0]:]
			}
		}
		lines = append(lines, line)
	}
	var b strings.Builder
	for i, line := range lines {
		switch {
		case len(line) == 0:
		case i < 16 || i >= len(lines)-4:
			fmt.Fprintf(&b, "\t%s\n", shorten(line))
		case i == 16:
			fmt.Fprintf(&b, "\t… %d lines …\n", len(lines)-20)
		}
	}
	return b.String()
}

// declarations returns the differences that would excuse the failed cases, ready to paste.
func declarations(excuses []Difference) string {
	var b strings.Builder
	b.WriteString("mend these cases in the adapter, or, where the framework leaves it no choice, declare them, each with its reason:\n")
	for _, d := range excuses {
		fmt.Fprintf(&b, "\t{Case: %q, Outcome: %q, Reason: \"\"},", d.Case, d.Outcome)
		if !strings.Contains(d.Outcome, ", handled 0") {
			b.WriteString(" // a handler ran: mend this one first")
		}
		b.WriteByte('\n')
	}
	return b.String()
}
