package sendsarfiber

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/gofiber/fiber/v3"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Config configures [WithConfig]. Exactly one of Verifier and VerifierFor is required.
type Config struct {
	// Next tells the requests that reach the handler unverified; FromContext is false
	// for them. Never decide by anything the client sends.
	Next func(c fiber.Ctx) bool

	// Verifier decides for every request.
	Verifier *webhook.Verifier

	// VerifierFor picks a Verifier for each request instead: for secrets that change
	// while the program runs, or several accounts on one endpoint (c.Params). It is
	// called once, before anything is read of the body, and must not read it. Nil
	// refuses the request with webhook.ErrNoVerifier, the same status and text as a
	// mismatch; no observer is called for it.
	VerifierFor func(c fiber.Ctx) *webhook.Verifier

	// ErrorHandler answers a refusal in place of the default. err is the finished error:
	// returning it is the default rejection. If the handler returns nil and leaves the
	// response untouched (no body written, and the status as it was or a 2xx) the default
	// rejection is sent: a refused delivery is never acknowledged by omission.
	//
	// It must not call c.Next: Fiber would run the webhook handler, unverified and with
	// FromContext false.
	ErrorHandler fiber.ErrorHandler
}

// New returns the middleware for one secret, with the options of webhook.New. It
// panics on a bad secret or option: call it at start-up.
func New(secret string, opts ...webhook.Option) fiber.Handler {
	return WithConfig(Config{Verifier: webhook.MustNew(secret, opts...)})
}

// WithConfig returns the middleware for cfg. It panics unless exactly one of
// cfg.Verifier and cfg.VerifierFor is set, and on a zero Verifier: call it at start-up.
//
// An observer (webhook.WithObserver) gets c.Context().
func WithConfig(cfg Config) fiber.Handler {
	if (cfg.Verifier == nil) == (cfg.VerifierFor == nil) {
		panic("sendsarfiber: set exactly one of Config.Verifier and Config.VerifierFor")
	}
	if err := cfg.Verifier.Verify(nil, ""); errors.Is(err, webhook.ErrInvalidSecret) {
		panic(fmt.Errorf("sendsarfiber: Config.Verifier: %w", err))
	}
	return func(c fiber.Ctx) error {
		if cfg.Next != nil && cfg.Next(c) {
			return c.Next()
		}
		parsed := preParsed(c)
		stream := watch(c, parsed)
		v := cfg.Verifier
		if cfg.VerifierFor != nil {
			v = cfg.VerifierFor(c)
		}
		d, err := verify(v, c, stream, parsed)
		if err != nil {
			fiber.StoreInContext(c, deliveryKey{}, nil) // of another instance before this one
			return cfg.refuse(c, err)
		}
		fiber.StoreInContext(c, deliveryKey{}, d)
		return c.Next()
	}
}

// FromContext returns the delivery that this package's middleware verified. It is
// false unless this request was verified.
//
// ctx is a fiber.Ctx or fiber.CustomCtx, its RequestCtx(), or, with PassLocalsToContext in
// fiber.Config, its Context(). webhook.FromContext compiles with them too, and never finds
// the delivery.
func FromContext(ctx any) (webhook.Delivery, bool) {
	return fiber.ValueFromContext[webhook.Delivery](ctx, deliveryKey{})
}

// deliveryKey is a type of our own, so that no other package can write under it.
type deliveryKey struct{}

// verify gives the engine the bytes as they came over the wire. Its copy of them is the
// only one made. stream is nil without StreamRequestBody.
func verify(v *webhook.Verifier, c fiber.Ctx, stream *streamReader, parsed bool) (webhook.Delivery, error) {
	request := c.Request()
	announced := request.Header.ContentLength() // -1 chunked, -2 none
	judge := func(body io.Reader) (webhook.Delivery, error) {
		return v.VerifyReader(c.Context(), body, int64(announced), headerLines(c))
	}
	if parsed {
		d, err := judge(failingReader{errPreParsed})
		c.RequestCtx().SetConnectionClose() // what follows the last boundary is still there
		return d, err
	}
	if stream == nil || !request.IsBodyStream() { // VerifierFor may have read it, wrongly
		// The request keeps its own bytes: replacing them corrupts bodies with
		// ReduceMemoryUsage.
		return judge(bytes.NewBuffer(request.Body()))
	}
	d, err := judge(stream)
	if stream.ended {
		c.RequestCtx().Hijack(nil)
	} else {
		c.RequestCtx().SetConnectionClose()
	}
	if err != nil {
		// Whoever read on would have no limit, and beyond the end of a chunked stream would
		// take the next request for its next chunk.
		request.ResetBody()
		return d, err
	}
	// The stream API and Body both work on a stream; SetBodyRaw breaks the former.
	request.SetBodyStream(bytes.NewReader(d.Body), announced)
	return d, nil
}

// headerLines reads the header block as it was received. What fasthttp made of it may have
// been changed by a middleware, and has the trailers merged in, which come after the body.
func headerLines(c fiber.Ctx) func(name string) []string {
	return func(name string) []string {
		if lines, ok := plainLines(c.Request().Header.RawHeaders(), name); ok {
			return lines
		}
		return parsedLines(c, name)
	}
}

func parsedLines(c fiber.Ctx, name string) (lines []string) {
	header := &c.Request().Header
	fields := header.AllInOrder()
	if len(header.RawHeaders()) == 0 { // made in memory, as adaptor.FiberApp does
		fields = header.All()
	}
	for key, value := range fields {
		if isNamed(key, name) {
			lines = append(lines, string(value))
		}
	}
	return lines
}

// plainLines does what parsedLines would, at a fraction of the cost. It leaves folded lines
// to fasthttp: ok is false then, and for no block at all.
func plainLines(block []byte, name string) (lines []string, ok bool) {
	for line := range bytes.Lines(block) {
		if line[0] == ' ' || line[0] == '\t' {
			return nil, false
		}
		if end := len(name); len(line) > end && line[end] == ':' && isNamed(line[:end], name) {
			value := bytes.TrimSuffix(bytes.TrimSuffix(line[end+1:], []byte{'\n'}), []byte{'\r'})
			lines = append(lines, string(value))
		}
	}
	return lines, len(block) > 0
}

// isNamed compares without regard to case: DisableHeaderNormalizing leaves names as they
// were sent. The length rules out letters beyond ASCII that EqualFold takes for k and s.
func isNamed(key []byte, name string) bool {
	return len(key) == len(name) && strings.EqualFold(string(key), name)
}

// preParsed tells a multipart body that fasthttp took apart before any middleware ran.
// Request.Body then re-makes it, with its fields in random order.
func preParsed(c fiber.Ctx) bool {
	header := &c.Request().Header
	return len(header.RawHeaders()) > 0 && // a request made in memory is not parsed
		header.ContentLength() > 0 &&
		len(header.MultipartFormBoundary()) > 0 &&
		len(header.Peek(fiber.HeaderContentEncoding)) == 0 &&
		!c.App().Server().DisablePreParseMultipartForm
}

// errPreParsed is the client's error to cause, hence no 500, and the app's to mend.
var errPreParsed = fmt.Errorf("%w: Fiber took the multipart body apart; "+
	"set DisablePreParseMultipartForm in fiber.Config", webhook.ErrBodyRead)

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// streamReader says what fasthttp's body stream leaves out.
type streamReader struct {
	stream    io.Reader
	announced int // negative if unknown
	read      int
	ended     bool
}

// watch returns the body's stream, if it is one. It comes before everything that may
// panic: fasthttp before 1.76 takes what is left of a stream for the next request, but a
// hijacked connection ends after the response, also where somebody reset the response and
// its Connection header with it. verify takes that back for a stream that it read to its
// end.
func watch(c fiber.Ctx, parsed bool) *streamReader {
	streaming := c.Request().IsBodyStream()
	if streaming || parsed {
		c.RequestCtx().Hijack(func(net.Conn) {})
	}
	if !streaming {
		return nil
	}
	return &streamReader{stream: c.Request().BodyStream(), announced: c.Request().Header.ContentLength()}
}

func (r *streamReader) Read(p []byte) (int, error) {
	n, err := r.stream.Read(p)
	r.read += n
	switch {
	case err == io.EOF && r.read < r.announced:
		err = io.ErrUnexpectedEOF // fasthttp: the client is gone, and no error
	case err == io.EOF:
		r.ended = true
	case isTimeout(err):
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

// isTimeout also tells fasthttp's own timeout error, and its broken chunk, which has the
// cause in its text alone.
func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout() ||
		err != nil && strings.HasSuffix(err.Error(), os.ErrDeadlineExceeded.Error())
}

func (cfg Config) refuse(c fiber.Ctx, err error) error {
	if cfg.ErrorHandler == nil {
		return newRejection(err)
	}
	response := c.Response()
	status, body := response.StatusCode(), bytes.Clone(response.Body())
	if handlerErr := cfg.ErrorHandler(c, newRejection(err)); handlerErr != nil {
		return handlerErr
	}
	answered := response.IsBodyStream() || // which Body would read
		(len(response.Body()) > 0 && !bytes.Equal(response.Body(), body)) ||
		(response.StatusCode() != status && !acknowledges(response.StatusCode()))
	if answered {
		return nil
	}
	return newRejection(err)
}

func acknowledges(status int) bool { return status < fiber.StatusMultipleChoices }

// rejection carries the status for the app's ErrorHandler and the cause for logs.
// Fiber's own handler prints Error() to the client.
type rejection struct {
	status *fiber.Error
	cause  error
}

func newRejection(err error) error {
	return &rejection{fiber.NewError(webhook.StatusCode(err), webhook.PublicMessage(err)), err}
}

func (r *rejection) Error() string { return r.status.Message }

func (r *rejection) Unwrap() []error { return []error{r.status, r.cause} }
