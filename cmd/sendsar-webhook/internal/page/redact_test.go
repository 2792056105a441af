package page_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/page"
	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

const secret = "whsec_0123456789abcdef"

// secretEverywhere returns a delivery with the secret in each text of it and of its answer.
func secretEverywhere() received.Delivery {
	header := http.Header{"X-" + secret: {secret}, "Authorization": {"Bearer " + secret}}
	return received.Delivery{
		At: arrival, Method: secret, Target: "/" + secret, Proto: secret, Host: secret, Header: header, Body: []byte("\x00" + secret),
		Incomplete: secret, Event: secret, Refusal: secret,
		Diagnosis: &received.Diagnosis{Mistakes: []received.Mistake{{Text: secret, Fix: secret}}, Note: secret},
		Answer:    &received.Answer{Status: 500, Header: header, Body: []byte(`{"a":"` + secret + `"}`), Failure: secret, FromApp: true},
	}
}

func TestSecretsAreNotOnThePage(t *testing.T) {
	log := received.NewLog(5, 1<<20)
	log.Add(secretEverywhere())
	tried := secretEverywhere()
	tried.Diagnosis = &received.Diagnosis{Tried: []string{secret}}
	// These texts are cut inside the secret.
	tried.Body = []byte(strings.Repeat("x", 64<<10-10) + secret)
	tried.Target = strings.Repeat("x", 190) + secret
	tried.Event = ""
	log.Add(tried)
	config := page.Config{Log: log, App: "http://user:" + secret + "@app/", Address: secret}
	paths := []string{"/", "/deliveries/1", "/deliveries/2", "/deliveries/1/curl", "/deliveries/2/curl"}
	for _, path := range paths {
		if _, content := request(t, "GET", serve(t, config)+path, nil, ""); !strings.Contains(content, secret[:10]) {
			t.Errorf("%s: the test shows nothing", path)
		}
	}
	config.Redact = func(received.Delivery) func(string) string {
		return func(text string) string { return strings.ReplaceAll(text, secret, "[secret]") }
	}
	for _, path := range paths {
		_, content := request(t, "GET", serve(t, config)+path, nil, "")
		if strings.Contains(content, secret[:8]) || strings.Contains(content, "d2hzZW") {
			t.Errorf("%s has the secret: %s", path, content)
		}
		if strings.HasPrefix(path, "/deliveries/") && !strings.HasSuffix(path, "curl") && !strings.Contains(content, "does not send the exact bytes") {
			t.Errorf("%s does not say that the command is not exact", path)
		}
	}
	if d, _ := log.Get(1); !reflect.DeepEqual(d.Header, secretEverywhere().Header) || string(d.Body) != "\x00"+secret {
		t.Error("the log was changed")
	}
}

func TestCurlCommandIsForTheApp(t *testing.T) {
	log := received.NewLog(5, 1<<20)
	log.Add(genuine("console.test"))
	absolute := genuine("console.test")
	absolute.Target = "http://evil.example/a?b"
	log.Add(absolute)
	for name, test := range map[string]struct{ app, path, want string }{
		"app":      {"http://127.0.0.1:3000", "/deliveries/1/curl", "--url 'http://127.0.0.1:3000/webhooks/sendsar'\n"},
		"listen":   {"", "/deliveries/1/curl", "--url 'http://127.0.0.1:8080/webhooks/sendsar'\n"},
		"absolute": {"", "/deliveries/2/curl", "--url 'http://127.0.0.1:8080/a?b'\n"},
	} {
		c := page.Config{Log: log, App: test.app, Address: "127.0.0.1:8080"}
		if test.app != "" {
			c.AppURL = func(target string) string { return test.app + target }
		}
		address := serve(t, c)
		answer, got := request(t, "GET", address+test.path, nil, "")
		if !strings.HasSuffix(got, test.want) || answer.header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: got %s", name, got)
		}
		if _, content := request(t, "GET", address+"/deliveries/1", nil, ""); strings.Contains(content, "does not send the exact bytes") {
			t.Errorf("%s: an exact command is said not to be", name)
		}
	}
}
