package main_test

import (
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestSignPrintsTheSignature(t *testing.T) {
	name := file(t, event)
	both := []string{secretSet, previousSet}
	for test, c := range map[string]struct {
		call
		want string
	}{
		"the value":              {call{args: []string{"sign", name}}, signature(event) + "\n"},
		"the header line":        {call{args: []string{"sign", "-header", name}}, "X-Webhook-Signature: " + signature(event) + "\n"},
		"of the previous secret": {call{args: []string{"sign", "-previous", name}, env: both}, webhook.Sign(previous, []byte(event)) + "\n"},
		"of a published vector": { // core/webhook/testdata/vectors/published.json
			call{args: []string{"sign"}, env: []string{"SENDSAR_WEBHOOK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, stdin: strings.NewReader(`{"test": 2432232314}`)},
			"sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c\n",
		},
	} {
		t.Run(test, func(t *testing.T) {
			r := c.run(t)
			r.check(t, 0)
			if r.stdout != c.want {
				t.Errorf("got %q, want %q", r.stdout, c.want)
			}
		})
	}
}

func TestSignPrintsJSON(t *testing.T) {
	r := call{args: []string{"sign", "-json", file(t, event)}}.run(t)
	r.check(t, 0)
	var got map[string]any
	r.decodeOne(t, &got)
	if len(got) != 3 || got["header"] != "X-Webhook-Signature" || got["signature"] != signature(event) || got["bytes"] != float64(len(event)) {
		t.Errorf("got %s", r.stdout)
	}
}
