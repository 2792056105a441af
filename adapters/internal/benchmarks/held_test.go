package benchmarks_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/apps"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Connections with a well-formed signature announce 1 MiB each, and stop. Counted is the
// resident memory over that of the idle server; the clients, in the same process, have a few
// kilobytes each.
func BenchmarkHeld(b *testing.B) {
	body := receivers.Body(receivers.MaxBytes)
	head := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s: %s\r\n\r\n",
		receivers.Path, len(body), webhook.SignatureHeader, webhook.Sign(receivers.Secret, body))
	for _, framework := range append(apps.Frameworks, apps.Streaming...) {
		for _, stop := range []struct{ connections, sent int }{{2000, 0}, {1000, 64<<10 + 1}} {
			b.Run(fmt.Sprintf("framework=%s/connections=%d/sent=%dB", framework.Name, stop.connections, stop.sent), func(b *testing.B) {
				for b.Loop() {
					addr := serve(b, framework.New(apps.Ours))
					client := &http.Client{Transport: &http.Transport{}}
					deliver(b, client, addr, nil, webhook.Sign(receivers.Secret, nil)) // warms up
					client.CloseIdleConnections()
					idle := settledMemory(b)
					for range stop.connections {
						conn, err := net.Dial("tcp", addr)
						if err != nil {
							b.Fatal(err)
						}
						defer func() { _ = conn.Close() }() // cut off on purpose
						if _, err := conn.Write(append(head, body[:stop.sent]...)); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(settledMemory(b)-idle)/(1<<20), "MiB-held")
				}
			})
		}
	}
}

// settledMemory returns the resident memory in bytes, once it has not grown for half a second.
func settledMemory(b *testing.B) int {
	b.Helper()
	largest, unchanged := 0, 0
	for range 400 {
		debug.FreeOSMemory() // garbage is not held
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			b.Skip("it needs Linux's /proc")
		}
		_, rest, _ := bytes.Cut(status, []byte("VmRSS:"))
		kibibytes, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
		if err != nil {
			b.Fatal(err)
		}
		if unchanged++; kibibytes > largest {
			largest, unchanged = kibibytes, 0
		}
		if unchanged == 10 {
			return kibibytes << 10
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.Fatal("the memory does not settle")
	return 0
}
