package webhook_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// expectant is a request that waits for "100 Continue" before it sends its body.
func expectant(length int, lines ...string) []string {
	return head(append(lines, lengthLine(length), "Expect: 100-continue")...)
}

func TestContinueIsNeverSentForARefusedHeader(t *testing.T) {
	const limit = 1000
	v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(limit))
	genuine := signatureLine(currentSecret)
	type row struct {
		request []string
		status  int
		public  string
	}
	eachOf(t, map[string]row{
		"missing":              {expectant(10), 401, unauthorized},
		"empty":                {expectant(10, webhook.SignatureHeader+":"), 401, unauthorized},
		"malformed":            {expectant(10, webhook.SignatureHeader+": sha256=0"), 401, unauthorized},
		"repeated":             {expectant(10, genuine, genuine), 401, unauthorized},
		"in a list":            {expectant(10, genuine+", "+webhook.Sign(foreignSecret, nil)), 401, unauthorized},
		"announced too long":   {expectant(limit+1, genuine), 413, "request body too large"},
		"missing, and chunked": {head("Transfer-Encoding: chunked", "Expect: 100-continue"), 401, unauthorized},
	}, func(t *testing.T, c row) {
		conn := dial(t, serve(t, v.Middleware(never(t))))
		conn.send(c.request...)
		got := conn.response()
		got.checkRefusal(t, c.status, c.public)
		if !got.close {
			t.Error("no Connection: close")
		}
		conn.ends()
	})
	t.Run("but for a header that may be genuine", func(t *testing.T) {
		h, deliveries := witness(t)
		conn := dial(t, serve(t, v.Middleware(h)))
		conn.send(expectant(len(eventBody), genuine)...)
		conn.response().check(t, http.StatusContinue, "")
		conn.sendRaw(eventBody)
		conn.response().check(t, 200, "84 bytes")
		took(t, deliveries, eventBody)
	})
}

// The client never sends a byte of the body. An answer that waits for the body never comes.
func TestAnEarlyRefusalDoesNotWaitForTheBody(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	middlewares := map[string]func(http.Handler) http.Handler{
		"missing signature": v.Middleware,
		"no verifier":       webhook.MiddlewareFor(func(*http.Request) *webhook.Verifier { return nil }),
	}
	for name, middleware := range middlewares {
		for framing, line := range map[string]string{
			"1 MiB":   lengthLine(1 << 20),
			"100 KB":  lengthLine(100_000), // few enough that the server would wait for them
			"1 byte":  lengthLine(1),
			"chunked": "Transfer-Encoding: chunked",
		} {
			t.Run(name+", "+framing, func(t *testing.T) {
				conn := dial(t, serve(t, middleware(never(t))))
				conn.send(head(line)...)
				got := conn.response()
				got.checkRefusal(t, 401, unauthorized)
				if !got.close {
					t.Error("no Connection: close")
				}
				conn.ends()
			})
		}
	}
	t.Run("too many bytes, chunked", func(t *testing.T) {
		small := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(4))
		conn := dial(t, serve(t, small.Middleware(never(t))))
		conn.send(head(signatureLine(currentSecret), "Transfer-Encoding: chunked")...)
		conn.send("5", "12345") // and no last chunk
		conn.response().checkRefusal(t, 413, "request body too large")
		conn.ends()
	})
}

func TestTheConnectionIsKept(t *testing.T) {
	h, deliveries := witness(t)
	srv := serve(t, webhook.MustNew(currentSecret).Middleware(h))
	request := func(secret, framing, body string) string {
		return strings.Join(head(signatureLine(secret), framing), "\r\n") + "\r\n" + body
	}
	length := lengthLine(len(eventBody))
	chunks := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(eventBody), eventBody)
	// Each is accepted, or refused after its end was read: nothing of it is left on the
	// connection.
	requests := []struct {
		data   string
		status int
	}{
		{request(currentSecret, length, eventBody), 200},
		{request(foreignSecret, length, eventBody), 401},
		{request(currentSecret, "Transfer-Encoding: chunked", chunks), 200},
		{strings.Join(head("Content-Length: 0"), "\r\n") + "\r\n", 401}, // unsigned, without a body
		{request(currentSecret, length, eventBody), 200},
	}
	check := func(t *testing.T, got reply, status int) {
		t.Helper()
		if got.status != status || got.close {
			t.Errorf("status %d, want %d; closed: %t", got.status, status, got.close)
		}
		if status == 200 {
			took(t, deliveries, eventBody)
		}
	}
	t.Run("for request after request", func(t *testing.T) {
		conn := dial(t, srv)
		for _, r := range requests {
			conn.sendRaw(r.data)
			check(t, conn.response(), r.status)
		}
	})
	t.Run("for requests sent at once", func(t *testing.T) {
		conn := dial(t, srv)
		var all strings.Builder
		for _, r := range requests {
			all.WriteString(r.data)
		}
		conn.sendRaw(all.String())
		for _, r := range requests {
			check(t, conn.response(), r.status)
		}
	})
}

// net/http drops a length beside "Transfer-Encoding: chunked" before a handler can see it.
// For a proxy in front, the bytes after the last chunk may belong to the message.
func TestTheConnectionEndsAfterARefusedChunkedBody(t *testing.T) {
	other := false
	mux := http.NewServeMux()
	mux.Handle("POST /{$}", webhook.MustNew(currentSecret).Middleware(never(t)))
	mux.HandleFunc("GET /other", func(http.ResponseWriter, *http.Request) { other = true })
	srv := serve(t, mux)
	hidden := "GET /other HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, line := range map[string]string{"forged": signatureLine(foreignSecret), "unsigned": "X-Other: 1", "malformed": webhook.SignatureHeader + ": sha256="} {
		t.Run(name, func(t *testing.T) {
			payload := "0\r\n\r\n" + hidden
			conn := dial(t, srv)
			conn.sendRaw(strings.Join(head(line, "Transfer-Encoding: chunked", lengthLine(len(payload))), "\r\n") + "\r\n" + payload)
			conn.response().checkRefusal(t, 401, unauthorized)
			conn.ends()
		})
	}
	srv.Close() // waits for every handler
	if other {
		t.Error("the hidden request was served")
	}
}

// A refused body must never be taken for the next request.
func TestARefusedBodyIsNotTheNextRequest(t *testing.T) {
	srv := serve(t, webhook.MustNew(currentSecret).Middleware(never(t)))
	smuggled := strings.Join(head(signatureLine(currentSecret), lengthLine(len(eventBody))), "\r\n") + "\r\n" + eventBody
	for name, request := range map[string]string{
		"of a known length": strings.Join(head(lengthLine(len(smuggled))), "\r\n") + "\r\n" + smuggled,
		"chunked":           strings.Join(head("Transfer-Encoding: chunked"), "\r\n") + "\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(smuggled), smuggled),
		"and what follows":  strings.Join(head(lengthLine(3)), "\r\n") + "\r\n" + "abc" + smuggled,
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, srv)
			conn.sendRaw(request)
			conn.response().checkRefusal(t, 401, unauthorized)
			conn.ends()
		})
	}
}

// expire makes every read from the connection fail as after a read timeout.
func expire(w http.ResponseWriter, _ *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)) // a server's connection has deadlines
}

func TestABodyThatDoesNotArriveWhole(t *testing.T) {
	signature := signatureLine(currentSecret)
	cut := eventBody[:len(eventBody)-1]
	chunked := head(signature, "Transfer-Encoding: chunked")
	whole := fmt.Sprintf("%x\r\n%s\r\n", len(eventBody), eventBody)
	type row struct {
		outer  func(http.Handler) http.Handler
		head   []string
		body   string
		hangUp bool // the client sends no more, but waits for the answer
		status int
		public string
	}
	const unreadable = "request body could not be read"
	eachOf(t, map[string]row{
		"a cut body":                   {untouched, head(signature, lengthLine(len(eventBody))), cut, true, 400, unreadable},
		"an empty one":                 {untouched, head(signature, lengthLine(len(eventBody))), "", true, 400, unreadable},
		"a cut chunk":                  {untouched, chunked, whole[:len(whole)-9], true, 400, unreadable},
		"a missing last chunk":         {untouched, chunked, whole, true, 400, unreadable},
		"half of the last chunk":       {untouched, chunked, whole + "0\r\n", true, 400, unreadable},
		"a bad chunk length":           {untouched, chunked, "zz\r\n" + eventBody, false, 400, unreadable},
		"a negative chunk length":      {untouched, chunked, "-1\r\n" + eventBody, false, 400, unreadable},
		"a chunk length that is huge":  {untouched, chunked, "fffffffffffffffff\r\n" + eventBody, false, 400, unreadable},
		"a bad chunk after a good one": {untouched, chunked, whole + "zz\r\n", false, 400, unreadable},
		"a chunk without its end":      {untouched, chunked, fmt.Sprintf("%x\r\n%sxx", len(eventBody), eventBody), false, 400, unreadable},
		"a read timeout":               {before(expire), head(signature, lengthLine(len(eventBody))), "", false, 408, "request timed out"},
		"a read timeout amid a chunk":  {before(expire), chunked, "", false, 408, "request timed out"},
	}, func(t *testing.T, c row) {
		conn := dial(t, serve(t, c.outer(webhook.MustNew(currentSecret).Middleware(never(t)))))
		conn.send(c.head...)
		conn.sendRaw(c.body)
		if c.hangUp {
			conn.hangUp()
		}
		got := conn.response()
		got.checkRefusal(t, c.status, c.public)
		if !got.close {
			t.Error("no Connection: close")
		}
	})
}

func TestHeaderLinesAsTheyCome(t *testing.T) {
	genuine := webhook.Sign(currentSecret, []byte(eventBody))
	type row struct {
		lines  []string
		status int
	}
	eachOf(t, map[string]row{
		"in lower case":               {[]string{"x-webhook-signature: " + genuine}, 200},
		"in upper case":               {[]string{"X-WEBHOOK-SIGNATURE: " + genuine}, 200},
		"without a space":             {[]string{"X-Webhook-Signature:" + genuine}, 200},
		"with white space around":     {[]string{"X-Webhook-Signature: \t " + genuine + " \t "}, 200},
		"twice in different case":     {[]string{"x-webhook-signature: " + genuine, "X-Webhook-Signature: " + genuine}, 401},
		"once empty":                  {[]string{"X-Webhook-Signature:", "X-Webhook-Signature: " + genuine}, 401},
		"with underscores":            {[]string{"X_Webhook_Signature: " + genuine}, 401},
		"under the name of another":   {[]string{"X-Hub-Signature-256: " + genuine}, 401},
		"in a list of one and a rest": {[]string{"X-Webhook-Signature: " + genuine + ","}, 401},
	}, func(t *testing.T, c row) {
		h, deliveries := witness(t)
		conn := dial(t, serve(t, webhook.MustNew(currentSecret).Middleware(h)))
		conn.send(head(append(c.lines, lengthLine(len(eventBody)))...)...)
		conn.sendRaw(eventBody)
		if got := conn.response(); got.status != c.status {
			t.Errorf("status %d, want %d", got.status, c.status)
		}
		if want := map[int]int{200: 1, 401: 0}[c.status]; len(deliveries) != want {
			t.Errorf("the handler ran %d times", len(deliveries))
		}
	})
}

func TestTrailers(t *testing.T) {
	chunks := fmt.Sprintf("%x\r\n%s\r\n0\r\n", len(eventBody), eventBody)
	t.Run("reach the handler", func(t *testing.T) {
		h, deliveries := witness(t)
		conn := dial(t, serve(t, webhook.MustNew(currentSecret).Middleware(h)))
		conn.send(head(signatureLine(currentSecret), "Trailer: X-Checksum", "Transfer-Encoding: chunked")...)
		conn.send(chunks+"X-Checksum: 7", "")
		conn.response().check(t, 200, "84 bytes")
		if got := took(t, deliveries, eventBody).trailer.Get("X-Checksum"); got != "7" {
			t.Errorf("trailer %q", got)
		}
	})
	for name, line := range map[string]string{"announced": "Trailer: " + webhook.SignatureHeader, "not announced": "X-Other: 1"} {
		t.Run("are no header, "+name, func(t *testing.T) {
			conn := dial(t, serve(t, webhook.MustNew(currentSecret).Middleware(never(t))))
			conn.send(head(line, "Transfer-Encoding: chunked")...)
			conn.send(chunks+signatureLine(currentSecret), "")
			conn.response().checkRefusal(t, 401, unauthorized)
		})
		t.Run("do not make a second signature, "+name, func(t *testing.T) {
			h, deliveries := witness(t)
			conn := dial(t, serve(t, webhook.MustNew(currentSecret).Middleware(h)))
			conn.send(head(signatureLine(currentSecret), line, "Transfer-Encoding: chunked")...)
			conn.send(chunks+signatureLine(foreignSecret), "")
			conn.response().check(t, 200, "84 bytes")
			took(t, deliveries, eventBody)
		})
	}
}
