//go:build !race

// The race detector makes a sync.Pool drop what is put into it.

package webhook_test

import (
	"bytes"
	"io"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func checkAllocations(t *testing.T, most float64, f func()) {
	t.Helper()
	if got := testing.AllocsPerRun(100, f); got > most {
		t.Errorf("%v allocations, want %v at most", got, most)
	}
}

func TestVerifyDoesNotAllocate(t *testing.T) {
	v := webhook.MustNew(currentSecret, webhook.WithPreviousSecrets(previousSecret, thirdSecret, fourthSecret))
	for name, size := range map[string]int{"no body": 0, "an event": 84, "4 KiB": 4 << 10, "1 MiB": 1 << 20} {
		body := []byte(strings.Repeat("x", size))
		for kind, signature := range map[string]string{
			"accepted":         webhook.Sign(currentSecret, body),
			"accepted, oldest": webhook.Sign(fourthSecret, body),
			"mismatched":       webhook.Sign(foreignSecret, body),
			"malformed":        "sha256=0",
			"missing":          "",
		} {
			t.Run(name+", "+kind, func(t *testing.T) {
				checkAllocations(t, 0, func() { _ = v.Verify(body, signature) })
			})
		}
	}
}

// The garbage collector empties a pool. That must not cost an allocation on a server with
// little to do, nor on one that had much to do before.
func TestVerifyDoesNotAllocateAfterACollection(t *testing.T) {
	t.Run("of calls one after the other", func(t *testing.T) {
		checkAfterCollections(t, webhook.MustNew(currentSecret))
	})
	t.Run("of calls that overlapped", func(t *testing.T) {
		v := webhook.MustNew(currentSecret)
		large := bytes.Repeat([]byte("x"), 1<<20)
		signature := webhook.Sign(currentSecret, large)
		var all sync.WaitGroup
		for range 16 {
			all.Add(1)
			go func() {
				defer all.Done()
				checkError(t, v.Verify(large, signature), nil)
			}()
		}
		all.Wait()
		checkAfterCollections(t, v)
	})
}

func checkAfterCollections(t *testing.T, v *webhook.Verifier) {
	t.Helper()
	body := []byte(eventBody)
	signature := webhook.Sign(currentSecret, body)
	fewest := uint64(math.MaxUint64)
	for range 10 { // a goroutine of the test binary may allocate meanwhile
		runtime.GC()
		runtime.GC() // the first one only moves a pool aside
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := v.Verify(body, signature)
		runtime.ReadMemStats(&after)
		checkError(t, err, nil)
		fewest = min(fewest, after.Mallocs-before.Mallocs)
	}
	if fewest > 0 {
		t.Errorf("%d allocations, want none", fewest)
	}
}

// A request without a well-formed signature must cost no memory.
func TestARefusedHeaderAllocatesNothing(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	genuine := webhook.Sign(currentSecret, nil)
	for name, lines := range map[string][]string{
		"missing":   nil,
		"empty":     {""},
		"malformed": {strings.ToUpper(genuine)},
		"repeated":  {genuine, genuine},
	} {
		header := signed(lines...)
		body := io.NopCloser(untouchable{t})
		t.Run(name, func(t *testing.T) {
			ctx := contextOf(t)
			checkAllocations(t, 0, func() { _, _ = v.VerifyReader(ctx, body, math.MaxInt64, header) })
		})
		t.Run(name+", in a request", func(t *testing.T) {
			r := newRequest(t, body, 1<<20, "")
			r.Header[webhook.SignatureHeader] = lines
			// One allocation is the function that finds the values in a header.
			checkAllocations(t, 1, func() { _, _ = v.VerifyRequest(nil, r) })
		})
	}
}

// A delivery allocates its body and little more: no larger buffers on the way, and one more
// step for each factor of 16.
func TestADeliveryAllocatesItsBodyOnce(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	for _, test := range []struct {
		name   string
		size   int
		allocs float64
	}{
		{"an event", 300, 2},
		{"4 KiB", 4 << 10, 2},
		{"64 KiB", 64 << 10, 3},
		{"1 MiB", 1 << 20, 4},
	} {
		body := bytes.Repeat([]byte("x"), test.size)
		header := signed(webhook.Sign(currentSecret, body))
		ctx := contextOf(t)
		verify := func(r io.Reader) {
			if _, err := v.VerifyReader(ctx, r, int64(test.size), header); err != nil {
				t.Error(err)
			}
		}
		t.Run(test.name, func(t *testing.T) {
			arrive := func() { verify(struct{ io.Reader }{bytes.NewReader(body)}) }
			checkAllocations(t, test.allocs+1, arrive) // one is the test's reader
			checkBytes(t, test.size+test.size/100*15+512, arrive)
		})
		t.Run(test.name+", in memory", func(t *testing.T) {
			arrive := func() { verify(bytes.NewBuffer(body)) }
			checkAllocations(t, 2, arrive)
			checkBytes(t, test.size+512, arrive)
		})
	}
}

// checkBytes limits the bytes that a call allocates.
func checkBytes(t *testing.T, most int, f func()) {
	t.Helper()
	fewest := uint64(math.MaxUint64)
	for range 10 { // a goroutine of the test binary may allocate meanwhile
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		fewest = min(fewest, after.TotalAlloc-before.TotalAlloc)
	}
	if fewest > uint64(most) {
		t.Errorf("%d bytes allocated, want %d at most", fewest, most)
	}
}
