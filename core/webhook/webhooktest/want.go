package webhooktest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// want is what must come of a case.
type want struct {
	text  string
	holds func(o observed) string // what is wrong, or ""
}

// accepted: every body reaches the handler, verified, and is answered with 200.
func accepted(bodies ...[]byte) want {
	return want{
		text: fmt.Sprintf("200 for each, the handler runs %d times, with the bytes that were signed, verified", len(bodies)),
		holds: func(o observed) string {
			return firstProblem(o.statusesAre(repeated(http.StatusOK, len(bodies))...), o.handledAre(bodies...), o.answersAreTheHandlers())
		},
	}
}

// conversation: the statuses in this order, and these bodies handled.
func conversation(statuses []int, bodies ...[]byte) want {
	return want{
		text: fmt.Sprintf("the statuses %v, the handler runs %d times", statuses, len(bodies)),
		holds: func(o observed) string {
			return firstProblem(o.statusesAre(statuses...), o.handledAre(bodies...), o.answersAreTheHandlers())
		},
	}
}

// refused: one answer with this status, and the handler does not run.
func refused(status int) want {
	return want{
		text: fmt.Sprintf("%d and nothing more; the handler does not run", status),
		holds: func(o observed) string {
			return firstProblem(o.statusesAre(status), o.handledAre(), o.showsNothing())
		},
	}
}

// unauthorized is refused(401). That all of them are the same answer is a rule of every
// case.
func unauthorized() want {
	w := refused(http.StatusUnauthorized)
	w.text += "; status, header and text like those of every other 401, nothing secret in them"
	return w
}

// turnedAway: whatever answers, framework or adapter, it does so once, the handler does
// not run, and it is the client's fault. 501 is for transfer codings.
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

// notWhole: the body did not arrive whole. 401 would be a verdict on a part of it, and 500
// our own fault.
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

// showsNothing: the answer repeats nothing of the request.
func (o observed) showsNothing() string {
	if problem := shows(string(o.received)); problem != "" {
		return "the answer shows " + problem
	}
	return ""
}

// safe: the handler may run, but only with these bytes, verified, and only once; what
// followed them on the connection is never taken for a request.
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

func firstProblem(problems ...string) string {
	for _, problem := range problems {
		if problem != "" {
			return problem
		}
	}
	return ""
}

func repeated(status, n int) []int { return slices.Repeat([]int{status}, n) }

func (o observed) statusesAre(statuses ...int) string {
	var got []int
	for _, r := range o.responses {
		got = append(got, r.status)
	}
	if !slices.Equal(got, statuses) {
		return fmt.Sprintf("the answers have the statuses %v, not %v", got, statuses)
	}
	if o.open {
		return "the connection stays open"
	}
	return ""
}

// handledAre tells whether the handler saw just these bodies, each once, verified. The
// order does not matter: deliveries may be in flight together.
func (o observed) handledAre(bodies ...[]byte) string {
	if len(o.seen) != len(bodies) {
		return fmt.Sprintf("the handler ran %d times, not %d", len(o.seen), len(bodies))
	}
	left := slices.Clone(bodies)
	for _, one := range o.seen {
		if !one.verified {
			return "the handler ran and FromContext was false"
		}
		i := slices.IndexFunc(left, func(body []byte) bool { return slices.Equal(body, one.body) })
		if i < 0 {
			return fmt.Sprintf("the handler saw %d bytes that were not signed: %s", len(one.body), shorten(one.body))
		}
		left = slices.Delete(left, i, i+1)
	}
	return ""
}

// refusedWith adds that an ErrorHandler, if there is one, gets the error once.
func (s *suite) refusedWith(kind error) want {
	w := unauthorized()
	return want{
		text: w.text + fmt.Sprintf("; the ErrorHandler, if the adapter has one, gets the error once, %q", kind),
		holds: func(o observed) string {
			if problem := w.holds(o); problem != "" {
				return problem
			}
			calls := len(o.errs)
			if s.errorHandlerCalls == nil {
				s.errorHandlerCalls = &calls
			}
			switch {
			case calls > 1:
				return fmt.Sprintf("the ErrorHandler was called %d times", calls)
			case calls != *s.errorHandlerCalls:
				return fmt.Sprintf("the ErrorHandler was called %d times, and %d times for another refusal", calls, *s.errorHandlerCalls)
			case calls == 1 && !errors.Is(o.errs[0], kind):
				return fmt.Sprintf("the ErrorHandler got %q, not %q", o.errs[0], kind)
			}
			return ""
		},
	}
}

// answersAreTheHandlers tells whether what the handler answered came back as it was.
func (o observed) answersAreTheHandlers() string {
	left := o.seen
	for _, r := range o.responses {
		switch {
		case r.status != http.StatusOK:
		case len(left) == 0:
			return "answered with 200, and the handler did not run"
		case r.body != left[0].answer:
			return fmt.Sprintf("answered with %q, the handler's answer was %q", r.body, left[0].answer)
		default:
			left = left[1:]
		}
	}
	return ""
}

// withoutError adds that no ErrorHandler is called.
func withoutError(w want) want {
	return want{text: w.text + "; the ErrorHandler is not called", holds: func(o observed) string {
		if len(o.errs) > 0 {
			return fmt.Sprintf("the ErrorHandler got %q", o.errs[0])
		}
		return w.holds(o)
	}}
}
