package webhooktest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// observerCases look at what a Verifier's observer is told: it is how a user counts and
// logs. They also tell which error was behind an answer, and that its text is the public
// one.
func (s *suite) observerCases() []testCase {
	const group = "observer"
	over := filler(maxBody + 1)
	forged := func(_ *suite, r *receiver) message {
		return r.delivery(sample).signed(webhook.Sign(NewSecret(), sample))
	}
	refusal := func(name string, kind error, make func(s *suite, r *receiver) message) testCase {
		return oneMessage(group, name, make, toldOf(kind))
	}
	return []testCase{
		oneMessage(group, "accepted", func(s *suite, r *receiver) message { return s.genuine(r, sample) }, told(accepted(sample), 0)),
		oneMessage(group, "accepted under the previous secret", func(s *suite, r *receiver) message {
			return r.delivery(sample).signed(webhook.Sign(s.previous, sample))
		}, told(accepted(sample), 1)),
		refusal("unsigned", webhook.ErrMissingSignature, func(_ *suite, r *receiver) message { return r.delivery(sample) }),
		refusal("malformed", webhook.ErrMalformedSignature, func(_ *suite, r *receiver) message { return r.delivery(sample).signed("sha256=x") }),
		refusal("forged, announced", webhook.ErrSignatureMismatch, forged),
		refusal("forged, chunked", webhook.ErrSignatureMismatch, func(s *suite, r *receiver) message { return forged(s, r).chunked(13) }),
		refusal("over the limit", webhook.ErrBodyTooLarge, func(s *suite, r *receiver) message { return s.genuine(r, over) }),
		{
			group: group, name: "a context of each request's own", receiver: standard,
			want: want{
				text: "200 twice; the observer's contexts are not one that the framework uses again",
				holds: func(o observed) string {
					return firstProblem(accepted(sample, sample).holds(o), contextsDiffer(o.verdicts))
				},
			},
			play: func(s *suite, r *receiver) observed {
				wire := s.genuine(r, sample).wire()
				return s.exchange(r, append(wire, wire...), false)
			},
		},
	}
}

// told: the observer got the accepted delivery once, and no error.
func told(w want, index int) want {
	return w.toldOnce("without an error", func(_ observed, got verdict) string {
		switch {
		case got.err != nil:
			return fmt.Sprintf("the observer got %q", got.err)
		case !slices.Equal(got.delivery.Body, sample) || got.delivery.SecretIndex != index:
			return fmt.Sprintf("the observer got %v", got.delivery)
		}
		return ""
	})
}

// toldOf: the observer got an error of this kind once, and no Delivery, and the answer is
// the one for it.
func toldOf(kind error) want {
	public := webhook.PublicMessage(kind)
	what := fmt.Sprintf("%q; the client is told %q", kind, public)
	return refused(webhook.StatusCode(kind)).toldOnce(what, func(o observed, got verdict) string {
		switch {
		case !errors.Is(got.err, kind):
			return fmt.Sprintf("the observer got %v, not %q", got.err, kind)
		case got.delivery.Body != nil || got.delivery.SecretIndex != 0:
			return fmt.Sprintf("the observer got an error and %v", got.delivery)
		}
		return o.responses[0].says(public)
	})
}

func (w want) toldOnce(what string, holds func(o observed, got verdict) string) want {
	return want{text: w.text + "; the observer is told once, " + what, holds: func(o observed) string {
		if problem := w.holds(o); problem != "" {
			return problem
		}
		if len(o.verdicts) != 1 {
			return fmt.Sprintf("the observer was called %d times", len(o.verdicts))
		}
		return holds(o, o.verdicts[0])
	}}
}

// contextsDiffer: context.Background is nobody's, and may be the same twice.
func contextsDiffer(verdicts []verdict) string {
	if len(verdicts) != 2 {
		return fmt.Sprintf("the observer was called %d times", len(verdicts))
	}
	first, second := verdicts[0].ctx, verdicts[1].ctx
	switch {
	case first == nil || second == nil:
		return "the observer's context is nil"
	case first == context.Background() || !reflect.TypeOf(first).Comparable():
		return ""
	case first == second:
		return fmt.Sprintf("the observer got the same %T for two requests", first)
	}
	return ""
}
