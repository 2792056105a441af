package webhooktest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// want is what must come of a case.
type want struct {
	text  string
	holds func(o observed) string // what is wrong, or ""
}

func (w want) check(o observed) string {
	if o.problem != "" {
		return o.problem
	}
	if flaw := o.flaw(); flaw != "" {
		return flaw
	}
	return w.holds(o)
}

// accepted: every body reaches the handler, verified, and is answered with 200.
func accepted(bodies ...[]byte) want {
	return want{
		text: fmt.Sprintf("200 for each, the handler runs %d times, with the bytes that were signed, verified", len(bodies)),
		holds: func(o observed) string {
			return firstProblem(o.statusesAre(repeated(http.StatusOK, len(bodies))...), o.handledAre(bodies...))
		},
	}
}

// conversation: the statuses in this order, and these bodies handled.
func conversation(statuses []int, bodies ...[]byte) want {
	return want{
		text: fmt.Sprintf("the statuses %v, the handler runs %d times", statuses, len(bodies)),
		holds: func(o observed) string {
			return firstProblem(o.statusesAre(statuses...), o.handledAre(bodies...))
		},
	}
}

// refused: one answer with this status, and the handler does not run.
func refused(status int) want {
	return want{
		text: fmt.Sprintf("%d and nothing more; the handler does not run", status),
		holds: func(o observed) string {
			return firstProblem(o.statusesAre(status), o.handledAre())
		},
	}
}

// unauthorized is refused(401); it also tells that all of them are the same answer.
func (s *suite) unauthorized() want {
	w := refused(http.StatusUnauthorized)
	return want{
		text: w.text + "; status and body like those of every other 401, nothing secret in them",
		holds: func(o observed) string {
			if problem := w.holds(o); problem != "" {
				return problem
			}
			return s.sameRejection(o.responses[0])
		},
	}
}

func (s *suite) sameRejection(got response) string {
	switch {
	case strings.Contains(got.body, s.secret) || strings.Contains(got.body, "sha256=") || strings.Contains(got.body, "whsec_"):
		return "the answer shows a secret or a signature"
	case s.rejection == nil:
		s.rejection = &got
	case got.status != s.rejection.status || got.body != s.rejection.body:
		return fmt.Sprintf("the answer is %d %q, another 401 was %d %q: two texts are an oracle",
			got.status, got.body, s.rejection.status, s.rejection.body)
	}
	return ""
}

// turnedAway: whatever answers, framework or adapter, the handler does not run and no
// success is told.
func turnedAway() want {
	return want{
		text: "a status of 400 or above, or a closed connection; the handler does not run",
		holds: func(o observed) string {
			for _, r := range o.responses {
				if r.status < http.StatusBadRequest {
					return fmt.Sprintf("answered with %d", r.status)
				}
			}
			if o.open {
				return "the server neither answers nor closes"
			}
			return o.handledAre()
		},
	}
}

// safe: the handler may run, but only with these bytes, verified, and only once; what
// followed them on the connection is never taken for a request.
func safe(body []byte) want {
	return want{
		text: "refused, or the handler runs once with the bytes that were signed, verified",
		holds: func(o observed) string {
			if len(o.seen) == 0 {
				return turnedAway().holds(o)
			}
			return o.handledAre(body)
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
		i := slices.IndexFunc(left, func(body []byte) bool { return bytes.Equal(body, one.body) })
		if i < 0 {
			return fmt.Sprintf("the handler saw %d bytes that were not signed: %s", len(one.body), shorten(one.body))
		}
		left = slices.Delete(left, i, i+1)
	}
	return ""
}

// refusedWith adds that an ErrorHandler, where it was called, got one error that is kind.
func refusedWith(w want, kind error) want {
	return want{
		text: w.text + fmt.Sprintf("; an ErrorHandler gets the error once, %q", kind),
		holds: func(o observed) string {
			if problem := w.holds(o); problem != "" {
				return problem
			}
			if len(o.errs) > 1 {
				return fmt.Sprintf("the ErrorHandler was called %d times", len(o.errs))
			}
			for _, err := range o.errs {
				if !errors.Is(err, kind) {
					return fmt.Sprintf("the ErrorHandler got %q", err)
				}
			}
			return ""
		},
	}
}
