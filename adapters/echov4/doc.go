// Package sendsarecho verifies Sendsar webhooks in Echo v4: one line on the route.
//
//	e.POST("/webhooks/sendsar", handle, sendsarecho.New(secret))
//
// secret is the webhook secret that the Sendsar console shows, the whole string, "whsec_"
// included; one that cannot be right panics at start-up. The options of webhook.New follow
// it: previous secrets while a rotation settles, a body limit, an observer. [Config] can
// pick a secret for each request.
//
// The handler runs for verified deliveries only. It finds the signed bytes in
// c.Request().Body and through c.Bind, and in the Delivery from [FromContext], which
// may be kept after the handler returned. The context c itself may not be kept: Echo
// reuses it.
//
// A refusal is an *echo.HTTPError for the app's HTTPErrorHandler, with the status that
// webhook.StatusCode tells; Echo's default one answers {"message":"…"}. Its cause is
// reachable with errors.Is. See [Config] for your own answer. The webhook package's
// documentation tells the errors, how to answer, and what verification does not protect
// from.
//
// # Mount it on the route
//
// Verify first: Decompress before this middleware, or anything that reads the body and
// does not put it back, leaves bytes that were not signed. With an announced length that
// is an internal error (500, webhook.ErrBodyAltered); with a chunked body it cannot be
// told from a forgery (401, and the error says so). After this middleware, Decompress
// works; Echo v4's has no size limit of its own. BodyLimit before it is fine: what it
// refuses stays 413. The CSRF middleware, and MethodOverride with MethodFromForm, which
// reads a form's body, break webhooks: keep them off this route.
//
// # What a middleware cannot do for you
//
//   - c.Bind chooses the format by the Content-Type header, which is not signed: a
//     genuine JSON body, replayed as a form, binds to something else. Parse JSON
//     explicitly: Delivery.Event or encoding/json.
//   - e.Start sets no timeouts, so a slow client holds its connection for ever. Set
//     e.Server.ReadHeaderTimeout and e.Server.ReadTimeout (e.TLSServer's for StartTLS).
//   - With e.Debug, Echo's error handler tells the client why a delivery was refused.
//     Leave it off in production.
//   - webhook.FromContext(c.Request().Context()) never finds the delivery: use
//     [FromContext].
//   - A recorded delivery can be sent again: see the webhook package on replay.
package sendsarecho
