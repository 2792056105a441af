package webhooktest

import (
	"bytes"
	"context"
	"fmt"
	"go/token"
	"maps"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// happened is what happened inside a receiver during one case.
type happened struct {
	seen     []seen    // runs of the handler
	errs     []error   // errors that the ErrorHandler got
	looks    []look    // results of FromContext outside the handler
	verdicts []verdict // calls of the observer
	failures []failure // records of failed handlers in slog's default logger
	handles  int       // calls of Handle
	picks    int       // calls of VerifierFor
	skips    int       // calls of Skipper
}

// seen is one run of the handler.
type seen struct {
	body     []byte
	answer   string
	verified bool
	delivery webhook.Delivery // kept after the run, as a handler may do
	was      []byte           // a copy of delivery.Body during the run
	context  string           // the context's flaw; counts if an earlier middleware set a context
	misread  string           // the flaw in what the framework's API returned
	file     string           // a temporary file that the framework must remove
	flaw     string           // a flaw that counts in every case
}

// look is a result of FromContext in the ErrorHandler, or after the adapter returned.
type look struct {
	where    string
	verified bool
	delivery webhook.Delivery // a copy
	context  string           // as in seen
}

// The places at which a look is taken.
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

// inspect is what the handler does with a request during a case. It returns the handler's
// answer too.
type inspect func(Request) (seen, string)

// script sets what the receiver's side does during a case.
type script struct {
	inspect inspect
	choices []*webhook.Verifier // the results of VerifierFor; the last one repeats
	skip    bool                // the result of Skipper
	panics  any                 // Refused panics with it, if not nil
	fails   any                 // Handle or Handler panics with it, if not nil
	result  error               // the result of Handler
}

// record is one case in a receiver.
type record struct {
	script
	happened
	name string // of the case
	over bool
	late int // runs of the handler after the case was over
}

// recorder records every call from a receiver in the record of the request's case, so that a
// late request does not count in the next case.
type recorder struct {
	mu      sync.Mutex
	current *record
	records map[string]*record
	marks   []context.CancelFunc
	unnamed bool // a handler ran without Request.ID
	looked  bool // Returned was called
	alone   bool // Refused was called without a Request
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

// end returns what happened in the current case. It checks that no Delivery changed after its
// handler returned.
func (r *recorder) end() happened {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.current.happened
	h.seen, h.errs, h.verdicts, h.looks = slices.Clone(h.seen), slices.Clone(h.errs), slices.Clone(h.verdicts), slices.Clone(h.looks)
	for i, one := range h.seen {
		if !bytes.Equal(one.delivery.Body, one.was) {
			h.seen[i].flaw = firstProblem(one.flaw, "a Delivery that was kept changed after its handler returned")
		}
	}
	r.current.over = true
	for _, cancel := range r.marks {
		cancel()
	}
	r.marks = nil
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

// of returns the record of the case that sent a request, or the current one. The caller
// holds r.mu.
func (r *recorder) of(id string) *record {
	if one := r.records[id]; one != nil {
		return one
	}
	return r.current
}

// in returns the record of the case whose request has this context, or the current one. The
// caller holds r.mu.
func (r *recorder) in(ctx context.Context) *record {
	if id, ok := idIn(ctx); ok {
		return r.of(id)
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
	run.context = contextFlaw(request)
	served := servedByNetHTTP()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unnamed = r.unnamed || request.ID == ""
	one.handles++
	r.ran(one, run, served)
	return answer
}

// deliver is Receiver.Handler.
func (r *recorder) deliver(ctx context.Context, d webhook.Delivery) error {
	request := Request{Delivery: d, Verified: true, Context: func() context.Context { return ctx }}
	run := seen{body: bytes.Clone(d.Body), verified: true, delivery: d, was: bytes.Clone(d.Body), flaw: deliveryFlaw(request), context: contextFlaw(request)}
	served := servedByNetHTTP()
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.in(ctx)
	r.ran(one, run, served)
	return one.result
}

// ran records a run of the handler, and panics if the case's script does. The caller holds
// r.mu.
func (r *recorder) ran(one *record, run seen, byNetHTTP bool) {
	r.netHTTP = r.netHTTP || byNetHTTP
	if one.over {
		one.late++
	}
	one.seen = append(one.seen, run)
	if one.fails != nil {
		panic(one.fails)
	}
}

// refused is Receiver.Refused.
func (r *recorder) refused(err error, at ...Request) {
	r.mu.Lock()
	one := r.current
	r.alone = r.alone || len(at) == 0
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
	r.looked = true
	one := r.of(request.ID)
	one.looks = append(one.looks, newLook(afterReturn, request))
}

func (r *recorder) observe(ctx context.Context, d webhook.Delivery, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	one := r.in(ctx)
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

// servedByNetHTTP reports whether net/http's server is among its callers.
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

// mark is Receiver.Context. Its context has a deadline long after the run, which reveals a
// context that has its values but does not end with it.
func (r *recorder) mark(ctx context.Context, id string) context.Context {
	ctx, cancel := context.WithDeadline(context.WithValue(ctx, idKey{}, id), markEnds())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks = append(r.marks, cancel)
	return ctx
}

var markEnds = sync.OnceValue(func() time.Time { return time.Now().Add(24 * time.Hour) })

func idIn(ctx context.Context) (string, bool) {
	if ctx == nil {
		return "", false
	}
	id, ok := ctx.Value(idKey{}).(string)
	return id, ok
}

// unmarked returns how ctx differs from a context derived from mark's, or "".
func unmarked(ctx context.Context) string {
	if _, ok := idIn(ctx); !ok {
		return fmt.Sprintf("is a %T, and not the one that a middleware before the adapter set", ctx)
	}
	if ends, ok := ctx.Deadline(); !ok || ends.After(markEnds()) {
		return "does not end with the one that a middleware before the adapter set"
	}
	return ""
}

func contextFlaw(r Request) string {
	if r.Context == nil {
		return "is unknown, as Request.Context is nil"
	}
	ctx := r.Context()
	if problem := unmarked(ctx); problem != "" {
		return problem
	}
	if ctx.Err() != nil {
		return "has ended already"
	}
	return ""
}

func newLook(where string, r Request) look {
	d := r.Delivery
	d.Body = bytes.Clone(d.Body)
	return look{where, r.Verified, d, contextFlaw(r)}
}

// readBody is the plain handler. It checks that the raw body and the Delivery have the same
// bytes.
func readBody(r Request) (seen, string) {
	body, err := r.Body()
	one := seen{body: bytes.Clone(body)}
	switch {
	case err != nil:
		one.flaw = "the handler could not read the body: " + err.Error()
	case r.Verified && !bytes.Equal(r.Delivery.Body, body):
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
	case !r.Verified && !isZero(r.Delivery):
		return "FromContext is false, and its Delivery is not zero"
	}
	return ""
}

func isZero(d webhook.Delivery) bool { return reflect.ValueOf(d).IsZero() }

// storeFlaw reports a Delivery in a place where any middleware could have put one: under a
// key and as a value that every package can make.
func storeFlaw(r Request) string {
	if !r.Verified {
		return ""
	}
	stored := make(map[reflect.Value]reflect.Value)
	if r.Values != nil {
		for key, value := range r.Values() {
			stored[reflect.ValueOf(key)] = reflect.ValueOf(value)
		}
	}
	if r.Context != nil {
		maps.Copy(stored, contextValues(r.Context()))
	}
	for key, value := range stored {
		if key.IsValid() && value.IsValid() && everybodysKey(key.Type()) && holds(value, r.Delivery) {
			return fmt.Sprintf("the Delivery is kept under the key %q of type %v: any middleware can write one there", fmt.Sprint(key), key.Type())
		}
	}
	return ""
}

// everybodysKey reports whether every package can make a key of this type that equals an
// existing one. No package can make an equal pointer, channel or function.
func everybodysKey(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return false
	}
	return everybodys(t)
}

// everybodys reports whether every package can name a type.
func everybodys(t reflect.Type) bool { return t.PkgPath() == "" || token.IsExported(t.Name()) }

// holds reports whether a value that every package can make is a Delivery, or a struct with
// the bytes of d. The bytes alone do not count, as a framework may keep any body like that.
func holds(v reflect.Value, d webhook.Delivery) bool {
	switch t := v.Type(); {
	case t == reflect.TypeFor[webhook.Delivery]():
		return true
	case !everybodys(t):
		return false
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return !v.IsNil() && holds(v.Elem(), d)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Slice && f.Len() > 0 && len(d.Body) > 0 && f.Pointer() == reflect.ValueOf(d.Body).Pointer() {
				return true
			}
		}
	}
	return false
}

// contextValues returns the values in the contexts that package context made. It uses
// reflection, as that package cannot list them.
func contextValues(ctx context.Context) map[reflect.Value]reflect.Value {
	values := make(map[reflect.Value]reflect.Value)
	for v := reflect.ValueOf(ctx); v.Kind() == reflect.Pointer && v.Type().Elem().PkgPath() == "context"; {
		of := v.Elem()
		if key, value := of.FieldByName("key"), of.FieldByName("val"); key.Kind() == reflect.Interface && value.Kind() == reflect.Interface {
			values[key.Elem()] = value.Elem()
		}
		parent := of.FieldByName("Context")
		if parent.Kind() != reflect.Interface {
			break
		}
		v = parent.Elem()
	}
	return values
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func firstProblem(problems ...string) string {
	for _, problem := range problems {
		if problem != "" {
			return problem
		}
	}
	return ""
}
