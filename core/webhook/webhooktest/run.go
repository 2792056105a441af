package webhooktest

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Receiver is what a conformance test sets up for [Run]: a server of the framework on a
// real listener, with one POST route at Path, the adapter under test before it, and a
// handler that calls Handle.
type Receiver struct {
	// Path is the route of the webhook.
	Path string

	// Verifier is for the adapter's Config, or the method whose middleware is tested.
	Verifier *webhook.Verifier

	// MaxBodyBytes is the Verifier's limit, for a framework that has one of its own to
	// set. It may be math.MaxInt64.
	MaxBodyBytes int64

	// Alter, if not nil, is what a careless middleware before the adapter does: replace
	// the request's body by Alter's, and leave the announced length as it is.
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
// Receiver.Refused.
type OnRefusal int

const (
	// Default: Config.ErrorHandler is not set.
	Default OnRefusal = iota
	// OnlyLog: it does nothing more, and returns nil where it returns something.
	OnlyLog
	// ReturnError: it returns the error that it got; nothing more where it returns nothing.
	ReturnError
	// CallNext: it calls the framework's Next; nothing more where there is none.
	CallNext
)

// Request is a request as the webhook handler sees it, through its framework's own API.
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

// Difference declares that a case has another outcome than it should, because a
// framework answers before any middleware can see the request.
type Difference struct {
	// Case is the case's group and name, as in the name of the failing test.
	Case string

	// Outcome is what happens instead, as a failing case prints it. Where more than one
	// thing may happen, they are separated by " | ".
	Outcome string

	// Reason is for the reader of the declaration. It must not be empty.
	Reason string
}

// Run tests an adapter. start brings up a receiver on a real listener, registers its end
// with t.Cleanup, and returns its base URL, such as "http://127.0.0.1:34567".
//
// Each case is a subtest. A case that fails tells what was sent, as it stood on the wire,
// what came back, what the handler saw, and what should have happened. A declared
// difference fails when the case no longer differs, and when its outcome is another one
// than declared.
//
// Bodies in the suite stay below 400 KB. Run is done in a few seconds; cases run one
// after the other, so start needs no locking of its own.
func Run(t *testing.T, start func(t *testing.T, r Receiver) (baseURL string), known ...Difference) {
	t.Helper()
	s := newSuite(t, start)
	cases := s.cases()
	for _, problem := range checkDifferences(cases, known) {
		t.Error(problem)
	}
	for _, group := range groups(cases) {
		t.Run(group, func(t *testing.T) {
			for _, c := range cases {
				if c.group != group {
					continue
				}
				t.Run(c.name, func(t *testing.T) {
					if problem := s.judge(c, known); problem != "" {
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

func checkDifferences(cases []testCase, known []Difference) []string {
	var problems []string
	for i, d := range known {
		switch {
		case d.Reason == "" || d.Outcome == "":
			problems = append(problems, fmt.Sprintf("the difference for %q has no outcome or no reason", d.Case))
		case !slices.ContainsFunc(cases, func(c testCase) bool { return c.fullName() == d.Case }):
			problems = append(problems, fmt.Sprintf("a difference is declared for %q, and there is no such case", d.Case))
		case slices.ContainsFunc(known[:i], func(other Difference) bool { return other.Case == d.Case }):
			problems = append(problems, fmt.Sprintf("the difference for %q is declared twice", d.Case))
		}
	}
	return problems
}

// judge plays a case and returns what is wrong, or "".
func (s *suite) judge(c testCase, known []Difference) string {
	r := s.receiver(c.receiver)
	r.record.reset()
	s.declared = slices.IndexFunc(known, func(d Difference) bool { return d.Case == c.fullName() }) >= 0
	o := c.play(s, r)
	problem := c.want.check(o)
	for _, d := range known {
		if d.Case != c.fullName() {
			continue
		}
		if slices.Contains(strings.Split(d.Outcome, " | "), o.outcome()) {
			return o.flaw()
		}
		if problem == "" {
			return fmt.Sprintf("declared as a difference (%s), and does not differ any more: remove the declaration", d.Reason)
		}
		return o.report(c.want, fmt.Sprintf("declared as a difference with the outcome %q: %s", d.Outcome, problem))
	}
	if problem == "" {
		return ""
	}
	return o.report(c.want, problem)
}

// suite is one Run.
type suite struct {
	t         *testing.T
	start     func(t *testing.T, r Receiver) string
	secret    string
	previous  string
	receivers map[receiverKind]*receiver
	rejection *response // the first 401, which every other one must equal
	declared  bool      // the case that plays is declared as a difference
}

func newSuite(t *testing.T, start func(t *testing.T, r Receiver) string) *suite {
	return &suite{
		t: t, start: start, secret: NewSecret(), previous: NewSecret(),
		receivers: make(map[receiverKind]*receiver),
	}
}

// maxBody is the limit of the receivers: above what net/http would read of a refused
// body (256 KiB), and no power of two.
const maxBody = 300_000

// receiverKind is everything in which the receivers of a Run differ.
type receiverKind struct {
	limit     int64
	alter     string
	onRefusal OnRefusal
}

var standard = receiverKind{limit: maxBody}

// receiver is a running Receiver.
type receiver struct {
	addr   string
	path   string
	record *record
}

// receiver starts one of a kind at its first use.
func (s *suite) receiver(kind receiverKind) *receiver {
	if r := s.receivers[kind]; r != nil {
		return r
	}
	verifier, err := webhook.New(s.secret, webhook.WithPreviousSecrets(s.previous), webhook.WithMaxBodyBytes(kind.limit))
	if err != nil {
		s.t.Fatal(err)
	}
	r := &receiver{path: "/webhooks/sendsar", record: new(record)}
	base := s.start(s.t, Receiver{
		Path:         r.path,
		Verifier:     verifier,
		MaxBodyBytes: kind.limit,
		Alter:        alterations[kind.alter],
		OnRefusal:    kind.onRefusal,
		Refused:      r.record.refused,
		Handle:       r.record.handle,
	})
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" || u.Port() == "" {
		s.t.Fatalf("start returned %q, which is no base URL with a port", base)
	}
	r.addr = u.Host
	s.receivers[kind] = r
	return r
}

// record is what happened inside a receiver during one case.
type record struct {
	mu      sync.Mutex
	inspect func(Request) (seen, string)
	seen    []seen
	errs    []error
}

// seen is one run of the handler.
type seen struct {
	body     []byte
	verified bool
	index    int
	flaw     string // what is wrong with it whatever the case wants
}

func (r *record) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inspect, r.seen, r.errs = readBody, nil, nil
}

// expect sets how the handler looks at the next request.
func (r *record) expect(inspect func(Request) (seen, string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inspect = inspect
}

func (r *record) handle(request Request) string {
	r.mu.Lock()
	inspect := r.inspect
	r.mu.Unlock()
	if inspect == nil {
		inspect = readBody
	}
	one, answer := inspect(request)
	one.verified, one.index = request.Verified, request.Delivery.SecretIndex
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, one)
	return answer
}

func (r *record) refused(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err)
}

func (r *record) snapshot() ([]seen, []error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen), slices.Clone(r.errs)
}

// readBody is the plain handler: the raw body, and the same bytes in the Delivery.
func readBody(r Request) (seen, string) {
	body, err := r.Body()
	one := seen{body: slices.Clone(body)}
	switch {
	case err != nil:
		one.flaw = "the handler could not read the body: " + err.Error()
	case r.Verified && string(r.Delivery.Body) != string(body):
		one.flaw = fmt.Sprintf("the Delivery holds %d other bytes than the framework's body", len(r.Delivery.Body))
	case r.Verified && r.Delivery.Body == nil:
		one.flaw = "Delivery.Body is nil"
	case cap(r.Delivery.Body) != len(r.Delivery.Body):
		one.flaw = "Delivery.Body has spare capacity"
	case !r.Verified && (len(r.Delivery.Body) > 0 || r.Delivery.SecretIndex != 0):
		one.flaw = "FromContext is false, and its Delivery is not zero"
	}
	return one, fmt.Sprintf("handled %d bytes", len(body))
}
