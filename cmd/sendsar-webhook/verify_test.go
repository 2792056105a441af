package main_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestVerifyAcceptsWhatIsGenuine(t *testing.T) {
	for name, value := range map[string]string{
		"the value":             signature(event),
		"white space around it": " \t" + signature(event) + " ",
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range []call{
				{args: []string{"verify", "-signature", value, file(t, event)}},
				{args: []string{"verify", "-signature", value, "-"}, stdin: strings.NewReader(event)},
				{args: []string{"verify", "-signature", value}, stdin: strings.NewReader(event)},
			} {
				r := c.run(t)
				r.check(t, 0)
				if r.stdout != "genuine\n" {
					t.Errorf("got %q", r.stdout)
				}
			}
		})
	}
}

func TestVerifySaysWhy(t *testing.T) {
	old := webhook.Sign(previous, []byte(event))
	for name, test := range map[string]struct {
		signature, body string
		env             []string
		texts           []string
	}{
		"a newline added":      {signature(event), event + "\n", nil, []string{"final newline", "printf"}},
		"the header line":      {"X-Webhook-Signature: " + signature(event), event, nil, []string{"header's name", "give the value alone"}},
		"upper case":           {strings.ToUpper(signature(event)), event, nil, []string{"lower case"}},
		"the previous secret":  {old, event, []string{secretSet, previousSet}, []string{"previous secret", "WithPreviousSecrets"}},
		"a secret with quotes": {signature(event), event, []string{"SENDSAR_WEBHOOK_SECRET='" + secret + "'"}, []string{"quotes around it"}},
		"two mistakes":         {signature(event)[7:], event + "\n", nil, []string{"lacks sha256= directly before its digits", "\nand: ", "final newline"}},
		"another body":         {signature("x"), event, nil, []string{"signature does not match the body", "a body of 65 bytes", "No common mistake", "tried:", "  - a final newline added"}},
		"the previous secret, not set": {
			old, event, nil, []string{"signature does not match the body", "No common mistake", "set SENDSAR_WEBHOOK_PREVIOUS_SECRET"},
		},
		"no signature at all": {"", event, nil, []string{"there is no signature"}},
		"an API key": {
			signature(event), event,
			[]string{"SENDSAR_WEBHOOK_SECRET=sk_live_x "},
			[]string{"API key", "white space", "webhook.New refuses", "tried:"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := call{args: []string{"verify", "-signature", test.signature, file(t, test.body)}, env: test.env}.run(t)
			r.check(t, 1, append(test.texts, "not genuine: ")...)
			if strings.Contains(r.stdout, signature(test.body)[7:]) {
				t.Error("the output shows the expected signature")
			}
			if strings.Contains(r.stdout, "No common mistake") && !strings.Contains(r.stdout, "tried") {
				t.Errorf("what was tried is missing:\n%s", r.stdout)
			}
		})
	}
}

func TestVerifyPrintsJSON(t *testing.T) {
	type verdict struct {
		Genuine  *bool
		Bytes    int
		Refusal  string
		Mistakes []struct{ ID, Text, Fix string }
		Proved   bool
		Tried    []string
	}
	for name, test := range map[string]struct {
		signature string
		status    int
		ids       []string
		tried     bool
	}{
		"genuine":      {signature(event), 0, nil, false},
		"one mistake":  {signature(event)[7:], 1, []string{"signature_without_prefix"}, false},
		"two":          {strings.ToUpper(signature(event + "\n"))[7:], 1, []string{"signature_without_prefix", "signature_upper_case", "final_newline_lost"}, false},
		"nothing fits": {signature("x"), 1, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := call{args: []string{"verify", "-json", "-signature", test.signature}, stdin: strings.NewReader(event)}.run(t)
			r.check(t, test.status)
			var got verdict
			r.decodeOne(t, &got)
			var ids []string
			for _, m := range got.Mistakes {
				ids = append(ids, m.ID)
				if m.Text == "" || m.Fix == "" {
					t.Errorf("half a mistake: %+v", m)
				}
			}
			if got.Genuine == nil || *got.Genuine != (test.status == 0) || got.Bytes != len(event) || !slices.Equal(ids, test.ids) ||
				(len(got.Tried) > 0) != test.tried || (got.Refusal == "") != *got.Genuine {
				t.Errorf("got %s", r.stdout)
			}
			if test.status != 0 && strings.Contains(r.stdout, signature(event)[7:]) {
				t.Error("the output shows the expected signature")
			}
		})
	}
}
