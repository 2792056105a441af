package adapter_test

import (
	"net/http"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

func TestIsAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		status        int
		hasBody, want bool
	}{
		"a page":                                {http.StatusOK, true, true},
		"200 without a body":                    {http.StatusOK, false, false},
		"204, whatever its body":                {http.StatusNoContent, true, false},
		"205, whatever its body":                {http.StatusResetContent, true, false},
		"an informational status":               {http.StatusEarlyHints, true, false},
		"a redirect without a body":             {http.StatusFound, false, true},
		"a refusal without a body":              {http.StatusUnauthorized, false, true},
		"a failure of the server with its text": {http.StatusInternalServerError, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := adapter.IsAnswer(test.status, test.hasBody); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestBodyHeadersAreTheCallersOwn(t *testing.T) {
	adapter.BodyHeaders()[0] = "X"
	for _, name := range adapter.BodyHeaders() {
		if name == "X" || http.CanonicalHeaderKey(name) != name && name != "ETag" {
			t.Errorf("%q", name)
		}
	}
}
