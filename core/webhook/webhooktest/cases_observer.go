package webhooktest

import (
	"context"
	"fmt"
	"reflect"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// contextCases have a middleware before the adapter that gives the request another context.
// Handler, ErrorHandler and observer must get that context.
func contextCases() []testCase {
	const group = "context"
	oneCall := func(o observed) string {
		for _, v := range o.verdicts {
			if problem := unmarked(v.ctx); problem != "" {
				return "the observer's context " + problem
			}
		}
		if len(o.verdicts) != 1 {
			return fmt.Sprintf("the observer was called %d times", len(o.verdicts))
		}
		return ""
	}
	var all []testCase
	for _, on := range []OnRefusal{Default, OnlyLog} {
		add := func(name string, w want, build func(to target) message) {
			if on != Default {
				name += ", with an ErrorHandler"
			}
			c := oneMessage(group, name, build, w.and("the observer gets the request's context", oneCall))
			c.kind, c.named = kind{limit: maxBody, context: true, onRefusal: on}, true
			c.stay = true // net/http cancels the context when the client closes its side
			all = append(all, c)
		}
		add("genuine", accepted(sample).and("so does the handler", func(o observed) string {
			if problem := o.seen[0].context; problem != "" {
				return "the handler's context " + problem
			}
			return ""
		}), func(to target) message { return to.genuine(sample) })
		refusal := unauthorized().and("so does the ErrorHandler", func(o observed) string {
			for _, one := range o.looks {
				if one.where == inErrorHandler && one.context != "" {
					return "the ErrorHandler's context " + one.context
				}
			}
			return ""
		})
		add("unsigned", refusal, func(to target) message { return to.delivery(sample) })
		add("forged", refusal, func(to target) message { return to.forged(sample) })
	}
	return all
}

// observerCases check the calls of a Verifier's observer, which users count and log with.
// They also check which error caused an answer, and that the answer has the public text.
func observerCases() []testCase {
	const group = "observer"
	over := filler(maxBody + 1)
	forged := func(to target) message { return to.forged(sample) }
	refusal := func(name string, kind error, build func(to target) message) testCase {
		return oneMessage(group, name, build, observedError(kind))
	}
	return []testCase{
		oneMessage(group, "accepted", func(to target) message { return to.genuine(sample) }, observedDelivery(accepted(sample), 0)),
		oneMessage(group, "accepted under the previous secret", func(to target) message {
			return to.signedWith(to.previous, sample)
		}, observedDelivery(accepted(sample), 1)),
		refusal("unsigned", webhook.ErrMissingSignature, func(to target) message { return to.delivery(sample) }),
		refusal("malformed", webhook.ErrMalformedSignature, func(to target) message { return to.delivery(sample).signed("sha256=x") }),
		refusal("forged, announced", webhook.ErrSignatureMismatch, forged),
		refusal("forged, chunked", webhook.ErrSignatureMismatch, func(to target) message { return forged(to).chunked(13) }),
		refusal("over the limit", webhook.ErrBodyTooLarge, func(to target) message { return to.genuine(over) }),
		{
			group: group, name: "a context of each request's own", kind: standard,
			want: want{
				text: "200 twice; the observer's contexts are not one that the framework uses again",
				holds: func(o observed) string {
					return firstProblem(accepted(sample, sample).holds(o), contextsDiffer(o.verdicts))
				},
			},
			send: func(to target) []message { return []message{to.genuine(sample), to.genuine(sample)} },
		},
	}
}

// contextsDiffer reports a context that two requests share. It allows context.Background, as
// no request owns it.
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
