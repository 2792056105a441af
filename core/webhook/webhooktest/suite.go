package webhooktest

import "testing"

// Suite is a conformance suite with its settings. [Run] is a Suite with Start and
// Differences alone.
type Suite struct {
	// Start brings up a receiver on a real listener, registers its end with t.Cleanup, and
	// returns its base URL, such as "http://127.0.0.1:34567". Neither it nor the cases
	// run in parallel, so it needs no locking of its own.
	Start func(t *testing.T, r Receiver) (baseURL string)

	// Differences are the cases in which the framework itself leaves an adapter no choice.
	Differences []Difference

	// NoErrorHandler is for an adapter whose Config has no ErrorHandler. Otherwise each
	// refusal must reach it. The cases in which an ErrorHandler does more than to log are
	// then skipped.
	NoErrorHandler bool

	// NoHandle is for an adapter that has no Handle, which makes a handler of a
	// webhook.Handler. The cases of the group handle are then skipped.
	NoHandle bool

	// Skipper is for an adapter whose Config has a Skipper or Next, which must be called.
	Skipper bool

	// DropsHalfClosed is for a server that drops a connection without an answer when the
	// client has ended its side. The suite then ends its side when everything is answered,
	// and waits half a second for an answer to a message that is not whole.
	DropsHalfClosed bool
}
