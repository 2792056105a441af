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
	for _, on := range []struct {
		name  string
		is    OnRefusal
		named bool
		// rejection is the answer to a refusal with this status.
		rejection func(status int) want
	}{
		{"only logs", OnlyLog, false, byDefault},
		{"returns its error", ReturnError, false, byDefault},
		{"wraps its error", WrapError, false, byDefault},
		{"calls Next", CallNext, false, byDefault},
		{"answers", Answer, true, func(int) want { return answered(AnswerStatus, AnswerText) }},
		{"streams its answer", Stream, true, func(int) want { return answered(AnswerStatus, AnswerText) }},
		{"sets a status alone", StatusOnly, true, func(int) want { return answered(AnswerStatus, "") }},
		{"sets the status 204 alone", Acknowledge, true, byDefault},
		{"panics", Panic, true, func(int) want { return notAcknowledged() }},
	} {
		for _, fault := range []struct {
			name  string
			value any
		}{{" with http.ErrAbortHandler", http.ErrAbortHandler}, {" with a text", "the ErrorHandler panics"}} {
			add := func(name string, w want, build func(to target) message) {
				prefix := on.name
				if on.is == Panic {
					prefix += fault.name
				}
				c := oneMessage(group, prefix+", "+name, build, w).on(kind{limit: maxBody, onRefusal: on.is})
				c.named = on.named
				if on.is == Panic {
					c.script.panics = fault.value
				}
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
			if on.is != Panic {
				break
			}
		}
	}
	return all
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
