// Package latency summarises how long deliveries took.
package latency

import (
	"slices"
	"time"
)

// Summary is in milliseconds.
type Summary struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Of returns the Summary of at least one duration. A percentile is the nearest rank: the
// smallest duration that at least so many percent of them do not exceed.
func Of(durations []time.Duration) Summary {
	sorted := slices.Sorted(slices.Values(durations))
	percentile := func(p int) float64 { return Milliseconds(sorted[(len(sorted)*p+99)/100-1]) }
	return Summary{P50: percentile(50), P90: percentile(90), P99: percentile(99), Max: percentile(100)}
}

// Milliseconds rounds to the hundredth of a millisecond.
func Milliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}
