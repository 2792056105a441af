// Package sendsargin verifies Sendsar webhooks in Gin with one line before the handler:
//
//	logged := webhook.WithLogger(slog.Default()) // logs why a delivery was refused
//	r.POST("/webhooks/sendsar", sendsargin.New(secret, logged), sendsargin.Handle(events.Deliver))
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
// A handler of your own also runs for verified deliveries only. It can read the signed
// bytes in three ways:
//
//   - c.Request.Body, c.GetRawData and every ShouldBind method: each reads the body to its
//     end.
//   - ShouldBindBodyWith: before and after those, and as often as needed.
//   - The Delivery that [FromContext] returns: it may be kept after the handler returned,
//     and c.Copy carries it.
//
// Do not keep c itself: Gin reuses it.
//
// # Refusals
//
// The middleware answers a refusal itself: the status is webhook.StatusCode(err), the body
// is {"error":"…"} with webhook.PublicMessage(err), and the chain is aborted. Nothing is
// added to c.Errors, so that no middleware renders the refusal again or shows the reason
// to the client. Gin's logger therefore shows the status only: set webhook.WithLogger (or
// webhook.WithObserver) to see the reason. Config.ErrorHandler can answer instead.
//
// # Mount it on the route, before the handler
//
// Verify first. If an earlier middleware reads the body without putting it back (as
// ShouldBindBodyWith does), closes it or inflates it, the signed bytes are gone. With an
// announced length that is an internal error (500, webhook.ErrBodyAltered). A chunked body
// then looks like a forgery (401, and the logged error gives a hint). A middleware that
// inflates the body after this one changes what ShouldBindJSON reads, but not what
// ShouldBindBodyWith reads. They then disagree, and only Delivery.Body is reliable.
//
// Mounted after the handler, the middleware protects nothing. If the response is already
// written, it refuses every request and leaves the response as it is; the logged error says
// why.
//
// CSRF protection cannot work for a webhook: keep it off this route.
//
// # Timeouts
//
// These are safe: ReadTimeout and ReadHeaderTimeout of the http.Server, and
// http.TimeoutHandler around the whole engine. Engine.Run and http.ListenAndServe set no
// timeouts, so a slow client keeps its connection for ever.
//
// A middleware that runs c.Next in a goroutine and answers before it ends is not safe. Gin
// gives the context to another request while the abandoned chain still uses it. This
// package notices if that happens while it reads the body, which is the time that a slow
// sender controls, or while [Handle] runs: it ends the abandoned goroutine and does not
// touch the other request. It cannot help at other times, when your own handlers use the
// context.
//
// # What a middleware cannot do for you
//
//   - ShouldBind and Bind choose the format by the Content-Type header, which is not
//     signed: a genuine JSON body that is replayed as a form binds to something else. Parse
//     JSON explicitly: Delivery.Event or ShouldBindJSON.
//   - With UseH2C, or x/net's h2c handler around the engine, a request with "Upgrade: h2c"
//     has its whole body buffered, without a limit, before any middleware runs. Do not
//     enable it on a public listener.
//   - Error trackers such as Sentry, and middlewares that log requests, may record the
//     signature and the body. Anyone who reads both can send the delivery again. When a
//     handler panics, Gin's Recovery logs the headers in debug mode, and in every mode if
//     it panics with http.ErrAbortHandler or with the error of a broken connection. Run in
//     release mode, and do not let Recovery write to a log that outsiders can read.
//   - c.Value and webhook.FromContext(c) compile and never find the delivery: use
//     [FromContext].
//   - A recorded delivery can be sent again: the webhook package explains replay.
package sendsargin
