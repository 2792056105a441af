//go:build go1.24

// Weak pointers are new in Go 1.24.

package webhook_test

import (
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// heldBuffers looks for earlier buffers that are still reachable, until 64 KiB have
// arrived. It fills each buffer, so every Read gets another one.
type heldBuffers struct {
	wire
	earlier []buffer
}

type buffer struct {
	start weak.Pointer[byte]
	size  int
}

func (h *heldBuffers) Read(p []byte) (int, error) {
	if h.arrived < 64<<10 {
		runtime.GC()
		size := h.arrived + len(p)
		held := size
		for _, b := range h.earlier {
			if b.start.Value() != nil {
				held += b.size
			}
		}
		if held > 64<<10 {
			h.t.Errorf("%d bytes were held when %d had arrived", held, h.arrived)
		}
		h.earlier = append(h.earlier, buffer{weak.Make(&p[0]), size})
	}
	return h.wire.Read(p)
}

func TestNoMoreThan64KiBIsHeldBeforeAsMuchArrived(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	body := strings.Repeat("x", 128<<10)
	for name, size := range map[string]int64{"announced": int64(len(body)), "unknown": -1} {
		t.Run(name, func(t *testing.T) {
			h := &heldBuffers{wire: wire{t: t, data: body}}
			d, err := v.VerifyReader(contextOf(t), h, size, signed(webhook.Sign(currentSecret, []byte(body))))
			checkVerdict(t, d, err, nil, body)
		})
	}
}
