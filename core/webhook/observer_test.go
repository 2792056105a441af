package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

type observation struct {
	ctx      context.Context
	delivery webhook.Delivery
	err      error
}

// observations are the calls of an observer. A call from another goroutine would be a data
// race.
type observations []observation

func (o *observations) observe(ctx context.Context, d webhook.Delivery, err error) {
	*o = append(*o, observation{ctx, d, err})
}

// same fails unless there was one call with exactly these values. It then forgets the call.
func (o *observations) same(t *testing.T, want observation) {
	t.Helper()
	defer func() { *o = nil }()
	if len(*o) != 1 {
		t.Errorf("called %d times", len(*o))
		return
	}
	got := (*o)[0]
	if got.err != want.err { //nolint:errorlint // the very error that the call returned
		t.Errorf("observed %v, returned %v", got.err, want.err)
	}
	if got.ctx != want.ctx {
		t.Error("observed another context")
	}
	if string(got.delivery.Body) != string(want.delivery.Body) || got.delivery.SecretIndex != want.delivery.SecretIndex {
		t.Errorf("observed %v, returned %v", got.delivery, want.delivery)
	}
}

func TestObserverSeesEachCallOnce(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(contextOf(t), key{}, "request 7")
	var seen observations
	v := webhook.MustNew(currentSecret, webhook.WithPreviousSecrets(previousSecret),
		webhook.WithMaxBodyBytes(100), webhook.WithObserver(seen.observe))
	genuine := webhook.Sign(currentSecret, []byte(eventBody))
	whole := func() io.Reader { return strings.NewReader(eventBody) }
	type row struct {
		body   func() io.Reader
		size   int64
		header func(string) []string
		want   error
	}
	eachOf(t, map[string]row{
		"accepted":              {whole, 84, signed(genuine), nil},
		"accepted, previous":    {whole, -1, signed(webhook.Sign(previousSecret, []byte(eventBody))), nil},
		"missing":               {whole, 84, signed(), webhook.ErrMissingSignature},
		"malformed":             {whole, 84, signed("sha256="), webhook.ErrMalformedSignature},
		"repeated":              {whole, 84, signed(genuine, genuine), webhook.ErrMalformedSignature},
		"mismatch":              {whole, 84, signed(webhook.Sign(foreignSecret, nil)), webhook.ErrSignatureMismatch},
		"mismatch, unknown":     {whole, -1, signed(webhook.Sign(foreignSecret, nil)), webhook.ErrSignatureMismatch},
		"announced too large":   {whole, 101, signed(genuine), webhook.ErrBodyTooLarge},
		"too large as it comes": {func() io.Reader { return strings.NewReader(strings.Repeat("x", 101)) }, -1, signed(genuine), webhook.ErrBodyTooLarge},
		"altered":               {whole, 83, signed(genuine), webhook.ErrBodyAltered},
		"unreadable":            {func() io.Reader { return &script{{err: errors.New("foreign")}} }, 84, signed(genuine), webhook.ErrBodyRead},
		"as the reader says":    {func() io.Reader { return &script{{err: webhook.ErrBodyTooLarge}} }, 84, signed(genuine), webhook.ErrBodyTooLarge},
	}, func(t *testing.T, c row) {
		d, err := v.VerifyReader(ctx, c.body(), c.size, c.header)
		checkVerdict(t, d, err, c.want, eventBody)
		seen.same(t, observation{ctx, d, err})

		r := newRequest(t, io.NopCloser(c.body()), c.size, "").WithContext(ctx)
		r.Header[webhook.SignatureHeader] = c.header(webhook.SignatureHeader)
		d, err = v.VerifyRequest(nil, r)
		checkVerdict(t, d, err, c.want, eventBody)
		seen.same(t, observation{ctx, d, err})
	})
}

func TestObserverOfTheMiddleware(t *testing.T) {
	type key struct{}
	order := make(chan string, 10)
	observer := webhook.WithObserver(func(ctx context.Context, _ webhook.Delivery, err error) {
		if ctx.Value(key{}) != "outer" {
			t.Error("not the request's context")
		}
		order <- "observed " + webhook.Reason(err)
	})
	v := webhook.MustNew(currentSecret, observer)
	picked := v
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { order <- "handled" })
	outer := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, "outer")))
		})
	}
	deliver := func(t *testing.T, middleware func(http.Handler) http.Handler, lines []string, want ...string) {
		t.Helper()
		post(t, serve(t, outer(middleware(h))), "/", strings.NewReader(eventBody), lines...)
		var got []string
		for len(order) > 0 {
			got = append(got, <-order)
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("%q, want %q", got, want)
		}
	}
	genuine := []string{webhook.Sign(currentSecret, []byte(eventBody))}
	pick := webhook.MiddlewareFor(func(*http.Request) *webhook.Verifier { return picked })
	for _, middleware := range []func(http.Handler) http.Handler{v.Middleware, pick} {
		deliver(t, middleware, genuine, "observed ", "handled")
		deliver(t, middleware, nil, "observed missing_signature")
		deliver(t, middleware, []string{webhook.Sign(foreignSecret, nil)}, "observed signature_mismatch")
	}
	picked = nil
	deliver(t, pick, genuine)
}

func TestObserverIsNotCalled(t *testing.T) {
	var seen observations
	v := webhook.MustNew(currentSecret, webhook.WithObserver(seen.observe))
	genuine := webhook.Sign(currentSecret, []byte(eventBody))
	for name, call := range map[string]func(){
		"by New":    func() {},
		"by Verify": func() { _ = v.Verify([]byte(eventBody), genuine); _ = v.Verify(nil, "") },
		"when the reader panics": func() {
			checkPanic(t, func() { _, _ = v.VerifyReader(contextOf(t), panicking{}, -1, signed(genuine)) }, errPanicking)
		},
		"when the request's body panics": func() {
			r := newRequest(t, io.NopCloser(panicking{}), -1, genuine)
			checkPanic(t, func() { _, _ = v.VerifyRequest(nil, r) }, errPanicking)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if call(); len(seen) != 0 {
				t.Errorf("called with %v", seen[0].err)
			}
			seen = nil
		})
	}
}

func TestEveryObserverIsCalledInOrder(t *testing.T) {
	var called []string
	named := func(name string) webhook.Option {
		return webhook.WithObserver(func(_ context.Context, d webhook.Delivery, err error) {
			called = append(called, fmt.Sprintf("%s %s %d %s", name, d.Account, len(d.Body), webhook.Reason(err)))
		})
	}
	logger, taken := logged(t)
	v := webhook.MustNew(currentSecret, named("first"), webhook.WithLogger(logger), named("second"), webhook.WithAccount("acme"), named("first"))
	for name, c := range map[string]struct {
		secret string
		size   int
		reason string
	}{
		"a delivery": {currentSecret, len(eventBody), ""},
		"a refusal":  {foreignSecret, 0, "signature_mismatch"},
	} {
		t.Run(name, func(t *testing.T) {
			called = nil
			d, err := v.VerifyReader(contextOf(t), strings.NewReader(eventBody), int64(len(eventBody)), signed(webhook.Sign(c.secret, []byte(eventBody))))
			want := make([]string, 0, 3)
			for _, observer := range []string{"first", "second", "first"} {
				want = append(want, fmt.Sprintf("%s acme %d %s", observer, c.size, c.reason))
			}
			if !slices.Equal(called, want) {
				t.Errorf("%q, want %q", called, want)
			}
			if err != nil && (d.Body != nil || d.SecretIndex != 0 || d.Account != "") {
				t.Errorf("VerifyReader returned %v with an error", d)
			}
			if lines, _ := taken(); (len(lines) == 1) != (err != nil) {
				t.Errorf("logged %v", lines)
			}
		})
	}
}

// When an observer is called, the request's body is already put back.
func TestObserverFindsTheBodyPutBack(t *testing.T) {
	var r *http.Request
	called := false
	v := webhook.MustNew(currentSecret, webhook.WithObserver(func(context.Context, webhook.Delivery, error) {
		called = true
		if got := readAll(t, r.Body); got != eventBody {
			t.Errorf("%q", got)
		}
	}))
	r = newRequest(t, io.NopCloser(strings.NewReader(eventBody)), -1, webhook.Sign(currentSecret, []byte(eventBody)))
	_, err := v.VerifyRequest(nil, r)
	if checkError(t, err, nil); !called {
		t.Error("not called")
	}
}
