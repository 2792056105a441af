package page_test

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/page"
	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

var pictures = flag.String("pictures", "", "write the pictures of docs into `DIR`")

// TestPictures makes the pictures of the page that docs shows:
//
//	go test -run TestPictures ./internal/page -args -pictures "$PWD/../../docs/pictures"
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("-pictures is not given")
	}
	needBrowser(t)
	log := received.NewLog(500, 64<<20)
	path := exampleDeliveries(log)
	url := serve(t, page.Config{Log: log, Again: nothingAgain, App: "http://127.0.0.1:3000/webhooks/sendsar", Address: "127.0.0.1:8080"})
	if err := os.MkdirAll(*pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	for scheme, name := range map[string]string{"light": "page-light.png", "dark": "page-dark.png"} {
		b := newTab(t)
		b.prefer("prefers-color-scheme", scheme)
		b.size(1280, 860)
		b.open(url + path)
		png := get(b, chromedp.CaptureScreenshot())
		if err := os.WriteFile(filepath.Join(*pictures, name), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// exampleDeliveries adds deliveries of each kind and returns the path of a refused one.
func exampleDeliveries(log *received.Log) (path string) {
	at := arrival
	add := func(d received.Delivery) {
		d.At = at
		at = at.Add(3217 * time.Millisecond)
		log.Add(d)
	}
	answered := func(d received.Delivery, a *received.Answer) received.Delivery {
		d.Answer = a
		return d
	}
	add(answered(genuine("console.test"), fromApp(http.StatusNoContent, "")))
	add(answered(genuine("message.created"), fromApp(http.StatusOK, `{"stored":true}`)))
	bad := refused()
	bad.Diagnosis = &received.Diagnosis{Tried: []string{"the secret with white space around it", "the body with another line end"}}
	add(bad)
	add(answered(genuine("call.started"), fromApp(http.StatusInternalServerError, "panic: assignment to entry in nil map\n")))
	previous := answered(genuine("message.updated"), fromApp(http.StatusNoContent, ""))
	previous.Previous = true
	add(previous)
	add(answered(genuine("call.ended"), &received.Answer{Failure: "cannot connect: connection refused", Took: time.Millisecond, FromApp: true}))
	again := answered(genuine("call.ended"), fromApp(http.StatusNoContent, ""))
	again.Repeats = 6
	add(again)
	bad = refused()
	bad.Diagnosis = &received.Diagnosis{Mistakes: []received.Mistake{{
		Text: "the body at hand has a final newline that was not signed",
		Fix:  "save and send the bytes as they are (printf '%s' and --data-binary, not echo; some editors add one)",
	}}}
	add(answered(bad, fromApp(http.StatusUnauthorized, `{"error":"invalid signature"}`)))
	unsigned := delivery(`{"event":"message.deleted"}`)
	unsigned.Header.Del("X-Webhook-Signature")
	unsigned.Header.Set("Content-Type", "application/json; charset=utf-8")
	unsigned.Event, unsigned.Refusal = "message.deleted", "missing X-Webhook-Signature header"
	unsigned.Answer = fromApp(http.StatusUnauthorized, `{"error":"invalid signature"}`)
	unsigned.Diagnosis = &received.Diagnosis{Mistakes: []received.Mistake{{Text: "there is no X-Webhook-Signature header", Fix: "check that a proxy in front passes it on"}}}
	add(unsigned)
	add(answered(genuine("message.created"), fromApp(http.StatusOK, `{"stored":true}`)))
	return "/deliveries/8"
}
