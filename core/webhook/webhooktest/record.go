package webhooktest

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// record is what happened inside a receiver during one case.
type record struct {
	mu       sync.Mutex
	inspect  func(Request) (seen, string)
	seen     []seen
	errs     []error
	verdicts []verdict
	netHTTP  bool // net/http ran the handler
}

func newRecord() *record { return &record{inspect: readBody} }

// seen is one run of the handler.
type seen struct {
	body     []byte
	answer   string
	verified bool
	delivery webhook.Delivery // kept, as a handler may
	was      []byte           // a copy of what it held then
	flaw     string           // what is wrong with it whatever the case wants
}

// verdict is one call of the observer.
type verdict struct {
	ctx      context.Context
	delivery webhook.Delivery
	err      error
}

func (r *record) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inspect, r.seen, r.errs, r.verdicts = readBody, nil, nil, nil
}

// expect sets how the handler looks at the next request.
func (r *record) expect(inspect func(Request) (seen, string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inspect = inspect
}

func (r *record) handle(request Request) string {
	r.mu.Lock()
	inspect := r.inspect
	r.mu.Unlock()
	one, answer := inspect(request)
	one.verified, one.delivery, one.was = request.Verified, request.Delivery, bytes.Clone(request.Delivery.Body)
	one.answer, one.flaw = answer, firstProblem(one.flaw, deliveryFlaw(request))
	served := servedByNetHTTP()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.netHTTP = r.netHTTP || served
	r.seen = append(r.seen, one)
	return answer
}

func (r *record) byNetHTTP() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.netHTTP
}

// servedByNetHTTP looks for net/http's server among its callers.
func servedByNetHTTP() bool {
	callers := make([]uintptr, 200)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "net/http.(*conn).serve") {
			return true
		}
		if !more {
			return false
		}
	}
}

func (r *record) refused(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err)
}

func (r *record) observe(ctx context.Context, d webhook.Delivery, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.verdicts = append(r.verdicts, verdict{ctx, d, err})
}

// snapshot adds to o what happened so far, and looks once more at what handlers kept.
func (r *record) snapshot(o *observed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.seen, o.errs, o.verdicts = slices.Clone(r.seen), slices.Clone(r.errs), slices.Clone(r.verdicts)
	for i, one := range o.seen {
		if !slices.Equal(one.delivery.Body, one.was) {
			o.seen[i].flaw = firstProblem(one.flaw, "a Delivery that was kept changed after its handler returned")
		}
	}
}

// readBody is the plain handler: the raw body, and the same bytes in the Delivery.
func readBody(r Request) (seen, string) {
	body, err := r.Body()
	one := seen{body: bytes.Clone(body)}
	switch {
	case err != nil:
		one.flaw = "the handler could not read the body: " + err.Error()
	case r.Verified && !slices.Equal(r.Delivery.Body, body):
		one.flaw = fmt.Sprintf("the framework's body has %d bytes, and the Delivery %d other ones", len(body), len(r.Delivery.Body))
	}
	return one, fmt.Sprintf("handled %d bytes", len(body))
}

func deliveryFlaw(r Request) string {
	switch {
	case r.Verified && r.Delivery.Body == nil:
		return "Delivery.Body is nil"
	case cap(r.Delivery.Body) != len(r.Delivery.Body):
		return "Delivery.Body has spare capacity"
	case !r.Verified && (r.Delivery.Body != nil || r.Delivery.SecretIndex != 0):
		return "FromContext is false, and its Delivery is not zero"
	}
	return ""
}
