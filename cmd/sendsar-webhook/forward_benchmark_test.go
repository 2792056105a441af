//go:build unix

package main_test

import (
	"bytes"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// BenchmarkForward compares an app with the same app behind listen -forward, one delivery
// at a time on each in turn, and reports the medians.
func BenchmarkForward(b *testing.B) {
	app := verifying(b, secret)
	cmd := exec.Command(binary, "listen", "-addr", "127.0.0.1:0", "-page", "off", "-forward", app.URL)
	cmd.Env = []string{secretSet}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }() // its result is not needed
	line := make([]byte, 256)
	n, err := out.Read(line)
	if err != nil {
		b.Fatal(err)
	}
	address, _, _ := strings.Cut(string(line[:n]), "\n")
	go func() { _, _ = io.Copy(io.Discard, out) }() // keep the pipe empty

	body := bytes.Repeat([]byte("x"), 300)
	took := map[string][]time.Duration{}
	urls := []string{app.URL, "http://" + strings.TrimPrefix(address, "listening on ") + "/"}
	for range b.N {
		for _, url := range urls {
			r := webhooktest.NewRequest(url, secret, body)
			start := time.Now()
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			took[url] = append(took[url], time.Since(start))
		}
	}
	median := func(url string) float64 {
		slices.Sort(took[url])
		return float64(took[url][len(took[url])/2]) / float64(time.Millisecond)
	}
	alone, behind := median(urls[0]), median(urls[1])
	b.ReportMetric(alone, "ms-alone")
	b.ReportMetric(behind, "ms-behind")
	b.ReportMetric(behind-alone, "ms-added")
	b.ReportMetric(behind/alone, "times")
}
