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

func TestWorkersRunAtTheSameTime(t *testing.T) {
	meet := make(chan bool)
	runs := make(chan bool, 200)
	err := measure.Case{Workers: 2, Run: func() error {
		select { // two runs end together, or never
		case meet <- true:
		case <-meet:
		}
		runs <- true
		return nil
	}}.RunAll(100)
	if err != nil || len(runs) != 200 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
	failed := errors.New("failed")
	if err := (measure.Case{Workers: 2, Run: func() error { return failed }}).RunAll(1); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
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

func TestOrderIsFair(t *testing.T) {
	follows, first := map[[2]int]int{}, map[int]int{}
	for round := range 24 {
		order := measure.Order(round, 3)
		first[order[0]]++
		for i := 1; i < len(order); i++ {
			follows[[2]int{order[i-1], order[i]}]++
		}
		if slices.Sort(order); !slices.Equal(order, []int{0, 1, 2}) {
			t.Errorf("round %d: %v", round, order)
		}
	}
	for who := range 3 {
		for _, other := range []int{(who + 1) % 3, (who + 2) % 3} {
			if n := follows[[2]int{other, who}]; n != 8 || first[who] != 8 {
				t.Errorf("%d begins %d times and follows %d %d times, want 8", who, first[who], other, n)
			}
		}
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
