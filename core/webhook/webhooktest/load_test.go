package webhooktest_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

const savedSecret = "whsec_80cfe540e2c9c1652a9cc89d07d019921e178431e1ce13e1"

func savedFile(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "saved.http")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func savedRequest(body string) string {
	return "POST /webhooks/sendsar?a=b HTTP/1.1\r\nHost: app.example:8443\r\nContent-Type: application/json\r\n" +
		"X-Twice: 1\r\nX-Twice: 2\r\nX-Webhook-Signature: " + webhook.Sign(savedSecret, []byte(body)) + "\r\n"
}

func TestLoad(t *testing.T) {
	const body = "{\"event\":\"console.test\",\"text\":\"\x00\xff\r\n\"}"
	head := savedRequest(body)
	length := "Content-Length: " + strconv.Itoa(len(body))
	for name, content := range map[string]string{
		"a file as listen saves it": head + length + "\r\n\r\n" + body,
		"a head with LF line ends":  strings.ReplaceAll(head, "\r\n", "\n") + length + "\n\n" + body,
		"a chunked body":            head + "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x", len(body)) + "\r\n" + body + "\r\n0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			r, err := webhooktest.Load(savedFile(t, content))
			if err != nil {
				t.Fatal(err)
			}
			if r.Method != http.MethodPost || r.RequestURI != "/webhooks/sendsar?a=b" || r.URL.Path != "/webhooks/sendsar" ||
				r.Host != "app.example:8443" || r.ContentLength != int64(len(body)) || r.Header.Get("Content-Length") != strconv.Itoa(len(body)) ||
				len(r.Header["X-Twice"]) != 2 || r.RemoteAddr == "" || len(r.TransferEncoding) > 0 {
				t.Errorf("got %+v", r)
			}
			var got string
			handler := webhook.MustNew(savedSecret).Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				delivery, _ := webhook.FromContext(r.Context())
				got = string(delivery.Body)
			}))
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, r)
			if answer.Code != http.StatusOK || got != body {
				t.Errorf("status %d, body %q", answer.Code, got)
			}
		})
	}
}

func TestLoadOfARequestWithoutABody(t *testing.T) {
	r, err := webhooktest.Load(savedFile(t, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) != 0 || r.ContentLength != 0 {
		t.Errorf("body %q, %d announced, %v", body, r.ContentLength, err)
	}
}

func TestLoadFails(t *testing.T) {
	const secretWord = "whsec-in-the-file"
	head := "POST / HTTP/1.1\r\nHost: x\r\nX-Test: " + secretWord + "\r\n"
	for name, test := range map[string]struct {
		content string
		is      error
		text    string
	}{
		"an empty file":                          {"", io.ErrUnexpectedEOF, ""},
		"a head that is cut off":                 {head, io.ErrUnexpectedEOF, ""},
		"a body that is cut off":                 {head + "Content-Length: 4\r\n\r\n123", io.ErrUnexpectedEOF, ""},
		"a chunked body that is cut off":         {head + "Transfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n", io.ErrUnexpectedEOF, ""},
		"a trailer that is cut off":              {head + "Transfer-Encoding: chunked\r\n\r\n0\r\n", io.ErrUnexpectedEOF, ""},
		"chunks that are none":                   {head + "Transfer-Encoding: chunked\r\n\r\n" + secretWord + "\r\n", nil, "not a saved HTTP request"},
		"a line end that an editor added":        {head + "Content-Length: 4\r\n\r\n1234\n", nil, "bytes follow the body"},
		"a body without a length":                {head + "\r\n1234", nil, "bytes follow the body"},
		"the body alone":                         {`{"event":"` + secretWord + `"}` + "\n", nil, "not a saved HTTP request"},
		"a header line that is none":             {"POST / HTTP/1.1\r\n" + secretWord + "\r\n\r\n", nil, "not a saved HTTP request"},
		"a length that is not a number":          {head + "Content-Length: " + secretWord + "\r\n\r\n", nil, "not a saved HTTP request"},
		"a request line without an HTTP version": {"POST " + secretWord + "\r\n\r\n", nil, "not a saved HTTP request"},
	} {
		t.Run(name, func(t *testing.T) {
			path := savedFile(t, test.content)
			r, err := webhooktest.Load(path)
			var named *fs.PathError
			if r != nil || !errors.As(err, &named) || named.Path != path {
				t.Fatalf("got %v, %v", r, err)
			}
			if test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), secretWord) {
				t.Errorf("the error is %q", err)
			}
		})
	}
	t.Run("no such file", func(t *testing.T) {
		if _, err := webhooktest.Load(filepath.Join(t.TempDir(), "missing.http")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the error is %v", err)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(savedRequest("{}") + "Content-Length: 2\r\n\r\n{}"))
	f.Add([]byte("POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n1;a=b\r\nx\r\n0\r\nTrailer: y\r\n\r\n"))
	f.Add([]byte("GET / HTTP/1.0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := webhooktest.Load(savedFile(t, string(content)))
		if err != nil {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || int64(len(body)) != r.ContentLength || len(body) > len(content) {
			t.Errorf("a body of %d bytes, %d announced, %v", len(body), r.ContentLength, err)
		}
	})
}
