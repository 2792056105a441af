package webhooktest

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// ambiguousCases hide a genuine delivery in a message whose end two servers may see in two
// places. A proxy in front may then pass on a request that it never checked.
func ambiguousCases() []testCase {
	const group = "ambiguous"
	var all []testCase
	type build func(m message, hidden []byte) message
	// A signed message has the signature of bytes that a server may take for its body. The
	// hidden delivery has no body, so that it fits in a trailer section.
	add := func(name string, body []byte, w want, make build) {
		for _, signed := range []string{"unsigned", "forged", "genuine"} {
			all = append(all, oneMessage(group, name+", "+signed, func(to target) message {
				m := to.delivery(body)
				switch signed {
				case "forged":
					m = to.forged(body)
				case "genuine":
					m = to.genuine(body)
				}
				return make(m, to.genuine(nil).wire())
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
	// Each fold that a server removes moves the point at which it sees the next request. A
	// trailer section may not contain Host.
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

// once expects exactly one answer, with any status, and then a closed connection.
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

// onceAtMost is once, and also allows a server that closes without an answer.
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

// netHTTP has the outcomes of cases in which net/http differs, and so every adapter on it.
// net/http drops a Content-Length beside "Transfer-Encoding: chunked" (RFC 9112, 6.3), and a
// Transfer-Encoding in HTTP/1.0, before any handler can see it. The bytes after the last
// chunk, or after the empty body, are the next request.
var netHTTP = map[string]string{
	"ambiguous/a length and chunked, forged":              "401 200, handled 1", // not with VerifyRequest, which closes the connection
	"ambiguous/a length and chunked, genuine":             "200 200, handled 2",
	"ambiguous/chunked in HTTP/1.0, kept alive, unsigned": "401 400, handled 0",
	"ambiguous/chunked in HTTP/1.0, kept alive, forged":   "401 400, handled 0",
	"ambiguous/chunked in HTTP/1.0, kept alive, genuine":  "401 400, handled 0",
}
