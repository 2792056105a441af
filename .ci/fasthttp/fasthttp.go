// Package fasthttp is no more than a build list: both majors of Fiber on the newest
// fasthttp, for
//
//	go test github.com/sendsar-community/webhooks-go/adapters/fiberv2
//	go test github.com/sendsar-community/webhooks-go/adapters/fiberv3
//
// in this folder. Fiber v2 itself asks for fasthttp 1.51, and Fiber v3 for 1.73.
package fasthttp

import (
	_ "github.com/valyala/fasthttp" // the version in go.mod

	_ "github.com/sendsar-community/webhooks-go/adapters/fiberv2" // the tests that run on it
	_ "github.com/sendsar-community/webhooks-go/adapters/fiberv3"
)
