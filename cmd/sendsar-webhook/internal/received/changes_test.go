package received_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// next returns the next change. It fails the test if none arrives.
func next(t *testing.T, changes <-chan int) int {
	t.Helper()
	select {
	case id, ok := <-changes:
		if !ok {
			t.Fatal("the channel is closed")
		}
		return id
	case <-time.After(10 * time.Second):
		t.Fatal("no change arrives")
		return 0
	}
}

func TestChangesReportsWhatIsAddedAndChanged(t *testing.T) {
	l := received.NewLog(10, 1<<20)
	l.Add(received.Delivery{})
	changes := l.Changes(t.Context())
	l.Add(received.Delivery{})
	if got := next(t, changes); got != 2 {
		t.Errorf("got %d, want 2: the first one is older than the call", got)
	}
	l.Update(1, func(*received.Delivery) {})
	if got := next(t, changes); got != 1 {
		t.Errorf("got %d, want 1", got)
	}
}

// While nobody reads, thousands arrive. The log must not wait, nor keep more than it has to.
func TestChangesWaitsForASlowReader(t *testing.T) {
	l := received.NewLog(5, 1<<20)
	changes := l.Changes(t.Context())
	for range 5000 {
		id := l.Add(received.Delivery{})
		l.Update(id, func(*received.Delivery) {})
	}
	var got []int
	for !slices.Contains(got, 5000) {
		got = append(got, next(t, changes))
	}
	if len(got) > 6 {
		t.Errorf("got %d changes, want those of the 5 that are kept and one that was on its way", len(got))
	}
	got = slices.DeleteFunc(got, func(id int) bool { return id <= 4995 })
	if want := []int{4996, 4997, 4998, 4999, 5000}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	select {
	case id := <-changes:
		t.Errorf("got %d once more", id)
	default:
	}
}

// A change is reported even if the one before it has just been read.
func TestChangesLosesNoLaterChange(t *testing.T) {
	l := received.NewLog(5, 1<<20)
	changes := l.Changes(t.Context())
	id := l.Add(received.Delivery{})
	next(t, changes)
	for range 100 {
		l.Update(id, func(*received.Delivery) {})
		next(t, changes)
	}
}

func TestChangesEndsWithItsContext(t *testing.T) {
	l := received.NewLog(5, 1<<20)
	for _, waiting := range []int{0, 3} { // for changes, or for the reader
		ctx, cancel := context.WithCancel(t.Context())
		changes := l.Changes(ctx)
		for range waiting {
			l.Add(received.Delivery{})
		}
		cancel()
		for range changes {
			continue // until it is closed
		}
	}
}

func TestEveryReaderGetsEveryChange(t *testing.T) {
	l := received.NewLog(5, 1<<20)
	readers := []<-chan int{l.Changes(t.Context()), l.Changes(t.Context()), l.Changes(t.Context())}
	for want := 1; want <= 3; want++ {
		l.Add(received.Delivery{})
		for i, changes := range readers {
			if got := next(t, changes); got != want {
				t.Errorf("reader %d got %d, want %d", i, got, want)
			}
		}
	}
}
