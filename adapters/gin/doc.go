// Package sendsargin verifies Sendsar webhooks in Gin: one line before the handler.
//
//	r.POST("/webhooks/sendsar", sendsargin.New(secret), handle)
//
// secret is the webhook secret that the Sendsar console shows, the whole string, "whsec_"
// included; one that cannot be right panics at start-up. The options of webhook.New follow
// it: previous secrets while a rotation settles, a body limit, an observer. [Config] can
// pick a secret for each request.
//
// The handler runs for verified deliveries only. It finds the signed bytes where it
// looks for a body in Gin: c.Request.Body, c.GetRawData and every ShouldBind method, each
// of which reads the body to its end; ShouldBindBodyWith, before and after them and as
// often as it likes; and in the Delivery from [FromContext], which may be kept after the
// handler returned and is carried by c.Copy. The context c itself may not be kept: Gin
// reuses it.
//
// A refusal is recorded with c.Error, for Gin's logger, and answered with the status that
// webhook.StatusCode tells and {"error":"…"}; see [Config] for your own answer. The
// webhook package's documentation tells the errors, how to answer, and what verification
// does not protect from.
//
// # Mount it on the route
//
// Verify first: a middleware before this one that reads the body and does not put it
// back (ShouldBindBodyWith) or inflates it leaves bytes that were not signed. With an
// announced length that is an internal error (500, webhook.ErrBodyAltered); with a
// chunked body it cannot be told from a forgery (401, and the error says so). CSRF
// protection cannot work for a webhook: keep it off this route.
//
// # What a middleware cannot do for you
//
//   - ShouldBind and Bind choose the format by the Content-Type header, which is not
//     signed: a genuine JSON body, replayed as a form, binds to something else. Parse
//     JSON explicitly: Delivery.Event or ShouldBindJSON.
//   - Engine.Run and http.ListenAndServe set no timeouts, so a slow client holds its
//     connection for ever. Use an http.Server with ReadHeaderTimeout and ReadTimeout.
//   - With UseH2C, a request that says "Upgrade: h2c" has its whole body buffered, with
//     no limit, before any middleware runs. Do not enable it on a public listener.
//   - When a handler of yours panics, Gin's Recovery logs the request's headers in debug
//     mode, the signature among them. Run in release mode.
//   - c.Value and webhook.FromContext(c) compile and never find the delivery: use
//     [FromContext].
//   - A recorded delivery can be sent again: see the webhook package on replay.
package sendsargin
