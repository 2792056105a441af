package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestContext(t *testing.T) {
	type key struct{}
	base := context.WithValue(contextOf(t), key{}, "kept")
	d := webhook.Delivery{Body: []byte(eventBody), SecretIndex: 2}

	t.Run("carries the delivery", func(t *testing.T) {
		ctx := webhook.NewContext(base, d)
		got, ok := webhook.FromContext(ctx)
		if !ok || !bytes.Equal(got.Body, d.Body) || &got.Body[0] != &d.Body[0] || got.SecretIndex != 2 {
			t.Errorf("got %v, %t", got, ok)
		}
		if ctx.Value(key{}) != "kept" {
			t.Error("the context lost a value")
		}
	})
	t.Run("carries it on", func(t *testing.T) {
		ctx, cancel := context.WithCancel(webhook.NewContext(base, d))
		defer cancel()
		if got, ok := webhook.FromContext(ctx); !ok || !bytes.Equal(got.Body, d.Body) {
			t.Errorf("got %v, %t", got, ok)
		}
	})
	t.Run("carries the innermost of two", func(t *testing.T) {
		ctx := webhook.NewContext(webhook.NewContext(base, d), webhook.Delivery{SecretIndex: 1})
		if got, ok := webhook.FromContext(ctx); !ok || got.Body != nil || got.SecretIndex != 1 {
			t.Errorf("got %v, %t", got, ok)
		}
	})
	t.Run("carries a zero delivery too", func(t *testing.T) {
		if _, ok := webhook.FromContext(webhook.NewContext(base, webhook.Delivery{})); !ok {
			t.Error("false")
		}
	})
	t.Run("has none of its own", func(t *testing.T) {
		got, ok := webhook.FromContext(base)
		if ok || got.Body != nil || got.SecretIndex != 0 {
			t.Errorf("got %v, %t", got, ok)
		}
	})
}

func TestDeliveryHasTheAccount(t *testing.T) {
	signature := webhook.Sign(currentSecret, []byte(eventBody))
	for name, c := range map[string]struct {
		options []webhook.Option
		account string
		prints  string
		logs    string
	}{
		"none": {nil, "", "webhook.Delivery{84 bytes, secret 0}", "[bytes=84 secret_index=0]"},
		"one":  {[]webhook.Option{webhook.WithAccount("acme")}, "acme", `webhook.Delivery{84 bytes, secret 0, account "acme"}`, "[bytes=84 secret_index=0 account=acme]"},
		"the last one": {
			[]webhook.Option{webhook.WithAccount("acme"), webhook.WithAccount("tenant 7")},
			"tenant 7",
			`webhook.Delivery{84 bytes, secret 0, account "tenant 7"}`, "[bytes=84 secret_index=0 account=tenant 7]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := webhook.MustNew(currentSecret, c.options...).VerifyRequest(nil, newRequest(t, io.NopCloser(strings.NewReader(eventBody)), 84, signature))
			checkVerdict(t, d, err, nil, eventBody)
			if d.Account != c.account || fmt.Sprint(d) != c.prints || d.LogValue().String() != c.logs {
				t.Errorf("account %q, prints %s, logs %s", d.Account, d, d.LogValue())
			}
		})
	}
}

func TestAccountWithoutANameIsRefused(t *testing.T) {
	if _, err := webhook.New(currentSecret, webhook.WithAccount("")); err == nil || !strings.Contains(err.Error(), `WithAccount("")`) {
		t.Errorf("%v", err)
	}
}

func TestDeliveryIsNotMarshalled(t *testing.T) {
	d := webhook.Delivery{Body: []byte(eventBody)}
	for name, value := range map[string]any{
		"itself":      d,
		"a pointer":   &d,
		"in a struct": struct{ D webhook.Delivery }{d},
		"in a list":   []webhook.Delivery{d},
		"in a map":    map[string]*webhook.Delivery{"d": &d},
		"a zero one":  webhook.Delivery{},
	} {
		t.Run(name, func(t *testing.T) {
			encoded, err := json.Marshal(value)
			if err == nil || !strings.Contains(err.Error(), "marshal Delivery.Body") {
				t.Errorf("got %q, %v", encoded, err)
			}
		})
	}
}
