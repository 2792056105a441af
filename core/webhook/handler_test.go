package webhook_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// slogDefault replaces slog's default logger, and returns a function that returns its
// records and forgets them.
func slogDefault(t *testing.T) func() (lines []map[string]any, ctxs []context.Context) {
	t.Helper()
	before := slog.Default()
	logger, taken := logged(t)
	slog.SetDefault(logger)
	t.Cleanup(func() { slog.SetDefault(before) })
	return taken
}

// webhooktest tests what all Handle functions share. These cases are only about ServeHTTP.
func TestHandlerServesHTTP(t *testing.T) {
	taken := slogDefault(t)
	type key struct{}
	quoting := errors.New("the database is away")
	v := webhook.MustNew(currentSecret, webhook.WithAccount("acme"))
	type row struct {
		path   string
		body   string
		err    error
		status int
		text   string
		record map[string]any
	}
	record := func(event, account, text string, size float64) map[string]any {
		return map[string]any{"level": "ERROR", "msg": "webhook handler failed", "event": event, "bytes": size, "account": account, "error": text}
	}
	const missing = "webhook: no verified delivery: the middleware is missing on this route, or was skipped"
	eachOf(t, map[string]row{
		"done":                    {"/verified", eventBody, nil, 204, "", nil},
		"done, an empty body":     {"/verified", "", nil, 204, "", nil},
		"failed":                  {"/verified", eventBody, quoting, 500, "internal server error\n", record("message.created", "acme", quoting.Error(), 84)},
		"failed, no event":        {"/verified", "[]", quoting, 500, "internal server error\n", record("", "acme", quoting.Error(), 2)},
		"failed, a text as type":  {"/verified", `{"event":"A text"}`, quoting, 500, "internal server error\n", record("", "acme", quoting.Error(), 18)},
		"without the middleware":  {"/open", eventBody, nil, 500, "internal server error\n", record("", "", missing, 0)},
		"with a refused delivery": {"/verified", "forged", nil, 401, "invalid signature\n", nil},
	}, func(t *testing.T, c row) {
		ran := 0
		h := webhook.Handler(func(ctx context.Context, d webhook.Delivery) error {
			ran++
			if string(d.Body) != c.body || d.Account != "acme" || ctx.Value(key{}) != "trace" {
				t.Errorf("the handler got %v", d)
			}
			if inside, ok := webhook.FromContext(ctx); !ok || string(inside.Body) != c.body {
				t.Error("the context has no delivery")
			}
			return c.err
		})
		mux := http.NewServeMux()
		mux.Handle("/verified", v.Middleware(h))
		mux.Handle("/open", h)
		secret := currentSecret
		if c.body == "forged" {
			secret = foreignSecret
		}
		r := webhooktest.NewRequest(c.path, secret, []byte(c.body))
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, "trace")))
		if w.Code != c.status || w.Body.String() != c.text {
			t.Errorf("answered %d %q", w.Code, w.Body)
		}
		if runs := c.path == "/verified" && c.body != "forged"; (ran == 1) != runs {
			t.Errorf("the handler ran %d times", ran)
		}
		lines, ctxs := taken()
		switch {
		case c.record == nil && len(lines) > 0:
			t.Errorf("logged %v", lines)
		case c.record == nil:
		case len(lines) != 1 || !maps.Equal(lines[0], c.record):
			t.Errorf("logged %v, want %v", lines, c.record)
		case ctxs[0].Value(key{}) != "trace":
			t.Error("the record's context is not the request's")
		}
	})
}

func TestMuxCallsTheFunctionOfTheType(t *testing.T) {
	failed := errors.New("failed")
	type key struct{}
	ctx := context.WithValue(contextOf(t), key{}, "request 7")
	var called []string
	on := func(name string, err error) func(context.Context, webhook.Event) error {
		return func(got context.Context, e webhook.Event) error {
			if got != ctx || e.Delivery.SecretIndex != 1 {
				t.Errorf("%s got another context, or %v", name, e.Delivery)
			}
			called = append(called, name+" "+string(e.Type))
			return err
		}
	}
	var mux, other webhook.Mux
	for _, m := range []*webhook.Mux{&mux, &other} {
		m.On(webhook.EventMessageCreated, on("created", nil))
		m.On(webhook.EventCallEnded, on("ended", failed))
	}
	other.OnOther(on("other", failed))
	type row struct {
		mux    *webhook.Mux
		body   string
		called string
		err    error
	}
	eachOf(t, map[string]row{
		"a type with a function":                  {&mux, eventBody, "created message.created", nil},
		"a function that fails":                   {&mux, `{"event":"call.ended"}`, "ended call.ended", failed},
		"a type without one":                      {&mux, `{"event":"call.missed"}`, "", nil},
		"a type without one, with another":        {&other, `{"event":"call.missed"}`, "other call.missed", failed},
		"a type with a function, beside another":  {&other, eventBody, "created message.created", nil},
		"the type in capitals":                    {&other, `{"event":"CALL.ENDED"}`, "other CALL.ENDED", failed},
		"a body that is no event":                 {&mux, `["event"]`, "", nil},
		"a body that is no event, beside another": {&other, "\xff", "", nil},
		"an empty type":                           {&other, `{"event":""}`, "", nil},
		"the zero Mux":                            {new(webhook.Mux), eventBody, "", nil},
	}, func(t *testing.T, c row) {
		called = nil
		var h webhook.Handler = c.mux.Deliver
		if err := h(ctx, webhook.Delivery{Body: []byte(c.body), SecretIndex: 1}); err != c.err { //nolint:errorlint // as it is
			t.Errorf("returned %v", err)
		}
		if got := strings.Join(called, ", "); got != c.called {
			t.Errorf("called %q, want %q", got, c.called)
		}
	})
}

func TestMuxPanicsAtStartUp(t *testing.T) {
	f := func(context.Context, webhook.Event) error { return nil }
	for name, c := range map[string]struct {
		register func(m *webhook.Mux)
		says     string
	}{
		"an empty type":                 {func(m *webhook.Mux) { m.On("", f) }, "the event type is empty"},
		"no function":                   {func(m *webhook.Mux) { m.On(webhook.EventCallEnded, nil) }, "the function for call.ended is nil"},
		"a second one of a type":        {func(m *webhook.Mux) { m.On("a", f); m.On("b", f); m.On("a", f) }, "a has a function already"},
		"no function for the others":    {func(m *webhook.Mux) { m.OnOther(nil) }, "the function is nil"},
		"a second one for the others":   {func(m *webhook.Mux) { m.OnOther(f); m.OnOther(f) }, "there is a function already"},
		"the middleware of no Handler":  {func(*webhook.Mux) { webhook.MustNew(currentSecret).Middleware(webhook.Handler(nil)) }, "nil handler"},
		"the middleware of no function": {func(*webhook.Mux) { webhook.MustNew(currentSecret).Middleware(http.HandlerFunc(nil)) }, "nil handler"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.Contains(text, c.says) {
					t.Errorf("panicked with %q", text)
				}
			}()
			c.register(new(webhook.Mux))
			t.Error("did not panic")
		})
	}
}

// A Mux that serves is safe for concurrent use, which -race checks.
func TestMuxServesConcurrently(t *testing.T) {
	var mux webhook.Mux
	var got atomic.Int32
	mux.On(webhook.EventMessageCreated, func(context.Context, webhook.Event) error {
		got.Add(1)
		return nil
	})
	var all sync.WaitGroup
	for range 100 {
		all.Add(1)
		go func() {
			defer all.Done()
			_ = mux.Deliver(context.Background(), webhook.Delivery{Body: []byte(eventBody)})
		}()
	}
	if all.Wait(); got.Load() != 100 {
		t.Errorf("%d of 100 events", got.Load())
	}
}

// storeError is an error whose method panics on a nil pointer.
type storeError struct{ text string }

func (e *storeError) Error() string { return e.text }

func TestHandlerThatPanics(t *testing.T) {
	taken := slogDefault(t)
	for name, c := range map[string]struct {
		h     webhook.Handler
		error string
	}{
		"a text":                     {func(context.Context, webhook.Delivery) error { panic("no index") }, "panic: no index"},
		"an error":                   {func(context.Context, webhook.Delivery) error { panic(io.ErrUnexpectedEOF) }, "panic: unexpected EOF"},
		"http.ErrAbortHandler":       {func(context.Context, webhook.Delivery) error { panic(http.ErrAbortHandler) }, "panic: net/http: abort Handler"},
		"a nil pointer":              {func(context.Context, webhook.Delivery) error { return errors.New((*storeError)(nil).text) }, "panic: runtime error: invalid memory address or nil pointer dereference"},
		"an error that is a nil one": {func(context.Context, webhook.Delivery) error { return (*storeError)(nil) }, "panic: runtime error: invalid memory address or nil pointer dereference"},
		"a Mux that is nil":          {(*webhook.Mux)(nil).Deliver, "panic: runtime error: invalid memory address or nil pointer dereference"},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			webhook.MustNew(currentSecret).Middleware(c.h).ServeHTTP(w, webhooktest.NewRequest("/", currentSecret, []byte(eventBody)))
			if w.Code != 500 || w.Body.String() != "internal server error\n" {
				t.Errorf("answered %d %q", w.Code, w.Body)
			}
			lines, _ := taken()
			if len(lines) != 1 || lines[0]["error"] != c.error || lines[0]["event"] != "message.created" {
				t.Fatalf("logged %v", lines)
			}
			if stack, _ := lines[0]["stack"].(string); !strings.Contains(stack, "handler_test.go") && !strings.Contains(stack, "handler.go") {
				t.Errorf("the stack is %s", stack)
			}
		})
	}
}
