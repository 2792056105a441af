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
		"of a published vector": { // GitHub's webhook documentation
			call{args: []string{"sign"}, env: []string{"SENDSAR_WEBHOOK_SECRET=It's a Secret to Everybody"}, stdin: strings.NewReader("Hello, World!")},
			"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17\n",
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
