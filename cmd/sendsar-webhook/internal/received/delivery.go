// Package received keeps what the subcommand listen received: a bounded log of deliveries,
// each with its verdict and its answer. A delivery can be written as a file or as a curl
// command that sends the same bytes.
package received

import (
	"net/http"
	"time"
)

// Delivery is one request that arrived. The Log shares its maps, slices and pointers with
// everybody who reads it: replace them, but never change what they refer to.
type Delivery struct {
	ID     int       // 1, 2, … in the order of arrival; set by Log.Add
	At     time.Time // when it arrived
	Method string    // as in the request line
	Target string    // as in the request line
	Proto  string    // as in the request line
	Host   string    // without it a request of HTTP/1.0 is empty here
	Header http.Header
	Body   []byte // exactly what arrived

	Incomplete string     // why Body is not whole; empty if it is
	Event      string     // the event's type if it is one that may be shown; else empty
	Genuine    bool       // its signature fits
	Previous   bool       // its signature was made with the previous secret
	Refusal    string     // why an endpoint refuses it
	Diagnosis  *Diagnosis // of a refused delivery; nil until it is there
	Answer     *Answer    // nil until there is one
	Repeats    int        // the ID of the delivery that this one sent again; 0 if none
}

// Diagnosis explains why a delivery was refused.
type Diagnosis struct {
	Mistakes []Mistake // together they explain it
	Tried    []string  // if there are no Mistakes: what does not explain it either
	Note     string    // for example that nothing was tried, and why
}

// Mistake is one thing that was done wrong, and how to put it right.
type Mistake struct{ Text, Fix string }

// Answer is what the sender got.
type Answer struct {
	Status  int // 0 if there was no answer
	Header  http.Header
	Body    []byte // its start
	Cut     bool   // Body is not all of it
	Took    time.Duration
	Failure string // why the app did not answer; empty if it did
	FromApp bool   // the app's answer, not that of listen
}

// perDelivery is an estimate of what an empty Delivery takes in memory.
const perDelivery = 512

// Size returns how many bytes the delivery counts in a Log.
func (d Delivery) Size() int {
	size := perDelivery + len(d.Method) + len(d.Target) + len(d.Proto) + len(d.Host) + headerSize(d.Header) +
		len(d.Body) + len(d.Incomplete) + len(d.Event) + len(d.Refusal)
	if d.Diagnosis != nil {
		size += len(d.Diagnosis.Note)
		for _, m := range d.Diagnosis.Mistakes {
			size += len(m.Text) + len(m.Fix)
		}
		for _, name := range d.Diagnosis.Tried {
			size += len(name)
		}
	}
	if d.Answer != nil {
		size += headerSize(d.Answer.Header) + len(d.Answer.Body) + len(d.Answer.Failure)
	}
	return size
}

func headerSize(h http.Header) int {
	const perValue = 32
	size := 0
	for name, values := range h {
		size += len(name)
		for _, value := range values {
			size += len(value) + perValue
		}
	}
	return size
}
