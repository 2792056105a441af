// By hand in both majors: timeouts, sizes and h2c differ between Echo v4 and v5.

//go:generate env GOWORK=off go run -C ../../.ci/majors . echov4

// Package sendsarecho verifies Sendsar webhooks in Echo v4 with one line on the route:
//
//	logged := webhook.WithLogger(slog.Default()) // logs why a delivery was refused
//	e.POST("/webhooks/sendsar", sendsarecho.Handle(events.Deliver), sendsarecho.New(secret, logged))
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
// from c.Request().Body, with c.Bind, or from the Delivery that [FromContext] returns. The
// first two read the body to its end; after that, only Delivery.Body has it. The Delivery
// may be kept after the handler returned. Do not keep c itself: Echo reuses it.
//
// # Refusals
//
// The middleware answers a refusal itself: the status is webhook.StatusCode(err), and the
// body is {"message":"…"} with webhook.PublicMessage(err). It returns nil, so that neither
// another middleware nor the app's HTTPErrorHandler renders the refusal again or shows the
// reason to the client. Echo's logger therefore shows the status only: set
// webhook.WithLogger (or webhook.WithObserver) to see the reason. Config.ErrorHandler can
// answer instead.
//
// # Mount it on the route
//
// Verify first. If Decompress or another middleware before this one reads the body without
// putting it back, closes it or inflates it, the signed bytes are gone. With an announced
// length that is an internal error (500, webhook.ErrBodyAltered). A chunked body then looks
// like a forgery (401, and the logged error gives a hint). Decompress works after this
// middleware, but Echo v4's has no size limit; Delivery.Body then still has the bytes as
// they came. BodyLimit may come before it: a body that BodyLimit refuses still gets 413.
// BodyDump puts the body back, but reads it before the signature is checked. The CSRF
// middleware, and MethodOverride with MethodFromForm, which reads a form's body, break
// webhooks: keep them off this route.
//
// # Timeouts
//
// These are safe: ReadTimeout and ReadHeaderTimeout of the server (e.Server, or
// e.TLSServer for StartTLS), Echo's ContextTimeout, and http.TimeoutHandler around the
// whole app. e.Start sets no timeouts, so a slow client keeps its connection for ever.
//
// Echo's Timeout middleware, echo.WrapMiddleware around http.TimeoutHandler, and a
// middleware that runs next in a goroutine of its own, are not safe. They answer early
// while the chain runs on, and Echo gives the context to another request that the abandoned
// chain then shares. This package notices if that happens while it reads the body, which is
// the time that a slow sender controls, or while [Handle] runs: it returns an error and
// does not touch the other request. A middleware in between that renders errors, as Echo's
// logger does, still writes this one into the other request's answer. This package cannot
// help at other times, when other middlewares and your own handlers use the context. A
// panic inside WrapMiddleware around http.TimeoutHandler, such as VerifierFor's, can become
// an empty 200.
//
// # What a middleware cannot do for you
//
//   - c.Bind chooses the format by the Content-Type header, which is not signed: a genuine
//     JSON body that is replayed as a form binds to something else. Parse JSON explicitly:
//     Delivery.Event.
//   - With StartH2CServer, or x/net's h2c handler around the app, a request with "Upgrade:
//     h2c" has its whole body buffered, without a limit, before any middleware runs. Do
//     not use it on a public listener.
//   - Error trackers such as Sentry, and middlewares that log requests (BodyDump), may
//     record the signature and the body. Anyone who reads both can send the delivery again.
//   - webhook.FromContext(c.Request().Context()) compiles and never finds the delivery: use
//     [FromContext].
//   - Skipper runs before the signature is checked: never let it decide by what the client
//     sends.
//   - A recorded delivery can be sent again: the webhook package explains replay.
package sendsarecho
