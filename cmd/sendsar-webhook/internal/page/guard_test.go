package page_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/page"
	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// reply is the head of an answer.
type reply struct {
	status int
	header http.Header
}

// request makes a request. A header "Host" is sent as the host.
func request(t *testing.T, method, url string, header map[string]string, body string) (reply, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	r.Host = header["Host"]
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header}, string(content)
}

func TestPageNeedsALog(t *testing.T) {
	if _, err := page.New(page.Config{}); err == nil {
		t.Error("there is no error")
	}
}

func TestHostMustBeLoopback(t *testing.T) {
	log := received.NewLog(5, 1<<20)
	log.Add(genuine("console.test"))
	address := serve(t, page.Config{Log: log})
	for host, want := range map[string]int{
		"localhost": 200, "localhost:1": 200, "LocalHost:80": 200, "127.0.0.1": 200, "127.9.8.7:65535": 200, "[::1]": 200, "[::1]:8080": 200,
		"example.com": 421, "localhost.example.com": 421, "127.0.0.1.example.com": 421, "localhost.": 421, "192.168.0.1": 421, "0.0.0.0": 421,
		"[::]": 421, "[::ffff:127.0.0.1]": 421, "127.1": 421, "2130706433": 421, "127.0.0.1:x": 421, "127.0.0.1:": 421,
	} {
		for _, path := range []string{"/", "/deliveries/1", "/deliveries/1/file", "/deliveries/1/curl", "/script.js"} {
			answer, content := request(t, http.MethodGet, address+path, map[string]string{"Host": host}, "")
			if answer.status != want {
				t.Errorf("%s of %q: got %d, want %d", path, host, answer.status, want)
			}
			if want != 200 && strings.Contains(content, "console.test") {
				t.Errorf("%s of %q has the delivery", path, host)
			}
		}
	}
	// Without a Host, which only HTTP/1.0 allows.
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
	if line, _ := bufio.NewReader(conn).ReadString('\n'); !strings.Contains(line, " 421 ") {
		t.Errorf("without a Host: %q", line)
	}
}

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	log := received.NewLog(5, 1<<20)
	log.Add(genuine("console.test"))
	address := serve(t, page.Config{Log: log})
	for path, method := range map[string]string{
		"/": "GET", "/deliveries/1": "GET", "/deliveries/9": "GET", "/deliveries/1/file": "GET", "/deliveries/1/curl": "GET", "/script.js": "GET",
		"/style.css": "GET", "/events": "HEAD", "/nothing": "GET", "/deliveries/1/again": "POST", "/deliveries": "DELETE",
	} {
		answer, _ := request(t, method, address+path, nil, "")
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "Access-Control-Allow-Origin": "",
		} {
			if got := answer.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		policy := answer.header.Get("Content-Security-Policy")
		for _, want := range []string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'none'", "form-action 'self'",
			"frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'",
		} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy %q has no %q", path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
	}
}

var tokenField = regexp.MustCompile(`name="token" value="([A-Z2-7]{26})"`)

func tokenOf(t *testing.T, address string) string {
	t.Helper()
	_, content := request(t, http.MethodGet, address, nil, "")
	found := tokenField.FindStringSubmatch(content)
	if found == nil {
		t.Fatalf("no token in %s", content)
	}
	return found[1]
}

func TestOnlyThePageSendsAgain(t *testing.T) {
	log := received.NewLog(5, 1<<20)
	log.Add(genuine("console.test"))
	sent := 0
	config := page.Config{Log: log, Again: func(context.Context, int) (int, error) { sent++; return 1, nil }}
	address := serve(t, config)
	token, foreign := tokenOf(t, address+"/deliveries/1"), tokenOf(t, serve(t, config)+"/deliveries/1")
	if token == foreign {
		t.Fatal("two pages have the same token")
	}
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	with := func(more ...string) map[string]string {
		all := map[string]string{"Content-Type": form["Content-Type"]}
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	good := url.Values{"token": {token}}.Encode()
	for name, test := range map[string]struct {
		method, query string
		header        map[string]string
		body          string
		want          int
	}{
		"no token":             {"POST", "", form, "", 403},
		"an empty token":       {"POST", "", form, "token=", 403},
		"another one":          {"POST", "", form, "token=" + foreign, 403},
		"longer":               {"POST", "", form, good + "A", 403},
		"in the URL":           {"POST", "?" + good, form, "", 403},
		"not a form":           {"POST", "", map[string]string{"Content-Type": "text/plain"}, good, 403},
		"GET":                  {"GET", "?" + good, nil, "", 405},
		"PUT":                  {"PUT", "", form, good, 405},
		"a foreign origin":     {"POST", "", with("Origin", "http://evil.example"), good, 403},
		"no origin":            {"POST", "", with("Origin", "null"), good, 403},
		"another port":         {"POST", "", with("Origin", "http://127.0.0.1:1"), good, 403},
		"cross-site":           {"POST", "", with("Sec-Fetch-Site", "cross-site"), good, 403},
		"same-site":            {"POST", "", with("Sec-Fetch-Site", "same-site"), good, 403},
		"cross-site, document": {"POST", "", with("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"), good, 403},
		"a large form":         {"POST", "", form, good + "&x=" + strings.Repeat("x", 1<<20), 400},
	} {
		answer, _ := request(t, test.method, address+"/deliveries/1/again"+test.query, test.header, test.body)
		if answer.status != test.want || sent != 0 {
			t.Errorf("%s: got %d, want %d; sent %d", name, answer.status, test.want, sent)
		}
		sent = 0
	}
	for name, header := range map[string]map[string]string{
		"a browser": with("Sec-Fetch-Site", "same-origin", "Origin", address), "an older one": with("Origin", address), "none": form,
	} {
		sent = 0
		answer, _ := request(t, "POST", address+"/deliveries/1/again", header, good)
		if answer.status != http.StatusSeeOther || answer.header.Get("Location") != "/deliveries/1" || sent != 1 {
			t.Errorf("%s: got %d, sent %d", name, answer.status, sent)
		}
	}
}

// Other sites may link to the page, but not load it into theirs.
func TestOtherSitesEmbedNothing(t *testing.T) {
	address := serve(t, page.Config{Log: received.NewLog(5, 1<<20)})
	for name, test := range map[string]struct {
		site, mode, dest string
		want             int
	}{
		"typed": {"none", "navigate", "document", 200}, "own script": {"same-origin", "no-cors", "script", 200},
		"a link": {"cross-site", "navigate", "document", 200}, "a script": {"cross-site", "no-cors", "script", 403},
		"a frame": {"same-site", "navigate", "iframe", 403}, "fetch": {"same-site", "cors", "empty", 403},
	} {
		answer, _ := request(t, "GET", address+"/", map[string]string{
			"Sec-Fetch-Site": test.site, "Sec-Fetch-Mode": test.mode, "Sec-Fetch-Dest": test.dest,
		}, "")
		if answer.status != test.want {
			t.Errorf("%s: got %d, want %d", name, answer.status, test.want)
		}
	}
}

func TestSendAgainReportsAFailure(t *testing.T) {
	log := received.NewLog(5, 1<<20)
	log.Add(genuine("console.test"))
	address := serve(t, page.Config{Log: log, Again: func(context.Context, int) (int, error) { return 0, errors.New("<b>refused\u202e") }})
	token := tokenOf(t, address+"/deliveries/1")
	header := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	answer, content := request(t, "POST", address+"/deliveries/1/again", header, "token="+token)
	if answer.status != http.StatusBadGateway || !strings.Contains(content, `&lt;b&gt;refused<span class="escape">\u202e</span>`) {
		t.Errorf("got %d: %s", answer.status, content)
	}
	noApp := serve(t, page.Config{Log: log})
	if answer, _ := request(t, "POST", noApp+"/deliveries/1/again", header, "token="+tokenOf(t, noApp+"/deliveries/1")); answer.status != http.StatusConflict {
		t.Errorf("without an app: got %d", answer.status)
	}
}

func TestSavedFileHasTheExactBytes(t *testing.T) {
	log := received.NewLog(5, 1<<20)
	d := delivery("\x00\xff</script>\r\n")
	id := log.Add(d)
	address := serve(t, page.Config{Log: log, Redact: func(received.Delivery) func(string) string { return func(string) string { return "" } }})
	answer, content := request(t, "GET", address+"/deliveries/1/file", nil, "")
	d.ID = id
	if content != string(d.File()) {
		t.Errorf("got %q", content)
	}
	if got, want := answer.header.Get("Content-Disposition"), `attachment; filename="delivery-000001-20260304T151617.089Z.http"`; got != want {
		t.Errorf("got %s", got)
	}
	if got := answer.header.Get("Content-Type"); got != "application/octet-stream" {
		t.Errorf("got %s", got)
	}
}

func TestUnknownDeliveriesAreNotFound(t *testing.T) {
	address := serve(t, page.Config{Log: received.NewLog(5, 1<<20)})
	for _, path := range []string{"/deliveries/1", "/deliveries/0", "/deliveries/-1", "/deliveries/x", "/deliveries/1/file", "/deliveries/99999999999999999999", "/assets/page.html"} {
		if answer, _ := request(t, "GET", address+path, nil, ""); answer.status != http.StatusNotFound {
			t.Errorf("%s: got %d", path, answer.status)
		}
	}
}

// A flood of changes causes few events, and the last event has the last change.
func TestEventsComeTogether(t *testing.T) {
	log := received.NewLog(500, 1<<20)
	address := serve(t, page.Config{Log: log})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() && lines.Text() != "event: start" {
		continue
	}
	start := time.Now()
	for range 5000 {
		log.Add(genuine("console.test"))
	}
	messages := 0
	last := regexp.MustCompile(`\b5000\b`)
	for lines.Scan() && !last.MatchString(lines.Text()) {
		if lines.Text() == "event: changed" {
			messages++
		}
	}
	if allowed := 2 + int(time.Since(start)/(100*time.Millisecond)); messages == 0 || messages > allowed || lines.Err() != nil {
		t.Errorf("%d messages, want at most %d, %v", messages, allowed, lines.Err())
	}
}
