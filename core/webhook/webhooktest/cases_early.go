package webhooktest

import (
	"fmt"
	"net/http"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// earlyRefusalCases send a message without its body, or with only a part of it. The answer
// must not wait for the rest, and the connection must end, as the start of the next request
// is unknown.
func earlyRefusalCases() []testCase {
	const group = "early refusal"
	var all []testCase
	add := func(name string, w want, build func(to target) message) {
		for _, sent := range []int{0, 20_000} {
			all = append(all, testCase{
				group: group, name: fmt.Sprintf("%s, %d bytes of the body sent", name, sent), kind: standard, want: w, hold: true,
				send: single(func(to target) message { return build(to).cut(sent) }),
			})
		}
	}
	body := filler(200_000)
	unsigned := func(to target) message { return to.delivery(body) }
	malformed := func(to target) message { return to.delivery(body).signed("sha256=x") }
	twice := func(to target) message { return to.genuine(body).signed(webhook.Sign(to.secret, body)) }
	over := func(to target) message { return to.genuine(filler(maxBody + 1)) }
	with := func(build func(target) message, change func(message) message) func(target) message {
		return func(to target) message { return change(build(to)) }
	}
	chunked := func(m message) message { return m.chunked(1000) }
	expect := func(m message) message { return m.with("Expect: 100-continue") }

	add("unsigned, announced", unauthorized(), unsigned)
	add("unsigned, chunked", unauthorized(), with(unsigned, chunked))
	add("malformed, announced", unauthorized(), malformed)
	add("malformed, chunked", unauthorized(), with(malformed, chunked))
	add("signed twice, announced", unauthorized(), twice)
	add("over the limit, announced", refused(http.StatusRequestEntityTooLarge), over)
	add("unsigned, Expect 100-continue gets no 100", unauthorized(), with(unsigned, expect))
	add("malformed, chunked, Expect 100-continue gets no 100", unauthorized(), with(with(malformed, chunked), expect))
	add("over the limit, Expect 100-continue gets no 100", refused(http.StatusRequestEntityTooLarge), with(over, expect))
	all = append(all, testCase{
		group: group, name: "over the limit, chunked, without its end", kind: standard, want: refused(http.StatusRequestEntityTooLarge), hold: true,
		send: single(func(to target) message {
			m := chunked(to.genuine(filler(maxBody + 10_000)))
			return m.cut(len(m.payload) - len("0\r\n\r\n"))
		}),
	})
	return all
}

// sendingOnCases have a refused sender that does not stop. It must be able to read the answer,
// and the receiver must stop reading.
func sendingOnCases() []testCase {
	const (
		group = "sending on"
		piece = 64 << 10
		sent  = 96 << 20
	)
	var all []testCase
	add := func(name string, status int, build func(to target) message, pieces func(n int) []byte) {
		all = append(all, testCase{
			group: group, name: name, kind: standard,
			play: func(p player, to target) observed {
				return p.client.endless(build(to).wire(), pieces(piece), sent)
			},
			want: refused(status).and(fmt.Sprintf("the sender reads it, and can send at most %d MiB more", mostTaken>>20), func(o observed) string {
				if o.taken > mostTaken {
					return fmt.Sprintf("%d MiB more were taken after the refusal", o.taken>>20)
				}
				return ""
			}),
		})
	}
	announced := func(m message) message { return m.framed(nil, fmt.Sprintf("Content-Length: %d", sent)) }
	coded := func(m message) message { return m.framed(nil, "Transfer-Encoding: chunked") }
	inChunks := func(n int) []byte { return chunk(filler(n)) }
	add("unsigned, announced", http.StatusUnauthorized, func(to target) message { return announced(to.delivery(nil)) }, filler)
	add("unsigned, chunked", http.StatusUnauthorized, func(to target) message { return coded(to.delivery(nil)) }, inChunks)
	add("over the limit, announced", http.StatusRequestEntityTooLarge, func(to target) message { return announced(to.genuine(nil)) }, filler)
	add("over the limit, chunked", http.StatusRequestEntityTooLarge, func(to target) message { return coded(to.genuine(nil)) }, inChunks)
	return all
}

// timeoutCases stop in the middle of a body until the server gives up.
func timeoutCases() []testCase {
	const group = "timeout"
	impatient := kind{limit: maxBody, readTimeout: 400 * time.Millisecond}
	late := want{
		text: "408 once, or a closed connection; the handler does not run",
		holds: func(o observed) string {
			return o.turnedAwayWith(func(status int) bool { return status == http.StatusRequestTimeout })
		},
	}
	var all []testCase
	for _, framing := range []string{"announced", "chunked"} {
		c := oneMessage(group, "a body that stops, "+framing, func(to target) message {
			return to.genuine(filler(50_000)).in(framing, 1000).cut(20_000)
		}, late).on(impatient)
		c.hold, c.named = true, true
		all = append(all, c)
	}
	return all
}
