package received

import (
	"context"
	"slices"
)

// Changes returns a channel of the IDs of deliveries that are added or changed from now on.
// For a slow reader, several changes of one delivery become one, and deliveries that are no
// longer kept are skipped. Nothing else is lost. The channel is closed when ctx ends.
func (l *Log) Changes(ctx context.Context) <-chan int {
	r := &reader{wake: make(chan struct{}, 1)}
	l.mu.Lock()
	l.readers[r] = struct{}{}
	l.mu.Unlock()
	ids := make(chan int)
	go func() {
		defer close(ids)
		defer l.forget(r)
		for {
			id, ok := l.next(r)
			if !ok {
				select {
				case <-r.wake:
					continue
				case <-ctx.Done():
					return
				}
			}
			select {
			case ids <- id:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ids
}

// reader is one caller of Changes. The lock of the Log guards it.
type reader struct {
	pending []int // ascending, each once, none that the log no longer keeps
	wake    chan struct{}
}

func (r *reader) note(id, oldest int) {
	if i, found := slices.BinarySearch(r.pending, id); !found {
		r.pending = slices.Insert(r.pending, i, id)
	}
	gone, _ := slices.BinarySearch(r.pending, oldest)
	r.pending = slices.Delete(r.pending, 0, gone)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (l *Log) next(r *reader) (id int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(r.pending) == 0 {
		return 0, false
	}
	id = r.pending[0]
	r.pending = slices.Delete(r.pending, 0, 1)
	return id, true
}

func (l *Log) forget(r *reader) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.readers, r)
}
