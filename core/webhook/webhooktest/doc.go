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
// webhook.WithPreviousSecrets it is one that arrives during a rotation. [Load] returns a
// delivery that was saved, as `sendsar-webhook listen -save` does it.
//
// # Testing an adapter
//
// An adapter lets one framework use package webhook. [Run] sends it hostile and genuine
// traffic over TCP, byte by byte as no HTTP client would, and reports what does not behave
// as package webhook documents. [RunStart] does the same for the moment at which the adapter
// is made. An adapter for another framework is done when both pass for every setting of the
// framework that changes how a header, a body or a route arrives.
//
// A conformance test is one function, start, that brings up a server for a [Receiver]. A
// function requestOf that makes a [Request] of what the framework and the adapter's
// FromContext give serves the handler, the ErrorHandler and a middleware alike. Set its ID
// from the header [IDHeader]: without it, many cases are skipped, as [Request] says.
//
//  1. Make an app of the framework, with its recovery middleware outermost, and with all of
//     its logs, if it has any, going to Receiver.Log. A framework without a recovery
//     middleware may end the process when a handler panics: write one for the test. If the
//     recovery logs the request's headers, keep its log out of Receiver.Log, and warn users
//     in the adapter's documentation. Set a body limit of the framework's own to 8 MiB, above
//     all bodies that the adapter must accept, and the server's read timeout to
//     Receiver.ReadTimeout if that is not zero.
//  2. Register one handler at Receiver.Path, for each of Receiver.Methods, with the adapter
//     before it, and the same handler without the adapter at Receiver.OpenPath.
//  3. Make the adapter: if Receiver.Secret is set by New(Secret, Options...), otherwise by
//     WithConfig with Receiver.Verifier, or with a Config.VerifierFor that returns what
//     Receiver.VerifierFor returns, if that is set. If Receiver.Skipper is set and Config has
//     a Skipper or Next, let it return what Receiver.Skipper returns.
//  4. If Receiver.OnRefusal is not Default, give the Config an ErrorHandler that calls
//     Receiver.Refused with the error and requestOf, and then does what OnRefusal says.
//  5. If Receiver.Outer is set, put a second instance of the adapter, made of that Verifier
//     alone, before the first one.
//  6. Before both, put a middleware. If Receiver.Alter is set, it replaces the request's body
//     by Alter's and nothing else, the announced length least of all. If Receiver.Context is
//     set, it gives the request the context that Context returns for the one that it had,
//     which must not be an object that the framework uses again. If Receiver.EarlierStatus or
//     EarlierBody is set, it sets these, if the framework can hold them back until the
//     handlers have run.
//  7. When the rest of the chain has returned, that middleware calls Receiver.Returned with
//     requestOf.
//  8. The handler calls Receiver.Handle with requestOf, and answers with the text that
//     Handle returns. It sets the status 200 itself, as an earlier middleware may have set
//     another. If Receiver.Handler is set, the handler is the adapter's Handle(Handler)
//     instead.
//  9. Listen on 127.0.0.1:0, not in memory: framings, early refusals and what is left on a
//     connection are a good part of the suite. Register the server's end with t.Cleanup,
//     and return the base URL.
//
// The groups of cases are genuine and framework API (what must arrive, and how it can be
// read), handler (one that panics), handle (the adapter's Handle, and what it logs), header,
// key and body (signatures that are wrong in one way), framing, limit, connection and
// smuggling (wrong lengths, and what becomes of the rest), ambiguous (messages whose end two
// servers may see in two places), early refusal, sending on and timeout (answers that must not
// wait for the body), route (other methods, other spellings of the path, a route without the
// adapter), exemption (requests that claim to need no signature), verifier for, new, skipper
// and second instance (how the adapter is made), error handler, earlier answer, order and read
// error (middlewares before and after a refusal), context, observer (what is counted and
// logged) and concurrency.
//
// Some rules hold in every case. A Delivery has exactly the bytes that were signed with the
// secret of its SecretIndex, in a slice without spare capacity that nobody else writes to. It
// is not kept under a key and as a value that every package can make. FromContext is false in
// an ErrorHandler and after a refusal. No handler runs when the request was answered already.
// Every 401 has the same header, Date and Connection apart, and the same text, the public
// one. No answer shows a secret, nor a signature that the client did not send; no 401, no
// error that an ErrorHandler gets, and no log, shows any signature or body. (A log may show
// the first line of a request, with what the client wrote there.) A [Difference] excuses none
// of this.
//
// # When a case fails
//
// Most failures of a new adapter are the framework's own behaviour, and most of that can be
// mended in the adapter, by wrapping the reader that the engine gets or by setting the
// response. Where the framework answers before the adapter sees the request, nothing can
// be: declare a Difference, and tell users in the adapter's documentation. A failing run
// ends with the declarations to paste. [BuffersFirst] and [AnswersExpect] are the usual
// ones.
//
// # What Run cannot see
//
// Leave these to the adapter's own tests: the shape of its rejection, what it does behind
// middlewares that compress, buffer or time out, what a framework's own errors become that an
// ErrorHandler returns, memory, and HTTP/2.
//
// # How this package is built
//
// A file calls only what is before it in this list: request.go, receiver.go (what a receiver
// is asked for), wire.go (messages), failure.go (what is logged of a handler that failed),
// record.go (what happens inside a receiver), journal.go (what is logged), observed.go (what
// came of a case), want.go (what should), client.go (the conversation), cases.go and cases_*.go
// (the cases, as data), all.go (their order), difference.go, suite.go, rules.go (what holds in
// every case), report.go, judge.go (one case), run.go and start.go.
package webhooktest
