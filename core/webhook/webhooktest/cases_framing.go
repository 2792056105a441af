package webhooktest

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// framingCases are messages that announce a wrong length, or end early. The bytes before the
// break have a valid signature, as an attacker may take them from an older delivery.
func framingCases() []testCase {
	const group = "framing"
	var all []testCase
	add := func(name string, w want, make func(m message) message) {
		all = append(all, oneMessage(group, name, func(to target) message { return make(to.genuine(sample)) }, w))
	}
	length := func(value string) func(m message) message {
		return func(m message) message { return m.framed(m.payload, "Content-Length: "+value) }
	}
	coded := func(payload string, lines ...string) func(m message) message {
		if len(lines) == 0 {
			lines = []string{"Transfer-Encoding: chunked"}
		}
		return func(m message) message { return m.framed([]byte(payload), lines...) }
	}
	n := len(sample)
	one := string(chunk(sample))

	add("cut off, one byte before its end", notWhole(), length(strconv.Itoa(n+1)))
	add("cut off, far before its end", notWhole(), length("200000"))
	add("cut off at once", notWhole(), func(m message) message { return m.framed(nil, "Content-Length: "+strconv.Itoa(n)) })
	add("cut off after 100,000 bytes", notWhole(), func(m message) message {
		body := filler(100_000)
		return m.signedAs(body).framed(body, "Content-Length: 200000")
	})
	// An empty part, and the text that a framework may return as the body after an error.
	add("cut off at once, signed as nothing", notWhole(), func(m message) message {
		return m.signedAs(nil).framed(nil, "Content-Length: "+strconv.Itoa(n))
	})
	add("cut off, signed as the error's text", notWhole(), func(m message) message {
		return length(strconv.Itoa(n + 1))(m.signedAs([]byte(io.ErrUnexpectedEOF.Error())))
	})
	add("no last chunk, signed as the error's text", notWhole(), func(m message) message {
		return coded(one)(m.signedAs([]byte(io.ErrUnexpectedEOF.Error())))
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

// unframed is for a request without a length. It has no body (RFC 9112, 6.3), and the bytes
// after it are an invalid next request.
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

// limitCases exceed the limit, or announce that they will.
func limitCases() []testCase {
	const group = "limit"
	over := filler(maxBody + 1)
	upToTheLimit := func(to target) message {
		return to.delivery(over).signed(webhook.Sign(to.secret, over[:maxBody]))
	}
	unlimited := kind{limit: math.MaxInt64}
	all := []testCase{
		oneMessage(group, "one byte over, announced", func(to target) message { return to.genuine(over) }, refused(http.StatusRequestEntityTooLarge)),
		oneMessage(group, "one byte over, chunked", func(to target) message { return to.genuine(over).chunked(5000) }, refused(http.StatusRequestEntityTooLarge)),
		oneMessage(group, "one byte over, in one chunk", func(to target) message { return to.genuine(over).chunked(len(over)) }, refused(http.StatusRequestEntityTooLarge)),
		oneMessage(group, "over and not signed, announced", func(to target) message { return to.delivery(over) }, unauthorized()),
		oneMessage(group, "over and not signed, chunked", func(to target) message { return to.delivery(over).chunked(5000) }, unauthorized()),
		oneMessage(group, "over and malformed, announced", func(to target) message { return to.delivery(over).signed("sha256=x") }, unauthorized()),
		oneMessage(group, "over, signed up to the limit, announced", upToTheLimit, refused(http.StatusRequestEntityTooLarge)),
		oneMessage(group, "over, signed up to the limit, chunked", func(to target) message {
			return upToTheLimit(to).chunked(5000)
		}, refused(http.StatusRequestEntityTooLarge)),
		oneMessage(group, "over and forged, announced", func(to target) message {
			return to.forged(over)
		}, refused(http.StatusRequestEntityTooLarge)),
	}
	for _, announced := range []int64{1 << 40, math.MaxInt64} {
		all = append(all, testCase{
			group: group, name: fmt.Sprintf("%d bytes announced, none sent", announced), kind: standard, want: refused(http.StatusRequestEntityTooLarge), hold: true,
			send: func(to target) []message {
				return []message{to.genuine(nil).framed(nil, "Content-Length: "+strconv.FormatInt(announced, 10))}
			},
		})
	}
	all = append(all,
		oneMessage(group, "no limit to speak of, announced", func(to target) message { return to.genuine(over) }, accepted(over)).on(unlimited),
		oneMessage(group, "no limit to speak of, chunked", func(to target) message { return to.genuine(over).chunked(9000) }, accepted(over)).on(unlimited),
		oneMessage(group, "no limit to speak of, forged", func(to target) message { return to.forged(sample) }, unauthorized()).on(unlimited),
		oneMessage(group, "no limit to speak of, 2^63-1 announced, signed as what comes", func(to target) message {
			return to.genuine(sample).framed(sample, "Content-Length: 9223372036854775807")
		}, turnedAway()).on(unlimited),
	)
	// The limit is above the usual limits of frameworks and readers.
	roomy := kind{limit: 5_000_000}
	for _, n := range []int{600_000, 1<<20 + 1, 5_000_000} {
		body := filler(n)
		for _, framing := range []string{"announced", "chunked"} {
			all = append(all, oneMessage(group, fmt.Sprintf("%d bytes under a limit of 5,000,000, %s", n, framing), func(to target) message {
				return to.genuine(body).in(framing, 100_000)
			}, accepted(body)).on(roomy))
		}
	}
	return all
}
