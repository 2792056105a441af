package main_test

import (
	"fmt"
	"testing"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/apps"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// benchstat -col /impl compares the implementations, benchstat old new two versions.

func BenchmarkVerify(b *testing.B) {
	forEachSize(b, func(b *testing.B, body []byte) { compare(b, receivers.Verifiers(body, body)) })
}

// -cpu 1,2 shows what a second processor gains.
func BenchmarkVerifyParallel(b *testing.B) {
	for _, receiver := range receivers.Verifiers(receivers.Body(300), receivers.Body(300))[:3] {
		b.Run("size=300B/impl="+receiver.Name, func(b *testing.B) {
			b.ReportAllocs()
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

func BenchmarkRequest(b *testing.B) {
	forEachSize(b, func(b *testing.B, body []byte) { compare(b, receivers.Requests(body, body)) })
}

func BenchmarkChain(b *testing.B) {
	for _, framework := range apps.Frameworks {
		b.Run("framework="+framework.Name, func(b *testing.B) {
			forEachSize(b, func(b *testing.B, body []byte) { compare(b, chains(framework, body)) })
		})
	}
}

func chains(framework apps.Framework, body []byte) []receivers.Receiver {
	var all []receivers.Receiver
	for _, kind := range apps.Kinds {
		chain := framework.New(kind).Chain(body, webhook.Sign(receivers.Secret, body))
		all = append(all, receivers.Receiver{Name: string(kind), Receive: chain})
	}
	return all
}

func forEachSize(b *testing.B, run func(b *testing.B, body []byte)) {
	for _, size := range []int{300, 4 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("size=%dB", size), func(b *testing.B) { run(b, receivers.Body(size)) })
	}
}

func compare(b *testing.B, all []receivers.Receiver) {
	for _, receiver := range all {
		b.Run("impl="+receiver.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := receiver.Receive(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
