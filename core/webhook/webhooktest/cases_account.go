package webhooktest

import (
	"fmt"
	"net/http"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// accountCases have a VerifierFor that picks a Verifier for each request. It must be called
// once per request, before the body is read.
func accountCases() []testCase {
	const group = "verifier for"
	var all []testCase
	add := func(name string, w want, accounts []account, send func(to target) []message) *testCase {
		all = append(all, testCase{
			group: group, name: name, kind: kind{limit: maxBody, made: byVerifierFor}, named: true,
			want: w, send: send, accounts: accounts,
		})
		return &all[len(all)-1]
	}
	genuine := func(to target) message { return to.genuine(sample) }
	unsigned := func(to target) message { return to.delivery(sample) }
	forged := func(to target) message { return to.forged(sample) }
	previous := func(to target) message { return to.signedWith(to.previous, sample) }

	add("genuine", accepted(sample).picked(1), []account{ours}, single(genuine))
	add("genuine, chunked", accepted(sample).picked(1), []account{ours}, single(func(to target) message { return genuine(to).chunked(9) }))
	add("under the previous secret", previousSecret(accepted(sample)).picked(1), []account{ours}, single(previous))
	add("unsigned", unauthorized().picked(1), []account{ours}, single(unsigned))
	add("forged", unauthorized().picked(1), []account{ours}, single(forged))
	add("over the limit", refused(http.StatusRequestEntityTooLarge).picked(1), []account{ours}, single(func(to target) message { return to.genuine(filler(maxBody + 1)) }))
	add("signed for another account", unauthorized().picked(1), []account{another}, single(genuine))
	add("nil, genuine", unauthorized().picked(1), []account{unknown}, single(genuine))
	add("nil, unsigned", unauthorized().picked(1), []account{unknown}, single(unsigned))
	add("a zero Verifier, genuine", refused(http.StatusInternalServerError).publicly(webhook.ErrInvalidSecret).picked(1), []account{zero}, single(genuine))
	add("two accounts on one connection", conversation([]int{200, 401, 200}, sample, sample).picked(3), []account{ours, another, ours}, func(to target) []message {
		return []message{genuine(to), genuine(to), genuine(to)}
	})
	// The current secret is removed while the program runs, and the previous one remains.
	add("a secret that was taken away", conversation([]int{200, 401, 200}, sample, sample).picked(3), []account{ours, outdated, outdated}, func(to target) []message {
		return []message{genuine(to), genuine(to), previous(to)}
	})
	add("an account that was taken away", conversation([]int{200, 401}, sample).picked(2), []account{ours, unknown}, func(to target) []message {
		return []message{genuine(to), genuine(to)}
	})
	body := filler(200_000)
	for _, sent := range []int{0, 20_000} {
		for _, framing := range []string{"announced", "chunked"} {
			c := add(fmt.Sprintf("called before the body is read, %s, %d bytes of the body sent", framing, sent), unauthorized().picked(1), []account{unknown}, single(func(to target) message {
				return to.genuine(body).in(framing, 1000).cut(sent)
			}))
			c.hold = true
		}
	}

	logs := kind{limit: maxBody, made: byVerifierFor, onRefusal: OnlyLog}
	for _, refusal := range []struct {
		name  string
		pick  account
		want  want
		build func(to target) message
	}{
		{"nil", unknown, unauthorized().toErrorHandler(webhook.ErrNoVerifier), genuine},
		{"a zero Verifier", zero, refused(http.StatusInternalServerError).toErrorHandler(webhook.ErrInvalidSecret), genuine},
		{"forged", ours, unauthorized().toErrorHandler(webhook.ErrSignatureMismatch), forged},
	} {
		c := add("with an ErrorHandler, "+refusal.name, refusal.want.picked(1), []account{refusal.pick}, single(refusal.build))
		c.kind = logs
	}
	return all
}

// newCases have an adapter made by its New, which must pass its options on.
func newCases() []testCase {
	const group = "new"
	made := kind{limit: newLimit, made: byNew}
	add := func(name string, w want, build func(to target) message) testCase {
		return oneMessage(group, name, build, w).on(made)
	}
	return []testCase{
		add("genuine, and the observer is called", observedDelivery(accepted(sample), 0), func(to target) message { return to.genuine(sample) }),
		add("under the previous secret", previousSecret(accepted(sample)), func(to target) message {
			return to.signedWith(to.previous, sample)
		}),
		add("forged, and the observer is called", observedError(webhook.ErrSignatureMismatch), func(to target) message { return to.forged(sample) }),
		add("unsigned", unauthorized(), func(to target) message { return to.delivery(sample) }),
		add("at the limit", accepted(filler(newLimit)), func(to target) message { return to.genuine(filler(newLimit)) }),
		add("over the limit, announced", refused(http.StatusRequestEntityTooLarge), func(to target) message { return to.genuine(filler(newLimit + 1)) }),
		add("over the limit, chunked", refused(http.StatusRequestEntityTooLarge), func(to target) message { return to.genuine(filler(newLimit + 1)).chunked(100) }),
	}
}

// newLimit is below the default limit and the limit of the other receivers.
const newLimit = 2000

// skipperCases have a Skipper, or a Next, in the Config. An adapter without one verifies
// everything.
func skipperCases() []testCase {
	const group = "skipper"
	var all []testCase
	for _, made := range []string{"", byVerifierFor} {
		for _, skip := range []bool{true, false} {
			add := func(name string, w want, build func(to target) message) {
				c := oneMessage(group, name, build, w).on(kind{limit: maxBody, made: made, skipper: true})
				if made == byVerifierFor {
					c.name += ", with a VerifierFor"
				}
				c.named = true
				c.accounts, c.script.skip = []account{ours}, skip
				all = append(all, c)
			}
			if !skip {
				add("not skipped, genuine", accepted(sample).skippedAtMostOnce(), func(to target) message { return to.genuine(sample) })
				add("not skipped, unsigned", unauthorized().skippedAtMostOnce(), func(to target) message { return to.delivery(sample) })
				add("not skipped, forged", unauthorized().skippedAtMostOnce(), func(to target) message { return to.forged(sample) })
				continue
			}
			add("skipped, unsigned", skippedOr(unauthorized()), func(to target) message { return to.delivery(sample) })
			add("skipped, unsigned, chunked", skippedOr(unauthorized()), func(to target) message { return to.delivery(sample).chunked(9) })
			add("skipped, forged", skippedOr(unauthorized()), func(to target) message { return to.forged(sample) })
			add("skipped, genuine", skippedOr(accepted(sample)), func(to target) message { return to.genuine(sample) })
		}
	}
	return all
}

// skippedOr expects that the request is skipped and VerifierFor is not called, if the Skipper
// was called. For an adapter without a Skipper, it expects plain.
func skippedOr(plain want) want {
	skipped := unverified(sample).picked(0).skippedAtMostOnce()
	return want{text: "with a Skipper, " + skipped.text, skippable: true, holds: func(o observed) string {
		if o.skips == 0 {
			return plain.holds(o)
		}
		return skipped.holds(o)
	}}
}

func (w want) skippedAtMostOnce() want {
	w = w.and("Skipper is called once", func(o observed) string {
		if o.skips > 1 {
			return fmt.Sprintf("Skipper was called %d times", o.skips)
		}
		return ""
	})
	w.skippable = true
	return w
}

// instanceCases have a second instance of the adapter before the one under test. It accepts
// the current secret as its previous one, and a secret of its own.
func instanceCases() []testCase {
	const group = "second instance"
	var all []testCase
	for _, on := range []struct {
		name string
		is   OnRefusal
	}{{"", Default}, {", with an ErrorHandler that only logs", OnlyLog}, {", with an ErrorHandler that calls Next", CallNext}} {
		add := func(name string, w want, build func(to target) message) {
			c := oneMessage(group, name+on.name, build, w).on(kind{limit: maxBody, outer: true, onRefusal: on.is})
			c.named = true
			all = append(all, c)
		}
		add("accepted by both", accepted(sample).and("the Delivery is the inner instance's, SecretIndex 0", func(o observed) string {
			if index := o.seen[0].delivery.SecretIndex; index != 0 {
				return fmt.Sprintf("SecretIndex is %d: the Delivery is the outer instance's", index)
			}
			return ""
		}), func(to target) message { return to.genuine(sample) })
		add("accepted by the outer one alone", unauthorized().toErrorHandler(webhook.ErrSignatureMismatch), func(to target) message {
			return to.signedWith(to.outer, sample)
		})
		add("accepted by the inner one alone", unauthorized(), func(to target) message {
			return to.signedWith(to.previous, sample)
		})
		add("accepted by neither", unauthorized(), func(to target) message { return to.forged(sample) })
	}
	return all
}
