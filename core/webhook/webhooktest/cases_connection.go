package webhooktest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// connectionCases send several messages on one connection.
func connectionCases() []testCase {
	const group = "connection"
	var all []testCase
	bodies := [][]byte{sample, filler(5000), []byte("{}"), filler(70_000), {}}
	several := func(name string, w want, messages func(to target) []message) {
		all = append(all, testCase{group: group, name: name, kind: standard, want: w, send: messages})
	}
	several("five deliveries, announced", accepted(bodies...), func(to target) (messages []message) {
		for _, body := range bodies {
			messages = append(messages, to.genuine(body))
		}
		return messages
	})
	several("five deliveries, chunked", accepted(bodies...), func(to target) (messages []message) {
		for _, body := range bodies {
			messages = append(messages, to.genuine(body).chunked(1009))
		}
		return messages
	})
	for _, framing := range []string{"announced", "chunked"} {
		several("a forged delivery between two genuine ones, "+framing, betweenGenuine(framing, sample, bodies[1]), func(to target) []message {
			messages := []message{to.genuine(sample), to.forged(bodies[3]), to.genuine(bodies[1])}
			for i := range messages {
				messages[i] = messages[i].in(framing, 512)
			}
			return messages
		})
	}
	several("an unsigned delivery, then a genuine one", afterRefusal(sample), func(to target) []message {
		return []message{to.delivery(bodies[3]), to.genuine(sample)}
	})
	several("an unsigned delivery without a body, then a genuine one", afterRefusal(sample), func(to target) []message {
		return []message{to.delivery(nil), to.genuine(sample)}
	})
	several("a chunked unsigned delivery, then a genuine one", afterRefusal(sample), func(to target) []message {
		return []message{to.delivery(bodies[3]).chunked(100), to.genuine(sample)}
	})
	return all
}

// betweenGenuine expects that the connection stays open after a refusal whose body was read.
// It may close if the body was chunked, as the server may have dropped a length beside it.
func betweenGenuine(framing string, bodies ...[]byte) want {
	all := conversation([]int{200, 401, 200}, bodies...)
	if framing == "announced" {
		return all
	}
	return want{
		text: all.text + ", or the connection is closed after the 401",
		holds: func(o observed) string {
			if len(o.responses) == 2 {
				return conversation([]int{200, 401}, bodies[0]).holds(o)
			}
			return all.holds(o)
		},
	}
}

// afterRefusal expects a 401, and then a closed connection or the whole next request.
func afterRefusal(next []byte) want {
	return want{
		text: "401; then the connection is closed, or the next delivery is accepted",
		holds: func(o observed) string {
			if len(o.responses) == 1 {
				return firstProblem(o.statusesAre(http.StatusUnauthorized), o.handledAre())
			}
			return firstProblem(o.statusesAre(http.StatusUnauthorized, http.StatusOK), o.handledAre(next))
		},
	}
}

// smugglingCases hide a genuine delivery in the body of another request, as anyone who has a
// delivery to replay can do. A server that takes the rest of a refused body for the next
// request then runs the handler on a request that no proxy before it has seen.
func smugglingCases() []testCase {
	const group = "smuggling"
	var all []testCase
	add := func(name string, w want, outer func(to target, hidden []byte) message) {
		all = append(all, oneMessage(group, name, func(to target) message {
			return outer(to, to.genuine(sample).wire())
		}, w))
	}
	// Offsets at which a server may have stopped reading: nothing or one byte read, the
	// sizes of buffers, and the 256 KiB that net/http would drain.
	for _, offset := range []int{0, 1, 4096, 65536, 262144} {
		for _, framing := range []string{"announced", "chunked"} {
			body := func(hidden []byte) []byte { return append(bytes.Repeat([]byte{'x'}, offset), hidden...) }
			// One chunk, so that no chunk line splits the hidden request.
			framed := func(m message) message { return m.in(framing, 1_000_000) }
			at := fmt.Sprintf(", at %d, %s", offset, framing)
			add("unsigned"+at, unauthorized(), func(to target, hidden []byte) message {
				return framed(to.delivery(body(hidden)))
			})
			add("malformed"+at, unauthorized(), func(to target, hidden []byte) message {
				return framed(to.delivery(body(hidden)).signed("sha256=x"))
			})
			add("forged"+at, unauthorized(), func(to target, hidden []byte) message {
				return framed(to.delivery(body(hidden)).signed(webhook.Sign(NewSecret(), nil)))
			})
		}
	}
	all = append(all, testCase{
		group: group, name: "in a genuine body", kind: standard,
		want: want{text: "200 once; the handler runs once, with the outer body", holds: func(o observed) string {
			if problem := o.statusesAre(http.StatusOK); problem != "" {
				return problem
			}
			return o.handledAre(o.sent[bytes.Index(o.sent, []byte("\r\n\r\n"))+4:])
		}},
		send: single(func(to target) message { return to.genuine(to.genuine(sample).wire()) }),
	})
	add("after the limit, announced", refused(http.StatusRequestEntityTooLarge), func(to target, hidden []byte) message {
		return to.genuine(append(filler(maxBody+1), hidden...))
	})
	add("after the limit, chunked", refused(http.StatusRequestEntityTooLarge), func(to target, hidden []byte) message {
		return to.genuine(append(filler(maxBody+1), hidden...)).chunked(maxBody + 1)
	})
	add("after a broken chunk", notWhole(), func(to target, hidden []byte) message {
		return to.genuine(sample).framed(slices.Concat(chunk(sample), []byte("zz\r\n"), hidden), "Transfer-Encoding: chunked")
	})
	add("in the trailers", safe(sample), func(to target, hidden []byte) message {
		return to.genuine(sample).framed(slices.Concat(chunk(sample), []byte("0\r\n"), hidden), "Transfer-Encoding: chunked")
	})
	add("in multipart that is not signed", unauthorized(), func(to target, hidden []byte) message {
		part := "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n"
		return to.delivery(append([]byte(part), hidden...)).replaced("Content-Type", "multipart/form-data; boundary=b")
	})
	for _, fold := range []struct{ name, is string }{{"CRLF and a space", "\r\n "}, {"CRLF and a tab", "\r\n\t"}, {"LF and a space", "\n "}} {
		// Each CR that a server drops while it unfolds moves the point at which it sees the
		// next request.
		folded := "X-Folded: a" + strings.Repeat("\r", 194) + fold.is + "b"
		add("behind a line folded with "+fold.name, turnedAway(), func(to target, hidden []byte) message {
			return to.delivery(append([]byte("xxxx"), hidden...)).with(folded)
		})
		add("behind a line folded with "+fold.name+", forged", turnedAway(), func(to target, hidden []byte) message {
			return to.delivery(append([]byte("xxxx"), hidden...)).with(folded).signed(webhook.Sign(NewSecret(), nil))
		})
	}
	add("with Expect 100-continue", turnedAwayAfterContinue(), func(to target, hidden []byte) message {
		return to.delivery(hidden).with("Expect: 100-continue")
	})
	return all
}

// turnedAwayAfterContinue also allows the interim answer of a framework that reads the body
// first. The earlyRefusalCases forbid it.
func turnedAwayAfterContinue() want {
	return want{
		text: "a status of 400 or above, 100 before it at most; the handler does not run",
		holds: func(o observed) string {
			if len(o.responses) > 0 && o.responses[0].status == http.StatusContinue {
				o.responses = o.responses[1:]
			}
			return turnedAway().holds(o)
		},
	}
}
