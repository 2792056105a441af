package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
)

// A Handler does the work of one verified delivery. It returns nil when the work is done or
// the delivery is stored, and an error if it failed and may be tried again. It must be safe
// for concurrent use. A panic counts as an error.
//
// [Mux.Deliver] is a Handler. The Handle functions of the Gin, Echo and Fiber adapters turn
// a Handler into a handler of that framework, which answers as ServeHTTP does.
type Handler func(ctx context.Context, d Delivery) error

// ServeHTTP runs h for the delivery that [Verifier.Middleware] or [MiddlewareFor] verified.
// It answers 204 if h returns nil. It answers 500 with the text "internal server error" if
// h returns an error or panics, or if there is no delivery because the middleware is
// missing on this route or was skipped. h gets the request's context, in which
// [FromContext] finds the delivery.
//
// ServeHTTP logs a failure to [slog.Default] as one record with the level Error, the
// message "webhook handler failed" and the attributes "event" (the event's type, "" unless
// it has at most 64 bytes of a-z, 0-9, ., _ and -), "bytes" (the body's size), "account"
// ([WithAccount], or "") and "error" (the text of h's error: keep the body out of it). The
// client does not see the error.
//
// ServeHTTP recovers every panic, http.ErrAbortHandler too, because some code around a
// handler turns a panic into a 200. The "error" is then "panic: " and the panic's value,
// and the record also has a "stack".
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d, _ := FromContext(r.Context())
	failed := h.run(r.Context(), d)
	if failed == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Error(w, "internal server error", http.StatusInternalServerError)
	e, _ := d.Event() // a body that is no event has no type
	attrs := []slog.Attr{
		slog.String("event", e.Type.printable()),
		slog.Int("bytes", len(d.Body)),
		slog.String("account", d.Account),
		slog.String("error", failed.text),
	}
	if failed.stack != "" {
		attrs = append(attrs, slog.String("stack", failed.stack))
	}
	slog.Default().LogAttrs(r.Context(), slog.LevelError, "webhook handler failed", attrs...)
}

// failure is what the record of a failed Handler shows.
type failure struct {
	text  string
	stack string // of a panic
}

// run returns nil if h succeeded.
func (h Handler) run(ctx context.Context, d Delivery) (failed *failure) {
	defer func() {
		if value := recover(); value != nil { // of h, or of its error's method
			failed = &failure{fmt.Sprint("panic: ", value), string(debug.Stack())}
		}
	}()
	if d.Body == nil { // a verified one never is
		return &failure{text: "webhook: no verified delivery: the middleware is missing on this route, or was skipped"}
	}
	if err := h(ctx, d); err != nil {
		return &failure{text: err.Error()}
	}
	return nil
}

// A Mux calls a function for each type of event. Its method [Mux.Deliver] is a [Handler].
//
// The zero Mux acknowledges every delivery. Register all functions before it serves; after
// that it is safe for concurrent use. Do not copy it.
type Mux struct {
	_     noCopy
	on    map[EventType]func(ctx context.Context, e Event) error
	other func(ctx context.Context, e Event) error
}

// noCopy lets go vet find copies.
type noCopy struct{}

func (*noCopy) Lock() {}

func (*noCopy) Unlock() {}

// On registers the function for events of type t. It panics if t is empty, if f is nil, or if
// t has a function already.
func (m *Mux) On(t EventType, f func(ctx context.Context, e Event) error) {
	switch {
	case t == "":
		panic("webhook: Mux.On: the event type is empty")
	case f == nil:
		panic("webhook: Mux.On: the function for " + string(t) + " is nil")
	case m.on[t] != nil:
		panic("webhook: Mux.On: " + string(t) + " has a function already")
	case m.on == nil:
		m.on = make(map[EventType]func(context.Context, Event) error)
	}
	m.on[t] = f
}

// OnOther registers the function for events of all types without a function of their own
// ([Mux.On]). Without it they are acknowledged, because Sendsar may send types that you do
// not know. It panics if f is nil, or if there is such a function already.
func (m *Mux) OnOther(f func(ctx context.Context, e Event) error) {
	switch {
	case f == nil:
		panic("webhook: Mux.OnOther: the function is nil")
	case m.other != nil:
		panic("webhook: Mux.OnOther: there is a function already")
	}
	m.other = f
}

// Deliver calls the function for the delivery's event and returns its error unchanged. It
// returns nil if there is no function for the event, or if the signed body is not an event
// ([Delivery.Event]).
func (m *Mux) Deliver(ctx context.Context, d Delivery) error {
	e, err := d.Event()
	if err != nil {
		return nil //nolint:nilerr // refusing it would make Sendsar count a failed delivery
	}
	f := m.on[e.Type]
	if f == nil {
		f = m.other
	}
	if f == nil {
		return nil
	}
	return f(ctx, e)
}
