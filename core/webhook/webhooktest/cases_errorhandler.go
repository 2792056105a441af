package webhooktest

import (
	"fmt"
	"net/http"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// errorHandlerCases refuse deliveries before ErrorHandlers of every sort. A refusal is never
// acknowledged, and never answered twice.
func errorHandlerCases() []testCase {
	const group = "error handler"
	var all []testCase
	for _, on := range errorHandlers[1:] {
		add := func(name string, w want, build func(to target) message) {
			c := oneMessage(group, on.name+", "+name, build, w).on(kind{limit: maxBody, onRefusal: on.is})
			c.named = on.is >= Answer
			c.script.panics = on.panics
			all = append(all, c)
		}
		add("unsigned", on.rejection(http.StatusUnauthorized).toErrorHandler(webhook.ErrMissingSignature), func(to target) message {
			return to.delivery(sample)
		})
		add("forged", on.rejection(http.StatusUnauthorized).toErrorHandler(webhook.ErrSignatureMismatch), func(to target) message {
			return to.forged(sample)
		})
		add("over the limit", on.rejection(http.StatusRequestEntityTooLarge).toErrorHandler(webhook.ErrBodyTooLarge), func(to target) message {
			return to.genuine(nil).framed(nil, fmt.Sprintf("Content-Length: %d", maxBody+1))
		})
		add("genuine", accepted(sample).withoutError(), func(to target) message { return to.genuine(sample) })
	}
	return all
}

// errorHandlers are all sorts of them, none first.
var errorHandlers = []struct {
	name   string
	is     OnRefusal
	panics any // with this
	// rejection is the answer to a refusal with this status.
	rejection func(status int) want
	returns   bool // an error, or what Next returns
}{
	{"is not there", Default, nil, byDefault, false},
	{"only logs", OnlyLog, nil, byDefault, false},
	{"returns its error", ReturnError, nil, byDefault, true},
	{"wraps its error", WrapError, nil, byDefault, true},
	{"calls Next", CallNext, nil, byDefault, true},
	{"answers", Answer, nil, func(int) want { return answered(AnswerStatus, AnswerText) }, false},
	{"streams its answer", Stream, nil, func(int) want { return answered(AnswerStatus, AnswerText) }, false},
	{"sets a status alone", StatusOnly, nil, func(int) want { return answered(AnswerStatus, "") }, false},
	{"sets the status 204 alone", Acknowledge, nil, byDefault, false},
	{"panics with http.ErrAbortHandler", Panic, http.ErrAbortHandler, func(int) want { return notAcknowledged() }, false},
	{"panics with a text", Panic, "the ErrorHandler panics", func(int) want { return notAcknowledged() }, false},
}

// byDefault is the default rejection.
func byDefault(status int) want {
	if status == http.StatusUnauthorized {
		return unauthorized()
	}
	return refused(status)
}

// notAcknowledged: whatever a panic comes to, it is no 2xx.
func notAcknowledged() want {
	return want{
		text: "an answer from 400, or a closed connection; the handler does not run",
		holds: func(o observed) string {
			for _, r := range o.responses {
				if r.status < http.StatusBadRequest {
					return fmt.Sprintf("answered with %d", r.status)
				}
			}
			return firstProblem(o.handledAre(), o.showsNothing())
		},
	}
}
