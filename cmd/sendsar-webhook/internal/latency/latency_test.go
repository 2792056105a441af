package latency_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/latency"
)

// upTo returns 1 ms, 2 ms, … n ms, the longest first.
func upTo(n int) []time.Duration {
	var all []time.Duration
	for i := n; i > 0; i-- {
		all = append(all, time.Duration(i)*time.Millisecond)
	}
	return all
}

func TestPercentilesAreTheNearestRank(t *testing.T) {
	for name, test := range map[string]struct {
		durations []time.Duration
		want      latency.Summary
	}{
		"one":               {upTo(1), latency.Summary{P50: 1, P90: 1, P99: 1, Max: 1}},
		"two":               {upTo(2), latency.Summary{P50: 1, P90: 2, P99: 2, Max: 2}},
		"ten":               {upTo(10), latency.Summary{P50: 5, P90: 9, P99: 10, Max: 10}},
		"a hundred":         {upTo(100), latency.Summary{P50: 50, P90: 90, P99: 99, Max: 100}},
		"a hundred and one": {upTo(101), latency.Summary{P50: 51, P90: 91, P99: 100, Max: 101}},
		"rounded":           {[]time.Duration{1_234_999}, latency.Summary{P50: 1.23, P90: 1.23, P99: 1.23, Max: 1.23}},
	} {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(test.durations)
			if got := latency.Of(test.durations); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if !slices.Equal(before, test.durations) {
				t.Error("the durations were put in order")
			}
		})
	}
}
