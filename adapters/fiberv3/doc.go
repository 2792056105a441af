// By hand in both majors: timeouts, mounting and what c.Body does are not the same in v2 and v3.

// Package sendsarfiber verifies Sendsar webhooks in Fiber v3: one line before the
// handler.
//
//	logged := webhook.WithLogger(slog.Default())
//	app.Post("/webhooks/sendsar", sendsarfiber.New(secret, logged), sendsarfiber.Handle(events.Deliver))
//
// secret is the webhook secret that the Sendsar console shows, the whole string, "whsec_"
// included; New panics on one that cannot be right, at start-up. The options of webhook.New
// follow it: previous secrets while a rotation settles, a body limit, a logger, an
// observer. [Config] can pick a secret for each request.
//
// events is a webhook.Mux, with a function for each type of event, or any other
// webhook.Handler. [Handle] answers for it: 204 when it returns nil, 500 when it fails or
// panics, and slog's default logger has the error.
//
// A handler of your own runs for verified deliveries only, too. It finds the signed bytes in
// c.BodyRaw and the request's stream, and in the Delivery from [FromContext]. The
// Delivery is a copy and may be kept after the handler returned; c, c.Body and c.BodyRaw
// may not: Fiber reuses their memory for the next request.
//
// The middleware answers a refusal itself: plain text, with the status and the text of
// webhook.StatusCode and webhook.PublicMessage. Middlewares around it see nil, and the
// app's ErrorHandler is not called. Headers that other middlewares set stay. To learn why
// a delivery was refused, use webhook.WithLogger or webhook.WithObserver; Fiber's logger
// shows the status only. [Config] has an ErrorHandler for an answer of your own. The
// webhook package documents the errors, how to answer, and what verification does not
// protect from.
//
// # The connection
//
// Where another server could disagree on where a message ends, the middleware lets the
// server answer once and then close the connection. Such a message has a length and a
// transfer coding, a transfer coding in HTTP/1.0, trailers, or an unusual line end, name,
// length or coding. A message with a folded header line is also refused. With
// StreamRequestBody a refusal mostly comes before the body has been read. The middleware
// then writes the answer from a hijack handler of its own, and reads on for up to a second
// before it closes, so that the sender can read the answer. Do not hijack the connection
// of a request that this middleware refused.
//
// A middleware before this one that changes or deletes a request header whose value has a
// blank in it ends the connection after the answer: it looks like a line that was folded.
// One that adds a request header does so for chunked requests.
//
// # Mount it on the route
//
// Fiber runs what app.Use and app.Group mount once more for a request that it refuses
// itself (413, 431, a body that it cannot read), with what it has of the request. The
// client gets Fiber's answer all the same, but an observer and a logger see a request that
// never reached a handler: webhook.ErrBodyTooLarge or ErrBodyAltered where a length was
// announced, mostly ErrMissingSignature. A chunked body that is whole, with broken trailers
// behind it, is even judged, and a handler that app.Use mounts too runs for it. On the
// route, nothing of that happens.
//
// # Set these in fiber.Config
//
//   - DisablePreParseMultipartForm: true. By default Fiber takes multipart bodies apart
//     before any middleware runs, and what it puts together again is not what was
//     signed: such a request is refused (400).
//   - BodyLimit no higher than your deliveries need (the webhook package's default limit
//     is 1 MiB, Fiber's is 4 MiB). Fiber allocates the announced length before any
//     middleware runs: 2,000 connections that announce 1 MiB and send nothing cost 2 GiB.
//     StreamRequestBody avoids that, but it switches BodyLimit off for every other handler,
//     and fasthttp before 1.76 takes the rest of a stream that another handler left unread
//     for the next request. With StreamRequestBody, raise fasthttp in your go.mod to 1.76
//     or newer (it needs Go 1.26). Here the Verifier's limit holds either way.
//   - ReadTimeout, or a slow client holds its connection for ever. WriteTimeout limits the
//     answers that this middleware writes itself, too.
//
// Fiber recovers no panic: one in VerifierFor, an observer or a handler of your own ends the
// process. Put Fiber's recover middleware before the route. It makes an error of the panic,
// whose text Fiber's default error handler sends to the client: set fiber.Config.ErrorHandler
// as well. ([Handle] takes care of its own handler's.)
//
// # Other middlewares
//
//   - Verify first. A middleware before this one that inflates a body, or puts another in
//     its place, leaves something that cannot be told from a forgery (401, and the error
//     says so) unless the announced length gives it away (500). One that reads the stream
//     itself leaves a delivery that seems cut off (400) or, if it is chunked, empty (401)
//     or, with fasthttp before 1.76, late (408).
//   - A middleware behind this one that inflates the body replaces what c.BodyRaw returns.
//     Delivery.Body stays what was signed.
//   - Fiber's idempotency middleware before this one answers a forgery that repeats a key
//     with the stored answer of a genuine delivery, such as 204. The handler does not run.
//     It also stores the 500 of a [Handle] that failed, which is then not tried again.
//   - Fiber's timeout middleware returns while the chain behind it still runs. This
//     middleware then cannot close the connection, and with StreamRequestBody on fasthttp
//     before 1.78 the server and the abandoned chain read from it at the same time. Use
//     ReadTimeout instead, which is always safe.
//   - A logger or an error tracker that records headers and bodies (Sentry does) has the
//     signature and the body. Together they can be sent again, and are accepted.
//
// # What a middleware cannot do for you
//
//   - c.Body, and c.Bind through it, inflate by the Content-Encoding header, which is not
//     signed; where that fails, over BodyLimit or for an encoding that Fiber does not know,
//     c.Body returns an error's text as if it were the body, and may set the response's
//     status. Use c.BodyRaw or [FromContext].
//   - c.Bind().Body chooses the format by the Content-Type header, which is not signed
//     either: a genuine JSON body, replayed as a form, binds to something else. Parse JSON
//     explicitly: Delivery.Event or encoding/json.
//   - c.FormValue looks into the query, which is not signed, before it looks into the body.
//   - Fiber answers "Expect: 100-continue" before any middleware runs. Without
//     StreamRequestBody it also reads the whole body: over BodyLimit the client may see a
//     closed connection instead of 413, and a BodyLimit below the Verifier's limit wins.
//     What Fiber refuses there (413, 408, 400) has Fiber's own text, and no record of
//     webhook.WithLogger or webhook.WithObserver.
//   - With StreamRequestBody the body is gone after a refusal: an ErrorHandler cannot read
//     it. fasthttp before 1.78 takes a chunked body whose last chunk never came as complete;
//     the bytes are still exactly those that were signed.
//   - What fasthttp cannot parse, Fiber's default error handler answers with a text that
//     quotes the request, to whoever sent it. Set fiber.Config.ErrorHandler if you mind.
//   - Behind adaptor.FiberApp the whole body is read before any middleware runs.
//   - Fiber takes net/http handlers. Do not give it webhook.Verifier.Middleware, nor put
//     that into adaptor.HTTPMiddleware, in place of this package: it believes a signature
//     that comes in a trailer, and Fiber reads a stream whole before it sees the header.
//   - Settings of a mounted sub-app do not apply; set the above on the root app.
//   - webhook.FromContext compiles with c and c.Context(), and never finds the delivery:
//     use [FromContext].
//   - A recorded delivery can be sent again: see the webhook package on replay.
package sendsarfiber
