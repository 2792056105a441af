package adapter_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

// The cases of the group "handle" in webhooktest test the answers and the records.
func TestHandler(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(context.Background(), key{}, "of the request")
	ran := 0
	run := adapter.Handler("sendsarx", func(got context.Context, d webhook.Delivery) error {
		ran++
		if got.Value(key{}) != "of the request" || string(d.Body) != "body" || d.SecretIndex != 2 || d.Account != "acme" {
			t.Errorf("the handler got %v, and the value %v", d, got.Value(key{}))
		}
		return nil
	})
	if err := run(ctx, webhook.Delivery{Body: []byte("body"), SecretIndex: 2, Account: "acme"}); err != nil || ran != 1 {
		t.Errorf("a delivery: %v, the handler ran %d times", err, ran)
	}
	if err := run(ctx, webhook.Delivery{}); err == nil || webhook.StatusCode(err) != 500 || ran != 1 {
		t.Errorf("no delivery: %v, the handler ran %d times", err, ran)
	}
}

// A handler may return any error. The adapter must get one that hides it: a framework could
// read a status from the handler's error.
func TestHandlerHidesTheError(t *testing.T) {
	for _, failure := range []error{
		errors.New("of the app"), webhook.ErrSignatureMismatch, &statusError{}, context.Canceled,
	} {
		run := adapter.Handler("sendsarx", func(context.Context, webhook.Delivery) error { return failure })
		err := run(context.Background(), webhook.Delivery{Body: []byte{}})
		if err == nil || errors.Is(err, failure) || errors.Unwrap(err) != nil || webhook.Reason(err) != "other" {
			t.Errorf("%v: got %v, reason %s", failure, err, webhook.Reason(err))
		}
	}
}

func TestHandlerOfNil(t *testing.T) {
	defer func() {
		if text, _ := recover().(string); !strings.HasPrefix(text, "sendsarx.Handle: ") {
			t.Errorf("panicked with %q", text)
		}
	}()
	adapter.Handler("sendsarx", nil)
}
