package sendsarfiber_test

import (
	"maps"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v3"

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

// declared are differences by their cases. A later one takes the place of an earlier one.
type declared map[string]webhooktest.Difference

func (d declared) add(reason, outcome string, cases ...string) {
	for _, name := range cases {
		d[name] = webhooktest.Difference{Case: name, Outcome: outcome, Reason: reason}
	}
}

func (d declared) list() []webhooktest.Difference { return slices.Collect(maps.Values(d)) }

// differences are what fasthttp answers or accepts before any middleware can see it, and
// what package sendsarfiber's documentation says of ErrorHandler.
func differences(settings fiber.Config) declared {
	d := make(declared)
	unverified := "200, handled 1"
	for _, difference := range webhooktest.BuffersFirst() {
		// A stream waits for 8 KiB of a body that is announced.
		if name := difference.Case; !settings.StreamRequestBody || strings.HasPrefix(name, "error handler/") ||
			strings.HasSuffix(name, "announced, 0 bytes of the body sent") || strings.HasSuffix(name, "bytes announced, none sent") {
			d[name] = difference
		}
	}
	switch {
	case settings.StreamRequestBody:
		unverified += ", 1 without a body"
		for _, difference := range webhooktest.AnswersExpect() {
			d[difference.Case] = difference
		}
		d.add("a stream that ends early is a client that went away: 400", "400, handled 0",
			"order/drained before us, announced", "order/drained before us, announced, signed as nothing",
			"order/shortened before us, announced", "order/shortened before us, announced, signed as what is left")
		if settings.BodyLimit < aboveTheSuite {
			d.add("Fiber v3's c.MultipartForm goes by BodyLimit", "500, handled 0 | 200, handled 1", "framework API/a multipart file on the disk, which is removed afterwards")
		}
		if fasthttpMinor() < 78 {
			const end = "fasthttp before 1.78 takes the end of the connection for the last chunk"
			d.add(end, "200, handled 1", "framing/no last chunk", "framing/no last chunk, in small chunks")
			d.add(end, "401, handled 0", "framing/no last chunk, signed as the error's text")
		}
	case settings.BodyLimit < aboveTheSuite:
		const below = "the app's BodyLimit is below the Verifier's limit, and wins"
		for _, framing := range []string{" announced", " chunked"} {
			cases := []string{"body/the last byte of 200,000 changed,", "limit/over and not signed,", "limit/no limit to speak of,"}
			for _, size := range []string{"262144", "299999", "300000"} {
				cases = append(cases, "genuine/"+size+" bytes")
			}
			for _, size := range []string{"600000", "1048577", "5000000"} {
				cases = append(cases, "limit/"+size+" bytes under a limit of 5,000,000,")
			}
			for _, signature := range []string{"unsigned", "malformed", "forged"} {
				cases = append(cases, "smuggling/"+signature+", at 262144,")
			}
			for _, name := range cases {
				d.add(below, "413, handled 0 | closed, handled 0", name+framing)
			}
		}
		d.add(below, "413, handled 0 | closed, handled 0", "limit/over and malformed, announced",
			"framing/cut off, far before its end", "framing/cut off after 100,000 bytes", "verifier for/over the limit", "observer/over the limit")
		for _, sent := range []string{", 0 bytes of the body sent", ", 20000 bytes of the body sent"} {
			d.add(below, "100 413, handled 0", "early refusal/unsigned, Expect 100-continue gets no 100"+sent, "early refusal/over the limit, Expect 100-continue gets no 100"+sent)
		}
	}
	d.add("Config.ErrorHandler must not call Next: Fiber then runs the handler, unverified", unverified,
		"error handler/calls Next, unsigned", "error handler/calls Next, forged",
		"second instance/accepted by the outer one alone, with an ErrorHandler that calls Next")
	return d
}

// behindNetHTTP are the differences where adaptor.FiberApp makes the request. net/http is in
// front: its parser is strict.
func behindNetHTTP() declared {
	d := differences(fiber.Config{BodyLimit: aboveTheSuite})
	d.add("net/http drops the length, and the body is read", "401 200, handled 1", "ambiguous/a length and chunked, unsigned")
	// Announced, a length that is wrong gives it away.
	d.add("adaptor.FiberApp reads the body before the app runs, and announces what it read", "500, handled 0",
		"order/drained before us, chunked", "order/inflated before us, chunked", "order/shortened before us, chunked",
		"order/lengthened before us, chunked", "order/inflated before us, over the limit, chunked")
	const unread = "adaptor.FiberApp answers a body that it cannot read with 500"
	for _, name := range []string{
		"cut off, one byte before its end", "cut off, far before its end", "cut off at once", "cut off after 100,000 bytes",
		"cut off at once, signed as nothing", "cut off, signed as the error's text", "no last chunk, signed as the error's text",
		"no last chunk", "no last chunk, in small chunks", "cut off inside a chunk", "cut off inside a chunk's size",
		"cut off after a chunk's size", "no line end after a chunk", "a chunk longer than its size", "a chunk size that is no number",
		"a negative chunk size", "an empty chunk size", "a chunk size of 17 digits", "a chunk size of 2^63-1", "a last chunk and no more",
		"a trailer line that is none", "a chunk size with 0x", "chunk lines that end with LF",
	} {
		d.add(unread, "500, handled 0", "framing/"+name)
	}
	for _, signature := range []string{"unsigned", "forged", "genuine"} {
		d.add(unread, "500, handled 0", "ambiguous/a chunk size with 0x, "+signature, "ambiguous/a line feed in a chunk extension, "+signature)
	}
	d.add(unread, "500, handled 0", "smuggling/after a broken chunk", "smuggling/in the trailers", "timeout/a body that stops, announced", "timeout/a body that stops, chunked")
	otherBehindNetHTTP(d)
	return d
}
