package adapter_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/adapter"
)

// statusError is a framework's own error. It is not comparable by value.
type statusError struct {
	status int
	causes []error
}

func (e *statusError) Error() string   { return "a status" }
func (e *statusError) Unwrap() []error { return e.causes }

// hidden has its statusError only behind its As method.
type hidden struct{ inside *statusError }

func (hidden) Error() string { return "hidden" }

func (h hidden) As(target any) bool {
	into, ok := target.(**statusError)
	if ok {
		*into = h.inside
	}
	return ok
}

func TestSettle(t *testing.T) {
	teapot := &statusError{status: 418}
	other := errors.New("the queue is full")
	// The reader's error is in the chain of the refusal.
	cause := &statusError{status: 200}
	refusal := fmt.Errorf("%w: %w", webhook.ErrBodyRead, cause)
	around := &statusError{status: 403, causes: []error{refusal}}
	tests := []struct {
		name     string
		answered bool
		returned error
		err      error
		reject   bool
	}{
		{"nothing is rejected", false, nil, nil, true},
		{"the refusal is rejected", false, refusal, nil, true},
		{"the refusal within text is rejected", false, fmt.Errorf("refused: %w", refusal), nil, true},
		{"the refusal beside another error is rejected", false, errors.Join(other, refusal), nil, true},
		{"another error of package webhook is rejected", false, webhook.ErrNoVerifier, nil, true},
		{"another error is passed on", false, other, other, false},
		{"the framework's error is passed on", false, teapot, teapot, false},
		{"the framework's error around the refusal is passed on", false, around, around, false},
		{"the framework's error within text is passed on alone", false, fmt.Errorf("because: %w", teapot), teapot, false},
		{"the framework's error beside the refusal is passed on alone", false, errors.Join(refusal, teapot), teapot, false},
		{"an error that becomes the framework's is passed on as such", false, hidden{teapot}, teapot, false},
		{"an error that becomes the refusal's cause is passed on as it is", false, hidden{cause}, hidden{cause}, false},
		{"the refusal's cause alone is another error", false, cause, cause, false},
		{"an answer with nothing is done", true, nil, nil, false},
		{"an answer with the refusal is done", true, fmt.Errorf("refused: %w", refusal), nil, false},
		{"an answer with another error passes it on", true, other, other, false},
		{"an answer with the framework's error passes on all of it", true, fmt.Errorf("x: %w", teapot), nil, false},
	}
	tests[len(tests)-1].err = tests[len(tests)-1].returned
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err, reject := adapter.Settle[*statusError](tt.answered, tt.returned, refusal)
			if err != tt.err || reject != tt.reject { //nolint:errorlint // the same value
				t.Errorf("got %v and %t, want %v and %t", err, reject, tt.err, tt.reject)
			}
		})
	}
}
