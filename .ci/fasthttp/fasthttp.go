// Package fasthttp is no more than a build list: Fiber v2 on the newest fasthttp, for
//
//	go test github.com/sendsar-community/webhooks-go/adapters/fiberv2
//
// in this folder. Fiber v2 itself asks for fasthttp 1.51.
package fasthttp

import (
	_ "github.com/valyala/fasthttp" // the version in go.mod

	_ "github.com/sendsar-community/webhooks-go/adapters/fiberv2" // the tests that run on it
)
