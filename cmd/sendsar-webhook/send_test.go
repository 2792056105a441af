package main_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// The request equals the console's: it has no other headers, and the body is compact.
func TestSendMakesADeliveryAsTheConsoleDoes(t *testing.T) {
	for _, name := range []string{
		"", "console.test", "message.created", "message.updated", "message.deleted", "call.started", "call.ended", "call.missed",
	} {
		t.Run("event "+name, func(t *testing.T) {
			e := newEndpoint(t, answering(http.StatusOK, ""))
			args := []string{"send", e.url + "?a=b"}
			if name != "" {
				args = append(args, "-event", name)
			}
			r := call{args: args}.run(t)
			wantName, wantNote := name, "note: the fields of "+name+" are not documented"
			if name == "" || name == "console.test" {
				wantName, wantNote = "console.test", ""
			}
			if r.status != 0 || !strings.HasPrefix(r.stderr, wantNote) || (r.stderr == "") != (wantNote == "") {
				t.Fatalf("got %+v", r)
			}
			requests := e.received()
			if len(requests) != 1 {
				t.Fatalf("%d requests", len(requests))
			}
			got := requests[0]
			shape := regexp.MustCompile(`^{"event":"` + regexp.QuoteMeta(wantName) +
				`","roomId":"console-test","message":{"id":"test_[A-Z2-7]{26}","text":"[ a-zA-Z-]+","source":"sendsar-console"}}$`)
			if got.method != http.MethodPost || got.path != "/webhooks/sendsar?a=b" || !shape.MatchString(got.body) {
				t.Errorf("got %+v", got)
			}
			want := http.Header{
				"Content-Type":        {"application/json"},
				"Content-Length":      {fmt.Sprint(len(got.body))},
				"User-Agent":          {"Sendsar-Console/1.0"},
				"X-Webhook-Signature": {signature(got.body)},
			}
			if fmt.Sprint(got.header) != fmt.Sprint(want) {
				t.Errorf("got the header %v, want %v", got.header, want)
			}
		})
	}
}

func TestSendDeliversDataByteForByte(t *testing.T) {
	for name, body := range map[string]string{
		"no event": "plain text\r\n",
		"binary":   "\x00\xff\xfe\r\n\x80\x1f\x8b",
		"empty":    "",
		"largest":  strings.Repeat("x", webhook.DefaultMaxBodyBytes),
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, answering(http.StatusOK, ""))
			call{args: []string{"send", "-data", file(t, body), e.url}}.run(t).check(t, 0)
			call{args: []string{"send", "-data", "-", "-n", "2", e.url}, stdin: strings.NewReader(body)}.run(t).check(t, 0)
			requests := e.received()
			if len(requests) != 3 {
				t.Fatalf("%d requests", len(requests))
			}
			for _, r := range requests {
				if r.body != body || r.header.Get(webhook.SignatureHeader) != signature(body) {
					t.Errorf("got %d bytes, signed %s", len(r.body), r.header.Get(webhook.SignatureHeader))
				}
			}
		})
	}
}

// Each bad delivery is wrong in one way only.
func TestSendMakesBadDeliveries(t *testing.T) {
	e := newEndpoint(t, answering(http.StatusUnauthorized, "invalid signature\n"))
	send := func(t *testing.T, flags ...string) received {
		t.Helper()
		c := call{args: append([]string{"send", e.url}, flags...)}
		if flags[0] != "-tamper" {
			c.env = []string{} // nothing is signed with the secret
		}
		c.run(t).check(t, 0, "401 Unauthorized", "right for a", "invalid signature")
		all := e.received()
		return all[len(all)-1]
	}
	wellFormed := regexp.MustCompile(`^sha256=[0-9a-f]{64}$`)

	t.Run("forged", func(t *testing.T) {
		first, second := send(t, "-forge", "-data", file(t, event)), send(t, "-forge", "-data", file(t, event))
		for _, r := range []received{first, second} {
			if value := r.header.Get(webhook.SignatureHeader); r.body != event || !wellFormed.MatchString(value) || value == signature(event) {
				t.Errorf("got %+v", r)
			}
		}
		if first.header.Get(webhook.SignatureHeader) == second.header.Get(webhook.SignatureHeader) {
			t.Error("both are signed with the same secret")
		}
	})
	t.Run("unsigned", func(t *testing.T) {
		if r := send(t, "-unsigned", "-data", file(t, event)); r.body != event || len(r.header.Values(webhook.SignatureHeader)) != 0 {
			t.Errorf("got %+v", r)
		}
	})
	for name, test := range map[string]struct{ body, want string }{
		"an event":          {event, strings.Replace(event, "dich", "dici", 1)},
		"digits":            {`{"a":1}`, `{"a":0}`},
		"bytes":             {"\xff\xfe", "\xfe\xfe"},
		"the largest":       {strings.Repeat("x", webhook.DefaultMaxBodyBytes), strings.Repeat("x", webhook.DefaultMaxBodyBytes-1) + "y"},
		"nothing, a blank ": {"", " "},
	} {
		t.Run("tampered: "+name, func(t *testing.T) {
			if r := send(t, "-tamper", "-data", file(t, test.body)); r.body != test.want || r.header.Get(webhook.SignatureHeader) != signature(test.body) {
				t.Errorf("got %.100q", r.body)
			}
		})
	}
}

func TestSendJudgesTheAnswer(t *testing.T) {
	strict := verifying(t, secret, webhook.WithPreviousSecrets(previous)).URL
	forgetful := verifying(t, secret).URL
	for name, test := range map[string]struct {
		url    string
		answer http.HandlerFunc // if there is no url
		flags  []string
		status int
		texts  []string
	}{
		"genuine, accepted":            {strict, nil, nil, 0, []string{"204 No Content in ", "right for a genuine delivery", "answer: (empty)"}},
		"previous, accepted":           {strict, nil, []string{"-previous"}, 0, []string{"right for a delivery signed with the previous secret"}},
		"forged, refused":              {strict, nil, []string{"-forge"}, 0, []string{"401", "right for a forged delivery", "answer: invalid signature"}},
		"tampered, refused":            {strict, nil, []string{"-tamper"}, 0, []string{"401", "right for a tampered delivery"}},
		"unsigned, refused":            {strict, nil, []string{"-unsigned"}, 0, []string{"401", "right for an unsigned delivery"}},
		"previous, refused":            {forgetful, nil, []string{"-previous"}, 1, []string{"wrong", "must get 2xx", "fix: ", "WithPreviousSecrets"}},
		"genuine, refused":             {"", answering(401, "invalid signature\n"), nil, 1, []string{"wrong, a genuine delivery must get 2xx", "answer: invalid signature", "sendsar-webhook listen"}},
		"genuine, refused by a login":  {"", asking(401, "no"), nil, 1, []string{"asks for a login", "without a login"}},
		"genuine, refused in front":    {"", answering(401, "no"), nil, 1, []string{"this 401 does not have the verifier's text", "in front"}},
		"genuine, refused as Gin does": {"", answering(401, `{"error":"invalid signature"}`), nil, 1, []string{"does the server have this secret"}},
		"genuine, refused as Echo":     {"", answering(401, `{"message":"invalid signature"}`+"\n"), nil, 1, []string{"does the server have this secret"}},
		"forged, refused in front":     {"", answering(401, `{"detail":"invalid signature"}`), []string{"-forge"}, 0, []string{"right", "note: this 401 does not have the verifier's text"}},
		"forged, the verifier's 500":   {"", answering(500, "internal server error\n"), []string{"-forge"}, 1, []string{"before it compared the signature", "webhook refused"}},
		"forged, another 500":          {"", answering(500, "oops"), []string{"-forge"}, 1, []string{"this 500 does not have the verifier's text"}},
		"genuine, the verifier's 500":  {"", answering(500, `{"error":"internal server error"}`), nil, 1, []string{"the handler failed, or something reads or changes the body"}},
		"any 2xx is success":           {"", answering(299, ""), nil, 0, []string{"299 in "}},
		"forged, accepted":             {"", answering(200, "ok"), []string{"-forge"}, 1, []string{"wrong, a forged delivery must get 401", "the endpoint accepted it"}},
		"unsigned, another refusal":    {"", answering(403, ""), []string{"-unsigned"}, 1, []string{"must get 401", "before the verifier"}},
		"tampered, a failure":          {"", answering(500, ""), []string{"-tamper"}, 1, []string{"must get 401", "log"}},
		"genuine, a failure":           {"", answering(500, ""), nil, 1, []string{"500 Internal Server Error", "log"}},
		"genuine, no route":            {"", answering(404, ""), nil, 1, []string{"POST and this path"}},
		"forged, another method":       {"", answering(405, ""), []string{"-forge"}, 1, []string{"POST and this path"}},
		"genuine, too large":           {"", answering(413, ""), nil, 1, []string{"WithMaxBodyBytes"}},
		"genuine, a CSRF check":        {"", answering(403, ""), nil, 1, []string{"CSRF"}},
		"genuine, nothing behind":      {"", answering(502, ""), nil, 1, []string{"proxy"}},
		"an answer over many lines":    {"", answering(200, "<p>\r\n\tHello\n"), nil, 0, []string{`answer: <p>\r\n\tHello`}},
		"an answer full of escapes":    {"", answering(200, "\x1b]0;title\a\u202e\u009b31m\xff"), nil, 0, []string{`\x1b]0;title\a\u202e\u009b31m\xff`}},
		"a long answer":                {"", answering(200, strings.Repeat("x", 300)), nil, 0, []string{strings.Repeat("x", 200) + " …\n"}},
		"an answer of 200 bytes":       {"", answering(200, strings.Repeat("x", 200)), nil, 0, []string{strings.Repeat("x", 200) + "\n"}},
		"a character at the end of it": {"", answering(200, strings.Repeat("x", 199)+"ü"), nil, 0, []string{strings.Repeat("x", 199) + " …\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			url := test.url
			if url == "" {
				url = newEndpoint(t, test.answer).url
			}
			r := call{args: append([]string{"send", url}, test.flags...), env: []string{secretSet, previousSet}}.run(t)
			r.check(t, test.status, test.texts...)
			if (test.status == 0) == strings.Contains(r.stdout, "fix:") {
				t.Errorf("a fix belongs to what is wrong:\n%s", r.stdout)
			}
		})
	}
}

func asking(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", "Basic")
		answering(status, text)(w, r)
	}
}

func TestSendFollowsNoRedirect(t *testing.T) {
	target := newEndpoint(t, answering(http.StatusOK, ""))
	for _, status := range []int{301, 302, 303, 307, 308} {
		e := newEndpoint(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target.url, status) })
		for _, flags := range [][]string{{}, {"-forge"}} {
			call{args: append([]string{"send", e.url}, flags...)}.run(t).check(t, 1, fmt.Sprint(status), "wrong", "is not followed", target.url)
		}
	}
	if got := len(target.received()); got != 0 {
		t.Errorf("%d redirects were followed", got)
	}
}

func TestSendGivesEachEventAnID(t *testing.T) {
	e := newEndpoint(t, answering(http.StatusOK, ""))
	call{args: []string{"send", "-n", "20", "-c", "4", e.url}}.run(t).check(t, 0)
	var bodies []string
	for _, r := range e.received() {
		bodies = append(bodies, r.body)
		if r.header.Get(webhook.SignatureHeader) != signature(r.body) {
			t.Error("a signature is not of its body")
		}
	}
	slices.Sort(bodies)
	if len(slices.Compact(bodies)) != 20 {
		t.Errorf("%d different bodies, want 20", len(bodies))
	}
}
