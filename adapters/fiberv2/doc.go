// Package sendsarfiber verifies Sendsar webhooks in Fiber v2: one line before the
// handler.
//
//	app.Post("/webhooks/sendsar", sendsarfiber.New(secret), handle)
//
// secret is the webhook secret that the Sendsar console shows, the whole string, "whsec_"
// included; one that cannot be right panics at start-up. The options of webhook.New follow
// it: previous secrets while a rotation settles, a body limit, an observer. [Config] can
// pick a secret for each request.
//
// The handler runs for verified deliveries only. It finds the signed bytes in
// c.BodyRaw and the request's stream, and in the Delivery from [FromContext]. The
// Delivery is a copy and may be kept after the handler returned; c, c.Body and c.BodyRaw
// may not: Fiber reuses their memory for the next request.
//
// A refusal is an error for the app's ErrorHandler. Its text is what a client may see
// (webhook.PublicMessage); the status (*fiber.Error) and the cause are reachable with
// errors.As and errors.Is. See [Config] for your own answer. The webhook package's
// documentation tells the errors, how to answer, and what verification does not protect
// from.
//
// # Set these in fiber.Config
//
//   - DisablePreParseMultipartForm: true. By default Fiber takes multipart bodies apart
//     before any middleware runs, and what it puts together again is not what was
//     signed: such a request is refused (400).
//   - BodyLimit no higher than your deliveries need (the webhook package's default limit
//     is 1 MiB, Fiber's is 4 MiB). Fiber allocates the announced length before any
//     middleware runs: 2,000 connections that announce 1 MiB and send nothing cost 2 GiB.
//     StreamRequestBody avoids that, and switches BodyLimit off for every other handler;
//     with it, use fasthttp 1.76 or newer. Here the Verifier's limit holds either way.
//   - ReadTimeout, or a slow client holds its connection for ever.
//
// # What a middleware cannot do for you
//
//   - c.Body, and c.BodyParser through it, inflate by the Content-Encoding header, which
//     is not signed, without a limit of their own; on failure c.Body returns an error's
//     text as if it were the body. Use c.BodyRaw or [FromContext].
//   - c.BodyParser chooses the format by the Content-Type header, which is not signed
//     either: a genuine JSON body, replayed as a form, parses to something else. Parse
//     JSON explicitly: Delivery.Event or encoding/json.
//   - c.FormValue looks into the query, which is not signed, before it looks into the body.
//   - Fiber answers "Expect: 100-continue" before any middleware runs. Without
//     StreamRequestBody it also reads the whole body: over BodyLimit the client may see a
//     closed connection instead of 413, and a BodyLimit below the Verifier's limit wins.
//   - With StreamRequestBody the body is gone after a refusal: an ErrorHandler cannot read
//     it. fasthttp before 1.78 takes a chunked body whose last chunk never came as complete; the
//     bytes are still exactly those that were signed.
//   - fasthttp 1.51, which Fiber v2 asks for, disagrees with stricter servers on where a
//     request ends: it lets the last of two Content-Length headers win, takes every
//     Transfer-Encoding but identity for chunked, and reads a chunk size of "0x10" as 0.
//     After a folded header line it takes the end of the body for the next request. This
//     middleware refuses folded lines (400) and closes the connection; your other routes do
//     not. Behind a proxy that shares connections between clients, that lets one client
//     slip in a request; here it must still be signed.
//   - fasthttp before 1.76 takes the rest of a stream that a handler left unread for the
//     next request. This middleware closes the connection whenever it refuses early; other
//     handlers do not. With ReduceMemoryUsage and StreamRequestBody together, fasthttp 1.51
//     also breaks genuine requests. Raise fasthttp in your go.mod: 1.78 has none of these
//     (1.76 and newer need Go 1.26).
//   - What fasthttp cannot parse, Fiber's default error handler answers with a text that
//     quotes the request, to whoever sent it. Set fiber.Config.ErrorHandler if you mind.
//   - A middleware before this one that inflates a body, or puts another in its place,
//     leaves something that cannot be told from a forgery (401, and the error says so)
//     unless the announced length gives it away (500). One that reads the stream itself
//     leaves a delivery that seems cut off (400, or 408 if it is chunked). Verify first.
//   - Behind adaptor.FiberApp repeated headers are merged to the last one before any
//     middleware runs. Do not put webhook.Verifier.Middleware into adaptor.HTTPMiddleware
//     in place of this package: it sees one of two signatures and buffers a whole stream,
//     and your handler finds no Delivery.
//   - Settings of a mounted sub-app do not apply; set the above on the root app.
//   - webhook.FromContext(c.UserContext()) never finds the delivery: use [FromContext].
//   - A recorded delivery can be sent again: see the webhook package on replay.
package sendsarfiber
