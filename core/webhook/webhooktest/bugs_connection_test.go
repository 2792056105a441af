package webhooktest_test

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

var connectionBugs = []bug{
	{name: "keeps the connection when it refuses early", spoil: func(s *receiver) {
		s.hangUp = func(http.ResponseWriter, *http.Request) {}
	}, caught: []caught{
		{"early refusal/unsigned, announced, 0 bytes of the body sent", late, soon},
		{"early refusal/malformed, chunked, 20000 bytes of the body sent", late, soon},
		{"early refusal/signed twice, announced, 20000 bytes of the body sent", late, soon},
	}},
	{name: "answers early and does not say that it hangs up", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			raw(w, webhook.StatusCode(err), webhook.PublicMessage(err), nil)
		}
	}, caught: []caught{
		{"early refusal/unsigned, announced, 0 bytes of the body sent", "has no Connection: close", 0},
		{"early refusal/over the limit, announced, 20000 bytes of the body sent", "has no Connection: close", 0},
		{"limit/1099511627776 bytes announced, none sent", "has no Connection: close", 0},
	}},
	{name: "reads the body before it looks at the header", spoil: func(s *receiver) {
		serve := s.serve
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body) // the cases have no read error
			s.restore(r, body)
			serve(w, r)
		}
	}, caught: []caught{
		{"early refusal/unsigned, announced, 0 bytes of the body sent", late, soon},
		{"early refusal/malformed, chunked, 0 bytes of the body sent", late, soon},
		{"early refusal/over the limit, announced, 20000 bytes of the body sent", late, soon},
		{"early refusal/unsigned, Expect 100-continue gets no 100, 0 bytes of the body sent", late, soon},
	}},
	{name: "reads one byte before it looks at the header", spoil: func(s *receiver) {
		serve := s.serve
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			first := make([]byte, 1)
			n, _ := r.Body.Read(first) // the cases have no read error
			r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(first[:n]), r.Body))
			serve(w, r)
		}
	}, caught: []caught{
		{"early refusal/malformed, announced, 0 bytes of the body sent", late, soon},
		{"early refusal/malformed, chunked, Expect 100-continue gets no 100, 20000 bytes of the body sent", late, soon},
	}},
	{name: "answers 100 before it looks at the header", spoil: func(s *receiver) {
		serve := s.serve
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Expect") != "" {
				w.WriteHeader(http.StatusContinue)
			}
			serve(w, r)
		}
	}, caught: []caught{
		{"early refusal/unsigned, Expect 100-continue gets no 100, 0 bytes of the body sent", "[100 401], not [401]", 0},
		{"early refusal/over the limit, Expect 100-continue gets no 100, 0 bytes of the body sent", "[100 413], not [413]", 0},
	}},
	{name: "reads an endless body to its end", spoil: func(s *receiver) {
		read := s.read
		s.read = func(r *http.Request, announced int64) ([]byte, error) {
			body, err := read(r, announced)
			_, _ = io.Copy(io.Discard, r.Body) // the bug
			return body, err
		}
	}, caught: []caught{{"early refusal/over the limit, chunked, without its end", late, soon}}},
	{name: "never answers", spoil: func(s *receiver) {
		s.serve = func(http.ResponseWriter, *http.Request) { <-s.ended }
	}, caught: []caught{
		{"framing/cut off, far before its end", "the server neither answers nor closes", soon},
		{"early refusal/unsigned, chunked, 0 bytes of the body sent", late, soon},
	}},
	{name: "answers and leaves the connection open", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			raw(w, webhook.StatusCode(err), webhook.PublicMessage(err), func(net.Conn, *bufio.Reader) { <-s.ended })
		}
	}, caught: []caught{{"header/none", "the connection stays open", 3 * time.Second}}},
	{name: "takes the rest of a refused body for the next request", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			raw(w, webhook.StatusCode(err), webhook.PublicMessage(err), func(conn net.Conn, in *bufio.Reader) {
				for r, err := http.ReadRequest(in); err == nil; r, err = http.ReadRequest(in) {
					next := httptest.NewRecorder()
					s.serve(next, r)
					writeAnswer(conn, next)
				}
			})
		}
	}, caught: []caught{
		{"smuggling/unsigned, at 0, announced", "the answers have the statuses [401 200], not [401]", 0},
		{"smuggling/malformed, at 0, announced", "the answers have the statuses [401 200], not [401]", 0},
	}},
	{name: "hangs up after every refusal", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			w.Header().Set("Connection", "close")
			answer(w, r, err)
		}
	}, caught: []caught{{"connection/a forged delivery between two genuine ones, announced", "the answers have the statuses [200 401], not [200 401 200]", 0}}},
	{name: "handles one delivery at a time", spoil: func(s *receiver) {
		var one sync.Mutex
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			one.Lock()
			defer one.Unlock()
			handle(w, r, d, verified)
		}
	}, caught: []caught{{"concurrency/400 deliveries, 100 at a time, chunked", "100 deliveries were never in the handler at the same time", 0}}},
	{name: "believes a signature that it has seen", spoil: func(s *receiver) {
		var known sync.Map
		s.equal = func(expected, received []byte) bool {
			ok := hmac.Equal(expected, received)
			if ok {
				known.Store(string(received), true)
			}
			_, seen := known.Load(string(received))
			return ok || seen
		}
	}, caught: []caught{{"concurrency/400 deliveries, 100 at a time, forged ones between them", "the answers have the statuses [200 200", 0}}},
}

// raw answers on the hijacked connection, and then calls then.
func raw(w http.ResponseWriter, status int, text string, then func(conn net.Conn, in *bufio.Reader)) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer func() { _ = conn.Close() }() // the client reads until then
	answer := httptest.NewRecorder()
	http.Error(answer, text, status)
	writeAnswer(conn, answer)
	if then != nil {
		then(conn, buffered.Reader)
	}
}

// writeAnswer ignores write errors, as the client notices a missing answer.
func writeAnswer(conn net.Conn, answer *httptest.ResponseRecorder) {
	res := answer.Result()
	res.ContentLength = int64(answer.Body.Len())
	_ = res.Write(conn)
}
