package sendsarfiber_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// hiding is a message that another server may take for two. body is what the signature is
// for, where there is one.
type hiding struct {
	name, body string
	message    func(signature string) string
}

func hidingMessages() []hiding {
	hidden := "POST " + otherRoute + " HTTP/1.1\r\nHost: xx\r\nContent-Length: 0\r\n\r\n"
	trailer := "POST " + otherRoute + " HTTP/1.1\r\nX-Yy: xx\r\n\r\n"
	folds := func(n int) string { return "a" + strings.Repeat("\r\n b", n/2) }
	rest := "0\r\n\r\n" + hidden // the end of a chunked body, and what it hides
	request := func(version, headers, body string) string {
		return "POST " + route + " HTTP/" + version + "\r\nHost: x\r\n" + headers + "\r\n" + body
	}
	length := func(body string) string { return fmt.Sprintf("Content-Length: %d\r\n", len(body)) }
	const chunks = "Transfer-Encoding: chunked\r\n"

	all := []hiding{
		{"a folded trailer", "abc", func(signature string) string {
			return request("1.1", signature+chunks, "3\r\nabc\r\n0\r\nX-T: "+folds(len(trailer))+"\r\nX-U: "+trailer)
		}},
		{"a trailer folded once", "abc", func(signature string) string {
			return request("1.1", signature+chunks, "3\r\nabc\r\n0\r\nX-T: a\r\n b\r\n\r\n"+hidden)
		}},
		{"a chunk size with 0x", "", func(signature string) string {
			return request("1.1", signature+chunks, fmt.Sprintf("0x%x\r\n\r\n%s\r\n0\r\n\r\n", len(hidden)+2, hidden))
		}},
		{"a line feed in a chunk extension", "xx", func(signature string) string {
			return request("1.1", signature+chunks, fmt.Sprintf("2;\nxx\r\n%x\r\n0\r\n\r\n%s\r\n0\r\n\r\n", len(hidden)+5, hidden))
		}},
		{"a line feed alone behind a chunk size", "xx", func(signature string) string {
			return request("1.1", signature+chunks, fmt.Sprintf("2\nxx\r\n%x\r\n0\r\n\r\n%s\r\n0\r\n\r\n", len(hidden)+5, hidden))
		}},
		{"two lengths", hidden, func(signature string) string {
			return request("1.1", signature+length(hidden)+"Content-Length: 0\r\n", hidden)
		}},
		{"two lengths in one line", "", func(signature string) string {
			return request("1.1", signature+fmt.Sprintf("Content-Length: 0, %d\r\n", len(hidden)), hidden)
		}},
		{"a coding in HTTP/1.0", "abc", func(signature string) string {
			return request("1.0", "Connection: keep-alive\r\n"+signature+chunks, "3\r\nabc\r\n0\r\n\r\n"+hidden)
		}},
		{"a coding and a length in HTTP/1.0", "", func(signature string) string {
			return request("1.0", "Connection: keep-alive\r\n"+signature+length(rest)+chunks, rest)
		}},
		{"white space before the colon of the coding", "", func(signature string) string {
			return request("1.1", signature+length(rest)+"Transfer-Encoding : chunked\r\n", rest)
		}},
		{"two codings", "", func(signature string) string { return request("1.1", signature+chunks+chunks, rest) }},
		{"a line feed alone behind the length", "abc", func(signature string) string {
			return request("1.1", signature+"Content-Length: 3\n", "abc"+hidden)
		}},
	}
	for _, coding := range []string{"chunked", "x", "identity", "", "gzip, chunked", "Chunked", "\tchunked"} {
		all = append(all, hiding{fmt.Sprintf("a length and the coding %q", coding), "", func(signature string) string {
			return request("1.1", signature+length(rest)+"Transfer-Encoding: "+coding+"\r\n", rest)
		}})
		all = append(all, hiding{fmt.Sprintf("the coding %q and a length", coding), "", func(signature string) string {
			return request("1.1", signature+"Transfer-Encoding: "+coding+"\r\n"+length(rest), rest)
		}})
	}
	pad := "X-Pad: " + strings.Repeat("p", len(hidden)+30) + "\r\n"
	body := "xxxx\r\n" + hidden
	for _, folded := range []string{folds(len(hidden)), "a\r\n b", "a\r\n\tb", "\r\n a", "a\r\n    b", "a\r\n b\r\n \r\n c", "a\n b"} {
		all = append(all, hiding{fmt.Sprintf("a line folded as %.20q", folded), body, func(signature string) string {
			return request("1.1", "X-Folded: "+folded+"\r\n"+pad+signature+length(body), body)
		}})
	}
	for _, folded := range []string{"Content-Length:\r\n 3\r\n", "Transfer-Encoding:\r\n chunked\r\n", "Content-Length: 3\r\n \r\n"} {
		all = append(all, hiding{fmt.Sprintf("the framing folded as %q", folded), "abc", func(signature string) string {
			body := "abc"
			if strings.HasPrefix(folded, "T") {
				body = "3\r\nabc\r\n0\r\n\r\n"
			}
			return request("1.1", signature+folded, body+hidden)
		}})
	}
	// Joined in place, each of these lines looks as if it had never been folded.
	for _, headers := range []string{
		"X-A:\r\n\tb\r\n", "X-A: \r\n\t\tab\r\n", "X-A: b\n \r\n", "X-A: b\n\t\r\n",
		"X-A: q\r\n Content-Length: 0\r\nX-A: q Content-Length: 0 0\r\n",
		"User-Agent: q\r\n Content-Length: 0\r\nUser-Agent: z\r\n",
	} {
		all = append(all, hiding{fmt.Sprintf("the lines %q", headers), "abc", func(signature string) string {
			return request("1.1", headers+signature+"Content-Length: 3\r\n", "abc"+hidden)
		}})
	}
	all = append(all, hiding{"a trailer of a name that fasthttp keeps once", "abc", func(signature string) string {
		return request("1.1", signature+"User-Agent: q\r\nUser-Agent: q\r\n"+chunks, "3\r\nabc\r\n0\r\nUser-Agent: a\r\n b\r\n\r\n"+hidden)
	}})
	return append(all, hiding{"the signature folded", body, func(signature string) string {
		line := strings.ReplaceAll("X-Unsigned: yes\r\n"+signature, ": ", ":\r\n ")
		return request("1.1", line+pad+length(body), body)
	}})
}

// visits are middlewares before ours that look at the headers. fasthttp joins folded lines
// in place when they are visited in order.
var visits = []struct {
	name  string
	visit func(c fiber.Ctx)
}{
	{"alone", func(fiber.Ctx) {}},
	{"visited in order", func(c fiber.Ctx) {
		for range c.Request().Header.AllInOrder() {
		}
	}},
	{"visited in order twice", func(c fiber.Ctx) {
		for range 2 {
			for range c.Request().Header.AllInOrder() {
			}
		}
	}},
	{"printed", func(c fiber.Ctx) { _ = c.Request().Header.String() }},
	{"peeked at", func(c fiber.Ctx) {
		_ = c.Get(webhook.SignatureHeader)
		_ = c.GetReqHeaders()
	}},
}

// Whatever hides in a message, and whoever has signed it: there is one answer, and then
// the connection ends.
func TestNothingHidesInAMessage(t *testing.T) {
	t.Parallel()
	for _, streaming := range []bool{false, true} {
		for _, earlier := range visits {
			t.Run(fmt.Sprintf("%s, streaming %t", earlier.name, streaming), func(t *testing.T) {
				t.Parallel()
				s := newEndpointBehind(t, fiber.Config{StreamRequestBody: streaming}, func(c fiber.Ctx) error {
					earlier.visit(c)
					return c.Next()
				}, sendsarfiber.New(accountSecret))
				for _, hiding := range hidingMessages() {
					for _, signature := range []struct{ name, line string }{
						{"unsigned", ""},
						{"forged", forgedLine([]byte(hiding.body)) + "\r\n"},
						{"genuine", signatureLine([]byte(hiding.body)) + "\r\n"},
					} {
						c := dial(t, s.addr)
						c.write(t, []byte(hiding.message(signature.line)))
						// Not closed by us: the server has to.
						text, err := io.ReadAll(c.reader)
						require.NoError(t, err, "%s, %s: the connection stayed open", hiding.name, signature.name)
						assert.Equal(t, 1, strings.Count(string(text), "HTTP/1.1 "), "%s, %s: %s", hiding.name, signature.name, text)
						assert.Contains(t, string(text), "\r\nConnection: close\r\n", "%s, %s", hiding.name, signature.name)
						header, _, _ := strings.Cut(string(text), "\r\n\r\n")
						assert.Equal(t, 1, strings.Count(header, "Connection: "), "%s, %s", hiding.name, signature.name)
						if earlier.name == "alone" && signature.name == "genuine" && strings.HasPrefix(hiding.name, "a line folded") {
							assert.Contains(t, string(text), "HTTP/1.1 400 ", hiding.name)
						}
						assert.Zero(t, s.others.Swap(0), "%s, %s: the hidden request ran", hiding.name, signature.name)
						require.NoError(t, c.conn.Close())
					}
				}
			})
		}
	}
}

// A header that a middleware of the app has changed is no fold.
func TestConnectionOutlivesAHeaderThatWasChanged(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		s := newEndpointBehind(t, cfg, func(c fiber.Ctx) error {
			for range c.Request().Header.AllInOrder() {
			}
			c.Request().Header.Set("X-Forwarded-For", "unknown")
			c.Request().Header.Del("User-Agent")
			if c.Get(fiber.HeaderTransferEncoding) == "" { // otherwise it looks like a trailer
				c.Request().Header.Set("X-Added", "1")
			}
			return c.Next()
		}, sendsarfiber.New(accountSecret))
		c := dial(t, s.addr)
		for range 2 {
			got := c.ask(t, request(eventBody, "User-Agent: curl/8.5.0", "X-Forwarded-For: 192.0.2.1", signatureLine(eventBody)))
			assert.Equal(t, string(eventBody), got.body)
			assert.False(t, got.closes)
		}
	})
}

// An earlier middleware may change what fasthttp parsed; what arrived still decides.
func TestHeadersAreReadAsTheyArrived(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		s := newEndpointBehind(t, cfg, func(c fiber.Ctx) error {
			c.Request().Header.Set(webhook.SignatureHeader, webhook.Sign(accountSecret, eventBody))
			return c.Next()
		}, sendsarfiber.New(accountSecret))
		assertRejected(t, s.deliver(t, request(eventBody)), fiber.StatusUnauthorized)
		assertRejected(t, s.deliver(t, request(eventBody, forgedLine(eventBody))), fiber.StatusUnauthorized)
		assert.Equal(t, fiber.StatusOK, s.deliver(t, request(eventBody, signatureLine(eventBody))).status)
	})
}
