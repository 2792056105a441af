// By hand in both majors: timeouts, mounting and c.Body differ between v2 and v3.

// Package sendsarfiber verifies Sendsar webhooks in Fiber v3: one line before the
// handler.
//
//	logged := webhook.WithLogger(slog.Default())
//	app.Post("/webhooks/sendsar", sendsarfiber.New(secret, logged), sendsarfiber.Handle(events.Deliver))
//
// secret is the webhook secret from the Sendsar console, the whole string with "whsec_". A
// bad secret panics at start-up. The options are those of webhook.New: previous secrets
// during a rotation, a body limit, a logger, an observer. [Config] can pick a secret for
// each request.
//
// events is a webhook.Mux, which has a function for each type of event. Any other
// webhook.Handler works too. [Handle] runs it and answers 204 if it returns nil, and 500 if
// it fails or panics. The error goes to slog's default logger.
//
// A handler of your own also runs for verified deliveries only. It reads the signed bytes
// from c.BodyRaw, from the request's stream, or from the Delivery that [FromContext]
// returns. The Delivery is a copy and may be kept after the handler returned. Do not keep
// c, c.Body or c.BodyRaw: Fiber reuses their memory for the next request.
//
// The middleware answers a refusal itself, in plain text: the status is
// webhook.StatusCode(err), and the text is webhook.PublicMessage(err). It returns nil to
// the middlewares around it, and the app's ErrorHandler is not called. Headers that other
// middlewares set stay, except those that describe a body, such as ETag. Fiber's logger
// shows the status only: set webhook.WithLogger (or webhook.WithObserver) to see the
// reason. Config.ErrorHandler can answer instead. The webhook package documents the errors,
// how to answer, and what verification does not protect from.
//
// # The connection
//
// If another server could disagree on where a message ends, the middleware makes the server
// answer once and then close the connection. Such a message has a length and a transfer
// coding, a transfer coding in HTTP/1.0, trailers, or an unusual line end, name, length or
// coding. A message with a folded header line is also refused. With StreamRequestBody, most
// refusals come before the body has been read. The middleware then writes the answer from a
// hijack handler of its own. It reads on for up to a second before it closes the
// connection, so that the sender can read the answer. Do not hijack the connection of a
// request that this middleware refused.
//
// The connection also ends after the answer if an earlier middleware changes or deletes a
// request header whose value contains a blank or ends with the same bytes twice (as "100"
// does), because that looks like a folded line. In a chunked request, an added request
// header has the same effect, because it looks like a trailer.
//
// # Mount it on the route
//
// If Fiber refuses a request itself (413, 431, a body that it cannot read), it runs the
// middlewares of app.Use and app.Group once more, with what it has of the request. The
// client still gets Fiber's answer, but observers and loggers see a request that never
// reached a handler: webhook.ErrBodyTooLarge or ErrBodyAltered if a length was announced,
// mostly ErrMissingSignature. A complete chunked body with broken trailers is even
// verified, and a handler that is also mounted with app.Use then runs for it. A middleware
// on the route does not run again.
//
// # Set these in fiber.Config
//
//   - DisablePreParseMultipartForm: true. By default Fiber parses multipart bodies before
//     any middleware runs. The body that it re-makes from the parts is not the one that was
//     signed, so such a request is refused (400).
//   - BodyLimit no higher than your deliveries need (the webhook package's default limit is
//     1 MiB, Fiber's is 4 MiB). Fiber allocates the announced length before any middleware
//     runs: 2,000 connections that announce 1 MiB and send nothing cost 2 GiB.
//     StreamRequestBody avoids that, but it switches BodyLimit off for every other handler,
//     and fasthttp before 1.76 reads what another handler left unread of a stream as the
//     next request. With StreamRequestBody, raise fasthttp in your go.mod to 1.76 or newer
//     (it needs Go 1.26). Here the Verifier's limit holds either way.
//   - ReadTimeout, or a slow client holds its connection for ever. WriteTimeout also limits
//     the answers that this middleware writes itself.
//
// Fiber does not recover panics: one in VerifierFor, an observer or a handler of your own
// ends the process. Put Fiber's recover middleware before the route. It turns the panic
// into an error, whose text Fiber's default error handler sends to the client, so set
// fiber.Config.ErrorHandler as well. ([Handle] recovers the panics of its own handler.)
//
// # Other middlewares
//
//   - Verify first. If an earlier middleware inflates or replaces the body, the result
//     looks like a forgery (401, and the logged error gives a hint), unless the announced
//     length no longer matches (500). If it reads the stream itself, the delivery seems to
//     be cut off (400). A chunked one seems to be empty (401) or, with fasthttp before
//     1.76, late (408).
//   - A middleware after this one that inflates the body changes what c.BodyRaw returns.
//     Delivery.Body still has the signed bytes.
//   - Fiber's idempotency middleware before this one answers a forgery that repeats a key
//     with the stored answer of a genuine delivery, such as 204. The handler does not run.
//     It also stores the 500 of a [Handle] that failed, so that the delivery is not tried
//     again.
//   - Fiber's timeout middleware returns while the chain behind it still runs. This
//     middleware then cannot close the connection, and with StreamRequestBody on fasthttp
//     before 1.78 the server and the abandoned chain read from it at the same time. Use
//     ReadTimeout instead, which is always safe.
//   - A logger or an error tracker that records headers and bodies (Sentry does) has the
//     signature and the body. Anyone who reads both can send the delivery again.
//
// # What a middleware cannot do for you
//
//   - c.Body, and c.Bind, which calls it, inflate the body by the Content-Encoding header,
//     which is not signed. If that fails, for example over BodyLimit or for an unknown
//     encoding, c.Body returns an error's text as if it were the body, and may set the
//     response's status. Use c.BodyRaw or [FromContext].
//   - c.Bind().Body chooses the format by the Content-Type header, which is not signed
//     either: a genuine JSON body, replayed as a form, binds to something else. Parse JSON
//     explicitly: Delivery.Event or encoding/json.
//   - c.FormValue looks into the query, which is not signed, before it looks into the body.
//   - Fiber answers "Expect: 100-continue" before any middleware runs. Without
//     StreamRequestBody it also reads the whole body: over BodyLimit the client may see a
//     closed connection instead of 413, and a BodyLimit below the Verifier's limit wins. A
//     request that Fiber refuses there (413, 408, 400) gets Fiber's own text, and reaches
//     neither webhook.WithLogger nor webhook.WithObserver.
//   - With StreamRequestBody the body is gone after a refusal: an ErrorHandler cannot read
//     it. fasthttp before 1.78 accepts a chunked body whose last chunk never came; the
//     bytes are still exactly those that were signed.
//   - If fasthttp cannot parse a request, Fiber's default error handler sends the client a
//     text that quotes the request. Set fiber.Config.ErrorHandler if you mind.
//   - Behind adaptor.FiberApp the whole body is read before any middleware runs.
//   - Fiber accepts net/http handlers. Do not use webhook.Verifier.Middleware as one, or in
//     adaptor.HTTPMiddleware, instead of this package: it accepts a signature from a
//     trailer, and Fiber reads a whole stream before it sees the header.
//   - Settings of a mounted sub-app do not apply; set the above on the root app.
//   - webhook.FromContext compiles with c and c.Context(), and never finds the delivery:
//     use [FromContext].
//   - A recorded delivery can be sent again: the webhook package explains replay.
package sendsarfiber
