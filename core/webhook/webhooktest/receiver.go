package webhooktest

import (
	"context"
	"io"
	"mime/multipart"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// IDHeader is the header in which each request of the suite carries its [Request.ID].
const IDHeader = "X-Webhooktest-Id"

// The status and the text that an ErrorHandler answers with if [Receiver.OnRefusal] is
// Answer or Stream. With StatusOnly, it answers with the status alone.
const (
	AnswerStatus = 422
	AnswerText   = "refused by the app"
)

// Receiver describes the server that [Run] asks start for: a server of the framework on a
// real listener. Its route at Path has the adapter under test before a handler that calls
// Handle. A field with its zero value asks for nothing, unless its comment says otherwise.
// The package documentation lists the steps in order.
type Receiver struct {
	// Path is the route of the webhook. Methods are the methods of that route, at least
	// POST. Mount the adapter on the handler, never on a pattern of its own.
	Path    string
	Methods []string

	// OpenPath is a POST route to the same handler without the adapter.
	OpenPath string

	// Verifier is for the adapter's Config. A test of Verifier.Middleware calls that method
	// on it. It is always set.
	Verifier *webhook.Verifier

	// Secret, if it is not empty, replaces Verifier: make the adapter with its
	// New(Secret, Options...).
	Secret  string
	Options []webhook.Option

	// VerifierFor, if it is not nil, replaces Verifier: Config.VerifierFor calls it with the
	// request's header IDHeader and returns the result.
	VerifierFor func(id string) *webhook.Verifier

	// Skipper, if it is not nil, is for the Skipper or Next of the adapter's Config, which
	// calls it with the request's header IDHeader and returns the result. An adapter that has
	// neither ignores it.
	Skipper func(id string) bool

	// Outer, if it is not nil, is the Verifier of a second instance of the adapter, which runs
	// before this one. Make that instance from Outer alone.
	Outer *webhook.Verifier

	// MaxBodyBytes is the Verifier's limit in bytes, for a framework that has a limit of its
	// own to set. It may be math.MaxInt64.
	MaxBodyBytes int64

	// ReadTimeout, if it is not zero, is the server's timeout for reading a whole request.
	ReadTimeout time.Duration

	// Log receives the framework's log of requests, errors and panics, if it has one. The
	// suite itself captures the default loggers of packages log and slog, os.Stdout and
	// os.Stderr.
	Log io.Writer

	// Alter, if not nil, simulates a careless middleware before the adapter: the middleware
	// replaces the request's body with Alter's result and does not change the announced
	// length. The returned reader may fail; pass the error on to the adapter.
	Alter func(body io.Reader) io.Reader

	// Context, if not nil, returns the context that a middleware before the adapter gives
	// the request in place of ctx. id is the request's header IDHeader.
	Context func(ctx context.Context, id string) context.Context

	// EarlierStatus and EarlierBody, if not zero, are a status and a body that a middleware
	// before the adapter sets. If the framework would send them at once, ignore them.
	EarlierStatus int
	EarlierBody   string

	// Returned must be called by a middleware around the adapter, after the adapter has
	// returned. It uses ID, Delivery, Verified and Context of the Request.
	Returned func(Request)

	// OnRefusal selects the ErrorHandler of the adapter's Config.
	OnRefusal OnRefusal

	// Refused must be called by that ErrorHandler, with the error that it got and the
	// Request as the ErrorHandler sees it. It may panic: only the outermost recovery
	// middleware may recover.
	Refused func(err error, at ...Request)

	// Handle must be called by the handler, which answers with status 200 and the text
	// that Handle returns. It may panic, as Refused may.
	Handle func(Request) string

	// Handler, if it is not nil, replaces Handle: use the result of the adapter's
	// Handle(Handler) as the handler at Path and at OpenPath. An adapter that has no Handle
	// ignores it (see Suite.NoHandle).
	Handler webhook.Handler
}

// OnRefusal selects what the ErrorHandler of an adapter's Config does after it has called
// Receiver.Refused. An ErrorHandler that has an error result returns nil, unless the value
// says otherwise. Treat a value that the framework cannot express as OnlyLog.
type OnRefusal int

const (
	// Default leaves Config.ErrorHandler unset.
	Default OnRefusal = iota
	// OnlyLog does nothing else.
	OnlyLog
	// ReturnError returns the error that it got.
	ReturnError
	// CallNext calls the framework's Next.
	CallNext
	// WrapError returns an error that wraps the one it got.
	WrapError
	// Answer answers with AnswerStatus and AnswerText.
	Answer
	// Stream answers like Answer, but writes the text in two parts and flushes between them.
	Stream
	// StatusOnly answers with AnswerStatus and without a body.
	StatusOnly
	// Acknowledge sets the status 204 and sends nothing, so that the framework would send
	// the status at the end.
	Acknowledge
	// Panic is handled like OnlyLog: Refused itself panics. The framework's recovery
	// middleware, if it has one, is outermost.
	Panic
)

// Request is a request as a handler sees it, through its framework's own API. The suite
// calls the functions only during Handle, Refused or Returned. Leave a function nil if the
// framework has nothing for it. Body, Form and JSON are required, and so is Context if ID is
// set.
type Request struct {
	// ID is the request's header IDHeader. Copy it if the framework reuses the memory of
	// headers. If it is empty, the suite assumes that start is older than this field, and skips
	// the cases that need this field or later ones: VerifierFor, Skipper, OpenPath, Outer,
	// Context, Methods, ReadTimeout, EarlierStatus, EarlierBody, the values of OnRefusal from
	// Answer on, a Handle that panics, and Handler.
	ID string

	// Delivery and Verified are what the adapter's FromContext returns.
	Delivery webhook.Delivery
	Verified bool

	// Context returns the context of the request.
	Context func() context.Context

	// Length returns the length of the body in bytes as the framework reports it. It may
	// be negative for a chunked body.
	Length func() int64

	// Values returns the values that the framework stores with the request, by key.
	Values func() map[any]any

	// Body returns the raw body.
	Body func() ([]byte, error)

	// Form returns the first value of a field of a form or multipart body.
	Form func(field string) string

	// Multipart parses a multipart body. Like http.Request.ParseMultipartForm, it keeps at
	// most maxMemory bytes of the files in memory. Set it only if the framework removes the
	// remaining files when the request ends.
	Multipart func(maxMemory int64) (*multipart.Form, error)

	// JSON decodes the body.
	JSON func(into any) error
}
