// Package received keeps the deliveries that the subcommand listen received in a bounded log,
// each with its verdict and its answer. It can write a delivery as a file, or as a curl command
// that sends the same bytes.
package received

import (
	"net/http"
	"time"
)

// Delivery is one request that arrived. The Log shares its maps, slices and pointers with all
// readers: replace them, but never change what they refer to.
type Delivery struct {
	ID     int       // 1, 2, … in the order of arrival; set by Log.Add
	At     time.Time // when it arrived
	Method string    // as in the request line
	Target string    // as in the request line
	Proto  string    // as in the request line
	Host   string    // empty if an HTTP/1.0 request has none
	Header http.Header
	Body   []byte // exactly what arrived

	Incomplete string     // why Body is not whole; empty if it is
	Event      string     // the event's type; empty if it must not be shown
	Genuine    bool       // its signature matches
	Previous   bool       // its signature was made with the previous secret
	Refusal    string     // why an endpoint refuses it
	Diagnosis  *Diagnosis // of a refused delivery; nil until it is known
	Answer     *Answer    // nil until there is one
	Repeats    int        // the ID of the delivery that this one sent again; 0 if none
}

// Diagnosis explains why a delivery was refused.
type Diagnosis struct {
	Mistakes []Mistake // together they explain it
	Tried    []string  // mistakes that were tried and do not explain it
	Note     string    // for example that nothing was tried, and why
}

// Mistake is one thing that went wrong, and how to fix it.
type Mistake struct{ Text, Fix string }

// Answer is the answer to the sender.
type Answer struct {
	Status  int // 0 if there was no answer
	Header  http.Header
	Body    []byte // the start of the body
	Cut     bool   // Body is not the whole body
	Took    time.Duration
	Failure string // why the app's answer is missing or incomplete; else empty
	FromApp bool   // the app's answer, not that of listen
}

// perDelivery is an estimate of the memory that an empty Delivery takes, in bytes.
const perDelivery = 512

// Size returns the number of bytes that the delivery counts for in a Log.
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
