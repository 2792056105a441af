package benchmarks_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"sync"
	"testing"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/apps"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Deliveries of 4 KiB over connections that are kept alive, by so many clients for each
// processor. Clients and server are in one process and share the processors.
func BenchmarkLoopback(b *testing.B) {
	body := receivers.Body(4 << 10)
	signature := webhook.Sign(receivers.Secret, body)
	for _, framework := range apps.Frameworks {
		for _, clients := range []int{1, 16, 500} {
			for _, kind := range apps.Kinds {
				b.Run(fmt.Sprintf("framework=%s/clients=%d/impl=%s", framework.Name, clients, kind), func(b *testing.B) {
					addr := serve(b, framework.New(kind))
					client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 10_000}}
					b.Cleanup(client.CloseIdleConnections)
					var connected sync.WaitGroup
					for range clients * runtime.GOMAXPROCS(0) {
						connected.Go(func() { deliver(b, client, addr, body, signature) })
					}
					connected.Wait()
					b.SetParallelism(clients)
					b.ResetTimer()
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							deliver(b, client, addr, body, signature)
						}
					})
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
				})
			}
		}
	}
}

// serve starts an application on a free port.
func serve(b *testing.B, app apps.App) (addr string) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Serve(listener) }()
	b.Cleanup(func() {
		if err := errors.Join(app.Stop(), <-served); err != nil {
			b.Error(err)
		}
	})
	return listener.Addr().String()
}

func deliver(b *testing.B, client *http.Client, addr string, body []byte, signature string) {
	r, err := http.NewRequest(http.MethodPost, "http://"+addr+receivers.Path, bytes.NewReader(body))
	if err != nil {
		b.Error(err)
		return
	}
	r.Header.Set(webhook.SignatureHeader, signature)
	response, err := client.Do(r)
	if err != nil {
		b.Error(err)
		return
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusNoContent {
		b.Error(response.Status, err)
	}
}
