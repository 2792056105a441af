package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
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
