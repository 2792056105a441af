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
// The handler behind the middleware runs for verified deliveries only. A [Handler] only
// returns an error or nil: the answer is 204, or 500 if it fails. An http.Handler of your
// own reads the body as usual, or takes the [Delivery] from [FromContext]. Gin, Echo and
// Fiber have their own adapters.
//
// Put the middleware before everything that reads or changes the body: it refuses a body
// that was changed. A middleware behind it that inflates the body gives the handler other
// bytes than those that were signed; Delivery.Body still has the signed ones.
//
// # Secrets
//
// secret is the webhook secret that the console shows, not the API key (sk_…). At start-up,
// [New] returns an error for a secret that cannot be right. While a rotation settles,
// accept the old secret too ([WithPreviousSecrets]). If secrets change while the program
// runs, or if several accounts share one endpoint, pick a Verifier for each request
// ([MiddlewareFor]).
//
// # How to answer
//
// Sendsar takes a 2xx within 10 seconds to mean that you have the event: answer 2xx only
// after the event is stored. Anything else is a failed delivery. Expect neither a retry nor
// exactly one delivery. Acknowledge every signed body, even one that is not an event, as
// [Mux] does.
//
// # What is refused
//
// A request is refused if it is not genuine, too large ([WithMaxBodyBytes]) or incomplete.
// The header is checked before any byte of the body is read and before a "100 Continue" is
// sent. The middleware answers with a status and a short text, which is the same for
// everything that is not genuine; [WithLogger] logs the reason. Every refusal is one of the
// package's errors. [StatusCode], [PublicMessage] and [Reason] return its status, its text
// for the client and its label for a metric.
//
// # What verification does not protect from
//
// Only the body is signed. Path, query, method, Content-Type and all other headers are not:
// parse the body as JSON ([Delivery.Event]), whatever its Content-Type says. The scheme has
// no timestamp and no delivery id, so a recorded delivery verifies again: store the SHA-256
// of Delivery.Body under a unique key, in the same transaction as the effect. Anyone who
// can read a log of headers and bodies can replay the deliveries in it.
//
// Against slow clients, set the server's ReadHeaderTimeout and ReadTimeout.
// [http.TimeoutHandler] around the handler or the whole app is safe too. In the worst case,
// memory use is about the number of connections times the body limit. An h2c upgrade
// (golang.org/x/net/http2/h2c) buffers an unsigned body, without a limit, before any
// handler runs: do not enable it on a public listener.
//
// This is a community project. It is not affiliated with Sendsar.
package webhook
