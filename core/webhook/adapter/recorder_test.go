package adapter_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

func TestRecorder(t *testing.T) {
	tests := []struct {
		name     string
		answer   func(w http.ResponseWriter)
		answered bool
		status   int
		body     string
	}{
		{"nothing is no answer", func(http.ResponseWriter) {}, false, 599, ""},
		{"a header is no answer", func(w http.ResponseWriter) { w.Header().Set("X-Own", "1") }, false, 599, ""},
		{"an informational status is no answer", func(w http.ResponseWriter) { w.WriteHeader(http.StatusEarlyHints) }, false, 599, ""},
		{"a Flush alone is no answer", func(w http.ResponseWriter) { w.(http.Flusher).Flush() }, false, 599, ""},
		{"a status is an answer", func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) }, true, 403, ""},
		{"a body is an answer", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "own") }, true, 200, "own"}, // the test's client does not go away
		{"a Flush after a status is passed on", func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusForbidden)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			_, _ = io.WriteString(w, "own") // as above
		}, true, 403, "own"},
		{"what hijacks the connection answers", func(w http.ResponseWriter) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 409 Conflict\r\nContent-Length: 3\r\nConnection: close\r\n\r\nown") // as above
			_ = conn.Close()
		}, true, 409, "own"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				recorder := &adapter.Recorder{ResponseWriter: w}
				tt.answer(recorder)
				if recorder.Answered != tt.answered {
					t.Errorf("Answered is %t", recorder.Answered)
				}
				if recorder.Unwrap() != w {
					t.Error("Unwrap returns something else")
				}
				if !recorder.Answered {
					w.WriteHeader(599)
				}
			}))
			defer server.Close()
			response, err := http.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			_ = response.Body.Close() // it was read whole
			if err != nil || response.StatusCode != tt.status || string(body) != tt.body {
				t.Errorf("got %d %q, %v; want %d %q", response.StatusCode, body, err, tt.status, tt.body)
			}
		})
	}
}
