package turns_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/inboxbench/turns"
)

func TestFiguresOfATurn(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1)*time.Millisecond)
	}
	for name, test := range map[string]struct {
		turn                turns.Turn
		perSecond, p50, p99 float64
	}{
		"of nothing":  {turns.Turn{}, 0, 0, 0},
		"of one":      {turns.Turn{Count: 1, Took: 2 * time.Second, Waits: hundred[:1]}, 0.5, 0.001, 0.001},
		"of hundreds": {turns.Turn{Count: 100, Took: 200 * time.Millisecond, Waits: hundred}, 500, 0.051, 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			for figure, values := range map[string][2]float64{
				"per second": {test.turn.PerSecond(), test.perSecond},
				"p50":        {test.turn.P50(), test.p50},
				"p99":        {test.turn.P99(), test.p99},
			} {
				if math.Abs(values[0]-values[1]) > 1e-9 {
					t.Errorf("%s: %v, want %v", figure, values[0], values[1])
				}
			}
		})
	}
}

func rounds(counts ...int) turns.Rounds {
	var all turns.Rounds
	for _, n := range counts {
		all = append(all, turns.Turn{Count: n, Took: time.Second})
	}
	return all
}

func TestRatioIsTheMedianOfTheRounds(t *testing.T) {
	// The machine was slow in the second round, so the ratio of the medians would be 3.
	ours, base := rounds(40, 4, 30), rounds(10, 1, 15)
	if got := ours.Ratio(base, turns.Turn.PerSecond); got != 4 {
		t.Errorf("the ratio is %v, want 4", got)
	}
	if got := ours.Median(turns.Turn.PerSecond); got != 30 {
		t.Errorf("the median is %v, want 30", got)
	}
}

func TestRatioSkipsRoundsWithoutABase(t *testing.T) {
	if got := rounds(5, 6).Ratio(rounds(0, 2), turns.Turn.PerSecond); got != 3 {
		t.Errorf("the ratio is %v, want 3", got)
	}
	if got := rounds(5).Ratio(rounds(0), turns.Turn.PerSecond); got != 0 {
		t.Errorf("the ratio to nothing is %v, want 0", got)
	}
}

func TestSendersShareTheDeliveries(t *testing.T) {
	var calls atomic.Int64
	turn, err := turns.Send(7, func() error { calls.Add(1); return nil }, turns.Times(50))
	if err != nil || turn.Count != 50 || len(turn.Waits) != 50 || calls.Load() != 50 {
		t.Errorf("%d deliveries, %d waits, %d calls, error %v; want 50 of each", turn.Count, len(turn.Waits), calls.Load(), err)
	}
	if !slices.IsSorted(turn.Waits) {
		t.Errorf("the waits are not ascending: %v", turn.Waits)
	}
}

func TestSenderEndsAtItsError(t *testing.T) {
	failed := errors.New("failed")
	turn, err := turns.Send(3, func() error { return failed }, turns.Times(50))
	if !errors.Is(err, failed) || turn.Count != 3 {
		t.Errorf("%d deliveries and the error %v, want 3 that failed", turn.Count, err)
	}
}

func TestDuringEnds(t *testing.T) {
	if turns.During(0)() {
		t.Error("no time at all has not passed")
	}
	if !turns.During(time.Hour)() {
		t.Error("an hour has passed")
	}
}

func TestInterleavedGivesEachWayItsTurnInEachRound(t *testing.T) {
	var order []int
	all, err := turns.Interleaved(t.Context(), 4, 3, func(way int) (turns.Turn, error) {
		order = append(order, way)
		return turns.Turn{Count: way}, nil
	})
	if err != nil || len(all) != 3 || len(order) != 12 {
		t.Fatalf("%d ways, the turns of %v, error %v", len(all), order, err)
	}
	for way, r := range all {
		for round, turn := range r {
			if turn.Count != way || !slices.Contains(order[3*round:3*round+3], way) {
				t.Errorf("round %d of way %d has the turn of way %d; the order is %v", round, way, turn.Count, order)
			}
		}
	}
}

func TestInterleavedEnds(t *testing.T) {
	failed := errors.New("failed")
	if _, err := turns.Interleaved(t.Context(), 2, 2, func(int) (turns.Turn, error) { return turns.Turn{}, failed }); !errors.Is(err, failed) {
		t.Errorf("the error is %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := turns.Interleaved(ctx, 2, 2, func(int) (turns.Turn, error) { return turns.Turn{}, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}
