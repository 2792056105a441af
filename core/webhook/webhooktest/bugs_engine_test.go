package webhooktest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// engineBugs are adapters that verify with package webhook, but use it wrongly.
var engineBugs = []bug{
	{name: "ignores the error", spoil: verifiedBy(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		d, _ := s.Verifier.VerifyRequest(w, r) // the bug
		return d, nil
	}), caught: []caught{{"header/none", accepts, 0}, {"order/drained before us, announced", "[200], not [500]", 0}}},
	{name: "does not give VerifyRequest the response", spoil: verifiedBy(func(s *receiver, _ http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		return s.Verifier.VerifyRequest(nil, r)
	}), caught: []caught{{"early refusal/unsigned, announced, 0 bytes of the body sent", late, soon}}},
	{name: "reads the body whole and calls Verify", spoil: verifiedBy(func(s *receiver, _ http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		body, err := io.ReadAll(r.Body)
		s.restore(r, body)
		return s.delivery(body, 0), errors.Join(err, s.Verifier.Verify(body, r.Header.Get(webhook.SignatureHeader)))
	}), caught: []caught{
		{"header/genuine, then forged", accepts, 0},
		{"limit/one byte over, chunked", "[200], not [413]", 0},
		{"genuine/under the previous secret", "SecretIndex is 0", 0},
		{"observer/accepted", "the observer was called 0 times", 0},
		{"framing/cut off, far before its end", "answered with 500", 0},
	}},
	{name: "reads the body whole and calls VerifyReader on it", spoil: verifiedBy(func(s *receiver, _ http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		body, _ := io.ReadAll(r.Body) // the bug
		s.restore(r, body)
		return s.Verifier.VerifyReader(r.Context(), bytes.NewReader(body), int64(len(body)), r.Header.Values)
	}), caught: []caught{
		{"framing/no last chunk", "answered with 200", 0},
		{"order/drained before us, announced, signed as nothing", "[200], not [500]", 0},
		{"early refusal/unsigned, chunked, 20000 bytes of the body sent", late, soon},
	}},
	{name: "keeps the announced length to itself", spoil: reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
		return s.Verifier.VerifyReader(r.Context(), r.Body, -1, r.Header.Values)
	}), caught: []caught{{"order/drained before us, announced", "[401], not [500]", 0}, {"order/inflated before us, announced", "[401], not [500]", 0}}},
	{name: "shows the engine one line of the header", spoil: reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
		one := func(name string) []string { return []string{r.Header.Get(name)} }
		return s.Verifier.VerifyReader(r.Context(), r.Body, r.ContentLength, one)
	}), caught: []caught{{"header/genuine, then forged", accepts, 0}, {"header/the same line twice", accepts, 0}}},
	{name: "joins the lines of the header", spoil: reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
		joined := func(name string) []string { return []string{strings.Join(r.Header.Values(name), "")} }
		return s.Verifier.VerifyReader(r.Context(), r.Body, r.ContentLength, joined)
	}), caught: []caught{{"header/genuine, then empty", accepts, 0}, {"header/empty, then genuine", accepts, 0}}},
	{name: "does not put the body back", spoil: verifiedBy(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		s.hangUp(w, r)
		return s.Verifier.VerifyReader(r.Context(), r.Body, r.ContentLength, r.Header.Values)
	}), caught: []caught{{"genuine/every byte value", "the handler saw 0 bytes that were not signed", 0}, {"framework API/a form", "the form field is", 0}}},
	{name: "hides a read error", spoil: reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
		return s.Verifier.VerifyReader(r.Context(), quiet{r.Body}, -1, r.Header.Values)
	}), caught: []caught{{"framing/cut off, one byte before its end", "answered with 200", 0}, {"read error/a timeout, announced", "[200], not [408]", 0}}},
	{name: "answers with the error's own text", spoil: func(s *receiver) {
		verifiedBy(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
			return s.Verifier.VerifyRequest(w, r)
		})(s)
		s.answer = func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), webhook.StatusCode(err))
		}
	}, caught: []caught{{"observer/over the limit", "where the public one is", 0}, {"observer/unsigned", "where the public one is", 0}}},
	{name: "verifies twice", spoil: verifiedBy(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		if d, err := s.Verifier.VerifyRequest(w, r); err != nil {
			return d, err
		}
		return s.Verifier.VerifyRequest(w, r)
	}), caught: []caught{{"observer/accepted", "the observer was called 2 times", 0}}},
	{name: "asks about the signature, then verifies", spoil: verifiedBy(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		_, _ = s.Verifier.VerifyReader(r.Context(), nil, 0, r.Header.Values) // the bug
		return s.Verifier.VerifyRequest(w, r)
	}), caught: []caught{{"observer/malformed", "the observer was called 2 times", 0}, {"observer/unsigned", "the observer was called 2 times", 0}}},
	{name: "refuses before it asks the engine", spoil: verifiedBy(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		if r.Header.Get(webhook.SignatureHeader) == "" {
			s.hangUp(w, r)
			return webhook.Delivery{}, webhook.ErrMissingSignature
		}
		return s.Verifier.VerifyRequest(w, r)
	}), caught: []caught{{"observer/unsigned", "the observer was called 0 times", 0}}},
	{name: "gives the engine a made-up value where there is none", spoil: reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
		madeUp := func(name string) []string {
			if lines := r.Header.Values(name); len(lines) > 0 {
				return lines
			}
			return []string{"none"}
		}
		return s.Verifier.VerifyReader(r.Context(), r.Body, r.ContentLength, madeUp)
	}), caught: []caught{{"observer/unsigned", "the observer got webhook: malformed", 0}}},
	{name: "gives the observer one context for all", spoil: func(s *receiver) {
		ctx, cancel := context.WithCancel(context.Background())
		_ = cancel // the context lives as long as the server
		reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
			return s.Verifier.VerifyReader(ctx, r.Body, r.ContentLength, r.Header.Values)
		})(s)
	}, caught: []caught{{"observer/a context of each request's own", "the observer got the same *context.cancelCtx for two requests", 0}}},
	{name: "gives the observer no context", spoil: reader(func(s *receiver, r *http.Request) (webhook.Delivery, error) {
		var none context.Context
		return s.Verifier.VerifyReader(none, r.Body, r.ContentLength, r.Header.Values)
	}), caught: []caught{{"observer/a context of each request's own", "the observer's context is nil", 0}}},
}

func verifiedBy(verify func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error)) func(s *receiver) {
	return func(s *receiver) {
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			d, err := verify(s, w, r)
			if err != nil {
				s.refuse(w, r, err)
				return
			}
			s.handle(w, r, d, true)
		}
	}
}

// reader makes an adapter that restores the body.
func reader(verify func(s *receiver, r *http.Request) (webhook.Delivery, error)) func(s *receiver) {
	return verifiedBy(func(s *receiver, w http.ResponseWriter, r *http.Request) (webhook.Delivery, error) {
		d, err := verify(s, r)
		switch {
		case err == nil:
			s.restore(r, d.Body)
		case !errors.Is(err, webhook.ErrSignatureMismatch): // a mismatch is known only at the body's end
			s.hangUp(w, r)
		}
		return d, err
	})
}

// quiet is a Reader that returns io.EOF for every error.
type quiet struct{ io.Reader }

func (q quiet) Read(p []byte) (int, error) {
	n, err := q.Reader.Read(p)
	if err != nil {
		err = io.EOF
	}
	return n, err
}
