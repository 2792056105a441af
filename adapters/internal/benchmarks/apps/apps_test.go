package apps_test

import (
	"errors"
	"testing"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/apps"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// What does not verify must not be compared.
func TestChainsVerify(t *testing.T) {
	body := receivers.Body(300)
	for _, framework := range apps.Frameworks {
		for _, kind := range apps.Kinds {
			t.Run(framework.Name+", "+string(kind), func(t *testing.T) {
				app := framework.New(kind)
				genuine := app.Chain(body, webhook.Sign(receivers.Secret, body))
				for range 3 {
					if err := genuine(); err != nil {
						t.Errorf("a genuine delivery: %v", err)
					}
				}
				err := app.Chain(body, webhook.Sign(receivers.Secret, receivers.Other(body)))()
				if want := kind != apps.Bare; errors.Is(err, receivers.ErrRefused) != want {
					t.Errorf("a forged delivery: %v", err)
				}
			})
		}
	}
}
