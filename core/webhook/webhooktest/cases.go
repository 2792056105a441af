package webhooktest

import (
	"net/http"
	"time"
)

// testCase is one conversation with a receiver, as data. It holds no state of a run, as
// concurrent runs share it.
type testCase struct {
	group, name string
	kind        kind
	// named is set if the case needs Request.ID, or fields that came with it or later.
	named bool

	send   func(to target) []message // on one connection
	hold   bool                      // do not send the rest of the last message
	stay   bool                      // the client closes its side only after every answer
	script script                    // without choices, which come from accounts
	// accounts select the Verifiers that VerifierFor returns, one for each request in turn.
	accounts []account
	// play, if it is not nil, replaces send, for what one connection cannot do.
	play func(p player, to target) observed

	want want
}

// account selects a Verifier.
type account int

const (
	ours     account = iota // has the current and the previous secret
	another                 // has a secret of its own
	zero                    // new(webhook.Verifier)
	unknown                 // nil
	outdated                // has the previous secret, and another current one
)

// accountName is the account of every Verifier whose Delivery a handler may see.
const accountName = "account-7"

// player sends the messages of a case.
type player struct {
	client client
	begin  func(inspect) // changes how the handler inspects requests
}

// kind holds everything in which the receivers of a run differ. A run starts each kind once.
type kind struct {
	limit         int64
	alter         string
	onRefusal     OnRefusal
	made          string // byNew, byVerifierFor, or "" for a Verifier
	handler       bool   // set Receiver.Handler, which replaces Handle
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

// maxBody is the usual limit of the receivers in bytes. It is above the 256 KiB that net/http
// reads of a refused body, and no power of two.
const maxBody = 300_000

var standard = kind{limit: maxBody}

func (c testCase) fullName() string { return c.group + "/" + c.name }

// on returns the case for another kind of receiver.
func (c testCase) on(k kind) testCase {
	c.kind = k
	return c
}

// oneMessage returns a case that sends one message to a receiver of the standard kind.
func oneMessage(group, name string, build func(to target) message, w want) testCase {
	return testCase{
		group: group, name: name, kind: standard, want: w, send: single(build),
	}
}

// single builds a list of one message.
func single(build func(to target) message) func(to target) []message {
	return func(to target) []message { return []message{build(to)} }
}

// errorHandlers lists all kinds of ErrorHandler. The first entry has none.
var errorHandlers = []struct {
	name   string
	is     OnRefusal
	panics any // the value to panic with
	// rejection is the answer to a refusal with this status.
	rejection func(status int) want
	returns   bool // returns an error, or the result of Next
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
