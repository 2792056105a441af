package frameworks_test

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	fiberv2 "github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	secret = "whsec_0123456789abcdef0123456789abcdef0123456789abcdef"
	limit  = 20_000 // small, so that the fuzzer reaches it
)

// FuzzOneRequest sends the same bytes to every framework: all of them accept them, with
// the same body, or none does.
func FuzzOneRequest(f *testing.F) {
	verifier, err := webhook.New(secret, webhook.WithMaxBodyBytes(limit))
	require.NoError(f, err)
	addrs := start(f, verifier)
	f.Logf("both Fibers run on %s", fasthttpVersion())

	event := []byte(`{"event":"message.created","roomId":"r","message":{"text":"grüß dich 👋"}}`)
	genuine := webhook.Sign(secret, event)
	add := func(body []byte, signature string, chunk uint16, contentType, encoding string) {
		f.Add(body, signature, chunk, contentType, encoding)
	}
	add(event, genuine, 0, "application/json", "")
	add(event, genuine, 7, "application/json", "gzip")
	add(event, "\t "+genuine+" ", 0, "application/x-www-form-urlencoded", "")
	add(event, strings.ToUpper(genuine), 0, "multipart/form-data; boundary=b", "deflate")
	add(event, genuine+","+genuine, 1, "multipart/form-data; boundary=b", "")
	add(event[1:], genuine, 0, "", "br")
	add(nil, webhook.Sign(secret, nil), 0, "text/plain", "")
	add(nil, webhook.Sign(secret, nil), 3, "text/plain", "identity")
	add([]byte("--b--\r\n"), webhook.Sign(secret, []byte("--b--\r\n")), 0, "multipart/form-data; boundary=b", "")
	add(bytes.Repeat([]byte{'x'}, limit), webhook.Sign(secret, bytes.Repeat([]byte{'x'}, limit)), 0, "", "")
	add(bytes.Repeat([]byte{'x'}, limit+1), webhook.Sign(secret, bytes.Repeat([]byte{'x'}, limit+1)), 999, "", "")

	f.Fuzz(func(t *testing.T, body []byte, signature string, chunk uint16, contentType, encoding string) {
		for _, value := range []string{signature, contentType, encoding} {
			if len(value) > 500 || strings.ContainsFunc(value, func(r rune) bool { return (r < ' ' && r != '\t') || r == 0x7f }) {
				return // such a header is the framework's to refuse, before any middleware
			}
		}
		wire := request(body, signature, int(chunk), contentType, encoding)
		want := wanted(body, signature)
		for name, addr := range addrs {
			status, answer := send(t, addr, wire)
			switch {
			case want && (status != http.StatusOK || !bytes.Equal(answer, body)):
				t.Errorf("%s: a genuine delivery of %d bytes got status %d and came back as %d bytes", name, len(body), status, len(answer))
			case !want && status != http.StatusUnauthorized && status != http.StatusRequestEntityTooLarge:
				t.Errorf("%s: a delivery that is not genuine got status %d", name, status)
			}
		}
	})
}

// wanted is the rule, written down once more without package webhook.
func wanted(body []byte, signature string) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	expected := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	return len(body) <= limit && hmac.Equal([]byte(strings.Trim(signature, " \t")), []byte(expected))
}

func request(body []byte, signature string, chunk int, contentType, encoding string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", path)
	fmt.Fprintf(&b, "X-Webhook-Signature: %s\r\nContent-Type: %s\r\nContent-Encoding: %s\r\n", signature, contentType, encoding)
	if chunk == 0 {
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
		return b.Bytes()
	}
	b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
	for rest := body; len(rest) > 0; {
		n := min(chunk, len(rest))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, rest[:n])
		rest = rest[n:]
	}
	b.WriteString("0\r\n\r\n")
	return b.Bytes()
}

func send(t *testing.T, addr string, wire []byte) (status int, answer []byte) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }() // everything was read
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = conn.Write(wire) // a server may refuse before it has read everything
	}()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	answer, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.NoError(t, conn.Close())
	<-written
	return response.StatusCode, answer
}

// fasthttpVersion reads the path of a source file: a test binary's build information
// names no modules.
func fasthttpVersion() string {
	serve, _ := reflect.TypeOf(fiberv2.New().Server()).MethodByName("Serve")
	pc := serve.Func.Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	return regexp.MustCompile(`fasthttp@v[0-9.]+`).FindString(file)
}
