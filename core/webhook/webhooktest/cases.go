package webhooktest

import (
	"net/http"
	"time"
)

// testCase is one conversation with a receiver, as data: it keeps nothing of a run, and runs
// at the same time share it.
type testCase struct {
	group, name string
	kind        kind
	// named cases need a start that knows Request.ID, and what came with it.
	named bool

	send   func(to target) []message // on one connection
	hold   bool                      // the rest of the last message does not follow
	stay   bool                      // the client ends its side when everything is answered
	script script                    // apart from choices, which are made of accounts
	// accounts are those whose Verifier VerifierFor returns, for each request in turn.
	accounts []account
	// play, if it is not nil, is in place of send, for what one connection cannot do.
	play func(p player, to target) observed

	want want
}

// account selects a Verifier.
type account int

const (
	ours     account = iota // of the current and the previous secret
	another                 // of a secret of its own
	zero                    // a Verifier that was never made
	unknown                 // nil
	outdated                // of the previous secret, and of another current one
)

// accountName is the account of every Verifier that accepts something.
const accountName = "account-7"

// player sends the messages of a case.
type player struct {
	client client
	begin  func(inspect) // changes how the handler looks at requests
}

// kind is everything in which the receivers of a run differ. Each kind is started once.
type kind struct {
	limit         int64
	alter         string
	onRefusal     OnRefusal
	made          string // byNew, byVerifierFor, or by Verifier
	handler       bool   // Receiver.Handler takes the place of Handle
	skipper       bool
	outer         bool
	context       bool
	allMethods    bool
	readTimeout   time.Duration
	earlierStatus int
	earlierBody   string
}

const (
	byNew         = "New"
	byVerifierFor = "VerifierFor"
)

// maxBody is the usual limit of the receivers: above what net/http would read of a refused
// body (256 KiB), and no power of two.
const maxBody = 300_000

var standard = kind{limit: maxBody}

func (c testCase) fullName() string { return c.group + "/" + c.name }

// on moves a case to another kind of receiver.
func (c testCase) on(k kind) testCase {
	c.kind = k
	return c
}

// oneMessage is a case that sends one message to a receiver of the standard kind.
func oneMessage(group, name string, build func(to target) message, w want) testCase {
	return testCase{
		group: group, name: name, kind: standard, want: w, send: single(build),
	}
}

// single sends one message.
func single(build func(to target) message) func(to target) []message {
	return func(to target) []message { return []message{build(to)} }
}

// errorHandlers are all sorts of them, none first.
var errorHandlers = []struct {
	name   string
	is     OnRefusal
	panics any // with this
	// rejection is the answer to a refusal with this status.
	rejection func(status int) want
	returns   bool // an error, or what Next returns
}{
	{"is not there", Default, nil, byDefault, false},
	{"only logs", OnlyLog, nil, byDefault, false},
	{"returns its error", ReturnError, nil, byDefault, true},
	{"wraps its error", WrapError, nil, byDefault, true},
	{"calls Next", CallNext, nil, byDefault, true},
	{"answers", Answer, nil, func(int) want { return answered(AnswerStatus, AnswerText) }, false},
	{"streams its answer", Stream, nil, func(int) want { return answered(AnswerStatus, AnswerText) }, false},
	{"sets a status alone", StatusOnly, nil, func(int) want { return answered(AnswerStatus, "") }, false},
	{"sets the status 204 alone", Acknowledge, nil, byDefault, false},
	{"panics with http.ErrAbortHandler", Panic, http.ErrAbortHandler, func(int) want { return notAcknowledged() }, false},
	{"panics with a text", Panic, "the ErrorHandler panics", func(int) want { return notAcknowledged() }, false},
}
