package webhooktest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// want is the expected result of a case.
type want struct {
	text    string
	holds   func(o observed) string // returns what is wrong, or ""
	refusal error                   // the error that an ErrorHandler must get, or nil for any

	skippable bool // a Skipper, if there is one, must be called
}

// accepted expects that every body reaches the handler, verified, and is answered with 200.
func accepted(bodies ...[]byte) want {
	return want{
		text: fmt.Sprintf("200 for each, the handler runs %d times, with the bytes that were signed, verified", len(bodies)),
		holds: func(o observed) string {
			return firstProblem(o.statusesAre(repeated(http.StatusOK, len(bodies))...), o.handledAre(bodies...), o.answersAreTheHandlers())
		},
	}
}

// conversation expects the statuses in this order, and a run of the handler for each body.
func conversation(statuses []int, bodies ...[]byte) want {
	return want{
		text: fmt.Sprintf("the statuses %v, the handler runs %d times", statuses, len(bodies)),
		holds: func(o observed) string {
			return firstProblem(o.statusesAre(statuses...), o.handledAre(bodies...), o.answersAreTheHandlers())
		},
	}
}

// refused expects one answer with this status, and no run of the handler.
func refused(status int) want {
	return want{
		text: fmt.Sprintf("%d and nothing more; the handler does not run", status),
		holds: func(o observed) string {
			return firstProblem(o.statusesAre(status), o.handledAre(), o.showsNothing())
		},
	}
}

// unauthorized is refused(401). The rules of every case check that all 401 answers are the
// same.
func unauthorized() want {
	w := refused(http.StatusUnauthorized)
	w.text += "; status, header and text like those of every other 401, nothing secret in them"
	return w
}

// turnedAway expects at most one answer, from the framework or the adapter, with a status
// that blames the client, and no run of the handler. It allows 501 for transfer codings.
func turnedAway() want {
	return want{
		text: "one answer of 400 to 499 or 501, or a closed connection; the handler does not run",
		holds: func(o observed) string {
			return o.turnedAwayWith(func(status int) bool {
				return status >= 400 && status <= 499 || status == http.StatusNotImplemented
			})
		},
	}
}

// notWhole is for a body that did not arrive whole. A 401 would judge a part of it, and a
// 500 would blame the server.
func notWhole() want {
	return want{
		text: "400, or a closed connection; the handler does not run",
		holds: func(o observed) string {
			problem := o.turnedAwayWith(func(status int) bool { return status == http.StatusBadRequest })
			return firstProblem(problem, o.showsNothing())
		},
	}
}

func (o observed) turnedAwayWith(allowed func(status int) bool) string {
	for i, r := range o.responses {
		if i > 0 {
			return "what followed the refused request was answered too"
		}
		if !allowed(r.status) {
			return fmt.Sprintf("answered with %d", r.status)
		}
	}
	if o.open {
		return "the server neither answers nor closes"
	}
	return o.handledAre()
}

// showsNothing reports an answer that shows a signature or the body.
func (o observed) showsNothing() string {
	if problem := shows(string(o.received)); problem != "" {
		return "the answer shows " + problem
	}
	return ""
}

// safe allows the handler to run at most once, with exactly these bytes, verified. The bytes
// after them must never be taken for a request.
func safe(body []byte) want {
	return want{
		text: "refused, or the handler runs once with the bytes that were signed, verified; one answer",
		holds: func(o observed) string {
			if len(o.seen) == 0 {
				return turnedAway().holds(o)
			}
			return accepted(body).holds(o)
		},
	}
}

// publicly adds that the answer has the public text for an error.
func (w want) publicly(kind error) want {
	public := webhook.PublicMessage(kind)
	return w.and(fmt.Sprintf("the answer says %q", public), func(o observed) string { return o.responses[0].says(public) })
}

func repeated(status, n int) []int { return slices.Repeat([]int{status}, n) }

// toErrorHandler adds the error that an ErrorHandler must get.
func (w want) toErrorHandler(kind error) want {
	w.refusal = kind
	w.text += fmt.Sprintf("; the ErrorHandler gets the error once, %q", kind)
	return w
}

// and adds a check that runs last and may rely on the earlier ones.
func (w want) and(text string, holds func(o observed) string) want {
	before := w.holds
	w.text += "; " + text
	w.holds = inTurn(before, holds)
	return w
}

// cause adds a check that runs first, as its failure explains the others.
func (w want) cause(text string, holds func(o observed) string) want {
	before := w.holds
	w.text += "; " + text
	w.holds = inTurn(holds, before)
	return w
}

// inTurn returns the first problem of two checks. The second may rely on the first.
func inTurn(first, second func(o observed) string) func(o observed) string {
	return func(o observed) string {
		if problem := first(o); problem != "" {
			return problem
		}
		return second(o)
	}
}

// withoutError adds that no ErrorHandler is called.
func (w want) withoutError() want {
	return w.cause("the ErrorHandler is not called", func(o observed) string {
		if len(o.errs) > 0 {
			return fmt.Sprintf("the ErrorHandler got %q", o.errs[0])
		}
		return ""
	})
}

// picked adds how often VerifierFor is called.
func (w want) picked(times int) want {
	return w.cause(fmt.Sprintf("VerifierFor is called %d times", times), func(o observed) string {
		if o.picks != times {
			return fmt.Sprintf("VerifierFor was called %d times, not %d", o.picks, times)
		}
		return ""
	})
}

// either passes if one of two wants does.
func either(a, b want) want {
	return want{text: a.text + "; or " + b.text, holds: func(o observed) string {
		problem := a.holds(o)
		if problem == "" || b.holds(o) == "" {
			return ""
		}
		return problem
	}}
}

// unverified expects that the handler runs for each body, and that FromContext is false.
func unverified(bodies ...[]byte) want {
	return want{
		text: fmt.Sprintf("200 for each, the handler runs %d times with what was sent; FromContext is false", len(bodies)),
		holds: func(o observed) string {
			if problem := o.statusesAre(repeated(http.StatusOK, len(bodies))...); problem != "" {
				return problem
			}
			if len(o.seen) != len(bodies) {
				return fmt.Sprintf("the handler ran %d times, not %d", len(o.seen), len(bodies))
			}
			for i, one := range o.seen {
				switch {
				case one.verified:
					return "FromContext was true, and nothing verified the request"
				case !bytes.Equal(one.body, bodies[i]):
					return fmt.Sprintf("the handler saw %d other bytes: %s", len(one.body), shorten(one.body))
				}
			}
			return ""
		},
	}
}

// elsewhere expects that the router does not pass the message to the handler.
func elsewhere() want {
	return want{
		text: "an answer of 300 to 499 or 501 by the router, or a closed connection; the handler does not run",
		holds: func(o observed) string {
			return o.turnedAwayWith(func(status int) bool {
				return status >= 300 && status <= 499 || status == http.StatusNotImplemented
			})
		},
	}
}

// answered expects one answer with this status and text, and no run of the handler.
func answered(status int, text string) want {
	return want{
		text: fmt.Sprintf("%d with the body %q, and nothing more; the handler does not run", status, text),
		holds: func(o observed) string {
			if problem := firstProblem(o.statusesAre(status), o.handledAre()); problem != "" {
				return problem
			}
			if o.responses[0].body != text {
				return fmt.Sprintf("the answer has the body %q", o.responses[0].body)
			}
			return ""
		},
	}
}

// previousSecret adds that SecretIndex names the previous secret.
func previousSecret(w want) want {
	return w.and("SecretIndex 1", func(o observed) string {
		if index := o.seen[0].delivery.SecretIndex; index != 1 {
			return fmt.Sprintf("SecretIndex is %d", index)
		}
		return ""
	})
}

// observedDelivery adds that the observer gets the accepted delivery once, and no error.
func observedDelivery(w want, index int) want {
	return w.observedOnce("without an error", func(_ observed, got verdict) string {
		switch {
		case got.err != nil:
			return fmt.Sprintf("the observer got %q", got.err)
		case !bytes.Equal(got.delivery.Body, sample) || got.delivery.SecretIndex != index:
			return fmt.Sprintf("the observer got %v", got.delivery)
		}
		return ""
	})
}

// observedError expects that the observer gets an error of this kind once, with a Delivery
// that has only the account, and that the answer is the one for this error.
func observedError(kind error) want {
	public := webhook.PublicMessage(kind)
	what := fmt.Sprintf("%q; the answer says %q", kind, public)
	return refused(webhook.StatusCode(kind)).observedOnce(what, func(o observed, got verdict) string {
		switch {
		case !errors.Is(got.err, kind):
			return fmt.Sprintf("the observer got %v, not %q", got.err, kind)
		case !reflect.DeepEqual(got.delivery, webhook.Delivery{Account: accountName}):
			return fmt.Sprintf("the observer got an error and %v", got.delivery)
		}
		return o.responses[0].says(public)
	})
}

func (w want) observedOnce(what string, holds func(o observed, got verdict) string) want {
	return w.and("the observer is called once, "+what, func(o observed) string {
		if len(o.verdicts) != 1 {
			return fmt.Sprintf("the observer was called %d times", len(o.verdicts))
		}
		return holds(o, o.verdicts[0])
	})
}

// byDefault expects the default rejection.
func byDefault(status int) want {
	if status == http.StatusUnauthorized {
		return unauthorized()
	}
	return refused(status)
}

// failed expects that a panic is not answered with a status below 400. The handler runs for
// these bodies.
func failed(bodies ...[]byte) want {
	return want{
		text: fmt.Sprintf("an answer from 400, or a closed connection; the handler runs %d times", len(bodies)),
		holds: func(o observed) string {
			for _, r := range o.responses {
				if r.status < http.StatusBadRequest {
					return fmt.Sprintf("answered with %d", r.status)
				}
			}
			return o.handledAre(bodies...)
		},
	}
}

// notAcknowledged is for an ErrorHandler that panics. The handler does not run.
func notAcknowledged() want {
	return failed().and("nothing of the request is shown", observed.showsNothing)
}
