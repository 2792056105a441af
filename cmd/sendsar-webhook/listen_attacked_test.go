//go:build unix

package main_test

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// ask sends bytes over a new connection and returns the status of the answer.
func ask(t *testing.T, l *listening, request string) (status int) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(l.url, "http://"), "/webhooks/sendsar"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // the answer is all that is needed
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second)) // a TCP connection has deadlines
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	return response.StatusCode
}

func TestListenPrintsALineForEachDelivery(t *testing.T) {
	// More than the log can keep, and more than can wait for their explanation.
	const n = 150
	l := listen(t, nil, "-page", "off")
	body := []byte(`{"event":"x","t":"` + strings.Repeat(`%7B\"\u00e4<>&/ 1.0 `, 52_000) + `"}`)
	for range n {
		if status, _, _ := post(t, changed(l.url, string(body), signature("x"))); status != http.StatusUnauthorized {
			t.Fatalf("status %d", status)
		}
	}
	l.interrupt(t)
	lines := 0
	for line := range l.lines {
		if strings.Contains(line, "refused") && strings.Contains(line, "1040020 bytes") {
			lines++
		}
		if strings.Contains(line, "No common mistake") && lines == 0 {
			t.Errorf("out of order: %s", line)
		}
	}
	if lines != n {
		t.Errorf("%d lines for %d deliveries", lines, n)
	}
	l.wait(t, 130)
}

func TestListenClaimsNothingAboutADeliveryThatItCouldNotExplain(t *testing.T) {
	l := listen(t, nil, "-page", "off")
	body := `{"t":"` + strings.Repeat(`%7B\"\u00e4<>&/ 1.0 `, 52_000) + `"}`
	for range 5 {
		post(t, changed(l.url, body, signature("x")))
	}
	l.interrupt(t)
	notes := 0
	for line := range l.lines {
		if strings.Contains(line, "not explained, because listen ends") {
			notes++
		}
	}
	if notes == 0 { // five of them take seconds
		t.Error("every delivery was explained after the end")
	}
	l.wait(t, 130)
}

func TestListenAnswersWhereNobodyReadsWhatItPrints(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }() // it is not read to its end
	cmd := call{args: []string{"listen", "-addr", "127.0.0.1:0", "-page", "off"}}.command(t)
	cmd.Stdout = writer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close() // the process has its own
	first, err := bufio.NewReaderSize(reader, 64).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + strings.TrimSpace(strings.TrimPrefix(first, "listening on "))
	for range 1500 { // a pipe holds 64 KiB
		if status, _, _ := post(t, webhooktest.NewRequest(url, secret, []byte(event))); status != http.StatusNoContent {
			t.Fatalf("status %d", status)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its exit status is checked
	if got := cmd.ProcessState.ExitCode(); got != 130 {
		t.Errorf("exit status %d", got)
	}
}

func TestListenForwardsTargetsAsTheyAre(t *testing.T) {
	app := newEndpoint(t, answering(http.StatusOK, ""))
	l := listen(t, nil, "-forward", strings.TrimSuffix(app.url, "/webhooks/sendsar"), "-page", "off")
	for _, target := range []string{"/", "/x?", "/?", "/%2F%2f", `/a"b<>|`, "/x?a=;b&&c=%zz", "/a//b/../c", "//evil.example/path"} {
		status := ask(t, l, "POST "+target+" HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n")
		all := app.received()
		if got := all[len(all)-1]; status != http.StatusOK || got.target != target || got.header.Get("Expect") != "" {
			t.Errorf("%s: status %d, the app got %s, %v", target, status, got.target, got.header)
		}
	}
}

func TestListenHandsOnAnAnswerAsItIs(t *testing.T) {
	for name, test := range map[string]struct {
		answer string
		status int
		header http.Header
		line   string
	}{
		"no Content-Type and no Date":   {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", 200, http.Header{"Content-Length": {"6"}}, "200 OK in "},
		"a status that is none":         {"HTTP/1.1 000 x\r\nContent-Length: 0\r\n\r\n", 502, nil, "no answer from the app: the app's answer has no final HTTP status"},
		"another protocol":              {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", 502, nil, "no answer from the app"},
		"the expected signature echoed": {"HTTP/1.1 200 OK\r\nX-E: \xe9\xe9\xe9\xe9\xe9\xe9" + signature(event) + "\r\nContent-Length: 0\r\n\r\n", 200, http.Header{"Content-Length": {"0"}, "X-E": {"\xe9\xe9\xe9\xe9\xe9\xe9" + signature(event)}}, "200 OK in "},
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, nil, "-forward", raw(t, func(string) string { return test.answer }), "-page", "off")
			status, header, _ := post(t, webhooktest.NewRequest(l.url, secret, []byte(event)))
			if status != test.status || test.header != nil && !equalHeaders(header, test.header) {
				t.Errorf("status %d, %v", status, header)
			}
			l.line(t, test.line)
		})
	}
}

func TestListenNotesEveryRequest(t *testing.T) {
	l := listen(t, nil, "-max-body", "100", "-page", "off")
	for name, test := range map[string]struct {
		request string
		status  int
		line    string
	}{
		"OPTIONS *":                     {"OPTIONS * HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 401, "there is no signature"},
		"an empty body":                 {"POST / HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: " + signature("") + "\r\nContent-Length: 0\r\n\r\n", 204, "0 bytes  204 No Content"},
		"chunks that are none":          {"POST / HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: " + signature("") + "\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "its chunks are not right"},
		"an announced length too large": {"POST / HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: " + signature("") + "\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n", 413, "more bytes than -max-body allows"},
	} {
		t.Run(name, func(t *testing.T) {
			if status := ask(t, l, test.request); status != test.status {
				t.Errorf("status %d", status)
			}
			l.line(t, test.line)
		})
	}
	t.Run("a secret as an event is not shown", func(t *testing.T) {
		post(t, changed(l.url, `{"event":"call.`+secret+`"}`, "x"))
		l.line(t, "(no event)")
	})
}

func TestThePageHidesWhatADeliveryShouldHaveHad(t *testing.T) {
	l := listen(t, nil)
	digits := signature(event)[7:]
	for _, value := range []string{strings.ToUpper(signature(event)), digits, base64.StdEncoding.EncodeToString([]byte(signature(event))), "\xff\xff\xff" + digits} {
		post(t, changed(l.url, event, value))
	}
	post(t, changed(l.url, strings.Repeat("\xff", 40)+secret, "x"))
	for _, path := range []string{"", "deliveries/1", "deliveries/2", "deliveries/2/curl", "deliveries/3", "deliveries/4", "deliveries/5", "deliveries/5/curl"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.page+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		status, _, body := post(t, r)
		for _, hidden := range []string{digits[:20], strings.ToUpper(digits[:20]), base64.StdEncoding.EncodeToString([]byte(signature(event)))[12:32], secret[10:30]} {
			if status != http.StatusOK || strings.Contains(body, hidden) {
				t.Errorf("%s: status %d shows %q: %t", path, status, hidden, strings.Contains(body, hidden))
			}
		}
	}
}

func TestForwardingToListenItselfIsASlip(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close() // its port is free now
	_, port, _ := net.SplitHostPort(address)
	for _, forward := range []string{"http://" + address, "http://localhost:" + port + "/hooks", "http://127.1.2.3:" + port} {
		call{args: []string{"listen", "-addr", address, "-page", "off", "-forward", forward}}.run(t).checkUsage(t, "-forward", "where listen itself listens")
	}
}

func TestNothingWaitsForAFileThatNeverComes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"sign", pipe},
		{"verify", "-signature", "x", pipe},
		{"send", "-data", pipe, anyURL},
		{"sign", "-secret-file", pipe, file(t, event)},
	} {
		t.Run(strings.Join(args[:2], " "), func(t *testing.T) {
			// Opening the pipe for writing blocks until the command opens it for reading.
			cmd := call{args: args}.command(t)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			writer, err := os.OpenFile(pipe, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = writer.Close() }() // nothing was written
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // its exit status is checked
			if got := cmd.ProcessState.ExitCode(); got != 130 {
				t.Errorf("exit status %d", got)
			}
		})
	}
	for _, name := range []string{pipe, "/dev/zero", t.TempDir()} {
		call{args: []string{"replay", name, anyURL}}.run(t).checkUsage(t, "FILE 1", "not a regular file")
	}
	large := "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n" + strings.Repeat("x", webhook.DefaultMaxBodyBytes+1)
	call{args: []string{"replay", file(t, large), anyURL}}.run(t).checkUsage(t, "FILE 1", "-max-body")
}

func TestSlipsThatTheLibraryAccepts(t *testing.T) {
	for _, test := range []struct{ args, texts []string }{
		{[]string{"send", "-json=", anyURL}, []string{"-json", "empty"}},
		{[]string{"send", "--forge=", anyURL}, []string{"-forge", "empty"}},
		{[]string{"sign", "-previous=", "x"}, []string{"-previous", "empty"}},
		{[]string{"send", "http://127.0.0.1:99999/"}, []string{"URL: the port"}},
		{[]string{"listen", "-forward", "http://127.0.0.1:0"}, []string{"-forward: the port"}},
	} {
		call{args: test.args}.run(t).checkUsage(t, test.texts...)
	}
	r := call{args: []string{"listen", "-addr", "127.0.0.1:0"}, env: []string{secretSet, "SENDSAR_WEBHOOK_PREVIOUS_SECRET=x"}}.run(t)
	r.checkUsage(t, "SENDSAR_WEBHOOK_PREVIOUS_SECRET")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full on this system")
	}
	defer func() { _ = full.Close() }() // it holds nothing
	for _, args := range [][]string{{"verify", "-signature", "x"}, {"replay", file(t, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), anyURL}} {
		cmd := call{args: args, stdin: strings.NewReader(event)}.command(t)
		var stderr strings.Builder
		cmd.Stdout, cmd.Stderr = full, &stderr
		_ = cmd.Run() // its exit status is checked
		result{"", stderr.String(), cmd.ProcessState.ExitCode()}.checkUsage(t, "standard output", "no space left")
	}
}
