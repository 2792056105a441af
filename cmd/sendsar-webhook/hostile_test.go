//go:build unix

package main_test

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// raw starts an endpoint. It reads one delivery after the other from each connection and sends
// the bytes that answers return for their signatures. Then it keeps the connection open until
// the client closes it.
func raw(t *testing.T, answers ...func(signature string) string) (url string) {
	t.Helper()
	return accepting(t, func(conn net.Conn) {
		in := bufio.NewReader(conn)
		for _, answer := range answers {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body) // the client's view is what is tested
			_, _ = io.WriteString(conn, answer(r.Header.Get(webhook.SignatureHeader)))
		}
		_, _ = io.Copy(io.Discard, conn)
	})
}

func TestSendJudgesAnswersThatAreNotWhole(t *testing.T) {
	t.Parallel()
	var running sync.WaitGroup
	for name, test := range map[string]struct {
		answer string
		texts  []string
	}{
		"another protocol":       {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", []string{"101 Switching Protocols", "wrong", "another protocol"}},
		"no status":              {"HTTP/1.1 000 x\r\nContent-Length: 0\r\n\r\n", []string{"000 (not a status)", "wrong", "a status that HTTP does not have"}},
		"a body that stops":      {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n1234567", []string{"200 OK", "wrong, the answer did not end within 10s", "answer: 1234567"}},
		"chunks that stop":       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", []string{"200 OK", "wrong, the answer did not end within 10s"}},
		"chunks that are broken": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\nx\r\n", []string{"200 OK", "wrong, the answer was cut off"}},
		"a head that stops":      {"HTTP/1.1 200 OK\r\nContent-Le", []string{"nothing came within 10s"}},
		"hints and no answer":    {"HTTP/1.1 103 Early Hints\r\n\r\n", []string{"nothing came within 10s"}},
		"a login for an upgrade": {"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n", []string{"426 Upgrade Required", "wrong"}},
	} {
		// Several cases wait for ten seconds. They all run at once, even on few processors.
		running.Go(func() {
			start := time.Now()
			r := call{args: []string{"send", raw(t, func(string) string { return test.answer })}}.run(t)
			if r.check(t, 1, append(test.texts, "fix: ")...); time.Since(start) > 20*time.Second {
				t.Errorf("%s took %v", name, time.Since(start))
			}
		})
	}
	running.Wait()
}

func TestSendShowsNothingThatFollowsAnAnswer(t *testing.T) {
	// The client reads the extra bytes when it checks whether it can reuse the connection.
	sent := make(chan string, 100)
	url := raw(t, func(signature string) string {
		sent <- signature
		return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + signature + "\r\nmore"
	})
	for _, flags := range [][]string{{"-json"}, {}} {
		call{args: append([]string{"send", url}, flags...)}.run(t).check(t, 0)
	}
	// Of many, the client may take some of it for the next answer.
	r := call{args: []string{"send", url, "-n", "20"}}.run(t)
	for len(sent) > 0 {
		if strings.Contains(r.stdout+r.stderr, start(<-sent)) {
			t.Errorf("a signature is shown:\n%s", r.stdout)
		}
	}
}

// start is enough of a signature's digits to be recognised.
func start(signature string) string { return strings.TrimPrefix(signature, "sha256=")[:16] }

func TestNoSignatureOfAnEarlierDeliveryIsShown(t *testing.T) {
	const notHTTP = "the reply is not HTTP"
	for name, test := range map[string]struct {
		second func(first string) string // what the first answer left behind
		send   []string
		listen string
	}{
		"bytes that are not HTTP": {func(s string) string { return s + "\r\n\r\n" }, []string{notHTTP, "fix: look at the endpoint's earlier answers"}, notHTTP},
		"its digits alone":        {func(s string) string { return s[len("sha256="):] + "\r\n\r\n" }, []string{notHTTP, "fix: look at the endpoint's earlier answers"}, notHTTP},
		"an answer of its own": {func(s string) string {
			return "HTTP/1.1 500 x\r\nContent-Length: " + strconv.Itoa(len(s)) + "\r\n\r\n" + s
		}, []string{"500 Internal Server Error"}, "500 Internal Server Error"},
	} {
		t.Run(name, func(t *testing.T) {
			var first string
			endpoint := func(t *testing.T) string {
				return raw(t,
					func(s string) string { first = s; return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
					func(string) string { return test.second(first) }) // when no client looks for it any more
			}
			r := call{args: []string{"send", "-n", "2", endpoint(t)}}.run(t)
			r.check(t, 1, append(test.send, "200 OK: right")...)
			if strings.Contains(r.stdout+r.stderr, start(first)) {
				t.Errorf("send shows the signature of the first delivery:\n%s", r.stdout)
			}

			l := listen(t, nil, "-forward", endpoint(t), "-page", "off")
			post(t, webhooktest.NewRequest(l.url, secret, []byte(event)))
			l.line(t, "200 OK in ")
			post(t, webhooktest.NewRequest(l.url, secret, []byte("{}")))
			if line := l.line(t, test.listen); strings.Contains(line, start(first)) {
				t.Errorf("listen shows the signature of the first delivery: %s", line)
			}
		})
	}
}

func TestNoSignatureOrSecretOfAnAnswerIsShown(t *testing.T) {
	digits := func(signature string) string { return strings.TrimPrefix(signature, "sha256=") }
	binary := func(signature string) []byte {
		raw, err := hex.DecodeString(digits(signature))
		if err != nil {
			t.Error(err)
		}
		return raw
	}
	body := func(status string) func(text string) string {
		return func(text string) string {
			return "HTTP/1.1 " + status + "\r\nContent-Length: " + strconv.Itoa(len(text)) + "\r\n\r\n" + text
		}
	}
	failing, redirecting := body("500 x"), func(text string) string {
		return "HTTP/1.1 307 x\r\nLocation: http://127.0.0.1/?" + text + "\r\nContent-Length: 0\r\n\r\n"
	}
	forms := map[string]func(signature string) string{
		"as it came":            func(s string) string { return s },
		"in upper case":         strings.ToUpper,
		"cut off":               func(s string) string { return s[:40] },
		"its end":               func(s string) string { return s[40:] },
		"in base64":             func(s string) string { return base64.StdEncoding.EncodeToString(binary(s)) },
		"in base64 for a URL":   func(s string) string { return base64.URLEncoding.EncodeToString(binary(s)) },
		"across the shown part": func(s string) string { return strings.Repeat("x", 160) + s },
		"far behind":            func(s string) string { return strings.Repeat("x", 70_000) + s },
	}
	for form, of := range forms {
		for place, wrap := range map[string]func(string) string{"the body": failing, "Location": redirecting, "no HTTP": func(s string) string { return s + "\r\n\r\n" }} {
			if place != "the body" && strings.HasPrefix(of("sha256="+strings.Repeat("0", 64)), "xxx") {
				continue
			}
			for _, flags := range [][]string{{}, {"-json"}, {"-forge"}} {
				t.Run(form+" in "+place+strings.Join(flags, " "), func(t *testing.T) {
					var sent string
					url := raw(t, func(signature string) string { sent = signature; return wrap(of(signature)) })
					r := call{args: append([]string{"send", url}, flags...), env: []string{secretSet, previousSet}}.run(t)
					out := strings.ToLower(r.stdout + r.stderr)
					for i := 0; i+16 <= len(digits(sent)); i++ {
						if strings.Contains(out, digits(sent)[i:i+16]) {
							t.Fatalf("a part of the signature is shown:\n%s", out)
						}
					}
					if b := base64.RawStdEncoding.EncodeToString(binary(sent)); strings.Contains(r.stdout, b[:16]) {
						t.Errorf("the signature is shown in base64:\n%s", r.stdout)
					}
				})
			}
		}
	}
	for name, value := range map[string]string{"the secret": secret, "the previous secret": previous, "the secret's digits": secret[6:], "in capitals": strings.ToUpper(secret)} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answering(http.StatusInternalServerError, "key is "+value))
			t.Cleanup(server.Close)
			r := call{args: []string{"send", server.URL}, env: []string{secretSet, previousSet}}.run(t)
			r.check(t, 1, "answer: key is ", "****")
			if strings.Contains(strings.ToLower(r.stdout), value[10:30]) {
				t.Errorf("it is shown:\n%s", r.stdout)
			}
		})
	}
}
