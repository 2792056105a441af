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
// For net/http, chi and everything else that takes a func(http.Handler) http.Handler:
//
//	var events webhook.Mux
//	events.On(webhook.EventMessageCreated, storeMessage) // func(ctx, webhook.Event) error
//	verifier := webhook.MustNew(secret, webhook.WithLogger(slog.Default()))
//	mux.Handle("POST /webhooks/sendsar", verifier.Middleware(webhook.Handler(events.Deliver)))
//
// What is behind the middleware runs for verified deliveries only. A [Handler] is answered
// for: 204, or 500 if it fails. An http.Handler of your own reads the body as always, or
// takes the [Delivery] from [FromContext]. Gin, Echo and Fiber have adapters of their own.
//
// Put the middleware before everything that reads or changes the body: it refuses what
// others made of it. What inflates the body behind it gives the handler other bytes than
// those that were signed; these stay in Delivery.Body.
//
// # Secrets
//
// secret is the webhook secret that the console shows, not the API key (sk_…). [New]
// refuses one that cannot be right, at start-up. While a rotation settles, accept the old
// one too ([WithPreviousSecrets]). For secrets that change while the program runs, and for
// several accounts on one endpoint, pick a Verifier for each request ([MiddlewareFor]).
//
// # How to answer
//
// A 2xx within 10 seconds means to Sendsar that you have the event: send it after the
// event is stored. Anything else is a failed delivery. Expect neither a retry nor exactly
// one delivery. Acknowledge whatever was signed, a body that is no event too, as [Mux] does.
//
// # What is refused
//
// Whatever is not genuine, too large ([WithMaxBodyBytes]) or not whole. The header is looked
// at before one byte of the body is read, or a "100 Continue" sent. The middleware answers
// with a text that gives no reason; [WithLogger] logs the reason. Every refusal is one of the
// package's errors, of which [StatusCode], [PublicMessage] and [Reason] return the status,
// the text for the client and the label for a metric.
//
// # What verification does not protect from
//
// Only the body is signed. Path, query, method, Content-Type and every other header are
// not: parse the body as JSON ([Delivery.Event]), never by its Content-Type. There is no
// timestamp and no delivery id in the scheme, so a recorded delivery verifies again: store
// the SHA-256 of Delivery.Body under a unique key, in the same transaction as the effect.
// Whoever reads a log of headers and bodies can replay what is in it.
//
// Slow clients are the server's matter: set ReadHeaderTimeout and ReadTimeout.
// [http.TimeoutHandler] around the handler or the whole app is safe too. Memory in the
// worst case is about the number of connections times the body limit. An h2c upgrade
// (golang.org/x/net/http2/h2c) buffers an unsigned body, without a limit, before any
// handler runs: do not enable it on a public listener.
//
// This is a community project. It is not affiliated with Sendsar.
package webhook
