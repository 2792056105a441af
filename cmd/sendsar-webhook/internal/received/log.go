package received

import (
	"slices"
	"sync"
)

// Log keeps the newest deliveries. It is safe for concurrent use.
type Log struct {
	maxCount, maxBytes int

	mu      sync.Mutex
	lastID  int
	bytes   int
	kept    []*Delivery // oldest first, IDs without a gap; what they point to never changes
	readers map[*reader]struct{}
}

// NewLog makes a log of at most maxCount deliveries, whose sizes add up to at most maxBytes.
// The newest delivery is always kept, however large it is.
func NewLog(maxCount, maxBytes int) *Log {
	return &Log{maxCount: maxCount, maxBytes: maxBytes, readers: map[*reader]struct{}{}}
}

// Add adds a delivery as the newest one, sets and returns its ID, and drops the oldest
// deliveries that exceed the bounds.
func (l *Log) Add(d Delivery) (id int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lastID++
	d.ID = l.lastID
	l.kept = append(l.kept, &d)
	l.bytes += d.Size()
	l.changed(d.ID)
	return d.ID
}

// Update changes a delivery, except for its ID. It returns false if the delivery is no longer
// kept. While change runs, the log is locked.
func (l *Log) Update(id int, change func(*Delivery)) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, ok := l.index(id)
	if !ok {
		return false
	}
	d := *l.kept[i]
	change(&d)
	d.ID = id
	l.bytes += d.Size() - l.kept[i].Size()
	l.kept[i] = &d
	l.changed(id)
	return true
}

// Get returns a delivery, and false if it is not kept.
func (l *Log) Get(id int) (Delivery, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, ok := l.index(id)
	if !ok {
		return Delivery{}, false
	}
	return *l.kept[i], true
}

// List returns the deliveries that are kept, newest first.
func (l *Log) List() []Delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Delivery, 0, len(l.kept))
	for _, d := range slices.Backward(l.kept) {
		list = append(list, *d)
	}
	return list
}

func (l *Log) index(id int) (int, bool) {
	if len(l.kept) == 0 {
		return 0, false
	}
	i := id - l.kept[0].ID
	return i, i >= 0 && i < len(l.kept)
}

// changed drops the deliveries that exceed the bounds, and notifies the readers.
func (l *Log) changed(id int) {
	drop := 0
	for left := len(l.kept); left > 1 && (left > l.maxCount || l.bytes > l.maxBytes); left-- {
		l.bytes -= l.kept[drop].Size()
		drop++
	}
	l.kept = slices.Delete(l.kept, 0, drop)
	for r := range l.readers {
		r.note(id, l.kept[0].ID)
	}
}
