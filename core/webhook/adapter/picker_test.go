package adapter_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

const (
	secret        = "whsec_7c1d0f5a9e3b48620d7f1c2a5b9e8d4f60713a2c9b8e5d4f"
	strangeSecret = "whsec_e0d1c2b3a4958677685a4b3c2d1e0f00112233445566778a"
)

func TestPicker(t *testing.T) {
	v := webhook.MustNew(secret)
	pick := func(account string) *webhook.Verifier {
		if account == "known" {
			return v
		}
		return nil
	}
	tests := []struct {
		name string
		v    *webhook.Verifier
		pick func(string) *webhook.Verifier
		is   error
		says string
		nil  bool // what is picked for a stranger
	}{
		{name: "a Verifier is picked for every request", v: v},
		{name: "a function picks for each request", pick: pick, nil: true},
		{name: "neither is an error", says: "pkg: set exactly one of Config.Verifier and Config.VerifierFor"},
		{name: "both are an error", v: v, pick: pick, says: "pkg: set exactly one of Config.Verifier and Config.VerifierFor"},
		{name: "a zero Verifier is an error", v: new(webhook.Verifier), is: webhook.ErrInvalidSecret, says: "pkg: Config.Verifier: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			picked, err := adapter.Picker("pkg", tt.v, tt.pick)
			if tt.says != "" {
				if picked != nil || err == nil || !strings.HasPrefix(err.Error(), tt.says) || !errors.Is(err, tt.is) && tt.is != nil {
					t.Fatalf("got %v, want %q", err, tt.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := picked("known"); got != v {
				t.Errorf("picked %p for a known account, want %p", got, v)
			}
			if got := picked("stranger"); (got == nil) != tt.nil {
				t.Errorf("picked %p for a stranger", got)
			}
		})
	}
}

func TestMustPicker(t *testing.T) {
	v := webhook.MustNew(secret)
	if adapter.MustPicker[string]("pkg", v, nil)("any") != v {
		t.Error("another Verifier")
	}
	defer func() {
		if err, ok := recover().(error); !ok || !strings.HasPrefix(err.Error(), "pkg: ") {
			t.Errorf("panicked with %v", err)
		}
	}()
	adapter.MustPicker[string]("pkg", nil, nil)
	t.Error("no panic")
}
