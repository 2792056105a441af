package webhooktest

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// framingCases are messages whose length is told wrongly, or not to its end. What arrives
// before the break is signed, as an attacker could who holds an older delivery.
func (s *suite) framingCases() []testCase {
	const group = "framing"
	var all []testCase
	add := func(name string, w want, make func(m message) message) {
		all = append(all, oneMessage(group, name, func(s *suite, r *receiver) message { return make(s.genuine(r, sample)) }, w))
	}
	length := func(value string) func(m message) message {
		return func(m message) message { return m.framed(m.payload, "Content-Length: "+value) }
	}
	coded := func(payload string, lines ...string) func(m message) message {
		return func(m message) message {
			if len(lines) == 0 {
				lines = []string{"Transfer-Encoding: chunked"}
			}
			return m.framed([]byte(payload), lines...)
		}
	}
	n := len(sample)
	one := string(chunk(sample))

	add("cut off, one byte before its end", notWhole(), length(strconv.Itoa(n+1)))
	add("cut off, far before its end", notWhole(), length("200000"))
	add("cut off at once", notWhole(), func(m message) message { return m.framed(nil, "Content-Length: "+strconv.Itoa(n)) })
	add("cut off after 100,000 bytes", notWhole(), func(m message) message {
		body := filler(100_000)
		return m.replaced(webhook.SignatureHeader, webhook.Sign(s.secret, body)).framed(body, "Content-Length: 200000")
	})
	// A part of nothing, and what a framework may give for the body after an error.
	signedAs := func(m message, body string) message {
		return m.replaced(webhook.SignatureHeader, webhook.Sign(s.secret, []byte(body)))
	}
	add("cut off at once, signed as nothing", notWhole(), func(m message) message {
		return signedAs(m, "").framed(nil, "Content-Length: "+strconv.Itoa(n))
	})
	add("cut off, signed as the error's text", notWhole(), func(m message) message {
		return length(strconv.Itoa(n + 1))(signedAs(m, io.ErrUnexpectedEOF.Error()))
	})
	add("no last chunk, signed as the error's text", notWhole(), func(m message) message {
		return coded(one)(signedAs(m, io.ErrUnexpectedEOF.Error()))
	})
	add("no length at all", unframed(), func(m message) message { return m.framed(m.payload) })

	add("no last chunk", notWhole(), coded(one))
	add("no last chunk, in small chunks", notWhole(), func(m message) message {
		payload := chunks(sample, 7)
		return m.framed(payload[:len(payload)-len("0\r\n\r\n")], "Transfer-Encoding: chunked")
	})
	add("cut off inside a chunk", notWhole(), coded(fmt.Sprintf("%x\r\n%s", n+10, sample)))
	add("cut off inside a chunk's size", notWhole(), coded(one+"1"))
	add("cut off after a chunk's size", notWhole(), coded(one+"10\r\n"))
	add("no line end after a chunk", notWhole(), coded(fmt.Sprintf("%x\r\n%s0\r\n\r\n", n, sample)))
	add("a chunk longer than its size", notWhole(), coded(fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", n-5, sample)))
	add("a chunk size that is no number", notWhole(), coded("zz\r\n"+string(sample)+"\r\n0\r\n\r\n"))
	add("a negative chunk size", notWhole(), coded("-1\r\n"+string(sample)+"\r\n0\r\n\r\n"))
	add("an empty chunk size", notWhole(), coded("\r\n"+string(sample)+"\r\n0\r\n\r\n"))
	add("a chunk size of 17 digits", notWhole(), coded(one+"fffffffffffffffff\r\nx\r\n0\r\n\r\n"))
	add("a chunk size of 2^63-1", notWhole(), coded(one+"7fffffffffffffff\r\nx\r\n"))
	add("a last chunk and no more", safe(sample), coded(one+"0\r\n"))
	add("a trailer line that is none", safe(sample), coded(one+"0\r\nnonsense\r\n\r\n"))
	add("a chunk extension", safe(sample), coded(fmt.Sprintf("%x;a=b\r\n%s\r\n0\r\n\r\n", n, sample)))
	add("a chunk size with zeros before it", safe(sample), coded("0000"+one+"0\r\n\r\n"))
	add("a chunk size with 0x", turnedAway(), coded("0x"+one+"0\r\n\r\n"))
	add("chunk lines that end with LF", safe(sample), coded(fmt.Sprintf("%x\n%s\n0\n\n", n, sample)))

	add("a negative length", turnedAway(), length("-1"))
	add("a length with a plus sign", turnedAway(), length("+"+strconv.Itoa(n)))
	add("a length in hex", turnedAway(), length("0x"+strconv.FormatInt(int64(n), 16)))
	add("a length with a fraction", turnedAway(), length(strconv.Itoa(n)+".0"))
	add("a length with a space in it", turnedAway(), length("1 "+strconv.Itoa(n)))
	add("a length that is no number", turnedAway(), length("many"))
	add("a length over 2^63", turnedAway(), length("9223372036854775808"))
	add("a length over 2^64", turnedAway(), length("18446744073709551617"))
	add("a length with zeros before it", safe(sample), length("000"+strconv.Itoa(n)))
	add("a list of equal lengths", safe(sample), length(fmt.Sprintf("%d, %d", n, n)))
	add("two equal lengths", safe(sample), func(m message) message {
		return m.framed(m.payload, fmt.Sprintf("Content-Length: %d", n), fmt.Sprintf("Content-Length: %d", n))
	})
	add("two lengths, the right one first", turnedAway(), func(m message) message {
		return m.framed(m.payload, fmt.Sprintf("Content-Length: %d", n), "Content-Length: 5")
	})
	add("two lengths, the right one last", turnedAway(), func(m message) message {
		return m.framed(m.payload, "Content-Length: 5", fmt.Sprintf("Content-Length: %d", n))
	})

	add("chunked with a length too", safe(sample), coded(one+"0\r\n\r\n", "Content-Length: 5", "Transfer-Encoding: chunked"))
	add("a length with chunked too", safe(sample), coded(one+"0\r\n\r\n", "Transfer-Encoding: chunked", "Content-Length: 5"))
	add("a length and an unknown coding", turnedAway(), coded(string(sample), "Content-Length: "+strconv.Itoa(n), "Transfer-Encoding: xchunked"))
	add("gzip, chunked", turnedAway(), coded(one+"0\r\n\r\n", "Transfer-Encoding: gzip, chunked"))
	add("chunked, gzip", turnedAway(), coded(one+"0\r\n\r\n", "Transfer-Encoding: chunked, gzip"))
	add("chunked twice", turnedAway(), coded(one+"0\r\n\r\n", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"))
	add("an unknown coding", turnedAway(), coded(one+"0\r\n\r\n", "Transfer-Encoding: xchunked"))
	add("chunked with a tab before it", safe(sample), coded(one+"0\r\n\r\n", "Transfer-Encoding:\tchunked"))
	add("Chunked in capitals", safe(sample), coded(one+"0\r\n\r\n", "Transfer-Encoding: CHUNKED"))
	add("chunked in HTTP/1.0", safe(sample), func(m message) message {
		m.proto = "HTTP/1.0"
		return coded(one + "0\r\n\r\n")(m)
	})
	return all
}

// unframed: a request without a length has no body (RFC 9112, 6.3), and what follows it is
// the next request, which is none.
func unframed() want {
	return want{
		text: "401, and at most 400 for what follows; the handler does not run",
		holds: func(o observed) string {
			if len(o.responses) == 2 {
				return firstProblem(o.statusesAre(http.StatusUnauthorized, http.StatusBadRequest), o.handledAre())
			}
			return turnedAway().holds(o)
		},
	}
}

// limitCases go over the limit, or say that they will.
func (s *suite) limitCases() []testCase {
	const group = "limit"
	over := filler(maxBody + 1)
	upToTheLimit := func(s *suite, r *receiver) message {
		return r.delivery(over).signed(webhook.Sign(s.secret, over[:maxBody]))
	}
	unlimited := receiverKind{limit: math.MaxInt64}
	all := []testCase{
		oneMessage(group, "one byte over, announced", func(s *suite, r *receiver) message { return s.genuine(r, over) }, refused(http.StatusRequestEntityTooLarge)),
		oneMessage(group, "one byte over, chunked", func(s *suite, r *receiver) message { return s.genuine(r, over).chunked(5000) }, refused(http.StatusRequestEntityTooLarge)),
		oneMessage(group, "one byte over, in one chunk", func(s *suite, r *receiver) message { return s.genuine(r, over).chunked(len(over)) }, refused(http.StatusRequestEntityTooLarge)),
		oneMessage(group, "over and not signed, announced", func(_ *suite, r *receiver) message { return r.delivery(over) }, unauthorized()),
		oneMessage(group, "over and not signed, chunked", func(_ *suite, r *receiver) message { return r.delivery(over).chunked(5000) }, unauthorized()),
		oneMessage(group, "over and malformed, announced", func(_ *suite, r *receiver) message { return r.delivery(over).signed("sha256=x") }, unauthorized()),
		oneMessage(group, "over, signed up to the limit, announced", upToTheLimit, refused(http.StatusRequestEntityTooLarge)),
		oneMessage(group, "over, signed up to the limit, chunked", func(s *suite, r *receiver) message {
			return upToTheLimit(s, r).chunked(5000)
		}, refused(http.StatusRequestEntityTooLarge)),
		oneMessage(group, "over and forged, announced", func(_ *suite, r *receiver) message {
			return r.delivery(over).signed(webhook.Sign(NewSecret(), over))
		}, refused(http.StatusRequestEntityTooLarge)),
	}
	for _, announced := range []int64{1 << 40, math.MaxInt64} {
		all = append(all, testCase{
			group: group, name: fmt.Sprintf("%d bytes announced, none sent", announced), receiver: standard, want: refused(http.StatusRequestEntityTooLarge),
			play: func(s *suite, r *receiver) observed {
				m := s.genuine(r, nil).framed(nil, "Content-Length: "+strconv.FormatInt(announced, 10))
				return s.exchange(r, m.wire(), true)
			},
		})
	}
	on := func(kind receiverKind, c testCase) testCase { c.receiver = kind; return c }
	all = append(all,
		on(unlimited, oneMessage(group, "no limit to speak of, announced", func(s *suite, r *receiver) message { return s.genuine(r, over) }, accepted(over))),
		on(unlimited, oneMessage(group, "no limit to speak of, chunked", func(s *suite, r *receiver) message { return s.genuine(r, over).chunked(9000) }, accepted(over))),
		on(unlimited, oneMessage(group, "no limit to speak of, forged", func(_ *suite, r *receiver) message {
			return r.delivery(sample).signed(webhook.Sign(NewSecret(), sample))
		}, unauthorized())),
		on(unlimited, oneMessage(group, "no limit to speak of, 2^63-1 announced, signed as what comes", func(s *suite, r *receiver) message {
			return s.genuine(r, sample).framed(sample, "Content-Length: 9223372036854775807")
		}, turnedAway())),
	)
	return all
}

// connectionCases send several messages on one connection.
func (s *suite) connectionCases() []testCase {
	const group = "connection"
	var all []testCase
	bodies := [][]byte{sample, filler(5000), []byte("{}"), filler(70_000), {}}
	several := func(name string, w want, messages func(s *suite, r *receiver) []message) {
		all = append(all, testCase{group: group, name: name, receiver: standard, want: w, play: func(s *suite, r *receiver) observed {
			var wire []byte
			for _, m := range messages(s, r) {
				wire = append(wire, m.wire()...)
			}
			return s.exchange(r, wire, false)
		}})
	}
	several("five deliveries, announced", accepted(bodies...), func(s *suite, r *receiver) (messages []message) {
		for _, body := range bodies {
			messages = append(messages, s.genuine(r, body))
		}
		return messages
	})
	several("five deliveries, chunked", accepted(bodies...), func(s *suite, r *receiver) (messages []message) {
		for _, body := range bodies {
			messages = append(messages, s.genuine(r, body).chunked(1009))
		}
		return messages
	})
	for _, framing := range []string{"announced", "chunked"} {
		several("a forged delivery between two genuine ones, "+framing, betweenGenuine(framing, sample, bodies[1]), func(s *suite, r *receiver) []message {
			messages := []message{s.genuine(r, sample), r.delivery(bodies[3]).signed(webhook.Sign(NewSecret(), bodies[3])), s.genuine(r, bodies[1])}
			for i := range messages {
				messages[i] = messages[i].in(framing, 512)
			}
			return messages
		})
	}
	several("an unsigned delivery, then a genuine one", afterRefusal(sample), func(s *suite, r *receiver) []message {
		return []message{r.delivery(bodies[3]), s.genuine(r, sample)}
	})
	several("an unsigned delivery without a body, then a genuine one", afterRefusal(sample), func(s *suite, r *receiver) []message {
		return []message{r.delivery(nil), s.genuine(r, sample)}
	})
	several("a chunked unsigned delivery, then a genuine one", afterRefusal(sample), func(s *suite, r *receiver) []message {
		return []message{r.delivery(bodies[3]).chunked(100), s.genuine(r, sample)}
	})
	return all
}

// betweenGenuine: a refusal whose body was read costs no connection, unless the body came in
// chunks: a server may have dropped a length beside them.
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

// afterRefusal: a 401, and then either a closed connection or the next request, whole.
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

// smugglingCases hide a genuine delivery in the body of another request. Whoever can
// replay one can do this; a server that takes what is left of a refused body for the next
// request runs the handler on a request that no proxy before it has seen.
func (s *suite) smugglingCases() []testCase {
	const group = "smuggling"
	var all []testCase
	add := func(name string, w want, outer func(s *suite, r *receiver, hidden []byte) message) {
		all = append(all, oneMessage(group, name, func(s *suite, r *receiver) message {
			return outer(s, r, s.genuine(r, sample).wire())
		}, w))
	}
	// Offsets at which a server may have stopped reading: nothing read, a buffer's size,
	// the limit, and what net/http would drain.
	for _, offset := range []int{0, 1, 4096, 65536, 262144} {
		for _, framing := range []string{"announced", "chunked"} {
			body := func(hidden []byte) []byte { return append(bytes.Repeat([]byte{'x'}, offset), hidden...) }
			// One chunk: the hidden request stands in plain sight.
			framed := func(m message) message { return m.in(framing, 1_000_000) }
			at := fmt.Sprintf(", at %d, %s", offset, framing)
			add("unsigned"+at, unauthorized(), func(_ *suite, r *receiver, hidden []byte) message {
				return framed(r.delivery(body(hidden)))
			})
			add("malformed"+at, unauthorized(), func(_ *suite, r *receiver, hidden []byte) message {
				return framed(r.delivery(body(hidden)).signed("sha256=x"))
			})
			add("forged"+at, unauthorized(), func(_ *suite, r *receiver, hidden []byte) message {
				return framed(r.delivery(body(hidden)).signed(webhook.Sign(NewSecret(), nil)))
			})
		}
	}
	all = append(all, testCase{
		group: group, name: "in a genuine body", receiver: standard,
		want: want{text: "200 once; the handler runs once, with the outer body", holds: func(o observed) string {
			if problem := o.statusesAre(http.StatusOK); problem != "" {
				return problem
			}
			return o.handledAre(o.sent[bytes.Index(o.sent, []byte("\r\n\r\n"))+4:])
		}},
		play: func(s *suite, r *receiver) observed {
			return s.exchange(r, s.genuine(r, s.genuine(r, sample).wire()).wire(), false)
		},
	})
	add("after the limit, announced", refused(http.StatusRequestEntityTooLarge), func(s *suite, r *receiver, hidden []byte) message {
		return s.genuine(r, append(filler(maxBody+1), hidden...))
	})
	add("after the limit, chunked", refused(http.StatusRequestEntityTooLarge), func(s *suite, r *receiver, hidden []byte) message {
		return s.genuine(r, append(filler(maxBody+1), hidden...)).chunked(maxBody + 1)
	})
	add("after a broken chunk", notWhole(), func(s *suite, r *receiver, hidden []byte) message {
		return s.genuine(r, sample).framed(slices.Concat(chunk(sample), []byte("zz\r\n"), hidden), "Transfer-Encoding: chunked")
	})
	add("in the trailers", safe(sample), func(s *suite, r *receiver, hidden []byte) message {
		return s.genuine(r, sample).framed(slices.Concat(chunk(sample), []byte("0\r\n"), hidden), "Transfer-Encoding: chunked")
	})
	add("in multipart that is not signed", unauthorized(), func(_ *suite, r *receiver, hidden []byte) message {
		part := "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n"
		return r.delivery(append([]byte(part), hidden...)).replaced("Content-Type", "multipart/form-data; boundary=b")
	})
	for name, fold := range map[string]string{"CRLF and a space": "\r\n ", "CRLF and a tab": "\r\n\t", "LF and a space": "\n "} {
		// Each CR that a server drops while it unfolds moves what it takes for the next request.
		folded := "X-Folded: a" + strings.Repeat("\r", 194) + fold + "b"
		add("behind a line folded with "+name, turnedAway(), func(_ *suite, r *receiver, hidden []byte) message {
			return r.delivery(append([]byte("xxxx"), hidden...)).with(folded)
		})
		add("behind a line folded with "+name+", forged", turnedAway(), func(_ *suite, r *receiver, hidden []byte) message {
			return r.delivery(append([]byte("xxxx"), hidden...)).with(folded).signed(webhook.Sign(NewSecret(), nil))
		})
	}
	add("with Expect 100-continue", turnedAwayAfterContinue(), func(_ *suite, r *receiver, hidden []byte) message {
		return r.delivery(hidden).with("Expect: 100-continue")
	})
	return all
}

// turnedAwayAfterContinue allows for the interim answer of a framework that reads the
// body first; earlyRefusalCases forbid it.
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

// ambiguousCases hide a genuine delivery in a message whose end two servers may see in two
// places, so that a proxy in front may have passed on what it never looked at.
func (s *suite) ambiguousCases() []testCase {
	const group = "ambiguous"
	var all []testCase
	type build func(m message, hidden []byte) message
	// Each is signed as the bytes that a server may take for its body. The hidden one has no
	// body, so that it can be in a trailer section.
	add := func(name string, body []byte, w want, make build) {
		for _, signed := range []string{"unsigned", "forged", "genuine"} {
			all = append(all, oneMessage(group, name+", "+signed, func(s *suite, r *receiver) message {
				m := r.delivery(body)
				switch signed {
				case "forged":
					m = m.signed(webhook.Sign(NewSecret(), body))
				case "genuine":
					m = m.signed(webhook.Sign(s.secret, body))
				}
				return make(m, s.genuine(r, nil).wire())
			}, w))
		}
	}
	with := func(m message, payload []byte, lines ...string) message { return m.framed(payload, lines...) }
	both := func(coding string) build {
		return func(m message, hidden []byte) message {
			payload := append([]byte("0\r\n\r\n"), hidden...)
			return with(m, payload, "Content-Length: "+strconv.Itoa(len(payload)), "Transfer-Encoding:"+coding)
		}
	}
	add("a length and chunked", nil, once(), both(" chunked"))
	add("a length and an unknown coding", nil, once(), both(" x"))
	add("a length and identity", nil, once(), both(" identity"))
	add("a length and an empty coding", nil, once(), both(""))
	add("a length and two codings", nil, once(), both(" gzip, chunked"))
	add("chunked in HTTP/1.0, kept alive", sample, once(), func(m message, hidden []byte) message {
		m.proto = "HTTP/1.0"
		return with(m.with("Connection: keep-alive"), append(chunks(sample, len(sample)), hidden...), "Transfer-Encoding: chunked")
	})
	add("a length and chunked in HTTP/1.0", nil, once(), func(m message, hidden []byte) message {
		m.proto = "HTTP/1.0"
		return both(" chunked")(m, hidden)
	})

	coded := func(payload func(hidden []byte) string) build {
		return func(m message, hidden []byte) message {
			return with(m, []byte(payload(hidden)), "Transfer-Encoding: chunked")
		}
	}
	one := string(chunk(sample))
	// Each fold that a server takes out moves what it takes for the next request. A Host is
	// not allowed in a trailer section.
	add("a folded trailer", sample, onceAtMost(), coded(func(hidden []byte) string {
		next := strings.Replace(string(hidden), "\r\nHost: ", "\r\nX-Host: ", 1)
		return one + "0\r\nX-T: a" + strings.Repeat("\r\n b", (len(next)+1)/2) + "\r\nX-U: " + next
	}))
	add("a chunk size with 0x", nil, turnedAway(), coded(func(hidden []byte) string {
		return fmt.Sprintf("0x%x\r\n\r\n%s\r\n0\r\n\r\n", len(hidden)+2, hidden)
	}))
	add("a line feed in a chunk extension", nil, turnedAway(), coded(func(hidden []byte) string {
		return fmt.Sprintf("2;\nxx\r\n%x\r\n0\r\n\r\n%s\r\n0\r\n\r\n", len(hidden)+5, hidden)
	}))
	return all
}

// once: one answer, whatever it is, and then the connection is closed.
func once() want {
	return want{
		text: "one answer, and then the connection is closed; what was hidden is no request",
		holds: func(o observed) string {
			if len(o.responses) != 1 {
				return fmt.Sprintf("there are %d answers, and not one", len(o.responses))
			}
			return onceAtMost().holds(o)
		},
	}
}

// onceAtMost allows for a server that closes without an answer.
func onceAtMost() want {
	return want{
		text: "one answer at most, and then the connection is closed; what was hidden is no request",
		holds: func(o observed) string {
			switch {
			case len(o.responses) > 1:
				return fmt.Sprintf("there are %d answers", len(o.responses))
			case o.open:
				return "the connection stays open"
			case len(o.seen) > 1 || len(o.seen) == 1 && !bytes.Equal(o.seen[0].body, o.seen[0].was):
				return "what was hidden was handled"
			case len(o.seen) == 1 && o.responses[0].status != http.StatusOK:
				return "the handler ran, and was not answered"
			}
			return ""
		},
	}
}

// netHTTP holds the outcomes of cases in which net/http, and so every adapter on it, differs.
// It drops a Content-Length beside "Transfer-Encoding: chunked" (RFC 9112, 6.3), and a
// Transfer-Encoding in HTTP/1.0, before any handler could see that there were both: what
// follows the last chunk, or the empty body, is the next request.
var netHTTP = map[string]string{
	"ambiguous/a length and chunked, forged":              "401 200, handled 1", // VerifyRequest mends this one
	"ambiguous/a length and chunked, genuine":             "200 200, handled 2",
	"ambiguous/chunked in HTTP/1.0, kept alive, unsigned": "401 400, handled 0",
	"ambiguous/chunked in HTTP/1.0, kept alive, forged":   "401 400, handled 0",
	"ambiguous/chunked in HTTP/1.0, kept alive, genuine":  "401 400, handled 0",
}

// isOfNetHTTP reports whether this outcome of a case is net/http's doing: it is the outcome
// that net/http has, and a genuine delivery shows that net/http serves this receiver.
func (s *suite) isOfNetHTTP(c testCase, r *receiver, o observed) bool {
	if netHTTP[c.fullName()] != o.outcome() {
		return false
	}
	s.exchange(r, s.genuine(r, sample).wire(), false)
	return r.record.byNetHTTP()
}

// earlyRefusalCases send a message whose body does not follow, or not to its end: the
// answer must not wait for it, and the connection must end, since nobody can tell where
// the next request begins.
func (s *suite) earlyRefusalCases() []testCase {
	const group = "early refusal"
	var all []testCase
	add := func(name string, w want, make func(s *suite, r *receiver) message) {
		for _, sent := range []int{0, 20_000} {
			all = append(all, testCase{
				group: group, name: fmt.Sprintf("%s, %d bytes of the body sent", name, sent), receiver: standard, want: w,
				play: func(s *suite, r *receiver) observed {
					m := make(s, r)
					return s.exchange(r, m.wire()[:len(m.head())+sent], true)
				},
			})
		}
	}
	body := filler(200_000)
	unsigned := func(_ *suite, r *receiver) message { return r.delivery(body) }
	malformed := func(_ *suite, r *receiver) message { return r.delivery(body).signed("sha256=x") }
	twice := func(s *suite, r *receiver) message { return s.genuine(r, body).signed(webhook.Sign(s.secret, body)) }
	over := func(s *suite, r *receiver) message { return s.genuine(r, filler(maxBody+1)) }
	with := func(make func(*suite, *receiver) message, change func(message) message) func(*suite, *receiver) message {
		return func(s *suite, r *receiver) message { return change(make(s, r)) }
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
		group: group, name: "over the limit, chunked, without its end", receiver: standard, want: refused(http.StatusRequestEntityTooLarge),
		play: func(s *suite, r *receiver) observed {
			m := chunked(s.genuine(r, filler(maxBody+10_000)))
			return s.exchange(r, bytes.TrimSuffix(m.wire(), []byte("0\r\n\r\n")), true)
		},
	})
	return all
}
