package webhooktest

import (
	"io"
	"slices"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Receiver is what [Run] asks start for: a server of the framework on a real listener,
// with one POST route at Path, the adapter under test before it, and a handler that calls
// Handle. Every field but Alter is set.
type Receiver struct {
	// Path is the route of the webhook.
	Path string

	// Verifier is for the adapter's Config, or the method whose middleware is tested.
	Verifier *webhook.Verifier

	// MaxBodyBytes is the Verifier's limit, for a framework that has one of its own to
	// set. It may be math.MaxInt64.
	MaxBodyBytes int64

	// Alter, if not nil, is what a careless middleware before the adapter does: replace
	// the request's body by Alter's, and leave the announced length as it is. The reader
	// that it returns may fail; the adapter is meant to see that.
	Alter func(body io.Reader) io.Reader

	// OnRefusal tells which ErrorHandler the adapter's Config gets.
	OnRefusal OnRefusal

	// Refused must be called by that ErrorHandler with the error it got.
	Refused func(err error)

	// Handle must be called by the handler, which answers with status 200 and the text
	// that Handle returns.
	Handle func(Request) string
}

// OnRefusal is what the ErrorHandler of an adapter's Config does, besides calling
// Receiver.Refused. An adapter whose Config has none ignores it.
type OnRefusal int

const (
	// Default leaves Config.ErrorHandler unset.
	Default OnRefusal = iota
	// OnlyLog does nothing more, and returns nil where there is something to return.
	OnlyLog
	// ReturnError returns the error that it got, where there is something to return.
	ReturnError
	// CallNext calls the framework's Next, where there is one.
	CallNext
	// WrapError returns an error that wraps the one it got, where there is something to
	// return.
	WrapError
)

// Request is a request as the webhook handler sees it, through its framework's own API.
// All functions are called within Handle.
type Request struct {
	// Delivery and Verified are what the adapter's FromContext returns.
	Delivery webhook.Delivery
	Verified bool

	// Body returns the raw body.
	Body func() ([]byte, error)

	// Form returns the first value of a field of a form or multipart body.
	Form func(field string) string

	// JSON decodes the body.
	JSON func(into any) error
}

// Run tests an adapter. It calls start for each of a dozen kinds of Receiver before the
// first case; start brings up that receiver on a real listener, registers its end with
// t.Cleanup, and returns its base URL, such as "http://127.0.0.1:34567". It is called once
// after the other, and so are the cases: start needs no locking of its own.
//
// Each case is a subtest, named after its group and what is special about it: "go test
// -run TestConformance/header" runs one group. A case that fails tells what was sent, as
// it stood on the wire, what came back, what the handler saw, what should have happened,
// and the outcome as a [Difference] declares it. No text of Run shows a secret.
//
// known are the cases in which the framework itself leaves an adapter no choice. A
// declared case fails when its outcome is another one than declared, and when it does not
// differ any more, so that no declaration outlives its reason.
//
// Run allows by itself for what net/http does before any handler runs. It knows net/http by
// the stack of Handle: an adapter on net/http whose handlers run in goroutines of their own
// has to declare these cases.
//
// Run takes about a second for a receiver that passes, its bodies stay below 400 KB, and
// it opens 100 connections at a time. A receiver that does not answer costs 5 seconds a
// case.
func Run(t *testing.T, start func(t *testing.T, r Receiver) (baseURL string), known ...Difference) {
	t.Helper()
	s := newSuite(t, start, known)
	cases := s.cases()
	for _, problem := range checkDifferences(cases, known) {
		t.Error(problem)
	}
	// Not in the subtests: start may end the test, which only t's own goroutine can.
	for _, c := range cases {
		s.receiver(c.receiver)
	}
	for _, group := range groups(cases) {
		t.Run(group, func(t *testing.T) {
			for _, c := range cases {
				if c.group != group {
					continue
				}
				t.Run(c.name, func(t *testing.T) {
					if problem := s.judge(c); problem != "" {
						t.Error(problem)
					}
				})
			}
		})
	}
}

// testCase is one conversation with a receiver.
type testCase struct {
	group, name string
	receiver    receiverKind
	play        func(s *suite, r *receiver) observed
	want        want
}

func (c testCase) fullName() string { return c.group + "/" + c.name }

func groups(cases []testCase) []string {
	var names []string
	for _, c := range cases {
		if !slices.Contains(names, c.group) {
			names = append(names, c.group)
		}
	}
	return names
}
