// Package sendsarfiber verifies Sendsar webhooks in Fiber v2: one line before the
// handler.
//
//	app.Post("/webhooks/sendsar", sendsarfiber.New(secret), handle)
//
// The handler runs for verified deliveries only. It finds the signed bytes in
// c.BodyRaw and the request's stream, and in the Delivery from [FromContext]. The
// Delivery is a copy and may be kept after the handler returned; c, c.Body and c.BodyRaw
// may not: Fiber reuses their memory for the next request.
//
// A refusal is an error for the app's ErrorHandler. Its text is what a client may see
// (webhook.PublicMessage); the status (*fiber.Error) and the cause are reachable with
// errors.As and errors.Is. See [Config] for your own answer. The webhook package's
// documentation tells the errors and what verification does not protect from.
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
//   - Without StreamRequestBody Fiber reads the whole body, and answers "Expect:
//     100-continue", before any middleware runs. Over BodyLimit the client may see a
//     closed connection instead of 413, and a BodyLimit below the Verifier's limit wins.
//   - With StreamRequestBody a chunked body whose last chunk never came is taken as
//     complete. The bytes are still exactly those that were signed. After a mismatch the
//     body is gone: an ErrorHandler cannot read it.
//   - fasthttp before 1.76 takes the rest of a stream that a handler left unread for the
//     next request. This middleware closes the connection whenever it refuses early;
//     other handlers do not. fasthttp 1.51, which Fiber v2 asks for, also lets the last of
//     two Content-Length headers win, accepts "Transfer-Encoding: gzip, chunked", and can
//     crash with ReduceMemoryUsage and StreamRequestBody together. Raise fasthttp in your
//     go.mod (1.76 and newer need Go 1.26).
//   - A middleware before this one that reads or inflates a chunked body leaves something
//     that cannot be told from a forgery (401, and the error says so). Verify first.
//   - Behind adaptor.FiberApp repeated headers are merged to the last one before any
//     middleware runs. Do not put webhook.Verifier.Middleware into adaptor.HTTPMiddleware
//     in place of this package: it then sees one of two signatures, buffers a whole stream,
//     and the handler does not get the verified bytes.
//   - Settings of a mounted sub-app do not apply; set the above on the root app.
//   - webhook.FromContext(c.UserContext()) never finds the delivery: use [FromContext].
//   - A recorded delivery can be sent again: see the webhook package on replay.
package sendsarfiber
