// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// fasthttpMinor is 73 for fasthttp 1.73.0. A test binary's build information names no
// modules; the path of a function's source file does.
func fasthttpMinor() int {
	serve, _ := reflect.TypeOf(fiber.New().Server()).MethodByName("Serve")
	pc := serve.Func.Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	version := regexp.MustCompile(`fasthttp@v1\.([0-9]+)\.`).FindStringSubmatch(file)
	if version == nil {
		panic("no fasthttp v1 in " + file)
	}
	minor, err := strconv.Atoi(version[1])
	if err != nil {
		panic(err) // the pattern allows digits only
	}
	return minor
}

// differences are what fasthttp answers or accepts before any middleware can see it, and
// what package sendsarfiber's documentation says of ErrorHandler.
func differences(settings fiber.Config) []webhooktest.Difference {
	const (
		reads    = "fasthttp reads the body before any middleware runs"
		prefetch = "fasthttp reads 8 KiB of an announced body before any middleware runs"
		expect   = "fasthttp answers Expect before any middleware runs"
		below    = "the app's BodyLimit is below the Verifier's limit, and wins"
	)
	var all []webhooktest.Difference
	add := func(reason, outcome string, cases ...string) {
		for _, name := range cases {
			all = append(all, webhooktest.Difference{Case: name, Outcome: outcome, Reason: reason})
		}
	}
	for _, name := range []string{"after the body", "beside the last bytes", "a timeout", "of an http.MaxBytesReader"} {
		add("the app's own middleware before us gets the error, and returns it", "500, handled 0",
			"read error/"+name+", announced", "read error/"+name+", chunked")
	}
	add("Config.ErrorHandler must not call Next: Fiber then runs the handler, unverified", "200, handled 1",
		"error handler/calls Next, unsigned", "error handler/calls Next, forged")

	const (
		noBody   = ", 0 bytes of the body sent"
		someBody = ", 20000 bytes of the body sent"
	)
	unsigned, malformed := "early refusal/unsigned, Expect 100-continue gets no 100", "early refusal/malformed, chunked, Expect 100-continue gets no 100"
	over := "early refusal/over the limit, Expect 100-continue gets no 100"
	var overUnsent []string // announced over the limit, and nothing sent
	for _, handler := range onRefusal {
		overUnsent = append(overUnsent, "error handler/"+handler+", over the limit")
	}
	announced := []string{"unsigned, announced", "malformed, announced", "signed twice, announced", "over the limit, announced"}
	if settings.StreamRequestBody {
		add(prefetch, "400, handled 0", overUnsent...)
		for _, name := range announced {
			add(prefetch, "no answer, handled 0", "early refusal/"+name+noBody)
		}
		add(prefetch, "no answer, handled 0", "limit/1099511627776 bytes announced, none sent", "limit/9223372036854775807 bytes announced, none sent")
		add(expect+", and "+prefetch, "100 and stays open, handled 0", unsigned+noBody, over+noBody)
		add(expect, "100 401, handled 0", unsigned+someBody, malformed+noBody, malformed+someBody)
		add(expect, "100 413, handled 0", over+someBody)
		add("a stream that ends early is a client that went away: 400", "400, handled 0",
			"order/drained before us, announced", "order/drained before us, announced, signed as nothing",
			"order/shortened before us, announced", "order/shortened before us, announced, signed as what is left")
		if fasthttpMinor() < 78 {
			const end = "fasthttp before 1.78 takes the end of the connection for the last chunk"
			add(end, "200, handled 1", "framing/no last chunk", "framing/no last chunk, in small chunks")
			add(end, "401, handled 0", "framing/no last chunk, signed as the error's text")
		}
		return all
	}

	chunked := []string{"unsigned, chunked", "malformed, chunked"}
	if settings.BodyLimit >= 300_000 {
		add(reads, "400, handled 0", overUnsent...)
		for _, name := range append(announced, chunked...) {
			add(reads, "no answer, handled 0", "early refusal/"+name+noBody, "early refusal/"+name+someBody)
		}
		for _, name := range []string{unsigned, malformed, over} {
			add(expect, "100 and stays open, handled 0", name+noBody, name+someBody)
		}
		add(reads, "no answer, handled 0", "early refusal/over the limit, chunked, without its end")
		return all
	}

	const refused = "413, handled 0 | closed, handled 0"
	for _, framing := range []string{" announced", " chunked"} {
		for _, size := range []string{"262144", "299999", "300000"} {
			add(below, refused, "genuine/"+size+" bytes"+framing)
		}
		add(below, refused, "body/the last byte of 200,000 changed,"+framing,
			"limit/over and not signed,"+framing, "limit/no limit to speak of,"+framing)
		for _, signature := range []string{"unsigned", "malformed", "forged"} {
			add(below, refused, "smuggling/"+signature+", at 262144,"+framing)
		}
	}
	add(below, refused, "limit/over and malformed, announced", "framing/cut off, far before its end", "framing/cut off after 100,000 bytes", "observer/over the limit")
	for _, name := range announced[:3] {
		add(below, refused, "early refusal/"+name+noBody, "early refusal/"+name+someBody)
	}
	for _, name := range chunked {
		add(reads, "no answer, handled 0", "early refusal/"+name+noBody, "early refusal/"+name+someBody)
	}
	add(expect, "100 413, handled 0", unsigned+noBody, unsigned+someBody, over+noBody, over+someBody)
	add(expect, "100 and stays open, handled 0", malformed+noBody, malformed+someBody)
	return all
}

// onRefusal names the suite's ErrorHandlers.
var onRefusal = []string{"only logs", "returns its error", "wraps its error", "calls Next"}

// behindNetHTTP are the differences where adaptor.FiberApp makes the request.
func behindNetHTTP() []webhooktest.Difference {
	all := differences(fiber.Config{BodyLimit: 1 << 20})
	const copies = "adaptor.FiberApp reads the body before the app runs, and announces what it read"
	// net/http is in front: its parser is strict.
	all = slices.DeleteFunc(all, func(d webhooktest.Difference) bool {
		return strings.HasPrefix(d.Case, "framing/") || strings.HasPrefix(d.Case, "error handler/") && strings.HasSuffix(d.Case, ", over the limit")
	})
	all = append(all, webhooktest.Difference{
		Case: "ambiguous/a length and chunked, unsigned", Outcome: "401 200, handled 1", Reason: "net/http drops the length, and the body is read",
	})
	// Announced, a length that is wrong gives it away.
	for _, alter := range []string{"drained before us", "inflated before us", "shortened before us", "lengthened before us", "inflated before us, over the limit"} {
		all = append(all, webhooktest.Difference{Case: "order/" + alter + ", chunked", Outcome: "500, handled 0", Reason: copies})
	}
	unread := []string{
		"framing/cut off, one byte before its end", "framing/cut off, far before its end", "framing/cut off at once",
		"framing/cut off after 100,000 bytes", "framing/cut off at once, signed as nothing", "framing/cut off, signed as the error's text",
		"framing/no last chunk, signed as the error's text", "framing/no last chunk", "framing/no last chunk, in small chunks",
		"framing/cut off inside a chunk", "framing/cut off inside a chunk's size", "framing/cut off after a chunk's size",
		"framing/no line end after a chunk", "framing/a chunk longer than its size", "framing/a chunk size that is no number",
		"framing/a negative chunk size", "framing/an empty chunk size", "framing/a chunk size of 17 digits", "framing/a chunk size of 2^63-1",
		"framing/a last chunk and no more", "framing/a trailer line that is none", "framing/a chunk size with 0x", "framing/chunk lines that end with LF",
		"smuggling/after a broken chunk", "smuggling/in the trailers",
	}
	for _, signature := range []string{"unsigned", "forged", "genuine"} {
		unread = append(unread, "ambiguous/a chunk size with 0x, "+signature, "ambiguous/a line feed in a chunk extension, "+signature)
	}
	for _, handler := range onRefusal {
		unread = append(unread, "error handler/"+handler+", over the limit")
	}
	for _, name := range unread {
		all = append(all, webhooktest.Difference{Case: name, Outcome: "500, handled 0", Reason: "adaptor.FiberApp answers a body that it cannot read with 500"})
	}
	return append(all, otherBehindNetHTTP...)
}
