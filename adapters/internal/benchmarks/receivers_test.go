package benchmarks_test

import (
	"testing"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/apps"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// What does not verify must not be compared, and each can receive again.
func TestReceiversVerify(t *testing.T) {
	check := func(t *testing.T, genuine, forged func() error, refuses bool) {
		for range 3 {
			if err := genuine(); err != nil {
				t.Errorf("a genuine delivery: %v", err)
			}
		}
		if err := forged(); (err != nil) != refuses {
			t.Errorf("a forged delivery: %v", err)
		}
	}
	for _, size := range []int{0, 300, 70000} {
		body, other := receivers.Body(size), receivers.Body(size+1)
		for kind, receiversOf := range map[string]func(body, signed []byte) []receivers.Receiver{
			"body": receivers.Verifiers, "request": receivers.Requests,
		} {
			forged := receiversOf(body, other)
			for i, receiver := range receiversOf(body, body) {
				t.Run(kind+", "+receiver.Name, func(t *testing.T) {
					check(t, receiver.Receive, forged[i].Receive, receiver.Name != receivers.SHA256)
				})
			}
		}
		for _, framework := range apps.Frameworks {
			for _, kind := range apps.Kinds {
				t.Run(framework.Name+", "+string(kind), func(t *testing.T) {
					app := framework.New(kind)
					genuine := app.Chain(body, webhook.Sign(receivers.Secret, body))
					check(t, genuine, app.Chain(body, webhook.Sign(receivers.Secret, other)), kind != apps.Bare)
				})
			}
		}
	}
}
