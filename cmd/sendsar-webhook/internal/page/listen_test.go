package page_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/page"
	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// serve starts a page and returns its address.
func serve(t *testing.T, c page.Config) (url string) {
	t.Helper()
	handler, err := page.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return serveHandler(t, handler)
}

func serveHandler(t *testing.T, handler http.Handler) (url string) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	ctx, cancel := context.WithCancel(context.Background())
	server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	server.Start()
	t.Cleanup(func() {
		cancel() // ends /events
		server.Close()
	})
	return server.URL
}

var arrival = time.Date(2026, time.March, 4, 15, 16, 17, 89e6, time.UTC)

// delivery returns a delivery like those of Sendsar.
func delivery(body string) received.Delivery {
	return received.Delivery{
		At: arrival, Method: http.MethodPost, Target: "/webhooks/sendsar", Proto: "HTTP/1.1", Host: "127.0.0.1:8080",
		Header: http.Header{
			"Content-Type":        {"application/json"},
			"Content-Length":      {strconv.Itoa(len(body))},
			"User-Agent":          {"Sendsar-Console/1.0"},
			"Accept-Encoding":     {"gzip"},
			"X-Webhook-Signature": {"sha256=" + strings.Repeat("5a", 32)},
		},
		Body: []byte(body),
	}
}

func genuine(event string) received.Delivery {
	d := delivery(`{"event":"` + event + `","roomId":"room_7","message":{"id":"m_1","text":"Hello from Sendsar","source":"sendsar-console"}}`)
	d.Event, d.Genuine = event, true
	return d
}

func refused() received.Delivery {
	d := delivery(`{"event":"message.created","roomId":"room_7","message":{"id":"m_2","text":"Hello"}}` + "\n")
	d.Event, d.Refusal = "message.created", "signature does not match the body"
	d.Answer = &received.Answer{Status: http.StatusUnauthorized, Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, Body: []byte("invalid signature\n")}
	return d
}

func fromApp(status int, body string) *received.Answer {
	return &received.Answer{
		Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body),
		Took: 4200 * time.Microsecond, FromApp: true,
	}
}
