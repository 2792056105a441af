package measure_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/measure"
)

var sink []byte

func TestInterleavedCountsWhatACaseAllocates(t *testing.T) {
	plan := measure.Plan{Rounds: 3, Batch: time.Millisecond}
	results, err := plan.Interleaved([]measure.Case{
		{Name: "nothing", Run: func() error { return nil }},
		{Name: "two", Run: func() error { sink = make([]byte, 1024); sink = make([]byte, 1024); return nil }},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := results[0]; got.Name != "nothing" || got.Allocs > 0.1 {
		t.Errorf("got %+v", got)
	}
	if got := results[1]; got.Name != "two" || got.Allocs < 2 || got.Allocs > 2.1 || got.Bytes < 2048 || got.Bytes > 2100 || got.Time <= 0 {
		t.Errorf("got %+v", got)
	}
	if got := results[1].Ratio(results[1]); got != 1 {
		t.Errorf("a case takes %v of its own time", got)
	}
}

func TestInterleavedEndsWithAnError(t *testing.T) {
	failed := errors.New("failed")
	calls := 0
	_, err := measure.Plan{Rounds: 3, Batch: time.Microsecond}.Interleaved([]measure.Case{{Name: "x", Run: func() error {
		calls++
		if calls > 1 {
			return failed
		}
		return nil
	}}})
	if !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
}

func TestMedian(t *testing.T) {
	for name, test := range map[string]struct {
		values []float64
		want   float64
	}{
		"of none is zero":               {nil, 0},
		"of an odd number":              {[]float64{9, 1, 5}, 5},
		"of an even number is the mean": {[]float64{4, 1, 2, 9}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(test.values)
			if got := measure.Median(test.values); got != test.want || !slices.Equal(before, test.values) {
				t.Errorf("%v, want %v; the values are %v now", got, test.want, test.values)
			}
		})
	}
}
