package webhooktest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// routeCases use other methods, other spellings of the path, and a route without the adapter.
// However the router treats them, the handler behind the adapter never runs unverified.
func routeCases() []testCase {
	const group = "route"
	var all []testCase
	add := func(name string, k kind, w want, send func(to target) []message) {
		all = append(all, testCase{group: group, name: name, kind: k, named: true, want: w, send: send})
	}
	any := kind{limit: maxBody, allMethods: true}
	for _, method := range methods {
		body := sample
		if method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions {
			body = nil // some servers ignore a body with these methods
		}
		notPost := either(unauthorized(), elsewhere())
		if method == http.MethodHead { // its answer has no body to check
			notPost = elsewhere()
		}
		add(method+", unsigned", any, notPost, single(func(to target) message { return to.delivery(body).by(method) }))
		add(method+", forged", any, notPost, single(func(to target) message { return to.forged(body).by(method) }))
		if method != http.MethodHead {
			add(method+", genuine", any, either(accepted(body), elsewhere()), single(func(to target) message { return to.genuine(body).by(method) }))
		}
	}
	preflight := func(to target) message {
		return to.delivery(nil).by(http.MethodOptions).with("Origin: http://localhost", "Access-Control-Request-Method: POST")
	}
	add("a preflight", any, either(unauthorized(), elsewhere()), single(preflight))
	for _, method := range []string{"post", "Post", "FOO", "TRACE"} {
		add("the method "+method+", unsigned", any, either(unauthorized(), elsewhere()), single(func(to target) message { return to.delivery(sample).by(method) }))
	}
	for _, path := range []struct{ name, is string }{
		{"in capitals", "/WEBHOOKS/SENDSAR"},
		{"with a capital", "/webhooks/Sendsar"},
		{"with a slash behind it", "/webhooks/sendsar/"},
		{"with two slashes behind it", "/webhooks/sendsar//"},
		{"with two slashes before it", "//webhooks/sendsar"},
		{"with two slashes in it", "/webhooks//sendsar"},
		{"with a letter encoded", "/webhooks/%73endsar"},
		{"with a slash encoded", "/webhooks%2Fsendsar"},
		{"with a slash encoded behind it", "/webhooks/sendsar%2F"},
		{"with a dot in it", "/webhooks/./sendsar"},
		{"with two dots in it", "/x/../webhooks/sendsar"},
		{"with encoded dots in it", "/x/%2e%2e/webhooks/sendsar"},
		{"with a parameter", "/webhooks/sendsar;a=b"},
		{"with a query", "/webhooks/sendsar?a=b"},
		{"with an empty query", "/webhooks/sendsar?"},
		{"with a fragment", "/webhooks/sendsar#a"},
		{"with a NUL encoded", "/webhooks/sendsar%00"},
		{"with a blank encoded", "/webhooks/sendsar%20"},
		{"as a URL", "http://example.com/webhooks/sendsar"},
		{"as a URL in capitals", "HTTP://EXAMPLE.COM/webhooks/sendsar"},
	} {
		spelt := "the path " + path.name
		refusal := either(unauthorized(), elsewhere())
		add(spelt+", unsigned", standard, refusal, single(func(to target) message { return to.delivery(sample).at(path.is) }))
		add(spelt+", forged", standard, refusal, single(func(to target) message { return to.forged(sample).at(path.is) }))
		add(spelt+", genuine", standard, either(accepted(sample), elsewhere()), single(func(to target) message { return to.genuine(sample).at(path.is) }))
	}

	genuineOpen := func(to target) message { return to.genuine(sample).at(to.open) }
	for _, on := range []OnRefusal{Default, OnlyLog} {
		name, k := "no adapter", kind{limit: maxBody, onRefusal: on}
		if on != Default {
			name += ", beside one with an ErrorHandler"
		}
		add(name+", genuine", k, unverified(sample).withoutError(), single(genuineOpen))
		add(name+", unsigned", k, unverified(sample).withoutError(), single(func(to target) message { return to.delivery(sample).at(to.open) }))
		for i, headers := range exemptingHeaders("1") {
			add(fmt.Sprintf("%s, every debugging header, part %d", name, i+1), k, unverified(sample).withoutError(), single(func(to target) message {
				return to.delivery(sample).at(to.open).with(headers...)
			}))
		}
		// A framework that reuses a context must not find the last request's delivery in it.
		add(name+", after a verified request on the same connection", k, verifiedThenNot(), func(to target) []message {
			return []message{to.genuine(sample), to.delivery([]byte("{}")).at(to.open)}
		})
	}
	return all
}

var methods = []string{
	http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions,
}

// verifiedThenNot is for two requests, of which only the first is verified.
func verifiedThenNot() want {
	return want{
		text: "200 twice; FromContext is true for the first request, and false for the second one, which nothing verified",
		holds: func(o observed) string {
			if problem := o.statusesAre(http.StatusOK, http.StatusOK); problem != "" {
				return problem
			}
			switch {
			case len(o.seen) != 2:
				return fmt.Sprintf("the handler ran %d times, not 2", len(o.seen))
			case !o.seen[0].verified:
				return "FromContext was false for a verified request"
			case o.seen[1].verified:
				return "FromContext was true, and nothing verified the request"
			}
			return ""
		},
	}
}

// exemptionCases are unsigned or forged, and claim to need no signature. Nothing that a client
// sends may exempt it.
func exemptionCases() []testCase {
	const group = "exemption"
	var all []testCase
	add := func(name string, body []byte, change func(m message) message) {
		all = append(all,
			oneMessage(group, name+", unsigned", func(to target) message { return change(to.delivery(body)) }, unauthorized()),
			oneMessage(group, name+", forged", func(to target) message { return change(to.forged(body)) }, unauthorized()),
		)
	}
	for _, agent := range []string{
		"kube-probe/1.30", "ELB-HealthChecker/2.0", "GoogleHC/1.0", "Go-http-client/1.1", "curl/8.5.0", "Sendsar-Console/1.0", "Sendsar/1.0",
		"Prometheus/2.50.0", "Pingdom.com_bot_version_1.4", "UptimeRobot/2.0", "Consul Health Check", "Envoy/HC", "Amazon-Route53-Health-Check-Service",
		"Mozilla/5.0", "PostmanRuntime/7.36.0", "healthcheck", "", "Googlebot/2.1", "Datadog Agent/7.52", "NewRelicPinger/1.0", "StatusCake", "Site24x7",
		"Blackbox Exporter/0.24", "check_http/v2.3.3", "AlwaysOn", "Wget/1.21", "python-requests/2.31", "node", "axios/1.6", "Java/17", "okhttp/4.12", "k6/0.49",
		"HAProxy", "nginx", "AWS Security Scanner", "CloudFront", "Better Uptime Bot", "internal", "test", "monitoring",
	} {
		add(fmt.Sprintf("User-Agent %q", agent), sample, func(m message) message { return m.with("User-Agent: " + agent) })
	}
	for _, value := range []string{
		"1", "true", "yes", "on", "debug", "skip", "none", "POST", "127.0.0.1", "localhost", "admin", "0", "false", "off", "no", "10.0.0.1", "::1", "",
	} {
		for i, headers := range exemptingHeaders(value) {
			add(fmt.Sprintf("every debugging header with the value %q, part %d", value, i+1), sample, func(m message) message { return m.with(headers...) })
		}
		for i, pairs := range exemptingPairs(value) {
			add(fmt.Sprintf("every debugging parameter with the value %q, part %d", value, i+1), sample, func(m message) message {
				return m.at(m.target + "?" + strings.Join(pairs, "&"))
			})
			add(fmt.Sprintf("every debugging cookie with the value %q, part %d", value, i+1), sample, func(m message) message {
				return m.with("Cookie: " + strings.Join(pairs, "; "))
			})
		}
	}
	for _, name := range exempting {
		add("X-"+name+" alone", sample, func(m message) message { return m.with("X-" + name + ": 1") })
	}
	for _, line := range []string{
		"X-Http-Method-Override: GET", "X-Http-Method: OPTIONS", "X-Forwarded-For: 127.0.0.1", "X-Real-Ip: ::1", "Forwarded: for=127.0.0.1;proto=https",
		"X-Forwarded-Proto: https", "X-Forwarded-Host: localhost", "Origin: http://localhost", "Referer: https://console.sendsar.com/", "Cookie: debug=1; session=admin",
		"Authorization: Bearer token", "Authorization: Basic YWRtaW46YWRtaW4=", "Upgrade: websocket", "Range: bytes=0-", "If-None-Match: *", "Accept: text/html",
		"Access-Control-Request-Method: POST", "Sec-Fetch-Site: same-origin", "X-Original-Url: /health", "X-Rewrite-Url: /health", "Purpose: prefetch", "Connection: close",
		"Content-Encoding: gzip", "X-Hub-Signature-256: sha256=0", "X-Request-Id: test", "X-Environment: test", "X-Env: development", "X-Sendsar-Event: console.test",
		"X-Webhook-Event: ping", "X-Event: console.test",
	} {
		add(line, sample, func(m message) message { return m.with(line) })
	}
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]", "webhooks.internal", "webhooks.local", "webhooks.svc.cluster.local", "webhooks.test", "10.0.0.1"} {
		add("Host "+host, sample, func(m message) message { return m.replaced("Host", host) })
	}
	add("an upgrade", sample, func(m message) message {
		return m.with("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
	})
	add("in HTTP/1.0", sample, func(m message) message { m.proto = "HTTP/1.0"; return m })
	add("no Content-Type", sample, func(m message) message { return m.without("Content-Type") })
	for _, contentType := range []string{"text/plain", "text/html", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/grpc", "application/xml", ""} {
		add(fmt.Sprintf("Content-Type %q", contentType), sample, func(m message) message { return m.replaced("Content-Type", contentType) })
	}
	for _, query := range []string{"debug=1", "verify=false", "token=admin", "health", "event=console.test"} {
		add("the query "+query, sample, func(m message) message { return m.at(m.target + "?" + query) })
	}
	for _, body := range []struct{ name, is string }{
		{"an empty body", ""},
		{"an empty object", "{}"},
		{"null", "null"},
		{"the console's test", `{"event":"console.test","roomId":"console-test","message":{"id":"test_1","text":"x","source":"sendsar-console"}}`},
		{"a ping", `{"event":"ping"}`},
		{"a challenge", `{"type":"url_verification","challenge":"x"}`},
		{"no JSON", "hello"},
	} {
		add(body.name, []byte(body.is), func(m message) message { return m })
		add(body.name+", chunked", []byte(body.is), func(m message) message { return m.chunked(7) })
	}
	return all
}

// exempting lists names that a developer could use as a reason to skip verification.
var exempting = []string{
	"Debug", "Debug-Mode", "Test", "Testing", "Test-Mode", "Dry-Run", "Skip", "Skip-Verification", "Skip-Verify", "Skip-Signature", "Skip-Auth", "No-Verify", "No-Auth", "No-Sig",
	"Bypass", "Verified", "Signature-Verified", "Webhook-Verified", "Webhook-Skip", "Trusted", "Internal", "Internal-Request", "Admin", "Forwarded-For", "Real-Ip", "Client-Ip",
	"Health", "Health-Check", "Healthcheck", "Probe", "Ping", "Monitoring", "Replay", "Retry", "Redelivery", "Local", "Dev", "Development", "Sandbox", "Staging", "Mock", "Preview",
	"Sendsar-Test", "Sendsar-Debug", "Sendsar-Verified", "Sendsar-Console", "Sendsar-Skip", "Webhook-Test", "Webhook-Debug", "Auth", "User", "Api-Key", "Key", "Token", "Secret",
	"Insecure", "Unsafe", "Verify", "Validate", "Check", "Signature-Check", "Synthetic", "Smoke-Test", "Load-Test", "Canary", "Cluster", "Proxy", "Gateway", "Env",
}

// exemptingHeaders returns header lines with all of these names, in parts that fit in a small
// buffer.
func exemptingHeaders(value string) (parts [][]string) {
	var lines []string
	for _, name := range exempting {
		lines = append(lines, "X-"+name+": "+value, name+": "+value)
	}
	return slices.Collect(slices.Chunk(lines, (len(lines)+1)/2))
}

// exemptingPairs returns the same as pairs for parameters or cookies.
func exemptingPairs(value string) (parts [][]string) {
	var pairs []string
	for _, name := range exempting {
		name = strings.ToLower(name)
		for _, spelt := range []string{name, strings.ReplaceAll(name, "-", "_"), strings.ReplaceAll(name, "-", "")} {
			if pair := spelt + "=" + value; !slices.Contains(pairs, pair) {
				pairs = append(pairs, pair)
			}
		}
	}
	return slices.Collect(slices.Chunk(pairs, (len(pairs)+1)/2))
}
