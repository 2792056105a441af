// Code generated from ../fiberv3 by .ci/majors; DO NOT EDIT.

package sendsarfiber_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v2/middleware/logger"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/stretchr/testify/assert"

	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

const aboveTheSuite = 8 << 20 // a BodyLimit above all of the suite's bodies

// Each setting is on in one run with buffered bodies and in one with streams. In both
// modes, BodyLimit is once above the suite's bodies and once below. All combinations would
// take minutes.
func TestConformance(t *testing.T) {
	t.Logf("on fasthttp 1.%d", fasthttpMinor())
	for i, settings := range []fiber.Config{
		{BodyLimit: aboveTheSuite},
		{BodyLimit: 150_000, Immutable: true, ReduceMemoryUsage: true, CaseSensitive: true, StrictRouting: true, DisableHeaderNormalizing: true},
		{BodyLimit: aboveTheSuite, StreamRequestBody: true, Immutable: true, CaseSensitive: true, StrictRouting: true, DisableHeaderNormalizing: true},
		{BodyLimit: 50_000, StreamRequestBody: true, ReduceMemoryUsage: true},
	} {
		settings.DisablePreParseMultipartForm = true
		t.Run(fmt.Sprintf("streaming %t, BodyLimit %d, immutable %t", settings.StreamRequestBody, settings.BodyLimit, settings.Immutable), func(t *testing.T) {
			if testing.Short() && i > 0 {
				t.Skip("make ci runs it")
			}
			webhooktest.Suite{
				Start:       func(t *testing.T, r webhooktest.Receiver) string { return "http://" + start(t, receive(r, settings)) },
				Skipper:     true,
				Differences: differences(settings).list(),
			}.Run(t)
		})
	}
}

// A request made by Fiber's adaptor has no raw header block, and its forms are not parsed
// in advance. Fiber v2's adaptor reads a body without a limit, unless something before it
// has one.
func TestConformanceBehindNetHTTP(t *testing.T) {
	if testing.Short() {
		t.Skip("make ci runs it")
	}
	webhooktest.Suite{
		Start: func(t *testing.T, r webhooktest.Receiver) string {
			app := receive(r, fiber.Config{BodyLimit: aboveTheSuite})
			server := httptest.NewUnstartedServer(http.MaxBytesHandler(adaptor.FiberApp(app), aboveTheSuite))
			server.Config.ReadTimeout = r.ReadTimeout
			server.Start()
			t.Cleanup(server.Close)
			return server.URL
		},
		Skipper:     true,
		Differences: behindNetHTTP().list(),
	}.Run(t)
}

func TestStart(t *testing.T) {
	webhooktest.RunStart(t, func(s webhooktest.Start) {
		if s.Handle {
			sendsarfiber.Handle(nil)
		}
		if s.Secret != "" {
			sendsarfiber.New(s.Secret, s.Options...)
			return
		}
		cfg := sendsarfiber.Config{Verifier: s.Verifier}
		if s.VerifierFor {
			cfg.VerifierFor = func(*fiber.Ctx) *webhook.Verifier { return s.Verifier }
		}
		sendsarfiber.WithConfig(cfg)
	})
}

// The suite does not know the package's name, and never makes an adapter with an empty
// secret.
func TestStartNamesThePackage(t *testing.T) {
	assert.PanicsWithError(t, "sendsarfiber: set exactly one of Config.Verifier and Config.VerifierFor", func() {
		sendsarfiber.WithConfig(sendsarfiber.Config{ErrorHandler: status(fiber.StatusForbidden)})
	})
	assert.Panics(t, func() { sendsarfiber.New("") })
}

// receive returns an app that is a receiver for the conformance suite.
func receive(r webhooktest.Receiver, settings fiber.Config) *fiber.App {
	settings.ReadTimeout = r.ReadTimeout
	handle := func(c *fiber.Ctx) error { return c.Status(fiber.StatusOK).SendString(r.Handle(requestOf(c))) }
	if r.Handler != nil {
		handle = sendsarfiber.Handle(r.Handler)
	}
	outer := func(c *fiber.Ctx) error { return c.Next() }
	if r.Outer != nil {
		outer = sendsarfiber.WithConfig(sendsarfiber.Config{Verifier: r.Outer})
	}
	app := newApp(settings)
	app.Use(recover.New(), logger.New(logger.Config{Output: r.Log}), earlier(r))
	for _, method := range r.Methods {
		app.Add(method, r.Path, outer, middleware(r), handle)
	}
	app.Post(r.OpenPath, handle)
	return app
}

// middleware returns the adapter under test.
func middleware(r webhooktest.Receiver) fiber.Handler {
	if r.Secret != "" {
		return sendsarfiber.New(r.Secret, r.Options...)
	}
	cfg := sendsarfiber.Config{Verifier: r.Verifier}
	if r.VerifierFor != nil {
		cfg.Verifier = nil
		cfg.VerifierFor = func(c *fiber.Ctx) *webhook.Verifier { return r.VerifierFor(idOf(c)) }
	}
	if r.Skipper != nil {
		cfg.Next = func(c *fiber.Ctx) bool { return r.Skipper(idOf(c)) }
	}
	if r.OnRefusal != webhooktest.Default {
		cfg.ErrorHandler = func(c *fiber.Ctx, err error) error {
			r.Refused(err, requestOf(c))
			switch r.OnRefusal {
			case webhooktest.ReturnError:
				return err
			case webhooktest.WrapError:
				return fmt.Errorf("webhook: %w", err)
			case webhooktest.CallNext:
				return c.Next()
			case webhooktest.Answer:
				return c.Status(webhooktest.AnswerStatus).SendString(webhooktest.AnswerText)
			case webhooktest.Stream:
				c.Status(webhooktest.AnswerStatus)
				c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
					for _, part := range []string{webhooktest.AnswerText[:4], webhooktest.AnswerText[4:]} {
						_, _ = w.WriteString(part)
						_ = w.Flush() // the suite notices what does not arrive
					}
				})
			case webhooktest.StatusOnly:
				c.Status(webhooktest.AnswerStatus)
			case webhooktest.Acknowledge:
				c.Status(fiber.StatusNoContent)
			}
			return nil
		}
	}
	return sendsarfiber.WithConfig(cfg)
}

// earlier returns the middleware around the adapter.
func earlier(r webhooktest.Receiver) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if r.Alter != nil {
			if err := alter(c, r.Alter); err != nil {
				return err
			}
		}
		if r.Context != nil {
			c.SetUserContext(r.Context(c.UserContext(), idOf(c)))
		}
		if r.EarlierStatus != 0 {
			c.Status(r.EarlierStatus)
		}
		if r.EarlierBody != "" {
			_ = c.SendString(r.EarlierBody) // it sets a body in memory
		}
		err := c.Next()
		r.Returned(requestOf(c))
		return err
	}
}

// alter replaces the body of a request. It first reads the whole old body, because
// replacing a stream ends the old one. A buffered body cannot hold the reader's error, so
// alter returns it.
func alter(c *fiber.Ctx, by func(io.Reader) io.Reader) error {
	request := c.Request()
	altered := by(bytes.NewReader(bytes.Clone(request.Body())))
	if c.App().Config().StreamRequestBody {
		request.SetBodyStream(altered, request.Header.ContentLength())
		return nil
	}
	body, err := io.ReadAll(altered)
	request.SetBodyRaw(body)
	return err
}

// idOf returns a copy, because Fiber reuses the memory of a header.
func idOf(c *fiber.Ctx) string { return strings.Clone(c.Get(webhooktest.IDHeader)) }

func requestOf(c *fiber.Ctx) webhooktest.Request {
	delivery, verified := sendsarfiber.FromContext(c)
	return webhooktest.Request{
		ID:       idOf(c),
		Delivery: delivery,
		Verified: verified,
		Context:  func() context.Context { return c.UserContext() },
		Length:   func() int64 { return int64(c.Request().Header.ContentLength()) },
		Values: func() map[any]any {
			values := make(map[any]any)
			c.Context().VisitUserValuesAll(func(key, value any) { values[key] = value })
			return values
		},
		Body:      func() ([]byte, error) { return c.BodyRaw(), nil },
		Form:      func(field string) string { return c.FormValue(field) },
		Multipart: func(int64) (*multipart.Form, error) { return c.MultipartForm() },
		JSON:      func(into any) error { return c.BodyParser(into) },
	}
}

// fasthttpMinor returns 73 for fasthttp 1.73.0. A test binary's build information names no
// modules, so the version comes from the path of a source file.
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

// declared holds differences by their cases. A later one replaces an earlier one.
type declared map[string]webhooktest.Difference

func (d declared) add(reason, outcome string, cases ...string) {
	for _, name := range cases {
		d[name] = webhooktest.Difference{Case: name, Outcome: outcome, Reason: reason}
	}
}

func (d declared) list() []webhooktest.Difference { return slices.Collect(maps.Values(d)) }

// differences returns what fasthttp answers or accepts before any middleware can see it,
// and what package sendsarfiber documents about ErrorHandler.
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
			d.add("Fiber v3's c.MultipartForm goes by BodyLimit", "200, handled 1, 1 misread | 200, handled 1", "framework API/a multipart file on the disk, which is removed afterwards")
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

// behindNetHTTP returns the differences for requests that adaptor.FiberApp makes.
// net/http's parser comes first, and is strict.
func behindNetHTTP() declared {
	d := differences(fiber.Config{BodyLimit: aboveTheSuite})
	d.add("net/http drops the length, and the body is read", "401 200, handled 1", "ambiguous/a length and chunked, unsigned")
	// The announced length then no longer matches.
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
