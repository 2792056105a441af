package webhooktest

import "testing"

// Suite is a conformance suite with its settings. The function [Run] uses a Suite with only
// Start and Differences. Set Start; the zero value of every other field is usable.
type Suite struct {
	// Start brings up a receiver on a real listener, stops it in t.Cleanup, and returns its
	// base URL, such as "http://127.0.0.1:34567". Neither Start nor the cases run in
	// parallel, so Start needs no locking.
	Start func(t *testing.T, r Receiver) (baseURL string)

	// Differences lists the cases in which the framework leaves an adapter no choice.
	Differences []Difference

	// NoErrorHandler is for an adapter whose Config has no ErrorHandler. It skips the cases in
	// which an ErrorHandler does more than log. Without it, each refusal must reach the
	// ErrorHandler.
	NoErrorHandler bool

	// NoHandle is for an adapter without a Handle function, which turns a webhook.Handler into
	// a handler of the framework. It skips the cases of the group handle.
	NoHandle bool

	// Skipper is for an adapter whose Config has a Skipper or Next. It must then be called.
	Skipper bool

	// DropsHalfClosed is for a server that drops a connection without an answer when the
	// client has closed its side. The suite then closes its side only after every answer, and
	// waits half a second for an answer to an incomplete message.
	DropsHalfClosed bool
}
