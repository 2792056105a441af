// Package measure times functions side by side: one batch of each in turn, so that what
// disturbs the machine for a while disturbs all of them.
package measure

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"
)

// Case is one of several ways to do the same work. Run does it once; an error ends the
// measurement. With Workers above 1 so many goroutines call Run at the same time, and the
// time of a run is the batch's over all runs of all workers.
type Case struct {
	Name    string
	Workers int
	Run     func() error
}

func (c Case) workers() int { return max(1, c.Workers) }

// Result is what a case cost for each run of it: the medians over all rounds.
type Result struct {
	Name   string
	Time   time.Duration
	Allocs float64
	Bytes  float64

	times []float64 // nanoseconds for each run, round by round
}

// Plan says how much to measure.
type Plan struct {
	Rounds int           // how often each case has its turn
	Batch  time.Duration // how long a turn lasts, about
}

// Interleaved measures the cases in turn. The collector runs before each turn, so that
// no case pays for what another one left behind.
func (p Plan) Interleaved(cases []Case) ([]Result, error) {
	runs := make([]int, len(cases))
	results := make([]Result, len(cases))
	for i, c := range cases {
		n, err := p.calibrate(c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		runs[i] = n
		results[i].Name = c.Name
	}
	allocs, bytes := make([][]float64, len(cases)), make([][]float64, len(cases))
	for round := range p.Rounds {
		for _, i := range Order(round, len(cases)) {
			spent, err := batch(cases[i], runs[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", cases[i].Name, err)
			}
			n := float64(runs[i] * cases[i].workers())
			results[i].times = append(results[i].times, float64(spent.time)/n)
			allocs[i] = append(allocs[i], float64(spent.allocs)/n)
			bytes[i] = append(bytes[i], float64(spent.bytes)/n)
		}
	}
	for i := range results {
		results[i].Time = time.Duration(Median(results[i].times))
		results[i].Allocs = Median(allocs[i])
		results[i].Bytes = Median(bytes[i])
	}
	return results, nil
}

// Order is the order of n turns in a round: each time another one begins, and every second
// time it goes backwards, so that nobody follows one neighbour more often than the other.
func Order(round, n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = (i + round/2) % n
	}
	if round%2 == 1 {
		slices.Reverse(order)
	}
	return order
}

// calibrate finds how many runs fill a turn. The shortest of three tries counts: one that
// was interrupted would leave a few runs a turn.
func (p Plan) calibrate(c Case) (int, error) {
	for n := 1; ; n *= 4 {
		shortest := time.Duration(math.MaxInt64)
		for range 3 {
			spent, err := batch(c, n)
			if err != nil {
				return 0, err
			}
			shortest = min(shortest, spent.time)
		}
		if shortest >= p.Batch/2 {
			return max(1, int(float64(n)*float64(p.Batch)/float64(shortest))), nil
		}
	}
}

type cost struct {
	time          time.Duration
	allocs, bytes uint64
}

func batch(c Case, n int) (cost, error) {
	runtime.GC()
	// Fills the pools that the collector emptied, and touches the memory that it gave back
	// while another case had its turn.
	for range n/4 + 1 {
		if err := c.Run(); err != nil {
			return cost{}, err
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	err := c.RunAll(n)
	spent := time.Since(start)
	if err != nil {
		return cost{}, err
	}
	runtime.ReadMemStats(&after)
	return cost{spent, after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc}, nil
}

// RunAll has each worker run the case n times. With one worker it allocates nothing itself.
func (c Case) RunAll(n int) error {
	others := c.workers() - 1
	if others == 0 {
		return c.run(n)
	}
	ended := make(chan error, others)
	for range others {
		go func() { ended <- c.run(n) }()
	}
	err := c.run(n)
	for range others {
		err = errors.Join(err, <-ended)
	}
	return err
}

func (c Case) run(n int) error {
	for range n {
		if err := c.Run(); err != nil {
			return err
		}
	}
	return nil
}

// Ratio is the median of what r took against base, round by round: both had their turn
// within the same moment.
func (r Result) Ratio(base Result) float64 {
	ratios := make([]float64, len(r.times))
	for i := range ratios {
		ratios[i] = r.times[i] / base.times[i]
	}
	return Median(ratios)
}

// Median returns the middle value, or the mean of the two in the middle. It is 0 of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
