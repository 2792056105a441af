package load_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/load"
)

func TestRun(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		wrong  string
	}{
		"answers of 204 are counted":      {http.StatusNoContent, ""},
		"any other answer is an error":    {http.StatusUnauthorized, "401"},
		"a success of another kind is so": {http.StatusOK, "200"},
	} {
		t.Run(name, func(t *testing.T) {
			served := make(chan int, 1)
			served <- 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				served <- 1 + <-served
				w.WriteHeader(test.status)
			}))
			defer server.Close()
			connections, err := load.Dial(strings.TrimPrefix(server.URL, "http://"), 3, []byte(`{"event":"message.created"}`))
			if err != nil {
				t.Fatal(err)
			}
			turn, err := connections.Run(10 * time.Millisecond)
			if test.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), test.wrong) {
					t.Errorf("error %v, want one of status %s", err, test.wrong)
				}
			} else if n := <-served; err != nil || len(turn.Latencies) != n || n < 3 || turn.Rate() <= 0 {
				t.Errorf("%d latencies of %d requests, %v", len(turn.Latencies), n, err)
			}
			if err := connections.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
