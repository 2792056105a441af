package main_test

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestSendSaysWhyThereIsNoAnswer(t *testing.T) {
	withTLS := httptest.NewUnstartedServer(answering(http.StatusOK, ""))
	withTLS.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake is meant to fail
	withTLS.StartTLS()
	t.Cleanup(withTLS.Close)
	closed := httptest.NewServer(nil)
	closed.Close()
	plain := newEndpoint(t, answering(http.StatusOK, ""))
	for name, test := range map[string]struct {
		url   string
		texts []string
	}{
		"nobody listens":               {closed.URL, []string{"cannot connect: connection refused", "is the server running"}},
		"the server hangs up":          {newEndpoint(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }).url, []string{"closed without an answer", "log"}},
		"no HTTP":                      {speaking(t, "SSH-2.0-\x1b[31m\r\n"), []string{"the reply is not HTTP", "detail: ", "SSH-2.0", "port"}},
		"a certificate of one's own":   {withTLS.URL, []string{"certificate", "publicly trusted"}},
		"TLS where there is none":      {"https" + plain.url[len("http"):], []string{"does not speak TLS", "http://"}},
		"a name that cannot be solved": {"http://sendsar.invalid/", []string{"host name cannot be resolved", "URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			call{args: []string{"send", test.url}}.run(t).check(t, 1, append(test.texts, "no answer", "fix: ")...)
		})
	}
}

// speaking starts a server of another protocol.
func speaking(t *testing.T, greeting string) (url string) {
	t.Helper()
	return accepting(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096)) // the request, whatever it is
		_, _ = io.WriteString(conn, greeting)
	})
}

// accepting starts a server that calls serve with each connection and then closes it.
func accepting(t *testing.T, serve func(net.Conn)) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() }) // it ends the loop below
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }() // only the client's view is tested
				serve(conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestSendWaitsTenSeconds(t *testing.T) {
	t.Parallel()
	e := newEndpoint(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	start := time.Now()
	call{args: []string{"send", e.url}}.run(t).check(t, 1, "no answer", "within 10s", "queue")
	if took := time.Since(start); took < 10*time.Second || took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
