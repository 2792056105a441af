package received_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

func withBody(size int) received.Delivery {
	return received.Delivery{Body: []byte(strings.Repeat("x", size))}
}

func ids(l *received.Log) []int {
	var all []int
	for _, d := range l.List() {
		all = append(all, d.ID)
	}
	return all
}

func wantIDs(t *testing.T, l *received.Log, want ...int) {
	t.Helper()
	if got := ids(l); !slices.Equal(got, want) {
		t.Errorf("kept are %v, want %v", got, want)
	}
}

func TestLogKeepsTheNewest(t *testing.T) {
	l := received.NewLog(3, 1<<20)
	wantIDs(t, l)
	for want := 1; want <= 5; want++ {
		if got := l.Add(received.Delivery{ID: 77}); got != want {
			t.Fatalf("got the ID %d, want %d", got, want)
		}
	}
	wantIDs(t, l, 5, 4, 3)
	for id, want := range map[int]bool{-1: false, 0: false, 2: false, 3: true, 5: true, 6: false} {
		d, ok := l.Get(id)
		if ok != want || ok && d.ID != id {
			t.Errorf("Get(%d) returned %d, %t", id, d.ID, ok)
		}
		if got := l.Update(id, func(*received.Delivery) {}); got != want {
			t.Errorf("Update(%d) returned %t", id, got)
		}
	}
}

func TestLogIsBoundedInBytes(t *testing.T) {
	size := withBody(1000).Size()
	l := received.NewLog(500, 3*size)
	for range 4 {
		l.Add(withBody(1000))
	}
	wantIDs(t, l, 4, 3, 2)
	l.Add(withBody(1001))
	wantIDs(t, l, 5, 4)
	l.Add(withBody(10 * size)) // more than the bound
	wantIDs(t, l, 6)
	l.Add(withBody(1000))
	wantIDs(t, l, 7)
	l.Add(withBody(1000))
	l.Add(withBody(1000))
	wantIDs(t, l, 9, 8, 7)
	// An answer that is added later counts too.
	l.Update(8, func(d *received.Delivery) { d.Answer = &received.Answer{Body: []byte("x")} })
	wantIDs(t, l, 9, 8)
	l.Update(8, func(d *received.Delivery) { d.Answer = nil })
	l.Add(withBody(1000))
	wantIDs(t, l, 10, 9, 8)
}

func TestSizeCountsWhatIsKept(t *testing.T) {
	long := strings.Repeat("x", 1000)
	header := map[string][]string{long: {long, long}}
	for name, d := range map[string]received.Delivery{
		"method": {Method: long}, "target": {Target: long}, "proto": {Proto: long}, "host": {Host: long}, "body": {Body: []byte(long)},
		"header": {Header: header}, "incomplete": {Incomplete: long}, "event": {Event: long}, "refusal": {Refusal: long},
		"mistake":       {Diagnosis: &received.Diagnosis{Mistakes: []received.Mistake{{Text: long}}}},
		"fix":           {Diagnosis: &received.Diagnosis{Mistakes: []received.Mistake{{Fix: long}}}},
		"tried":         {Diagnosis: &received.Diagnosis{Tried: []string{long}}},
		"note":          {Diagnosis: &received.Diagnosis{Note: long}},
		"answer":        {Answer: &received.Answer{Body: []byte(long)}},
		"answer header": {Answer: &received.Answer{Header: header}},
		"failure":       {Answer: &received.Answer{Failure: long}},
	} {
		if got := d.Size() - (received.Delivery{}).Size(); got < 1000 {
			t.Errorf("%s: %d bytes, want 1000 at least", name, got)
		}
	}
}

func TestUpdateChangesOnlyTheKeptDelivery(t *testing.T) {
	l := received.NewLog(2, 1<<20)
	id := l.Add(received.Delivery{})
	before, _ := l.Get(id)
	l.Update(id, func(d *received.Delivery) { d.ID, d.Refusal = 9, "no" })
	after, ok := l.Get(id)
	if before.Refusal != "" || !ok || after.ID != id || after.Refusal != "no" {
		t.Errorf("before %+v, after %+v, %t", before, after, ok)
	}
}

func TestLogIsSafeForConcurrentUse(t *testing.T) {
	l := received.NewLog(10, 1<<20)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 200 {
				id := l.Add(withBody(10))
				l.Update(id, func(d *received.Delivery) { d.Genuine = true })
				l.Get(id)
				l.List()
			}
		})
	}
	all.Wait()
	wantIDs(t, l, 800, 799, 798, 797, 796, 795, 794, 793, 792, 791)
}
