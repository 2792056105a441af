package webhooktest_test

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// reportOf returns the report of a case that fails.
func reportOf(t *testing.T, start start, name string) (report string, secrets []string) {
	t.Helper()
	_, problems := webhooktest.Play(t, func(t *testing.T, r webhooktest.Receiver, all []string) string {
		secrets = all
		return start(t, r, append([]string{}, all...))
	}, []webhooktest.Turn{{Case: name}})
	if problems[name] == "" {
		t.Fatalf("%s found nothing wrong", name)
	}
	return problems[name], secrets
}

func TestReportShowsTheConversation(t *testing.T) {
	body := `{"event":"message.created","roomId":"room-7","message":{"id":"m1","text":"grüß dich 👋"}}`
	report, secrets := reportOf(t, serving(spoilerOf(headerBugs, "takes the first of two lines")), "header/genuine, then forged")
	want := []string{
		"header/genuine, then forged: the answers have the statuses [200], not [401]",
		"sent, ",
		`	"POST /webhooks/sendsar HTTP/1.1\r\n"`,
		`	"Host: 127.0.0.1:`,
		`	"X-Webhooktest-Id: case-1\r\n"`,
		`	"Content-Type: application/json\r\n"`,
		fmt.Sprintf("\t%q", "X-Webhook-Signature: "+webhook.Sign(secrets[0], []byte(body))+"\r\n"),
		fmt.Sprintf("\t%q", "X-Webhook-Signature: sha256="+strings.Repeat("0", 64)+"\r\n"),
		`	"Content-Length: 93\r\n"`,
		`	"\r\n"`,
		fmt.Sprintf("\t%+q", body),
		"came back, ",
		`	"HTTP/1.1 200 OK\r\n"`,
		`	"Date: `,
		`	"Content-Length: 16\r\n"`,
		`	"Content-Type: text/plain; charset=utf-8\r\n"`,
		`	"\r\n"`,
		`	"handled 93 bytes"`,
		"the handler ran 1 times",
		fmt.Sprintf("\t1. verified true, secret 0, 93 bytes: %+q", body),
		"outcome: 200, handled 1",
		"should be: 401 and nothing more; the handler does not run; status, header and text like those of every other 401, nothing secret in them",
	}
	lines := strings.Split(report, "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), report)
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("line %d is\n%s\nand should be\n%s", i+1, lines[i], want[i])
		}
	}
}

func TestReportShows(t *testing.T) {
	for _, c := range []struct {
		name     string
		spoil    func(s *receiver)
		plays    string
		contains []string
	}{
		{"the beginning of a long line", spoilerOf(connectionBugs, "hangs up after every refusal"), "connection/a forged delivery between two genuine ones, announced", []string{"… and ", " bytes more"}},
		{"the ends of many lines", spoilerOf(bodyBugs, "leaves the body read"), "genuine/in chunks of one byte", []string{`	"Transfer-Encoding: chunked\r\n"`, "\t… 176 lines …\n", "\t\"0\\r\\n\"\n\t\"\\r\\n\"\ncame back"}},
		{"every run of the handler", spoilerOf(refusalBugs, "runs the handler twice"), "genuine/HTTP/1.0", []string{"the handler ran 2 times\n\t1. verified true", "\t2. verified true"}},
		{"some of many runs of the handler", spoilerOf(bodyBugs, "one pooled buffer for two requests"), "concurrency/400 deliveries, 100 at a time, announced", []string{"the handler ran 400 times\n", "\t10. verified true", "outcome: closed, handled 400"}},
		{"what an ErrorHandler got", spoilerOf(errorHandlerBugs, "calls the ErrorHandler twice"), "error handler/only logs, forged", []string{
			"the ErrorHandler got: webhook: signature does not match the body\nthe ErrorHandler got: webhook: signature",
			`the ErrorHandler gets the error once, "webhook: signature does not match the body"`,
		}},
		{"that nothing came back", spoilerOf(refusalBugs, "panics where it refuses"), "header/none", []string{"came back, 0 bytes:\nthe handler ran 0 times\noutcome: closed, handled 0\n"}},
		{"an answer that is no HTTP", hijacks("no"), "header/none", []string{"header/none: the answer is no HTTP response", "came back, 2 bytes:\n\t\"no\"\n"}},
		{"an answer that breaks off", hijacks("HTTP/1.1 401 No\r\nContent-Length: 100\r\n\r\nx"), "header/none", []string{"header/none: the answer's body: unexpected EOF", "outcome: 401, handled 0"}},
		{"every answer", spoilerOf(connectionBugs, "takes the rest of a refused body for the next request"), "smuggling/unsigned, at 0, announced", []string{"outcome: 401 200, handled 1", `"HTTP/1.1 401 Unauthorized\r\n"`, `	"HTTP/1.1 200 OK\r\n"`}},
		{"which secret", spoilerOf(keyBugs, "tries the previous secret first"), "genuine/every byte value", []string{"\t1. verified true, secret 1, 256 bytes: "}},
		{"a masked secret", spoilerOf(refusalBugs, "shows the secret"), "header/none", []string{`"X-Debug: whsec_[the secret's digits]\r\n"`}},
		{"a masked previous secret", spoilerOf(refusalBugs, "shows the previous secret to genuine senders"), "genuine/every byte value", []string{`"X-Debug: [the previous secret's digits]\r\n"`}},
		{"a masked secret in an error", func(s *receiver) {
			told := s.Refused
			s.Refused = func(err error, _ ...webhooktest.Request) { told(fmt.Errorf("%w, key %s", err, s.secrets[0])) }
		}, "error handler/only logs, unsigned", []string{"header, key whsec_[the secret's digits]\n"}},
		{"a masked secret in hex", func(s *receiver) {
			s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
				http.Error(w, hex.EncodeToString([]byte(s.secrets[0])), webhook.StatusCode(err))
			}
		}, "header/none", []string{`"[the secret in another writing]\n"`}},
		{"a masked secret at the end of what is shown of a line", func(s *receiver) {
			s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
				http.Error(w, strings.Repeat("x", 70)+s.secrets[0], webhook.StatusCode(err))
			}
		}, "header/none", []string{"xxxwhsec_[the secret's digit"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			report, secrets := reportOf(t, serving(c.spoil), c.plays)
			for _, part := range c.contains {
				if !strings.Contains(report, part) {
					t.Errorf("no %q in\n%s", part, report)
				}
			}
			checkSecrecy(t, report, secrets)
		})
	}
}

// hijacks answers with these bytes and hangs up.
func hijacks(answer string) func(s *receiver) {
	return func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, _ error) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, answer) // the test fails without it
			_ = conn.Close()                    // as above
		}
	}
}

// checkSecrecy fails if a text has at least a third of a secret's digits in a row.
func checkSecrecy(t *testing.T, text string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		const third = 16
		for digits := strings.TrimPrefix(secret, "whsec_"); len(digits) >= third; digits = digits[1:] {
			if strings.Contains(text, digits[:third]) {
				t.Errorf("a part of a secret is in\n%s", text)
				return
			}
		}
	}
}
