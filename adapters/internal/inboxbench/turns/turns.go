// Package turns has senders store deliveries, and compares what they achieved round by round.
package turns

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/measure"
)

// A Turn is what one of several ways did in one round.
type Turn struct {
	Count int
	Took  time.Duration
	Waits []time.Duration // how long each delivery took, ascending
}

// PerSecond is how many the turn did in a second. It is 0 if the turn did nothing.
func (t Turn) PerSecond() float64 {
	if t.Took <= 0 {
		return 0
	}
	return float64(t.Count) / t.Took.Seconds()
}

// Quantile is the wait, in seconds, that the share q of the waits is shorter than: 0.5 for the
// median. It is 0 without waits.
func (t Turn) Quantile(q float64) float64 {
	if len(t.Waits) == 0 {
		return 0
	}
	return t.Waits[min(len(t.Waits)-1, int(q*float64(len(t.Waits))))].Seconds()
}

// P50 is the median of the waits, in seconds.
func (t Turn) P50() float64 { return t.Quantile(0.50) }

// P99 is what the slowest hundredth of the waits reaches, in seconds.
func (t Turn) P99() float64 { return t.Quantile(0.99) }

// Rounds are the turns of one way.
type Rounds []Turn

// Median is the middle of a figure in all rounds.
func (r Rounds) Median(figure func(Turn) float64) float64 {
	all := make([]float64, len(r))
	for i, t := range r {
		all[i] = figure(t)
	}
	return measure.Median(all)
}

// Ratio is the median of the figure's ratios to base, round by round: both had their turns
// within the same moment. A round in which base's figure is 0 does not count.
func (r Rounds) Ratio(base Rounds, figure func(Turn) float64) float64 {
	var all []float64
	for i, t := range r {
		if b := figure(base[i]); b != 0 {
			all = append(all, figure(t)/b)
		}
	}
	return measure.Median(all)
}

// Send has so many senders call store, each again and again until more returns false or store
// fails.
func Send(senders int, store func() error, more func() bool) (Turn, error) {
	var group sync.WaitGroup
	waits, errs := make([][]time.Duration, senders), make([]error, senders)
	start := time.Now()
	for i := range senders {
		group.Go(func() {
			for errs[i] == nil && more() {
				begin := time.Now()
				errs[i] = store()
				waits[i] = append(waits[i], time.Since(begin))
			}
		})
	}
	group.Wait()
	t := Turn{Took: time.Since(start), Waits: slices.Concat(waits...)}
	t.Count = len(t.Waits)
	slices.Sort(t.Waits)
	return t, errors.Join(errs...)
}

// During returns true for so long.
func During(d time.Duration) func() bool {
	end := time.Now().Add(d)
	return func() bool { return time.Now().Before(end) }
}

// Times returns true so often, to all its callers together.
func Times(n int) func() bool {
	var calls atomic.Int64
	return func() bool { return calls.Add(1) <= int64(n) }
}

// Interleaved gives each of n ways its turn in each round, in a fair order.
func Interleaved(ctx context.Context, rounds, n int, turn func(way int) (Turn, error)) ([]Rounds, error) {
	all := make([]Rounds, n)
	for round := range rounds {
		for _, way := range measure.Order(round, n) {
			t, err := turn(way)
			if err = errors.Join(err, ctx.Err()); err != nil {
				return nil, err
			}
			all[way] = append(all[way], t)
		}
	}
	return all, nil
}
