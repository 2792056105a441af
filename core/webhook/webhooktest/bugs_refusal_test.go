package webhooktest_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

var refusalBugs = []bug{
	{name: "runs the handler after a refusal", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			answer(w, r, err)
			s.handle(w, r, webhook.Delivery{}, false)
		}
	}, caught: []caught{{"header/none", "the handler ran 1 times, not 0", 0}, {"limit/one byte over, announced", "the handler ran 1 times, not 0", 0}}},
	{name: "runs the handler and throws its answer away", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			s.handle(httptest.NewRecorder(), r, webhook.Delivery{}, false)
			answer(w, r, err)
		}
	}, caught: []caught{{"header/none", "the handler ran 1 times, not 0", 0}, {"key/somebody else's", "the handler ran 1 times, not 0", 0}}},
	{name: "runs the handler twice", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			handle(httptest.NewRecorder(), r, d, verified)
			s.restore(r, d.Body)
			handle(w, r, d, verified)
		}
	}, caught: []caught{{"genuine/every byte value", "the handler ran 2 times, not 1", 0}}},
	{name: "writes more after the handler's answer", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			handle(w, r, d, verified)
			_, _ = io.WriteString(w, "ok") // the test fails without it
		}
	}, caught: []caught{{"genuine/every byte value", `answered with "handled 256 bytesok"`, 0}}},
	{name: "acknowledges without the handler", spoil: func(s *receiver) {
		s.handle = func(w http.ResponseWriter, _ *http.Request, _ webhook.Delivery, _ bool) { w.WriteHeader(http.StatusOK) }
	}, caught: []caught{{"genuine/every byte value", "the handler ran 0 times, not 1", 0}}},
	{name: "acknowledges a refusal", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusOK) }
	}, caught: []caught{{"header/none", accepts, 0}, {"framing/cut off, far before its end", "answered with 200", 0}, {"order/drained before us, announced", "[200], not [500]", 0}}},
	{name: "forgets that the request is verified", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, _ webhook.Delivery, _ bool) {
			handle(w, r, webhook.Delivery{}, false)
		}
	}, caught: []caught{{"genuine/every byte value", "FromContext was false", 0}}},
	{name: "gives an unverified request a Delivery", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, _ bool) { handle(w, r, d, false) }
	}, caught: []caught{{"genuine/every byte value", "the handler ran and FromContext was false", 0}}},
	{name: "writes more after a refusal", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			answer(w, r, err)
			_, _ = io.WriteString(w, "ok") // the test fails without it
		}
	}, caught: []caught{{"header/none", "where the public one is", 0}}},
	{name: "writes more after a refusal in JSON", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(webhook.StatusCode(err))
			_, _ = fmt.Fprintf(w, `{"error":%q}handled`, webhook.PublicMessage(err)) // as above
		}
	}, caught: []caught{{"header/none", "where the public one is", 0}}},
	{name: "has a text for every error", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), webhook.StatusCode(err))
		}
	}, caught: []caught{{"header/none", "where the public one is", 0}, {"key/somebody else's", "a 401 has the text", 0}}},
	{name: "has a header for every error", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			w.Header().Set("X-Reason", webhook.Reason(err))
			answer(w, r, err)
		}
	}, caught: []caught{{"header/none", "", 0}, {"header/bare hex", "a 401 has the header", 0}, {"key/somebody else's", "a 401 has the header", 0}}},
	{
		name: "answers 400 to a malformed signature", spoil: answers(webhook.ErrMalformedSignature, http.StatusBadRequest),
		caught: []caught{{"header/none", "", 0}, {"header/upper-case hex", "the answers have the statuses [400], not [401]", 0}},
	},
	{
		name: "answers 403 to a mismatch", spoil: answers(webhook.ErrSignatureMismatch, http.StatusForbidden),
		caught: []caught{{"header/none", "", 0}, {"key/somebody else's", "the answers have the statuses [403], not [401]", 0}, {"connection/a forged delivery between two genuine ones, chunked", "[200 403 200], not [200 401 200]", 0}},
	},
	{name: "answers 500 to everything", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusInternalServerError) }
	}, caught: []caught{{"header/none", "[500], not [401]", 0}, {"limit/no limit to speak of, 2^63-1 announced, signed as what comes", "answered with 500", 0}}},
	{name: "panics where it refuses", spoil: func(s *receiver) {
		s.answer = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	}, caught: []caught{{"header/none", noAnswer, 0}, {"order/drained before us, announced", noAnswer, 0}}},
	{
		name: "shows the right signature", spoil: tells(func(s *receiver, body []byte) string { return webhook.Sign(s.secrets[0], body) }),
		caught: []caught{
			{"key/somebody else's", "the answer shows a signature", 0},
			{"connection/a forged delivery between two genuine ones, announced", "a 401 shows a signature", 0},
		},
	},
	{name: "shows the right signature in a header", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			body, _ := io.ReadAll(r.Body) // the test fails without it
			w.Header().Set("X-Expected", hex.EncodeToString(sum([]byte(s.secrets[0]), body)))
			answer(w, r, err)
		}
	}, caught: []caught{{"key/somebody else's", "the answer shows a signature", 0}}},
	{name: "shows the received signature", spoil: func(s *receiver) {
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			http.Error(w, webhook.PublicMessage(err)+": "+r.Header.Get(webhook.SignatureHeader), webhook.StatusCode(err))
		}
	}, caught: []caught{{"key/somebody else's", "the answer shows a signature", 0}, {"limit/one byte over, announced", "the answer shows a signature", 0}}},
	{
		name: "shows the body", spoil: tells(func(_ *receiver, body []byte) string { return string(body) }),
		caught: []caught{{"key/somebody else's", "the answer shows the body", 0}},
	},
	{name: "shows the secret", spoil: func(s *receiver) {
		answer := s.answer
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			w.Header().Set("X-Debug", s.secrets[0])
			answer(w, r, err)
		}
	}, caught: []caught{{"header/none", "the answer shows a secret", 0}, {"limit/one byte over, chunked", "the answer shows a secret", 0}}},
	{name: "shows the previous secret to genuine senders", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			w.Header().Set("X-Debug", s.secrets[1][6:])
			handle(w, r, d, verified)
		}
	}, caught: []caught{{"genuine/every byte value", "the answer shows a secret", 0}}},
	{name: "shows a signature to genuine senders", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			w.Header().Set("X-Signature", webhook.Sign(s.secrets[1], d.Body))
			handle(w, r, d, verified)
		}
	}, caught: []caught{{"genuine/every byte value", "the answer shows a signature that the client did not send", 0}}},
}

func answers(kind error, status int) func(s *receiver) {
	return func(s *receiver) {
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			if errors.Is(err, kind) {
				http.Error(w, webhook.PublicMessage(err), status)
				return
			}
			http.Error(w, webhook.PublicMessage(err), webhook.StatusCode(err))
		}
	}
}

// tells adds a detail to the answer, in JSON.
func tells(what func(s *receiver, body []byte) string) func(s *receiver) {
	return func(s *receiver) {
		s.answer = func(w http.ResponseWriter, r *http.Request, err error) {
			body, _ := io.ReadAll(r.Body) // the test fails without it
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(webhook.StatusCode(err))
			_ = json.NewEncoder(w).Encode(map[string]string{"error": webhook.PublicMessage(err), "detail": what(s, body)}) // as above
		}
	}
}
