package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/latency"
)

// report collects the outcomes of a run.
type report struct {
	kind      kind
	planned   int
	atOnce    int
	noted     int
	right     int
	statuses  map[int]int
	failures  map[string]int  // no answer, counted by cause
	unended   map[string]int  // incomplete answer, counted by cause
	latencies []time.Duration // of the answers
	first     outcome         // the first wrong one, or the first of all
	elapsed   time.Duration
}

func newReport(k kind, planned, atOnce int) *report {
	return &report{kind: k, planned: planned, atOnce: atOnce, statuses: map[int]int{}, failures: map[string]int{}, unended: map[string]int{}}
}

func (r *report) note(o outcome) {
	right := r.isRight(o)
	if r.noted == 0 || !right && r.right == r.noted {
		r.first = o.redacted()
	}
	r.noted++
	if right {
		r.right++
	}
	if !o.answered {
		r.failures[o.failure.text]++
		return
	}
	if o.unfinished != "" {
		r.unended[o.unfinished]++
	}
	r.statuses[o.status]++
	r.latencies = append(r.latencies, o.took)
}

func (r *report) isRight(o outcome) bool {
	return o.answered && o.unfinished == "" && r.kind.satisfiedBy(o.status)
}

// ok reports whether all planned deliveries were sent and got a right answer.
func (r *report) ok() bool { return r.right == r.planned }

func (r *report) interrupted() bool { return r.noted < r.planned }

func (r *report) print(p printer) {
	if r.planned == 1 && r.noted == 1 {
		r.printOne(p)
	} else {
		r.printMany(p)
	}
	if fix := r.fix(); fix != "" {
		p.f("fix: %s\n", fix)
	}
	if doubt := r.doubt(); doubt != "" {
		p.f("note: %s\n", doubt)
	}
}

func (r *report) printOne(p printer) {
	o := r.first
	if !o.answered {
		p.f("no answer: %s, after %s\n", o.failure.text, milliseconds(o.took))
		p.detail(o.failure)
		return
	}
	judgement := r.judgement(o.status)
	if o.unfinished != "" {
		judgement = "wrong, " + o.unfinished
	}
	p.f("%s in %s: %s\n", statusLine(o.status), milliseconds(o.took), judgement)
	p.answer("answer", o)
}

func (r *report) judgement(status int) string {
	if r.kind.satisfiedBy(status) {
		return "right for " + r.kind.description()
	}
	return fmt.Sprintf("wrong, %s must get %s", r.kind.description(), r.kind.expected())
}

func (p printer) answer(label string, o outcome) {
	text := shown(strings.TrimSpace(o.answer))
	switch {
	case text == "":
		text = "(empty)"
	case o.cut:
		text += " …"
	}
	p.f("%s: %s\n", label, text)
}

func (r *report) printMany(p printer) {
	if r.interrupted() {
		p.f("interrupted after %d of %d deliveries\n", r.noted, r.planned)
	} else {
		p.f("%d deliveries, %d at a time, in %s (%.0f a second)\n",
			r.noted, r.atOnce, milliseconds(r.elapsed), float64(r.noted)/r.elapsed.Seconds())
	}
	for _, status := range slices.Sorted(maps.Keys(r.statuses)) {
		p.f("%8d  %s: %s\n", r.statuses[status], statusLine(status), r.judgement(status))
	}
	for _, text := range slices.Sorted(maps.Keys(r.failures)) {
		p.f("%8d  no answer: %s\n", r.failures[text], text)
	}
	for _, text := range slices.Sorted(maps.Keys(r.unended)) {
		p.f("%8d  of these wrong: %s\n", r.unended[text], text)
	}
	if len(r.latencies) > 0 {
		l := latency.Of(r.latencies)
		p.f("latency in ms: p50 %.1f, p90 %.1f, p99 %.1f, max %.1f\n", l.P50, l.P90, l.P99, l.Max)
	}
	switch {
	case r.right == r.noted:
	case !r.first.answered:
		p.detail(r.first.failure)
	default:
		p.answer("first wrong answer", r.first)
	}
}

func (p printer) detail(f failure) {
	if f.detail != "" {
		p.f("detail: %s\n", shown(f.detail))
	}
}

func statusLine(status int) string {
	if status < 100 {
		return fmt.Sprintf("%03d (not a status)", status)
	}
	return strings.TrimSpace(fmt.Sprint(status, " ", http.StatusText(status)))
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f ms", latency.Milliseconds(d)) }
