//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// listening is a running listen command.
type listening struct {
	url, page string
	cmd       *exec.Cmd
	lines     chan string
	stderr    bytes.Buffer
	ended     bool
}

// listen starts the command on a free port with these flags, and waits until it listens.
func listen(t *testing.T, env []string, flags ...string) *listening {
	t.Helper()
	l := &listening{lines: make(chan string, 10_000)}
	l.cmd = exec.Command(binary, append([]string{"listen", "-addr", "127.0.0.1:0"}, flags...)...)
	l.cmd.Env = append([]string{secretSet}, env...)
	l.cmd.Stderr = &l.stderr
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !l.ended {
			l.stop(t, syscall.SIGINT, 130)
		}
		if l.stderr.Len() > 0 {
			t.Errorf("stderr: %s", l.stderr.String())
		}
	})
	go func() {
		defer close(l.lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			l.lines <- scanner.Text()
		}
	}()
	l.url = "http://" + strings.TrimPrefix(l.line(t, "listening on "), "listening on ") + "/webhooks/sendsar"
	if !slices.Contains(flags, "off") {
		l.page = strings.TrimPrefix(l.line(t, "page on http://127.0.0.1:"), "page on ")
	}
	return l
}

// line waits for a line that contains text, and returns the line.
func (l *listening) line(t *testing.T, text string) string {
	t.Helper()
	patience := time.After(20 * time.Second)
	var before []string
	for {
		select {
		case line, more := <-l.lines:
			if strings.Contains(line, text) {
				return line
			}
			if !more {
				t.Fatalf("it ended without %q: %q, %s", text, before, l.stderr.String())
			}
			before = append(before, line)
			result{stdout: line}.checkSilence(t)
		case <-patience:
			t.Fatalf("no line has %q: %q", text, before)
		}
	}
}

func (l *listening) stop(t *testing.T, signal os.Signal, status int) {
	t.Helper()
	l.signal(t, signal)
	l.wait(t, status)
}

// interrupt sends SIGINT to the command. Its last lines can still be read.
func (l *listening) interrupt(t *testing.T) { l.signal(t, syscall.SIGINT) }

func (l *listening) signal(t *testing.T, signal os.Signal) {
	t.Helper()
	l.ended = true
	if err := l.cmd.Process.Signal(signal); err != nil {
		t.Error(err)
	}
}

func (l *listening) wait(t *testing.T, status int) {
	t.Helper()
	_ = l.cmd.Wait() // its exit status is checked
	if got := l.cmd.ProcessState.ExitCode(); got != status {
		t.Errorf("exit status %d, want %d: %s", got, status, l.stderr.String())
	}
}

// post sends a request and returns the answer.
func post(t *testing.T, r *http.Request) (status int, header http.Header, body string) {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(content)
}

func TestListenAnswersByItself(t *testing.T) {
	l := listen(t, []string{previousSet}, "-page", "off")
	for name, test := range map[string]struct {
		request *http.Request
		status  int
		lines   []string
	}{
		"a genuine delivery":       {webhooktest.NewRequest(l.url, secret, []byte(event)), 204, []string{"genuine   message.created       65 bytes  204 No Content in "}},
		"the previous secret":      {webhooktest.NewRequest(l.url, previous, []byte(event)), 204, []string{"previous secret"}},
		"another event":            {webhooktest.NewRequest(l.url, secret, []byte(`{"event":"x\u001b[31m"}`)), 204, []string{"genuine   (no event)            23 bytes"}},
		"a final newline":          {changed(l.url, event+"\n", "sha256="+webhook.Sign(secret, []byte(event))[7:]), 401, []string{"refused   message.created       66 bytes  401 Unauthorized in ", "final newline"}},
		"a cut signature":          {changed(l.url, event, webhook.Sign(secret, []byte(event))[:67]), 401, []string{"refused", "60 of 64 digits"}},
		"no signature":             {changed(l.url, event, ""), 401, []string{"refused", "X-Webhook-Signature"}},
		"a secret nobody here has": {webhooktest.NewRequest(l.url, webhooktest.NewSecret(), []byte(event)), 401, []string{"refused", "signature does not match the body", "No common mistake"}},
		"two signatures":           {twice(webhooktest.NewRequest(l.url, secret, []byte(event))), 401, []string{"refused", "several X-Webhook-Signature headers"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, body := post(t, test.request)
			want := ""
			if test.status == 401 {
				want = "invalid signature\n"
			}
			if status != test.status || body != want {
				t.Errorf("status %d, %q", status, body)
			}
			for _, text := range test.lines {
				l.line(t, text)
			}
		})
	}
}

func changed(url, body, signature string) *http.Request {
	r := webhooktest.NewRequest(url, secret, []byte(body))
	r.Header.Del(webhook.SignatureHeader)
	if signature != "" {
		r.Header.Set(webhook.SignatureHeader, signature)
	}
	return r
}

func twice(r *http.Request) *http.Request {
	r.Header.Add(webhook.SignatureHeader, r.Header.Get(webhook.SignatureHeader))
	return r
}

func TestListenForwardsTheExactBytesAndHeaders(t *testing.T) {
	const body = "{\"event\":\"call.ended\"}\x00\xff\r\n"
	app := newEndpoint(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("X-Answer", "1")
		w.Header().Add("X-Answer", "2")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "answer to "+r.URL.String())
	})
	root := strings.TrimSuffix(app.url, "/webhooks/sendsar")
	for name, test := range map[string]struct{ forward, arrives string }{
		"a URL without a path": {root, "/any/path%2Fhere?a=b&a=%20"},
		"a URL with a slash":   {root + "/", "/any/path%2Fhere?a=b&a=%20"},
		"a URL with a path":    {root + "/hooks?x=1", "/hooks?x=1"},
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, nil, "-forward", test.forward, "-page", "off")
			r := webhooktest.NewRequest(strings.Replace(l.url, "/webhooks/sendsar", "/any/path%2Fhere?a=b&a=%20", 1), secret, []byte(body))
			r.Host = "hooks.example.com"
			r.Header["User-Agent"] = nil
			r.Header["X-Forwarded-For"] = []string{"192.0.2.7"}
			r.Header["X-Twice"] = []string{"1", "2"}
			status, header, answer := post(t, r)
			if status != http.StatusTeapot || answer != "answer to "+test.arrives || !slices.Equal(header["X-Answer"], []string{"1", "2"}) {
				t.Errorf("the sender got %d, %q, %v", status, answer, header)
			}
			all := app.received()
			got := all[len(all)-1]
			got.header.Del("Accept-Encoding") // the test's client adds it
			want := http.Header{
				"Content-Type": {"application/json"}, "Content-Length": {"26"}, "X-Forwarded-For": {"192.0.2.7"}, "X-Twice": {"1", "2"},
				webhook.SignatureHeader: {webhook.Sign(secret, []byte(body))},
			}
			if got.body != body || got.method != http.MethodPost || got.path != test.arrives || got.host != "hooks.example.com" || !equalHeaders(got.header, want) {
				t.Errorf("the app got %+v", got)
			}
			l.line(t, "418 I'm a teapot in ")
		})
	}
}

func equalHeaders(a, b http.Header) bool {
	if len(a) != len(b) {
		return false
	}
	for name := range a {
		if !slices.Equal(a[name], b[name]) {
			return false
		}
	}
	return true
}

func TestListenSaysWhatBecomesOfForwarding(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	cut := newEndpoint(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "start")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	t.Run("nobody listens there", func(t *testing.T) {
		l := listen(t, nil, "-forward", closed.URL, "-page", "off")
		if status, _, body := post(t, webhooktest.NewRequest(l.url, secret, []byte(event))); status != http.StatusBadGateway || body != "no answer from the app\n" {
			t.Errorf("status %d, %q", status, body)
		}
		l.line(t, "no answer from the app: cannot connect: connection refused")
	})
	t.Run("an answer that is cut off is no whole one for the sender", func(t *testing.T) {
		l := listen(t, nil, "-forward", cut.url, "-page", "off")
		response, err := http.DefaultClient.Do(webhooktest.NewRequest(l.url, secret, []byte(event)))
		if err == nil {
			_, err = io.ReadAll(response.Body)
			_ = response.Body.Close() // it was only read
		}
		if err == nil {
			t.Error("the sender got a whole answer")
		}
		l.line(t, "the answer was cut off")
	})
	t.Run("what the app refuses is explained", func(t *testing.T) {
		l := listen(t, nil, "-forward", verifying(t, secret).URL, "-page", "off")
		r := changed(l.url, event+"\n", webhook.Sign(secret, []byte(event)))
		if status, _, body := post(t, r); status != http.StatusUnauthorized || body != "invalid signature\n" {
			t.Errorf("status %d, %q", status, body)
		}
		l.line(t, "401 Unauthorized in ")
		l.line(t, "final newline")
	})
}

func TestThePageOfListenSendsADeliveryAgain(t *testing.T) {
	app := newEndpoint(t, answering(http.StatusOK, "known: "+secret+" "+signature(event+"\n")))
	l := listen(t, nil, "-forward", app.url)
	post(t, changed(l.url, event+"\n", signature(event))) // refused; the app's answer has a secret and the right signature
	l.line(t, "final newline")
	get := func(path string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.page+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		status, header, body := post(t, r)
		if status != http.StatusOK || !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: status %d, %v", path, status, header)
		}
		for _, hidden := range []string{secret[6:], signature(event + "\n")[7:]} {
			if strings.Contains(body, hidden) {
				t.Errorf("%s shows a secret or the expected signature", path)
			}
		}
		return body
	}
	get("")
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(get("deliveries/1"))
	if token == nil {
		t.Fatal("no token")
	}
	again := func(token string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, l.page+"deliveries/1/again", strings.NewReader("token="+token))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		status, _, _ := post(t, r)
		return status
	}
	if status := again("none"); status != http.StatusForbidden {
		t.Errorf("without the token: %d", status)
	}
	if status := again(token[1]); status != http.StatusSeeOther {
		t.Errorf("with the token: %d", status)
	}
	l.line(t, "sent again")
	get("deliveries/2")
	all := app.received()
	if len(all) != 2 || all[1].body != all[0].body || all[1].header.Get(webhook.SignatureHeader) != signature(event) || all[1].path != all[0].path {
		t.Errorf("the app got %+v", all)
	}
}

func TestListenSaysWhyTheAppDoesNotAcknowledge(t *testing.T) {
	for name, test := range map[string]struct {
		app  http.HandlerFunc
		line string
	}{
		"it has another secret": {answering(401, "invalid signature\n"), "the signature is right: does the server have this secret"},
		"a login is in front":   {asking(401, "log in"), "the signature is right: this 401 asks for a login"},
		"it redirects":          {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }, "the signature is right: a redirect is not followed"},
		"it has no such route":  {answering(404, ""), "the signature is right: is the route POST and this path?"},
	} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, nil, "-forward", newEndpoint(t, test.app).url, "-page", "off")
			post(t, webhooktest.NewRequest(l.url, secret, []byte(event)))
			l.line(t, "genuine")
			l.line(t, test.line)
		})
	}
	t.Run("a browser asks, and that is no delivery", func(t *testing.T) {
		l := listen(t, nil, "-page", "off")
		ask(t, l, "GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n")
		l.line(t, "refused   (GET request)")
		l.line(t, "this is a GET request, and Sendsar sends POST")
	})
}

func TestListenRefusesABodyThatIsNotWhole(t *testing.T) {
	app := newEndpoint(t, answering(http.StatusOK, ""))
	l := listen(t, nil, "-max-body", "100", "-forward", app.url, "-page", "off")
	if status, _, _ := post(t, webhooktest.NewRequest(l.url, secret, bytes.Repeat([]byte("x"), 101))); status != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", status)
	}
	l.line(t, "413 ")
	l.line(t, "more bytes than -max-body allows; raise -max-body")
	if status, _, _ := post(t, webhooktest.NewRequest(l.url, secret, bytes.Repeat([]byte("x"), 100))); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if got := app.received(); len(got) != 1 {
		t.Errorf("the app got %d requests, want the whole one alone", len(got))
	}
}

func TestListenSavesEachDeliveryAndReplaySendsItAgain(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "folder")
	l := listen(t, nil, "-save", folder, "-page", "off")
	bodies := []string{event, "", "\x00\xff\r\n\r\n", event + "\n"}
	for i, body := range bodies {
		r := webhooktest.NewRequest(l.url, secret, []byte(body))
		if i == 0 {
			r = webhooktest.NewRequest(l.url, previous, []byte(body)) // refused, and saved
		}
		if i == 2 {
			r.ContentLength = -1 // chunked
		}
		post(t, r)
	}
	l.stop(t, syscall.SIGTERM, 143)
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(names) != len(bodies) {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for i, name := range names { // Glob sorts them
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 || !regexp.MustCompile(`^\d{8}T\d{6}\.\d{9}Z-\d{6}\.http$`).MatchString(info.Name()) {
			t.Errorf("%v, %v", info, err)
		}
		r, err := webhooktest.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r.Body)
		if err != nil || string(got) != bodies[i] || r.RequestURI != "/webhooks/sendsar" || len(r.TransferEncoding) > 0 {
			t.Errorf("%d: %q, %+v, %v", i, got, r, err)
		}
	}

	app := verifying(t, secret)
	first := "000001.http: 65 bytes: "
	r := call{args: slices.Concat([]string{"replay"}, names, []string{app.URL}), env: []string{}}.run(t)
	r.check(t, 1, first+"401 Unauthorized in ", "000002.http: 0 bytes: 204 No Content in ")
	if strings.Count(r.stdout, "\n") != len(bodies) || strings.Count(r.stdout, "204 No Content") != len(bodies)-1 {
		t.Errorf("stdout: %s", r.stdout)
	}
	call{args: slices.Concat([]string{"replay", "-resign"}, names, []string{app.URL})}.run(t).check(t, 0, first+"204 No Content in ")
	r = call{args: slices.Concat([]string{"replay", "-resign", "-previous"}, names, []string{app.URL}), env: []string{previousSet}}.run(t)
	r.check(t, 1)
	if strings.Count(r.stdout, "401 Unauthorized") != len(bodies) {
		t.Errorf("stdout: %s", r.stdout)
	}

	e := newEndpoint(t, answering(http.StatusOK, ""))
	call{args: []string{"replay", names[2], e.url}, env: []string{}}.run(t).check(t, 0)
	if got := e.received()[0]; got.body != bodies[2] || got.header.Get(webhook.SignatureHeader) != signature(bodies[2]) || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("the app got %+v", got)
	}
}

func TestReplaySendsNothingIfAFileIsNotRight(t *testing.T) {
	e := newEndpoint(t, answering(http.StatusOK, ""))
	right := "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
	for name, test := range map[string]struct {
		args  []string
		texts []string
	}{
		"a file that is no request":          {[]string{file(t, right), file(t, event), e.url}, []string{"FILE 2", "listen -save"}},
		"a file that an editor changed":      {[]string{file(t, right+"\n"), e.url}, []string{"FILE 1", "bytes follow the body"}},
		"a file that is too large":           {[]string{"-max-body", "1", file(t, right+strings.Repeat("x", 2<<20)), e.url}, []string{"FILE 1", "-max-body"}},
		"no file":                            {[]string{e.url}, []string{"name one FILE or more"}},
		"no URL":                             {[]string{file(t, right), file(t, right)}, []string{"URL (the last argument)"}},
		"a secret that nothing needs":        {[]string{"-secret-file", "x", file(t, right), e.url}, []string{"add -resign"}},
		"the previous secret without a need": {[]string{"-previous", file(t, right), e.url}, []string{"add -resign"}},
	} {
		t.Run(name, func(t *testing.T) {
			call{args: append([]string{"replay"}, test.args...)}.run(t).checkUsage(t, test.texts...)
		})
	}
	if got := len(e.received()); got != 0 {
		t.Errorf("%d deliveries were sent", got)
	}
}

func TestListenAcknowledgesNothingThatItCouldNotSave(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "deliveries")
	l := listen(t, nil, "-save", folder, "-page", "off")
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if status, _, body := post(t, webhooktest.NewRequest(l.url, secret, []byte(event))); status != http.StatusInternalServerError || body != "the delivery could not be saved\n" {
		t.Errorf("status %d, %q", status, body)
	}
	l.line(t, "500 Internal Server Error")
	l.stop(t, syscall.SIGINT, 130)
	if got := l.stderr.String(); !strings.Contains(got, "-save: no such file") || strings.Contains(got, folder) {
		t.Errorf("stderr: %s", got)
	}
	l.stderr.Reset()
}

func TestListenIsRefusedWhatItCannotUse(t *testing.T) {
	taken := httptest.NewServer(nil)
	t.Cleanup(taken.Close)
	address := strings.TrimPrefix(taken.URL, "http://")
	for name, test := range map[string]struct {
		env, args, texts []string
	}{
		"an address in use":          {nil, []string{"-addr", address}, []string{"-addr: cannot listen there: address already in use"}},
		"a page's address in use":    {nil, []string{"-page", address}, []string{"-page: cannot listen there"}},
		"a page for everybody":       {nil, []string{"-page", "0.0.0.0:0"}, []string{"-page", "this machine alone"}},
		"a page on every address":    {nil, []string{"-page", ":0"}, []string{"-page", "this machine alone"}},
		"a page for the network":     {nil, []string{"-page", "192.0.2.1:0"}, []string{"-page", "this machine alone"}},
		"a page under a name":        {nil, []string{"-page", "example.com:0"}, []string{"-page", "this machine alone"}},
		"a secret that New refuses":  {[]string{"SENDSAR_WEBHOOK_SECRET='" + secret + "'"}, nil, []string{"SENDSAR_WEBHOOK_SECRET", "quotes"}},
		"a previous one like that":   {[]string{secretSet, "SENDSAR_WEBHOOK_PREVIOUS_SECRET=x"}, nil, []string{"secret", "too short"}},
		"no secret":                  {[]string{}, nil, []string{"SENDSAR_WEBHOOK_SECRET is not set"}},
		"a body limit of nothing":    {nil, []string{"-max-body", "0"}, []string{"-max-body"}},
		"a body limit without limit": {nil, []string{"-max-body", "9999999999"}, []string{"-max-body"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"listen", "-addr", "127.0.0.1:0"}, test.args...)
			call{args: args, env: test.env}.run(t).checkUsage(t, test.texts...)
		})
	}
}
