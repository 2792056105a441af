// Package sendsarotel counts the deliveries of package webhook with OpenTelemetry.
//
//	metrics, err := sendsarotel.New()
//	if err != nil {
//		log.Fatal(err)
//	}
//	verifier := webhook.MustNew(secret, metrics, webhook.WithLogger(slog.Default()))
//	mux.Handle("POST /webhooks/sendsar", verifier.Middleware(h))
//
// It works with every adapter, as the observer of the Verifier. Each request that is verified
// or refused is recorded once, before its handler runs.
//
// # Metrics
//
// The instrumentation scope is the package's import path.
//
//   - sendsar.webhook.deliveries, an Int64 counter, unit {delivery}. Its attributes are
//     error.type, the label of webhook.Reason, if the request was refused, and
//     sendsar.webhook.account, the name given to webhook.WithAccount, if there is one.
//   - sendsar.webhook.body.size, an Int64 histogram of the sizes of verified bodies, unit By.
//
// Without [WithMeterProvider] they go to the global MeterProvider, even if it is set later.
//
// # Spans
//
// The span in the request's context gets sendsar.webhook.secret_index for a verified
// delivery (0 is the current secret, 1 the first previous one), and error.type for a
// refused request. The span is the one of otelgin, otelecho, otelfiber, otelhttp or another
// middleware before the adapter. Without a span nothing is set. This package starts no span
// and sets no status.
//
// # Limits
//
// No attribute has unbounded values, and none contains a secret, a signature or a part of a
// body. A request for which VerifierFor or the function of MiddlewareFor returns nil reaches no
// observer, and is not counted. What a handler does with a delivery is not counted either.
package sendsarotel
