package main

import (
	"maps"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/latency"
)

// sentJSON is the output of send -json.
type sentJSON struct {
	OK          bool             `json:"ok"`
	Kind        kind             `json:"kind"`
	Expected    string           `json:"expected"`
	Planned     int              `json:"planned"`
	Done        int              `json:"done"`
	Interrupted bool             `json:"interrupted"`
	Statuses    map[int]int      `json:"statuses"`
	Failures    map[string]int   `json:"failures,omitempty"` // no complete answer, counted by cause
	ElapsedMS   float64          `json:"elapsed_ms"`
	LatencyMS   *latency.Summary `json:"latency_ms,omitempty"`
	Answer      *answerJSON      `json:"answer,omitempty"` // the first wrong one, or the first of all
	Detail      string           `json:"detail,omitempty"` // of the first failure
	Fix         string           `json:"fix,omitempty"`
	Note        string           `json:"note,omitempty"`
}

type answerJSON struct {
	Status int    `json:"status"`
	Start  string `json:"start"` // at most 200 bytes
	Cut    bool   `json:"cut"`
}

func (r *report) json() sentJSON {
	out := sentJSON{
		OK: r.ok(), Kind: r.kind, Expected: r.kind.expected(), Planned: r.planned, Done: r.noted,
		Interrupted: r.interrupted(), Statuses: r.statuses, Failures: maps.Clone(r.failures),
		ElapsedMS: latency.Milliseconds(r.elapsed), Detail: r.first.failure.detail, Fix: r.fix(), Note: r.doubt(),
	}
	maps.Copy(out.Failures, r.unended)
	if len(r.latencies) > 0 {
		l := latency.Of(r.latencies)
		out.LatencyMS = &l
	}
	if r.first.answered {
		out.Answer = &answerJSON{r.first.status, r.first.answer, r.first.cut}
	}
	return out
}
