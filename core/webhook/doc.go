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
//	mux.Handle("POST /webhooks/sendsar", webhook.MustNew(secret).Middleware(h))
//
// The handler h runs only for a verified delivery. It reads the body as always,
// or takes the [Delivery] from [FromContext]. Gin, Echo and Fiber have adapters of
// their own beside this module; each is this package's engine in that framework's
// idiom.
//
// Put the middleware before everything that reads or changes the body. A body whose
// length is not the announced one any more is refused as [ErrBodyAltered]; one that was
// changed and kept its length, or whose length was not announced, as a mismatch.
//
// # Secrets
//
// secret is the webhook secret that the console shows, not the API key (sk_…). [New]
// refuses one that cannot be right: it stops the program at start-up, and not deliveries
// later on. While a rotation settles, accept the old one too ([WithPreviousSecrets]). For
// secrets that change while the program runs, and for several accounts on one endpoint,
// pick a Verifier for each request ([MiddlewareFor]).
//
// # How to answer
//
// A 2xx within 10 seconds tells Sendsar that you have the event: send it after the event
// is stored. Anything else is a failed delivery; whether one comes again is not documented.
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
// [Reason] tell the status, the text for the client and the label for a metric.
//
// # What verification does not protect from
//
// Only the body is signed. Path, query, method, Content-Type and every other
// header are not: parse the body as JSON explicitly ([Delivery.Event]), never by
// its Content-Type. There is no timestamp and no delivery id in the scheme, so a
// recorded delivery can be replayed and verifies again: store the SHA-256 of
// Delivery.Body under a unique key, in the same transaction as the effect.
// Slow clients are the server's matter: set ReadHeaderTimeout and ReadTimeout.
// Memory in the worst case is about the number of connections times the body limit,
// once each has sent 64 KiB.
//
// This is a community project. It is not affiliated with Sendsar.
package webhook
