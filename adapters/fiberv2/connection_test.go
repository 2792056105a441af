// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/gofiber/fiber/v2/middleware/requestid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// smuggler is a request that hides another one in the bytes left unread after a refusal.
type smuggler struct {
	name    string
	cfg     fiber.Config
	request []byte
}

// smugglers returns requests that leave bytes on the connection. fasthttp before 1.76 goes
// on parsing where the handler stopped reading.
func smugglers(t *testing.T) []smuggler {
	t.Helper()
	announcing := func(headers ...string) []byte {
		// fasthttp reads this many bytes ahead, so the rest begins with the hidden request.
		return announced(append(filler(prefetched), otherRequest()...), headers...)
	}
	overLimit := append(filler(smallLimit+1), otherRequest()...)
	chunkedHead := func(headers ...string) []byte { return head(route, append(headers, chunkedHeader)...) }
	// The bytes after the last part that are not in the parser's buffer are left unread:
	// empty lines, which fasthttp skips, and the hidden request.
	parts := multipartBody(t, formText)
	parts.bytes = append(append(parts.bytes, bytes.Repeat([]byte("\r\n"), 3000)...), otherRequest()...)
	return []smuggler{
		{"announced, no signature", streamed, announcing()},
		{"announced, malformed signature", streamed, announcing(webhook.SignatureHeader + ": sha256=abc")},
		{"announced, two signatures", streamed, announcing(signatureLine(eventBody), signatureLine(eventBody))},
		{"announced, over the limit", streamed, announcing(signatureLine(eventBody))},
		{"chunked, no signature", streamed, append(chunkedHead(), otherRequest()...)},
		{"chunked, malformed signature", streamed, append(chunkedHead(webhook.SignatureHeader+": x"), otherRequest()...)},
		{"chunked, over the limit within a chunk", streamed, append(append(chunkedHead(signatureLine(eventBody)), chunk(overLimit)...), "0\r\n\r\n"...)},
		{"chunked, broken", streamed, append(append(chunkedHead(signatureLine(eventBody)), "5\r\nabcdeX"...), otherRequest()...)},
		{"pre-parsed multipart", fiber.Config{}, announced(parts.bytes, parts.header)},
		{"pre-parsed multipart, streamed", streamed, announced(parts.bytes, parts.header)},
	}
}

func smallVerifier(options ...webhook.Option) *webhook.Verifier {
	return webhook.MustNew(accountSecret, append(options, webhook.WithMaxBodyBytes(smallLimit))...)
}

// Whatever happens between the refusal and the response, there is one answer, and the
// connection ends.
func TestRestOfARefusedStreamIsNeverARequest(t *testing.T) {
	t.Parallel()
	// Error resets the response, and "Connection: close" with it.
	reset := func(c *fiber.Ctx, _ error) error {
		c.Context().Error("no", fiber.StatusForbidden)
		return nil
	}
	panicking := webhook.WithObserver(func(context.Context, webhook.Delivery, error) { panic("no metrics") })
	for _, test := range []struct {
		name  string
		cfg   sendsarfiber.Config
		outer fiber.Handler
	}{
		{"default rejection", sendsarfiber.Config{Verifier: smallVerifier()}, recover.New()},
		{"no verifier", sendsarfiber.Config{VerifierFor: func(*fiber.Ctx) *webhook.Verifier { return nil }}, recover.New()},
		{"an ErrorHandler of its own", sendsarfiber.Config{Verifier: smallVerifier(), ErrorHandler: status(fiber.StatusForbidden)}, recover.New()},
		{"an ErrorHandler that runs the handler", sendsarfiber.Config{
			Verifier: smallVerifier(), ErrorHandler: func(c *fiber.Ctx, _ error) error { return c.Next() },
		}, recover.New()},
		{"an ErrorHandler resets the response", sendsarfiber.Config{Verifier: smallVerifier(), ErrorHandler: reset}, recover.New()},
		{"an outer middleware resets the response", sendsarfiber.Config{Verifier: smallVerifier()}, func(c *fiber.Ctx) error {
			return reset(c, c.Next())
		}},
		{"the observer panics", sendsarfiber.Config{Verifier: smallVerifier(panicking)}, recover.New()},
		{"VerifierFor panics", sendsarfiber.Config{VerifierFor: func(*fiber.Ctx) *webhook.Verifier { panic("no map") }}, recover.New()},
		{"ErrorHandler panics", sendsarfiber.Config{Verifier: smallVerifier(), ErrorHandler: func(*fiber.Ctx, error) error { panic("no log") }}, recover.New()},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, smuggler := range smugglers(t) {
				for _, next := range [][]byte{nil, otherRequest()} {
					t.Run(fmt.Sprintf("%s, %d bytes behind it", smuggler.name, len(next)), func(t *testing.T) {
						s := newEndpointBehind(t, smuggler.cfg, test.outer, sendsarfiber.WithConfig(test.cfg))
						c := dial(t, s.addr)
						c.write(t, smuggler.request, next)
						if next == nil {
							c.endSending()
						}
						text, err := io.ReadAll(c.reader) // until the server has closed
						require.NoError(t, err)
						assert.Equal(t, 1, strings.Count(string(text), "HTTP/1.1 "), "%s", text)
						assert.Contains(t, string(text), "\r\nConnection: close\r\n")
						assert.Zero(t, s.others.Load(), "a part of the body, or what followed it, was taken for a request")
					})
				}
			}
		})
	}
}

// When a chunked stream stops, fasthttp's error mentions the timeout only in its text.
func TestReadTimeout(t *testing.T) {
	t.Parallel()
	body := filler(20_000)
	chunkedHead := string(head(route, chunkedHeader, signatureLine(body)))
	for name, sent := range map[string]string{
		"announced, within the body":                 string(announced(body, signatureLine(body))[:15_000]),
		"chunked, within a chunk":                    string(chunked(body, signatureLine(body))[:1000]),
		"chunked, before the first chunk":            chunkedHead,
		"chunked, within a chunk's size":             chunkedHead + "5",
		"chunked, within the line of a chunk's size": chunkedHead + "5\r",
		"chunked, before a chunk's line end":         chunkedHead + "5\r\nabcde",
		"chunked, between two chunks":                chunkedHead + "5\r\nabcde\r\n",
		"chunked, before the trailer":                chunkedHead + "0\r\n",
		"chunked, within the trailer":                chunkedHead + "0\r\nX-Trailer: ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			option, calls := observer()
			s := newEndpoint(t, fiber.Config{StreamRequestBody: true, ReadTimeout: stall}, sendsarfiber.New(accountSecret, option))
			c := dial(t, s.addr)
			assertRejected(t, c.ask(t, []byte(sent)), fiber.StatusRequestTimeout)
			c.assertClosed(t)
			assert.Equal(t, "timeout", webhook.Reason(only(t, calls).err))
			assert.Zero(t, s.runs.Load(), "the handler ran")
		})
	}
}

// A connection reset discards an answer that the sender has not read yet.
func TestNoAnswerIsLost(t *testing.T) {
	t.Parallel()
	const attempts = 10
	for _, test := range []struct {
		name      string
		tls, keep bool // keep: the server's KeepHijackedConns
	}{
		{"over TCP", false, false},
		{"over TCP, with KeepHijackedConns", false, true},
		{"over TLS", true, false},
	} {
		for _, size := range []int{100 << 10, 1 << 20, 8 << 20} {
			for _, keepAlive := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, %d KiB, keep-alive %t", test.name, size>>10, keepAlive), func(t *testing.T) {
					t.Parallel()
					app := newApp(streamed)
					app.Server().KeepHijackedConns = test.keep
					app.Use(requestid.New()) // changes the response after us
					app.Post(route, sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusOK) })
					transport := &http.Transport{DisableKeepAlives: !keepAlive}
					url := "http://"
					var wrap func(net.Listener) net.Listener
					if test.tls {
						url = "https://"
						other := httptest.NewTLSServer(nil) // for its certificate
						other.Close()
						transport.TLSClientConfig = &tls.Config{RootCAs: other.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
						wrap = func(l net.Listener) net.Listener {
							return tls.NewListener(l, &tls.Config{Certificates: other.TLS.Certificates})
						}
					}
					url += startOn(t, app, wrap) + route
					client := &http.Client{Transport: transport, Timeout: patience}
					t.Cleanup(client.CloseIdleConnections)
					body := make([]byte, size)
					for range attempts {
						response, err := client.Post(url, "application/json", bytes.NewReader(body)) //nolint:noctx // it has a timeout
						require.NoError(t, err)
						text, err := io.ReadAll(response.Body)
						require.NoError(t, err)
						require.NoError(t, response.Body.Close())
						assert.Equal(t, fiber.StatusUnauthorized, response.StatusCode)
						assert.Equal(t, "invalid signature", string(text))
						assert.NotEmpty(t, response.Header.Get(fiber.HeaderXRequestID))
						assert.True(t, response.Close, "Connection: close")
					}
				})
			}
		}
	}
}

// An ErrorHandler's answer to a stream that is still being sent also arrives.
func TestAnswersToARefusedStream(t *testing.T) {
	t.Parallel()
	long := string(filler(1 << 20))
	request := append(head(route, chunkedHeader), chunk(filler(100))...)
	for _, test := range []struct {
		name    string
		handler fiber.ErrorHandler
		request []byte
		status  int
		text    string
	}{
		{"a long body", func(c *fiber.Ctx, _ error) error { return c.Status(fiber.StatusForbidden).SendString(long) }, request, fiber.StatusForbidden, long},
		{"a stream of known length", func(c *fiber.Ctx, _ error) error {
			return c.Status(fiber.StatusForbidden).SendStream(strings.NewReader(long), len(long))
		}, request, fiber.StatusForbidden, long},
		{"a stream", func(c *fiber.Ctx, _ error) error {
			return c.Status(fiber.StatusForbidden).SendStream(strings.NewReader(long))
		}, request, fiber.StatusForbidden, long},
		{"a status alone", status(fiber.StatusNotModified), request, fiber.StatusNotModified, ""},
		{"status 204 alone", status(fiber.StatusNoContent), request, fiber.StatusUnauthorized, "invalid signature"},
		{"the default to an HTTP/1.0 client", nil, bytes.Replace(request, []byte("HTTP/1.1"), []byte("HTTP/1.0\r\nConnection: keep-alive"), 1), fiber.StatusUnauthorized, "invalid signature"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newEndpoint(t, streamed, withErrorHandler(test.handler))
			c := dial(t, s.addr)
			if test.name == "the default to an HTTP/1.0 client" && fasthttpMinor() >= 78 {
				test.status, test.text = fiber.StatusBadRequest, "" // fasthttp's own answer
			}
			got := c.ask(t, test.request)
			assert.Equal(t, test.status, got.status)
			if got.status != fiber.StatusBadRequest {
				assert.Equal(t, test.text, got.body)
			}
			assert.True(t, got.closes, "Connection: close")
			c.assertClosed(t)
		})
	}
}

func TestHEADOfARefusedStreamHasNoBody(t *testing.T) {
	t.Parallel()
	app := newApp(streamed)
	app.Use(sendsarfiber.New(accountSecret))
	c := dial(t, start(t, app))
	c.write(t, bytes.Replace(head(route, chunkedHeader), []byte("POST"), []byte("HEAD"), 1))
	text, err := io.ReadAll(c.reader)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(text), "HTTP/1.1 401 "), "%s", text)
	assert.True(t, strings.HasSuffix(string(text), "\r\n\r\n"), "%s", text)
}

// A sender that neither reads nor stops keeps the connection for about a second.
func TestRefusedConnectionEnds(t *testing.T) { // not parallel: it looks at all goroutines
	for _, keep := range []bool{false, true} {
		t.Run(fmt.Sprintf("KeepHijackedConns %t", keep), func(t *testing.T) {
			app := newApp(streamed)
			app.Server().KeepHijackedConns = keep
			app.Post(route, sendsarfiber.New(accountSecret), func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusOK) })
			addr := start(t, app)
			var wait sync.WaitGroup
			for range 20 {
				c := dial(t, addr)
				wait.Go(func() {
					for err := error(nil); err == nil; time.Sleep(time.Millisecond) { // a slow sender
						_, err = c.conn.Write(append(head(route, chunkedHeader), "1\r\na\r\n"...))
					}
				})
			}
			wait.Wait() // until each connection is gone
			assert.Eventually(t, func() bool {
				stacks := make([]byte, 1<<20)
				stacks = stacks[:runtime.Stack(stacks, true)]
				return !bytes.Contains(stacks, []byte("hijackConnHandler"))
			}, patience, time.Millisecond, "a goroutine is left")
		})
	}
}

// hiding is a message that another server may read as two. The signature, if there is one,
// is that of body.
type hiding struct {
	name, body string
	message    func(signature string) string
}

func hidingMessages() []hiding {
	hidden := "POST " + otherRoute + " HTTP/1.1\r\nHost: xx\r\nContent-Length: 0\r\n\r\n"
	trailer := "POST " + otherRoute + " HTTP/1.1\r\nX-Yy: xx\r\n\r\n"
	folds := func(n int) string { return "a" + strings.Repeat("\r\n b", n/2) }
	rest := "0\r\n\r\n" + hidden // the end of a chunked body, and the hidden request
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

// visits are earlier middlewares that look at the headers. fasthttp joins folded lines in
// place when the headers are visited in order.
var visits = []struct {
	name  string
	visit func(c *fiber.Ctx)
}{
	{"alone", func(*fiber.Ctx) {}},
	{"visited in order", func(c *fiber.Ctx) {
		for range c.Request().Header.AllInOrder() {
		}
	}},
	{"visited in order twice", func(c *fiber.Ctx) {
		for range 2 {
			for range c.Request().Header.AllInOrder() {
			}
		}
	}},
	{"printed", func(c *fiber.Ctx) { _ = c.Request().Header.String() }},
	{"peeked at", func(c *fiber.Ctx) {
		_ = c.Get(webhook.SignatureHeader)
		_ = c.GetReqHeaders()
	}},
}

// Whatever hides in a message, signed or not, there is one answer, and then the connection
// ends.
func TestNothingHidesInAMessage(t *testing.T) {
	t.Parallel()
	for _, streaming := range []bool{false, true} {
		for _, earlier := range visits {
			t.Run(fmt.Sprintf("%s, streaming %t", earlier.name, streaming), func(t *testing.T) {
				t.Parallel()
				s := newEndpointBehind(t, fiber.Config{StreamRequestBody: streaming}, func(c *fiber.Ctx) error {
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
						// The test does not close the connection: the server must.
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

// A changed header whose value has no blank is not taken for a folded line.
func TestConnectionOutlivesAHeaderThatWasChanged(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		s := newEndpointBehind(t, cfg, func(c *fiber.Ctx) error {
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

// An earlier middleware may change fasthttp's parsed headers. The lines that arrived still
// decide.
func TestHeadersAreReadAsTheyArrived(t *testing.T) {
	t.Parallel()
	eachFraming(t, func(t *testing.T, cfg fiber.Config, request framing) {
		s := newEndpointBehind(t, cfg, func(c *fiber.Ctx) error {
			c.Request().Header.Set(webhook.SignatureHeader, webhook.Sign(accountSecret, eventBody))
			return c.Next()
		}, sendsarfiber.New(accountSecret))
		assertRejected(t, s.deliver(t, request(eventBody)), fiber.StatusUnauthorized)
		assertRejected(t, s.deliver(t, request(eventBody, forgedLine(eventBody))), fiber.StatusUnauthorized)
		assert.Equal(t, fiber.StatusOK, s.deliver(t, request(eventBody, signatureLine(eventBody))).status)
	})
}
