package webhooktest_test

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

var bodyBugs = []bug{
	{name: "trims the body", spoil: verifies(bytes.TrimSpace), caught: []caught{{"body/a newline added, announced", accepts, 0}, {"genuine/only line ends", refuses, 0}}},
	{
		name: "removes a byte order mark", spoil: verifies(func(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) }),
		caught: []caught{{"body/a byte order mark added, chunked", accepts, 0}, {"genuine/a byte order mark", refuses, 0}},
	},
	{
		name: "removes NUL bytes", spoil: verifies(func(body []byte) []byte { return bytes.Trim(body, "\x00") }),
		caught: []caught{{"body/a NUL added, announced", accepts, 0}, {"genuine/NUL bytes", refuses, 0}},
	},
	{
		name: "takes the body for text", spoil: verifies(func(body []byte) []byte { return bytes.ToValidUTF8(body, []byte("\ufffd")) }),
		caught: []caught{{"genuine/invalid UTF-8", refuses, 0}, {"genuine/every byte value", refuses, 0}},
	},
	{name: "verifies the body in its own JSON", spoil: verifies(func(body []byte) []byte {
		var b bytes.Buffer
		if json.Compact(&b, body) != nil {
			return body
		}
		return b.Bytes()
	}), caught: []caught{{"body/re-serialised with a space, announced", accepts, 0}}},
	{name: "verifies the inflated body", spoil: verifies(inflated), caught: []caught{
		{"genuine/gzip, left as it came", refuses, 0},
		{"genuine/gzip in chunks, left as it came", refuses, 0},
		{"body/compressed after it was signed, announced", accepts, 0},
	}},
	{name: "verifies the text of the decoder's error", spoil: func(s *receiver) {
		s.mac = func(r *http.Request, key, body []byte) []byte {
			if r.Header.Get("Content-Encoding") == "gzip" {
				if _, err := gzip.NewReader(bytes.NewReader(body)); err != nil {
					body = []byte(err.Error())
				}
			}
			return sum(key, body)
		}
	}, caught: []caught{{"body/signed as a decoder's error, announced", accepts, 0}, {"genuine/plain bytes that say Content-Encoding gzip", refuses, 0}}},
	{
		name: "verifies at most 64 KiB", spoil: verifies(func(body []byte) []byte { return body[:min(len(body), 64<<10)] }),
		caught: []caught{{"genuine/65537 bytes announced", refuses, 0}},
	},
	{
		name: "takes the body for a string that ends at a NUL", spoil: verifies(func(body []byte) []byte { text, _, _ := bytes.Cut(body, []byte{0}); return text }),
		caught: []caught{{"genuine/NUL bytes", refuses, 0}, {"body/a NUL added, chunked", accepts, 0}},
	},
	{name: "accepts an empty body under any signature", spoil: func(s *receiver) {
		s.equal = func(expected, received []byte) bool {
			return hmac.Equal(expected, received) || hmac.Equal(expected, sum([]byte(s.secrets[0]), nil))
		}
	}, caught: []caught{{"body/empty, the signature is not, announced", accepts, 0}, {"body/empty, the signature is not, chunked", accepts, 0}}},
	{name: "accepts the signature of nothing for any body", spoil: func(s *receiver) {
		s.equal = func(expected, received []byte) bool {
			return hmac.Equal(expected, received) || hmac.Equal(received, sum([]byte(s.secrets[0]), nil))
		}
	}, caught: []caught{{"body/not empty, the signature is of an empty one, announced", accepts, 0}}},
	{
		name: "leaves the body read", spoil: func(s *receiver) { s.restore = func(*http.Request, []byte) {} },
		caught: []caught{{"genuine/every byte value", "the handler saw 0 bytes that were not signed", 0}, {"framework API/JSON", "JSON decoded to room", 0}},
	},
	{name: "gives the handler the inflated body", spoil: func(s *receiver) {
		s.restore = func(r *http.Request, body []byte) { r.Body = io.NopCloser(bytes.NewReader(inflated(body))) }
	}, caught: []caught{{"genuine/gzip, left as it came", "the handler saw 93 bytes that were not signed", 0}}},
	{name: "gives the handler its own JSON", spoil: func(s *receiver) {
		s.restore = func(r *http.Request, body []byte) {
			var value any
			if json.Unmarshal(body, &value) == nil {
				body, _ = json.Marshal(value) // it was unmarshalled
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
	}, caught: []caught{{"genuine/every byte value", "", 0}, {"genuine/HTTP/1.0", "the handler saw 93 bytes that were not signed", 0}}},
	{name: "trims what FromContext returns", spoil: func(s *receiver) {
		deliver := s.delivery
		s.delivery = func(body []byte, i int) webhook.Delivery { return deliver(bytes.TrimSpace(body), i) }
	}, caught: []caught{{"genuine/line ends of both kinds", "the framework's body has 19 bytes, and the Delivery 16 other ones", 0}}},
	{name: "gives every request the Delivery of the first", spoil: func(s *receiver) {
		var once sync.Once
		var first webhook.Delivery
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			once.Do(func() { first = d })
			handle(w, r, first, verified)
		}
	}, caught: []caught{
		{"connection/five deliveries, chunked", "and the Delivery 93 other ones", 0},
		{"concurrency/400 deliveries, 100 at a time, announced", "the Delivery holds another body than the request", 0},
	}},
	{name: "gives the handler a body that fails at its end", spoil: func(s *receiver) {
		s.restore = func(r *http.Request, body []byte) {
			r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), r.Body, errorReader{}))
		}
	}, caught: []caught{{"genuine/1 bytes announced", "the handler could not read the body", 0}}},
	{name: "a nil Delivery.Body for an empty body", spoil: func(s *receiver) {
		s.delivery = func(body []byte, i int) webhook.Delivery {
			return webhook.Delivery{Body: append([]byte(nil), body...)[:len(body):len(body)], SecretIndex: i}
		}
	}, caught: []caught{{"genuine/0 bytes announced", "Delivery.Body is nil", 0}, {"genuine/no body and no length", "Delivery.Body is nil", 0}}},
	{name: "spare capacity in Delivery.Body", spoil: func(s *receiver) {
		s.delivery = func(body []byte, i int) webhook.Delivery {
			return webhook.Delivery{Body: append(make([]byte, 0, len(body)+1), body...), SecretIndex: i}
		}
	}, caught: []caught{{"genuine/1 bytes announced", "Delivery.Body has spare capacity", 0}}},
	{
		name: "a Delivery in a buffer that the next request gets", spoil: inBuffers(1, false),
		caught: []caught{{"connection/five deliveries, announced", "a Delivery that was kept changed after its handler returned", 0}},
	},
	{
		// There are more buffers than concurrent handlers.
		name: "one pooled buffer for two requests", spoil: inBuffers(200, true),
		caught: []caught{{"concurrency/400 deliveries, 100 at a time, announced", "a Delivery that was kept changed after its handler returned", 0}},
	},
}

func verifies(changed func(body []byte) []byte) func(s *receiver) {
	return func(s *receiver) {
		s.mac = func(_ *http.Request, key, body []byte) []byte { return sum(key, changed(body)) }
	}
}

func inflated(body []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return body
	}
	return plain
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errors.New("read before") }

// inBuffers keeps the Delivery, and if body is set also the body, in reused buffers. The
// channel is a pool that never drops a buffer, and synchronises like one.
func inBuffers(n int, body bool) func(s *receiver) {
	return func(s *receiver) {
		buffers := make(chan []byte, n)
		for range n {
			buffers <- make([]byte, 1<<17)
		}
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			buffer := <-buffers
			defer func() { buffers <- buffer }()
			n := copy(buffer, d.Body)
			d.Body = buffer[:n:n]
			if body {
				s.restore(r, d.Body)
			}
			handle(w, r, d, verified)
		}
	}
}
