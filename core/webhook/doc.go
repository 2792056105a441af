// Package webhook verifies the webhook deliveries that Sendsar signs, and hands
// the handler the exact bytes that were signed.
//
// Sendsar POSTs every event with the header
//
//	X-Webhook-Signature: sha256=<64 lower-case hex digits>
//
// an HMAC-SHA256 of the raw request body. The key is the whole secret string as
// the console shows it, "whsec_" included, never base64- or hex-decoded (Sendsar
// documentation, "Webhooks").
//
// # Use
//
// For net/http, chi and everything else that takes a func(http.Handler)
// http.Handler, one line verifies an endpoint:
//
//	mux.Handle("POST /webhooks/sendsar", webhook.MustNew(secret, webhook.WithLogger(slog.Default())).Middleware(h))
//
// The handler h runs only for a verified delivery. It reads the body as always,
// or takes the [Delivery] from [FromContext]. Gin, Echo and Fiber have adapters of
// their own beside this module; each is this package's engine in that framework's
// idiom.
//
// Put the middleware before everything that reads or changes the body. A body whose
// length no longer matches the announced one, or that was closed, is refused as
// [ErrBodyAltered]; one that was changed and kept its length, or whose length was not
// announced, as a mismatch. A decompressor behind the middleware gives the handler other
// bytes than those that were signed; these stay in Delivery.Body.
//
// # Secrets
//
// secret is the webhook secret that the console shows, not the API key (sk_…). [New]
// refuses one that cannot be right, so that the program stops at start-up instead of
// refusing deliveries later on. While a rotation settles, accept the old one too ([WithPreviousSecrets]). For
// secrets that change while the program runs, and for several accounts on one endpoint,
// pick a Verifier for each request ([MiddlewareFor]).
//
// # How to answer
//
// A 2xx within 10 seconds means to Sendsar that you have the event: send it after the
// event is stored. Anything else is a failed delivery. Expect neither a retry nor exactly
// one delivery.
// Acknowledge whatever was signed, a body that is no event ([Delivery.Event]) too.
//
// # What is refused
//
// The header is looked at before one byte of the body is read: a request without a
// well-formed signature costs no memory for its body, and net/http does not answer its
// "Expect: 100-continue" with 100. (Fiber reads the body before any middleware runs,
// unless it streams.) A body
// over the limit ([DefaultMaxBodyBytes], [WithMaxBodyBytes]) is refused, and one
// that ends early or fails to arrive is never judged by its first part. Every
// refusal is one of the package's errors; [StatusCode], [PublicMessage] and
// [Reason] return the status, the text for the client and the label for a metric.
//
// The middleware answers a refusal itself, with a text that gives no reason. [WithLogger]
// logs the reason.
//
// # What verification does not protect from
//
// Only the body is signed. Path, query, method, Content-Type and every other
// header are not: parse the body as JSON explicitly ([Delivery.Event]), never by
// its Content-Type. There is no timestamp and no delivery id in the scheme, so a
// recorded delivery can be replayed and verifies again: store the SHA-256 of
// Delivery.Body under a unique key, in the same transaction as the effect.
// A body logger or an error tracker that records headers and bodies keeps both
// signature and body: anyone who reads its store can replay the delivery.
//
// Slow clients are the server's matter: set ReadHeaderTimeout and ReadTimeout.
// [http.TimeoutHandler] around the handler or the whole app is safe too. Memory in the
// worst case is about the number of connections times the body limit, once each has sent
// 64 KiB. An h2c upgrade (golang.org/x/net/http2/h2c) buffers the whole body of a request
// that says "Upgrade: h2c", unsigned and without a limit, before any handler runs: do not
// enable it on a public listener.
//
// This is a community project. It is not affiliated with Sendsar.
package webhook
