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

// What an ErrorHandler of an adapter answers where [Receiver.OnRefusal] is Answer, Stream
// or StatusOnly.
const (
	AnswerStatus = 422
	AnswerText   = "refused by the app"
)

// Receiver is what [Run] asks start for: a server of the framework on a real listener. Its
// route at Path has the adapter under test before a handler that calls Handle. The zero
// value of a field asks for nothing, unless the field says otherwise. The package
// documentation lists the steps in their order.
type Receiver struct {
	// Path is the route of the webhook, and Methods are the methods that the route is for,
	// POST at least. Mount the adapter on the handler, never on a pattern of its own.
	Path    string
	Methods []string

	// OpenPath is a route of the same handler without the adapter, for POST.
	OpenPath string

	// Verifier is for the adapter's Config, or the method whose middleware is tested. It is
	// always set.
	Verifier *webhook.Verifier

	// Secret, if it is not empty, takes the place of Verifier: the adapter is made by its
	// New(Secret, Options...).
	Secret  string
	Options []webhook.Option

	// VerifierFor, if it is not nil, takes the place of Verifier: Config.VerifierFor returns
	// what it returns for the request's header IDHeader.
	VerifierFor func(id string) *webhook.Verifier

	// Skipper, if it is not nil, is for the Skipper or Next of the adapter's Config, which
	// returns what it returns for the request's header IDHeader. An adapter that has none
	// ignores it.
	Skipper func(id string) bool

	// Outer, if it is not nil, is for a second instance of the adapter before this one, made
	// of this Verifier alone.
	Outer *webhook.Verifier

	// MaxBodyBytes is the Verifier's limit, for a framework that has one of its own to
	// set. It may be math.MaxInt64.
	MaxBodyBytes int64

	// ReadTimeout, if it is not zero, is the time that the server gives a request to arrive
	// whole.
	ReadTimeout time.Duration

	// Log gets what the framework logs, if it logs requests, errors or panics. The suite
	// reads package log's standard logger, os.Stdout and os.Stderr by itself.
	Log io.Writer

	// Alter, if not nil, is what a careless middleware before the adapter does: replace
	// the request's body by Alter's, and leave the announced length as it is. The reader
	// that it returns may fail; the adapter is meant to see that.
	Alter func(body io.Reader) io.Reader

	// Context, if not nil, returns the context that a middleware before the adapter gives
	// the request in place of ctx. id is the request's header IDHeader.
	Context func(ctx context.Context, id string) context.Context

	// EarlierStatus and EarlierBody, if not zero, are a status and a body that a middleware
	// before the adapter sets. A framework that sends them at once ignores these.
	EarlierStatus int
	EarlierBody   string

	// Returned must be called by a middleware around the adapter, when the adapter has
	// returned. It looks at ID, Delivery, Verified and Context of the Request.
	Returned func(Request)

	// OnRefusal selects the ErrorHandler of the adapter's Config.
	OnRefusal OnRefusal

	// Refused must be called by that ErrorHandler, with the error that it got and the
	// Request as it is there. It may panic: nothing of start's recovers but the outermost
	// recovery middleware.
	Refused func(err error, at ...Request)

	// Handle must be called by the handler, which answers with status 200 and the text
	// that Handle returns. It may panic, as Refused may.
	Handle func(Request) string

	// Handler, if it is not nil, takes the place of Handle: the handler at Path and at OpenPath
	// is the one that the adapter's Handle(Handler) returns. An adapter that has no Handle
	// ignores it (see Suite.NoHandle).
	Handler webhook.Handler
}

// OnRefusal is what the ErrorHandler of an adapter's Config does after it has called
// Receiver.Refused. Where an ErrorHandler returns an error, it returns nil unless another
// value is named. A value that a framework cannot express is treated as OnlyLog.
type OnRefusal int

const (
	// Default leaves Config.ErrorHandler unset.
	Default OnRefusal = iota
	// OnlyLog does nothing more.
	OnlyLog
	// ReturnError returns the error that it got.
	ReturnError
	// CallNext calls the framework's Next.
	CallNext
	// WrapError returns an error that wraps the one it got.
	WrapError
	// Answer answers with AnswerStatus and AnswerText.
	Answer
	// Stream answers the same, but writes the text in two parts and flushes between them.
	Stream
	// StatusOnly answers with AnswerStatus and without a body.
	StatusOnly
	// Acknowledge sets the status 204 and sends nothing, so that the framework would send
	// it in the end.
	Acknowledge
	// Panic does what OnlyLog does, and Refused panics. The framework's recovery middleware,
	// if it has one, is outermost.
	Panic
)

// Request is a request as a handler sees it, through its framework's own API. All
// functions are called within Handle, Refused or Returned. Those that a framework has
// nothing for are nil, except Context, Body, Form and JSON.
type Request struct {
	// ID is the request's header IDHeader, as a copy where the framework uses the memory of
	// headers again. Where it is empty, the suite takes start for one that was written before
	// this field existed, and skips the cases that need what came with it or later: VerifierFor,
	// Skipper, OpenPath, Outer, Context, Methods, ReadTimeout, EarlierStatus, EarlierBody, the
	// values of OnRefusal from Answer on, a Handle that panics, and Handler.
	ID string

	// Delivery and Verified are what the adapter's FromContext returns.
	Delivery webhook.Delivery
	Verified bool

	// Context returns the context of the request.
	Context func() context.Context

	// Length returns the length of the body as the framework knows it, or a negative
	// number for a chunked one.
	Length func() int64

	// Values returns what the framework keeps with the request, by its keys.
	Values func() map[any]any

	// Body returns the raw body.
	Body func() ([]byte, error)

	// Form returns the first value of a field of a form or multipart body.
	Form func(field string) string

	// Multipart parses a multipart body, and keeps at most maxMemory bytes of its files in
	// memory, as http.Request.ParseMultipartForm does. It is for frameworks that remove the
	// other files when the request ends.
	Multipart func(maxMemory int64) (*multipart.Form, error)

	// JSON decodes the body.
	JSON func(into any) error
}
