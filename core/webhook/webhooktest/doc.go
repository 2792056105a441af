// Package webhooktest makes signed requests for tests of webhook handlers, and holds
// the conformance suite that every adapter of package webhook passes.
//
// # Testing a handler
//
// [NewRequest] is a delivery as Sendsar sends it; [NewSecret] a secret made up for the
// test:
//
//	secret := webhooktest.NewSecret()
//	r := webhooktest.NewRequest("/webhooks/sendsar", secret, body)
//	handler.ServeHTTP(httptest.NewRecorder(), r)
//
// Signed with another secret it is a forged delivery, signed with the one given to
// webhook.WithPreviousSecrets it is one that arrives during a rotation.
//
// # Testing an adapter
//
// An adapter lets one framework use package webhook. [Run] sends it hostile and genuine
// traffic over TCP, byte by byte as no HTTP client would, and tells what does not behave
// as package webhook documents. An adapter for another framework is done when Run passes
// and its own tests cover what Run cannot see (below).
//
// A conformance test is one function, start, that brings up a server for a [Receiver]:
//
//  1. Make an app of the framework with one POST route at Receiver.Path, the adapter with
//     Receiver.Verifier before it. Set limits of the framework's own so that
//     Receiver.MaxBodyBytes can be reached.
//  2. If Receiver.Alter is set, put a middleware before the adapter that replaces the
//     request's body by Alter's and nothing else, the announced length least of all.
//  3. If Receiver.OnRefusal is not Default, give the adapter's Config an ErrorHandler that
//     calls Receiver.Refused and then does what OnRefusal says.
//  4. In the handler, make a [Request] of what the framework and the adapter's FromContext
//     give, call Receiver.Handle with it, and answer 200 with the text that Handle returns.
//  5. Listen on 127.0.0.1:0, not in memory: framings, early refusals and what is left on a
//     connection are a good part of the suite. Register the server's end with t.Cleanup,
//     and return the base URL.
//
// If the framework has settings that change how a body arrives (buffered or streamed, say),
// call Run for each.
//
// The groups of cases are genuine and framework API (what must arrive, and how it can be
// read), header, key and body (signatures that are wrong in one way), framing, limit,
// connection and smuggling (lengths that lie, and what becomes of the rest), ambiguous
// (messages whose end two servers may see in two places), early refusal
// (answers that must not wait for the body), error handler, order and read error
// (middlewares before and after a refusal), observer (what is counted and logged) and
// concurrency.
//
// Some rules hold in every case. A handler with a Delivery has the very bytes of which a
// signature was sent, under the secret that SecretIndex names, in a slice without spare
// capacity that nobody else writes to. Every 401 has the same header and text, the public
// one. No answer shows a secret, nor a signature that the client did not send; no 401, and
// no error that an ErrorHandler gets, shows any signature or body. A [Difference] excuses
// none of this.
//
// # When a case fails
//
// Most failures of a new adapter are the framework's own behaviour, and most of that can be
// mended in the adapter, by wrapping the reader that the engine gets or by setting the
// response. Where the framework answers before the adapter sees the request, nothing can
// be: declare a Difference, with the outcome that the failing case prints, and tell users
// in the adapter's documentation.
//
// # What Run cannot see
//
// Leave these to the adapter's own tests: skipped requests (Skipper, Next), Config's
// VerifierFor, panics at start-up, what the framework logs, the shape of its rejection,
// FromContext on a route without the adapter, timeouts of the server, memory, and HTTP/2.
package webhooktest
