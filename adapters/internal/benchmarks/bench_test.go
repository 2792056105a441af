// Package benchmarks measures this project beside what else a Go team would use. make bench
// runs everything and writes RESULTS.md; go test -bench runs one benchmark.
package benchmarks_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/apps"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func repeat(b *testing.B, name string, once func() error) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := once(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func compare(b *testing.B, receiversOf func(body, signed []byte) []receivers.Receiver) {
	b.Helper()
	for _, size := range []int{300, 4 << 10, 64 << 10, 1 << 20} {
		body := receivers.Body(size)
		for _, receiver := range receiversOf(body, body) {
			repeat(b, fmt.Sprintf("size=%dB/impl=%s", size, receiver.Name), receiver.Receive)
		}
	}
}

// Each verifies a body that was read.
func BenchmarkVerify(b *testing.B) { compare(b, receivers.Verifiers) }

// Each reads the body with a limit, verifies it and puts it back.
func BenchmarkRequest(b *testing.B) { compare(b, receivers.Requests) }

// With -cpu 1,2 this shows what a second processor gains.
func BenchmarkParallel(b *testing.B) {
	for _, receiver := range receivers.Verifiers(receivers.Body(300), receivers.Body(300))[:3] {
		b.Run("impl="+receiver.Name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := receiver.Receive(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// A stranger sends no well-formed signature, and 1 MiB of body waits. The snippet reads it first.
func BenchmarkRefused(b *testing.B) {
	verifier := webhook.MustNew(receivers.Secret)
	for name, header := range map[string]map[string]string{
		"missing":   nil,
		"malformed": {webhook.SignatureHeader: "sha256=" + strings.Repeat("0", 63)},
	} {
		request, w := receivers.NewRequest(receivers.Body(1<<20), header), httptest.NewRecorder()
		var body io.ReadCloser = unread{http.NoBody}
		repeat(b, "signature="+name+"/impl="+receivers.Ours, func() error {
			r := request.Arrive()
			r.Body = body
			if _, err := verifier.VerifyRequest(w, r); webhook.StatusCode(err) != http.StatusUnauthorized {
				return fmt.Errorf("not refused unread: %w", err)
			}
			return nil
		})
		repeat(b, "signature="+name+"/impl="+receivers.Snippet, func() error {
			if receivers.ReadSnippet(w, request.Arrive()) == nil {
				return errors.New("accepted")
			}
			return nil
		})
	}
}

// unread is a body whose reader fails.
type unread struct{ io.ReadCloser }

func (unread) Read([]byte) (int, error) { return 0, errors.New("read") }

// Router, middleware, and a handler that reads the body once more, without a connection.
func BenchmarkChain(b *testing.B) {
	for _, framework := range apps.Frameworks {
		for _, size := range []int{300, 4 << 10, 1 << 20} {
			body := receivers.Body(size)
			for _, kind := range apps.Kinds {
				repeat(b, fmt.Sprintf("framework=%s/size=%dB/impl=%s", framework.Name, size, kind),
					framework.New(kind).Chain(body, webhook.Sign(receivers.Secret, body)))
			}
		}
	}
}
