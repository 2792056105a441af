package webhooktest

import (
	"fmt"
	"net/http"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// errorHandlerCases have refusals with every kind of ErrorHandler. A refusal must never be
// acknowledged, and never be answered twice.
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
