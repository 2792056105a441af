// Package webhooktest makes signed requests for tests of webhook handlers. It also contains
// the conformance suite that every adapter of package webhook passes.
//
// # Testing a handler
//
// [NewRequest] returns a delivery as Sendsar sends it. [NewSecret] returns a random secret
// for the test:
//
//	secret := webhooktest.NewSecret()
//	r := webhooktest.NewRequest("/webhooks/sendsar", secret, body)
//	handler.ServeHTTP(httptest.NewRecorder(), r)
//
// A request signed with any other secret is a forged delivery. A request signed with a
// secret given to webhook.WithPreviousSecrets is a delivery that arrives during a rotation.
// [Load] returns a delivery that `sendsar-webhook listen -save` saved.
//
// # Testing an adapter
//
// An adapter lets one framework use package webhook. [Run] sends it hostile and genuine
// traffic over TCP, byte by byte as no HTTP client would. It reports every behaviour that
// differs from the documentation of package webhook. [RunStart] tests how the adapter is
// made at start-up. An adapter for another framework is done when both pass for every
// setting of the framework that changes how a header, a body or a route arrives.
//
// A conformance test consists of one function, start, that brings up a server for a
// [Receiver]. Write one function requestOf that builds a [Request] from the framework's
// request and the adapter's FromContext. The handler, the ErrorHandler and a middleware all
// use it. Set the Request's ID from the header [IDHeader]: without it, many cases are
// skipped (see [Request]).
//
//  1. Make an app of the framework. Put its recovery middleware outermost, and send all of
//     the app's logs to Receiver.Log. If the framework has no recovery middleware, a panic in a
//     handler may end the process: write a recovery middleware for the test. If the recovery
//     logs the request's headers, keep its log out of Receiver.Log, and warn users in the
//     adapter's documentation. If the framework has a body limit of its own, set it to
//     8 MiB, which is above all bodies that the adapter must accept. Set the server's read
//     timeout to Receiver.ReadTimeout if that is not zero.
//  2. Register one handler at Receiver.Path, for each of Receiver.Methods, with the adapter
//     before it. Register the same handler without the adapter at Receiver.OpenPath.
//  3. Make the adapter. If Receiver.Secret is set, use New(Secret, Options...). Otherwise use
//     WithConfig with Receiver.Verifier, or, if Receiver.VerifierFor is set, with a
//     Config.VerifierFor that returns the result of Receiver.VerifierFor. If Receiver.Skipper
//     is set and Config has a Skipper or Next, let it return the result of Receiver.Skipper.
//  4. If Receiver.OnRefusal is not Default, give the Config an ErrorHandler. It calls
//     Receiver.Refused with the error and requestOf, and then does what OnRefusal says.
//  5. If Receiver.Outer is set, put a second instance of the adapter, made from that Verifier
//     alone, before the first one.
//  6. Put a middleware before both. If Receiver.Alter is set, the middleware replaces the
//     request's body with Alter's, and changes nothing else, in particular not the announced
//     length. If Receiver.Context is set, the middleware passes the request's context to
//     Context and gives the request the result. The context that it passes must not be an
//     object that the framework reuses. If Receiver.EarlierStatus or EarlierBody is set, the
//     middleware sets these, provided that the framework can hold them back until the
//     handlers have run.
//  7. When the rest of the chain has returned, that middleware calls Receiver.Returned with
//     requestOf.
//  8. The handler calls Receiver.Handle with requestOf, and answers with the text that
//     Handle returns. It sets the status 200 itself, as an earlier middleware may have set
//     another. If Receiver.Handler is set, use the adapter's Handle(Handler) as the handler
//     instead.
//  9. Listen on 127.0.0.1:0, not in memory: a good part of the suite tests framings, early
//     refusals, and the bytes left on a connection. Stop the server in t.Cleanup, and return
//     the base URL.
//
// These are the groups of cases:
//
//   - genuine and framework API: what must arrive, and how it can be read
//   - handler: a handler that panics
//   - handle: the adapter's Handle, and what it logs
//   - header, key and body: signatures that are wrong in one way
//   - framing, limit, connection and smuggling: wrong lengths, and what happens to the bytes
//     that are left
//   - ambiguous: messages whose end two servers may see in two places
//   - early refusal, sending on and timeout: answers that must not wait for the body
//   - route: other methods, other spellings of the path, a route without the adapter
//   - exemption: requests that claim to need no signature
//   - verifier for, new, skipper and second instance: the ways to make the adapter
//   - error handler, earlier answer, order and read error: middlewares before and after a
//     refusal
//   - context and observer: the context that callbacks get, and what is counted and logged
//   - concurrency: many deliveries at the same time
//
// Some rules hold in every case, and a [Difference] excuses none of them:
//
//   - A Delivery has exactly the bytes that were signed with the secret of its SecretIndex,
//     in a slice without spare capacity that nothing else writes to.
//   - A Delivery is not stored under a key and as a value that every package can make.
//   - FromContext returns false in an ErrorHandler and after a refusal.
//   - No handler runs after the request was answered.
//   - All 401 answers have the same header, except Date and Connection, and the same public
//     text.
//   - No answer shows a secret, or a signature that the client did not send.
//   - No 401, no error that an ErrorHandler gets, and no log shows any signature or body. (A
//     log may show the first line of a request, including what the client wrote there.)
//
// # When a case fails
//
// Most failures of a new adapter come from the framework's own behaviour. The adapter can
// correct most of it: it wraps the reader that the engine gets, or sets the response. It can
// correct nothing where the framework answers before the adapter sees the request. Declare a
// Difference then, and describe it in the adapter's documentation. A failing run ends with
// the declarations to paste. [BuffersFirst] and [AnswersExpect] are the usual ones.
//
// # What Run cannot see
//
// Cover these in the adapter's own tests: the form of its rejection; its behaviour behind
// middlewares that compress, buffer or time out; the answer to a framework's own error that
// an ErrorHandler returns; memory; HTTP/2.
//
// # How this package is built
//
// A file calls only files before it in this list: request.go, load.go, receiver.go (the
// description of a receiver), wire.go (messages), failure.go (log records of a handler that
// failed), record.go (events inside a receiver), journal.go (log output), observed.go (the
// result of a case), want.go (the expected result), client.go (the conversation), cases.go
// and cases_*.go (the cases, as data), all.go (their order), difference.go, suite.go,
// rules.go (the rules of every case), report.go, judge.go (one case), run.go and start.go.
package webhooktest
