package webhooktest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// happened is what happened inside a receiver during one case.
type happened struct {
	seen     []seen    // runs of the handler
	errs     []error   // what the ErrorHandler got
	looks    []look    // FromContext elsewhere than in the handler
	verdicts []verdict // calls of the observer
	picks    int       // calls of VerifierFor
	skips    int       // calls of Skipper
}

// seen is one run of the handler.
type seen struct {
	body     []byte
	answer   string
	verified bool
	delivery webhook.Delivery // kept, as a handler may
	was      []byte           // a copy of what it held then
	marked   bool             // its context is the one that a middleware before set
	ended    bool             // its context has ended
	flaw     string           // what is wrong with it whatever the case wants
}

// look is what FromContext returned in the ErrorHandler, or after the adapter returned.
type look struct {
	where    string
	verified bool
	body     []byte
	marked   bool // its context is the one that a middleware before set
}

// Where a look was taken.
const (
	inErrorHandler = "in the ErrorHandler"
	afterReturn    = "after the adapter returned"
)

// verdict is one call of the observer.
type verdict struct {
	ctx      context.Context
	delivery webhook.Delivery
	err      error
}

// inspect is how the handler looks at a request during a case.
type inspect func(Request) (seen, string)

// script is what the receiver's side of a case does.
type script struct {
	inspect inspect
	choices []*webhook.Verifier // what VerifierFor returns, the last one again and again
	skip    bool                // what Skipper returns
	panics  any                 // what Refused panics with
}

// record is one case in a receiver.
type record struct {
	script
	happened
	name string // of the case
	over bool
	late int // runs of the handler after the case was over
}

// recorder gets every call from a receiver and keeps it with the case that the request
// belongs to, so that a late request does not count in the next case.
type recorder struct {
	mu      sync.Mutex
	current *record
	records map[string]*record
	unnamed bool // a handler was run without Request.ID
	netHTTP bool // net/http ran the handler
}

func newRecorder() *recorder {
	return &recorder{current: &record{script: script{inspect: readBody}}, records: make(map[string]*record)}
}

func (r *recorder) begin(id, name string, s script) {
	if s.inspect == nil {
		s.inspect = readBody
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = &record{name: name, script: s}
	r.records[id] = r.current
}

// end returns what happened in the current case, and looks once more at what handlers kept.
func (r *recorder) end() happened {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.current.happened
	h.seen, h.errs, h.verdicts, h.looks = slices.Clone(h.seen), slices.Clone(h.errs), slices.Clone(h.verdicts), slices.Clone(h.looks)
	for i, one := range h.seen {
		if !slices.Equal(one.delivery.Body, one.was) {
			h.seen[i].flaw = firstProblem(one.flaw, "a Delivery that was kept changed after its handler returned")
		}
	}
	r.current.over = true
	return h
}

// late returns the names of the cases whose handler ran after they were over.
func (r *recorder) late() (names []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.records {
		if one.late > 0 {
			names = append(names, one.name)
		}
	}
	return names
}

// of returns the record of the case that sent a request; r.mu is held.
func (r *recorder) of(id string) *record {
	if one := r.records[id]; one != nil {
		return one
	}
	return r.current
}

func (r *recorder) handle(request Request) string {
	r.mu.Lock()
	one := r.of(request.ID)
	r.mu.Unlock()
	run, answer := one.inspect(request)
	run.verified, run.delivery, run.was = request.Verified, request.Delivery, bytes.Clone(request.Delivery.Body)
	run.answer, run.flaw = answer, firstProblem(run.flaw, deliveryFlaw(request), storeFlaw(request))
	run.marked, run.ended = marked(request), request.Context != nil && request.Context().Err() != nil
	served := servedByNetHTTP()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.netHTTP = r.netHTTP || served
	r.unnamed = r.unnamed || request.ID == ""
	if one.over {
		one.late++
	}
	one.seen = append(one.seen, run)
	return answer
}

// refused is Receiver.Refused.
func (r *recorder) refused(err error, at ...Request) {
	r.mu.Lock()
	one := r.current
	for _, request := range at {
		one = r.of(request.ID)
		one.looks = append(one.looks, newLook(inErrorHandler, request))
	}
	one.errs = append(one.errs, err)
	panics := one.panics
	r.mu.Unlock()
	if panics != nil {
		panic(panics)
	}
}

// returned is Receiver.Returned.
func (r *recorder) returned(request Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.of(request.ID)
	one.looks = append(one.looks, newLook(afterReturn, request))
}

func (r *recorder) observe(ctx context.Context, d webhook.Delivery, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.current
	if id, ok := idIn(ctx); ok {
		one = r.of(id)
	}
	one.verdicts = append(one.verdicts, verdict{ctx, d, err})
}

// pick is Receiver.VerifierFor.
func (r *recorder) pick(id string) *webhook.Verifier {
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.of(id)
	one.picks++
	if len(one.choices) == 0 {
		return nil
	}
	return one.choices[min(one.picks, len(one.choices))-1]
}

// skip is Receiver.Skipper.
func (r *recorder) skip(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.of(id)
	one.skips++
	return one.skip
}

func (r *recorder) byNetHTTP() bool {
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

// idKey is the key under which mark keeps a request's ID.
type idKey struct{}

// mark is Receiver.Context.
func mark(ctx context.Context, id string) context.Context { return context.WithValue(ctx, idKey{}, id) }

func idIn(ctx context.Context) (string, bool) {
	if ctx == nil {
		return "", false
	}
	id, ok := ctx.Value(idKey{}).(string)
	return id, ok
}

func marked(r Request) bool {
	if r.Context == nil {
		return false
	}
	id, ok := idIn(r.Context())
	return ok && id == r.ID
}

func newLook(where string, r Request) look {
	return look{where, r.Verified, bytes.Clone(r.Delivery.Body), marked(r)}
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

// storeFlaw reports a Delivery where any middleware could have put one: under a key that
// is a plain string, as a value of a type that everybody can make.
func storeFlaw(r Request) string {
	check := func(key, value any) string {
		name, plain := key.(string)
		if !plain {
			return ""
		}
		switch value.(type) {
		case webhook.Delivery, *webhook.Delivery:
			return fmt.Sprintf("the Delivery is kept under the plain string %q: any middleware can write one there", name)
		}
		return ""
	}
	if r.Values != nil {
		for key, value := range r.Values() {
			if problem := check(key, value); problem != "" {
				return problem
			}
		}
	}
	if r.Context != nil {
		for key, value := range contextValues(r.Context()) {
			if problem := check(key, value); problem != "" {
				return problem
			}
		}
	}
	return ""
}

// contextValues returns what is kept under plain strings in the contexts that package
// context made. That package cannot list them, so the keys are found by reflection.
func contextValues(ctx context.Context) map[any]any {
	values := make(map[any]any)
	for v := reflect.ValueOf(ctx); v.Kind() == reflect.Pointer && v.Type().Elem().PkgPath() == "context"; {
		of := v.Elem()
		if key := of.FieldByName("key"); key.Kind() == reflect.Interface && key.Elem().IsValid() && key.Elem().Type() == reflect.TypeFor[string]() {
			values[key.Elem().String()] = ctx.Value(key.Elem().String())
		}
		parent := of.FieldByName("Context")
		if parent.Kind() != reflect.Interface {
			break
		}
		v = parent.Elem()
	}
	return values
}

// exists reports whether a file is still there.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
