package webhooktest_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// receiver verifies as package webhook documents, without that package's engine. A test can
// break each step separately.
type receiver struct {
	webhooktest.Receiver
	secrets []string      // the current one first
	ended   chan struct{} // closed when the server must stop

	serve    func(w http.ResponseWriter, r *http.Request) // all of the steps
	lines    func(r *http.Request) []string
	parse    func(lines []string) ([]byte, error)
	tooLarge func(announced int64) bool
	read     func(r *http.Request, announced int64) ([]byte, error)
	keys     func() [][]byte
	mac      func(r *http.Request, key, body []byte) []byte
	equal    func(expected, received []byte) bool
	delivery func(body []byte, index int) webhook.Delivery
	restore  func(r *http.Request, body []byte)
	hangUp   func(w http.ResponseWriter, r *http.Request)
	refuse   func(w http.ResponseWriter, r *http.Request, err error)
	answer   func(w http.ResponseWriter, r *http.Request, err error)
	handle   func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool)
}

func newReceiver(r webhooktest.Receiver, secrets []string) *receiver {
	s := &receiver{
		Receiver: r,
		secrets:  secrets,
		ended:    make(chan struct{}),
		lines:    func(r *http.Request) []string { return r.Header.Values(webhook.SignatureHeader) },
		parse:    parseSignature,
		mac:      func(_ *http.Request, key, body []byte) []byte { return sum(key, body) },
		equal:    hmac.Equal,
		delivery: func(body []byte, index int) webhook.Delivery {
			return webhook.Delivery{Body: body[:len(body):len(body)], SecretIndex: index, Account: "account-7"}
		},
		restore: func(r *http.Request, body []byte) { r.Body = io.NopCloser(bytes.NewReader(body)) },
		hangUp: func(w http.ResponseWriter, r *http.Request) {
			if r.Body != http.NoBody {
				w.Header().Set("Connection", "close")
			}
		},
		answer: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, webhook.PublicMessage(err), webhook.StatusCode(err))
		},
	}
	s.tooLarge = func(announced int64) bool { return announced > s.MaxBodyBytes }
	s.read = s.readWhole
	s.keys = func() (keys [][]byte) {
		for _, secret := range s.secrets {
			keys = append(keys, []byte(secret))
		}
		return keys
	}
	s.refuse = func(w http.ResponseWriter, r *http.Request, err error) {
		if s.OnRefusal != webhooktest.Default {
			s.Refused(err) // its Next does nothing: the request ends here
		}
		s.answer(w, r, err)
	}
	s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
		respond(s.Receiver, w, r, d, verified)
	}
	s.serve = func(w http.ResponseWriter, r *http.Request) {
		d, err := s.verify(w, r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		s.handle(w, r, d, true)
	}
	return s
}

func (s *receiver) verify(w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
	announced := r.ContentLength
	received, err := s.parse(s.lines(r))
	if err == nil && s.tooLarge(announced) {
		err = webhook.ErrBodyTooLarge
	}
	var body []byte
	if err == nil {
		body, err = s.read(r, announced)
	}
	if err != nil {
		s.hangUp(w, r)
		return webhook.Delivery{}, err
	}
	s.restore(r, body)
	for i, key := range s.keys() {
		if s.equal(s.mac(r, key, body), received) {
			return s.delivery(body, i), nil
		}
	}
	return webhook.Delivery{}, webhook.ErrSignatureMismatch
}

func sum(key, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write(body) // a hash.Hash never fails to write
	return h.Sum(nil)
}

func parseSignature(lines []string) ([]byte, error) {
	if len(lines) == 0 || len(lines) == 1 && lines[0] == "" {
		return nil, webhook.ErrMissingSignature
	}
	digits, ok := strings.CutPrefix(lines[0], "sha256=")
	mac, err := hex.DecodeString(digits)
	if len(lines) > 1 || !ok || err != nil || len(mac) != sha256.Size || strings.ToLower(digits) != digits {
		return nil, webhook.ErrMalformedSignature
	}
	return mac, nil
}

func (s *receiver) readWhole(r *http.Request, announced int64) ([]byte, error) {
	most := s.MaxBodyBytes
	if announced >= 0 {
		most = announced
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, min(most, math.MaxInt64-1)+1))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, webhook.ErrBodyTooLarge
	case errors.Is(err, http.ErrBodyReadAfterClose):
		return nil, webhook.ErrBodyAltered
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errors.Join(webhook.ErrBodyRead, os.ErrDeadlineExceeded)
	case err != nil:
		return nil, webhook.ErrBodyRead
	case announced >= 0 && int64(len(body)) != announced:
		return nil, webhook.ErrBodyAltered
	case int64(len(body)) > most:
		return nil, webhook.ErrBodyTooLarge
	}
	return body, nil
}

// start is what webhooktest.Play takes.
type start = func(t *testing.T, r webhooktest.Receiver, secrets []string) (baseURL string)

// serving starts receivers with the changes of spoil, each on a server of its own.
func serving(spoil func(s *receiver)) start {
	return func(t *testing.T, r webhooktest.Receiver, secrets []string) string {
		s := newReceiver(r, secrets)
		if spoil != nil {
			spoil(s)
		}
		mux := http.NewServeMux()
		mux.HandleFunc("POST "+r.Path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r) })
		server := httptest.NewUnstartedServer(altered(r, mux))
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // some bugs panic
		server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, recorderKey{}, conn)
		}
		server.Listener = recordingListener{server.Listener}
		server.Start()
		t.Cleanup(server.Close)
		t.Cleanup(func() { close(s.ended) })
		return server.URL
	}
}

type recordingListener struct{ net.Listener }

func (l recordingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &recorder{TCPConn: conn.(*net.TCPConn)}, nil
}

// recorder keeps the first bytes of a connection. net/http trims header values before a
// handler sees them, but other servers do not.
type recorder struct {
	*net.TCPConn // the server needs its CloseWrite
	mu           sync.Mutex
	begin        []byte
}

type recorderKey struct{}

func (c *recorder) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.begin) < 4096 {
		c.begin = append(c.begin, p[:n]...)
	}
	return n, err
}

func (c *recorder) began(with string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Contains(c.begin, []byte(with))
}

// linesAsSent returns the values as they were on the wire, for the first request of a
// connection.
func linesAsSent(r *http.Request) (lines []string) {
	c := r.Context().Value(recorderKey{}).(*recorder)
	c.mu.Lock()
	defer c.mu.Unlock()
	head, _, _ := strings.Cut(string(c.begin), "\r\n\r\n")
	for _, line := range strings.Split(head, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, webhook.SignatureHeader) {
			lines = append(lines, strings.TrimPrefix(value, " "))
		}
	}
	return lines
}
