package adapter_test

import (
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

func TestOnPanic(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(done func())
		want int
	}{
		"a panic": {func(done func()) {
			defer func() {
				if value := recover(); value != "value" {
					t.Errorf("the panic went on with %v", value)
				}
			}()
			defer adapter.OnPanic(done)
			panic("value")
		}, 1},
		"a return": {func(done func()) { defer adapter.OnPanic(done) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			ran := 0
			if test.do(func() { ran++ }); ran != test.want {
				t.Errorf("ran %d times", ran)
			}
		})
	}
}
