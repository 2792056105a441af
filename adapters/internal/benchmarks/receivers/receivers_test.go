package receivers_test

import (
	"testing"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
)

// What does not verify must not be compared.
func TestReceiversVerify(t *testing.T) {
	for _, size := range []int{0, 300, 70000} {
		body := receivers.Body(size)
		if len(body) != size {
			t.Fatalf("a body of %d bytes for %d", len(body), size)
		}
		for kind, make := range map[string]func(body, signed []byte) []receivers.Receiver{
			"body": receivers.Verifiers, "request": receivers.Requests,
		} {
			for i, receiver := range make(body, body) {
				t.Run(kind+", "+receiver.Name, func(t *testing.T) {
					for range 3 { // each can receive again
						if err := receiver.Receive(); err != nil {
							t.Errorf("a genuine delivery of %d bytes: %v", size, err)
						}
					}
					forged := make(body, receivers.Other([]byte("another body")))[i]
					if err := forged.Receive(); err == nil && receiver.Name != receivers.SHA256 {
						t.Errorf("a forged delivery of %d bytes was accepted", size)
					}
				})
			}
		}
	}
}
