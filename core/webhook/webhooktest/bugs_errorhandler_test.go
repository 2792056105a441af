package webhooktest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

var errorHandlerBugs = []bug{
	{name: "an ErrorHandler that only logs acknowledges", spoil: on(webhooktest.OnlyLog, func(_ *receiver, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
	}), caught: []caught{{"error handler/only logs, unsigned", accepts, 0}, {"error handler/only logs, forged", accepts, 0}}},
	{name: "an ErrorHandler's error is a failure of ours", spoil: on(webhooktest.ReturnError, func(_ *receiver, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
	}), caught: []caught{{"error handler/returns its error, unsigned", "[500], not [401]", 0}}},
	{name: "an error that wraps the ErrorHandler's is a failure of ours", spoil: on(webhooktest.WrapError, func(_ *receiver, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
	}), caught: []caught{{"error handler/wraps its error, forged", "[500], not [401]", 0}, {"error handler/wraps its error, over the limit", "[500], not [413]", 0}}},
	{name: "an ErrorHandler that calls Next runs the handler", spoil: on(webhooktest.CallNext, func(s *receiver, w http.ResponseWriter, r *http.Request) {
		s.handle(w, r, webhook.Delivery{}, false)
	}), caught: []caught{{"error handler/calls Next, unsigned", accepts, 0}, {"error handler/calls Next, forged", accepts, 0}}},
	{name: "FromContext is true after a refusal", spoil: on(webhooktest.CallNext, func(s *receiver, w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // the test fails without it
		s.restore(r, body)
		s.handle(w, r, s.delivery(body, 0), true)
	}), caught: []caught{{"error handler/calls Next, unsigned", accepts, 0}, {"error handler/calls Next, forged", accepts, 0}}},
	{name: "calls the ErrorHandler twice", spoil: func(s *receiver) {
		told := s.Refused
		s.Refused = func(err error, _ ...webhooktest.Request) { told(err); told(err) }
	}, caught: []caught{{"error handler/only logs, forged", "the ErrorHandler was called 2 times", 0}}},
	{name: "calls the ErrorHandler for mismatches only", spoil: func(s *receiver) {
		told := s.Refused
		s.Refused = func(err error, _ ...webhooktest.Request) {
			if errors.Is(err, webhook.ErrSignatureMismatch) {
				told(err)
			}
		}
	}, caught: []caught{{"error handler/only logs, unsigned", "", 0}, {"error handler/only logs, forged", "the ErrorHandler was called 1 times, and 0 times for another refusal", 0}}},
	{name: "gives the ErrorHandler an error of its own", spoil: func(s *receiver) {
		told := s.Refused
		s.Refused = func(error, ...webhooktest.Request) { told(errors.New("refused")) }
	}, caught: []caught{{"error handler/only logs, unsigned", `the ErrorHandler got "refused"`, 0}}},
	{name: "calls the ErrorHandler for a genuine delivery", spoil: func(s *receiver) {
		handle := s.handle
		s.handle = func(w http.ResponseWriter, r *http.Request, d webhook.Delivery, verified bool) {
			s.Refused(errors.New("accepted"))
			handle(w, r, d, verified)
		}
	}, caught: []caught{{"error handler/calls Next, genuine", `the ErrorHandler got "accepted"`, 0}}},
	{name: "gives the ErrorHandler the right signature", spoil: func(s *receiver) {
		told := s.Refused
		s.Refused = func(err error, _ ...webhooktest.Request) {
			told(fmt.Errorf("%w, expected %x", err, sum([]byte(s.secrets[0]), nil)))
		}
	}, caught: []caught{{"error handler/returns its error, forged", "the ErrorHandler's error shows a signature", 0}}},
	{name: "gives the ErrorHandler the secret", spoil: func(s *receiver) {
		told := s.Refused
		s.Refused = func(err error, _ ...webhooktest.Request) { told(&leaking{err, s.secrets[0]}) }
	}, caught: []caught{{"error handler/only logs, unsigned", "the ErrorHandler's error shows a secret", 0}}},
}

// on replaces what happens after one kind of ErrorHandler.
func on(kind webhooktest.OnRefusal, then func(s *receiver, w http.ResponseWriter, r *http.Request)) func(s *receiver) {
	return func(s *receiver) {
		refuse := s.refuse
		s.refuse = func(w http.ResponseWriter, r *http.Request, err error) {
			if s.OnRefusal != kind {
				refuse(w, r, err)
				return
			}
			s.Refused(err)
			then(s, w, r)
		}
	}
}

// leaking is an error with a field that fmt prints.
type leaking struct {
	error
	Secret string
}

func (e *leaking) Unwrap() error { return e.error }
