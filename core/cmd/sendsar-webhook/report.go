package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// report is what came of a run.
type report struct {
	kind      kind
	planned   int
	atOnce    int
	noted     int
	right     int
	statuses  map[int]int
	failures  map[failure]int
	latencies []time.Duration // of the answers
	first     outcome         // the first wrong one, or the first of all
	elapsed   time.Duration
}

func newReport(k kind, planned, atOnce int) *report {
	return &report{kind: k, planned: planned, atOnce: atOnce, statuses: map[int]int{}, failures: map[failure]int{}}
}

func (r *report) note(o outcome) {
	right := r.kind.satisfiedBy(o.status)
	if r.noted == 0 || !right && r.right == r.noted {
		r.first = o
	}
	r.noted++
	if right {
		r.right++
	}
	if o.status == 0 {
		r.failures[o.failure]++
		return
	}
	r.statuses[o.status]++
	r.latencies = append(r.latencies, o.took)
}

// ok tells whether the endpoint did what it must, each time.
func (r *report) ok() bool { return r.right == r.planned }

func (r *report) interrupted() bool { return r.noted < r.planned }

// percentile is the nearest rank: the least latency that p percent do not exceed.
func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[(len(sorted)*p+99)/100-1]
}

func (r *report) print(p printer) {
	if r.planned == 1 && r.noted == 1 {
		r.printOne(p)
	} else {
		r.printMany(p)
	}
	if advice := r.advice(); advice != "" {
		p.f("mend: %s\n", advice)
	}
}

func (r *report) printOne(p printer) {
	o := r.first
	if o.status == 0 {
		p.f("no answer: %s, after %s\n", o.failure.text, milliseconds(o.took))
		return
	}
	p.f("%s in %s: %s\n", statusLine(o.status), milliseconds(o.took), r.judgement(o.status))
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
	for _, status := range sortedKeys(r.statuses) {
		p.f("%8d  %s: %s\n", r.statuses[status], statusLine(status), r.judgement(status))
	}
	for f, count := range r.failures {
		p.f("%8d  no answer: %s\n", count, f.text)
	}
	if len(r.latencies) > 0 {
		l := r.percentiles()
		p.f("latency in ms: p50 %.1f, p90 %.1f, p99 %.1f, max %.1f\n", l.P50, l.P90, l.P99, l.Max)
	}
	if r.right < r.noted && r.first.status != 0 {
		p.answer("first wrong answer", r.first)
	}
}

func statusLine(status int) string {
	return strings.TrimSpace(fmt.Sprint(status, " ", http.StatusText(status)))
}

func sortedKeys(m map[int]int) []int {
	var keys []int
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f ms", inMilliseconds(d)) }

func inMilliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}

// latency is in milliseconds.
type latency struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// percentiles are those of at least one answer.
func (r *report) percentiles() latency {
	sorted := slices.Sorted(slices.Values(r.latencies))
	return latency{
		P50: inMilliseconds(percentile(sorted, 50)),
		P90: inMilliseconds(percentile(sorted, 90)),
		P99: inMilliseconds(percentile(sorted, 99)),
		Max: inMilliseconds(sorted[len(sorted)-1]),
	}
}

// sentJSON is what -json prints.
type sentJSON struct {
	OK          bool           `json:"ok"`
	Kind        kind           `json:"kind"`
	Expected    string         `json:"expected"`
	Planned     int            `json:"planned"`
	Done        int            `json:"done"`
	Interrupted bool           `json:"interrupted"`
	Statuses    map[int]int    `json:"statuses"`
	Failures    map[string]int `json:"failures,omitempty"` // no answer: why, and how often
	ElapsedMS   float64        `json:"elapsed_ms"`
	LatencyMS   *latency       `json:"latency_ms,omitempty"`
	Answer      *answerJSON    `json:"answer,omitempty"` // the first wrong one, or the first of all
	Mend        string         `json:"mend,omitempty"`
}

type answerJSON struct {
	Status int    `json:"status"`
	Start  string `json:"start"` // at most 200 bytes
	Cut    bool   `json:"cut"`
}

func (r *report) json() sentJSON {
	out := sentJSON{
		OK: r.ok(), Kind: r.kind, Expected: r.kind.expected(), Planned: r.planned, Done: r.noted,
		Interrupted: r.interrupted(), Statuses: r.statuses, ElapsedMS: inMilliseconds(r.elapsed), Mend: r.advice(),
	}
	if len(r.failures) > 0 {
		out.Failures = map[string]int{}
	}
	for f, count := range r.failures {
		out.Failures[f.text] += count
	}
	if len(r.latencies) > 0 {
		l := r.percentiles()
		out.LatencyMS = &l
	}
	if r.first.status != 0 {
		out.Answer = &answerJSON{r.first.status, r.first.answer, r.first.cut}
	}
	return out
}
