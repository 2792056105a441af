// Package apps has the same small application in every framework, three times: bare, with
// the verification that a team would write by hand, and with this project's middleware.
// In all of them the handler reads the body through the framework's own API and answers
// 204.
package apps

import (
	"net"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
)

// Kind is what stands between the framework and the handler.
type Kind string

// The kinds of an application.
const (
	Bare   Kind = "bare"
	ByHand Kind = "by hand"
	Ours   Kind = receivers.Ours
)

// Kinds are all of them.
var Kinds = []Kind{Ours, ByHand, Bare}

// App is an application that can be called in its own process and served.
type App struct {
	// Chain returns one delivery through the whole handler chain, without a connection.
	Chain func(body []byte, signature string) func() error
	// Serve serves until Stop, then returns nil.
	Serve func(net.Listener) error
	Stop  func() error
}

// Framework makes its applications.
type Framework struct {
	Name string
	New  func(Kind) App
}

// Frameworks are all that there is middleware for.
var Frameworks = []Framework{
	{"net/http", newNetHTTP},
	{"Gin", newGin},
	{"Echo v4", newEchoV4},
	{"Echo v5", newEchoV5},
	{"Fiber v2", func(kind Kind) App { return newFiberV2(kind, false) }},
	{"Fiber v3", func(kind Kind) App { return newFiberV3(kind, false) }},
}

// Streaming are the Fibers that read a body while its handler runs.
var Streaming = []Framework{
	{"Fiber v2, streaming", func(kind Kind) App { return newFiberV2(kind, true) }},
	{"Fiber v3, streaming", func(kind Kind) App { return newFiberV3(kind, true) }},
}
