package sendsarotel_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	sendsarotel "github.com/sendsar-community/webhooks-go/adapters/otel"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

// A server would give the SDK an exporter. This example reads the metrics itself.
func Example() {
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))

	metrics, err := sendsarotel.New(sendsarotel.WithMeterProvider(provider)) // without it, the global one
	if err != nil {
		fmt.Println(err)
		return
	}
	secret := webhooktest.NewSecret() // yours comes from the environment
	verifier, err := webhook.New(secret, metrics, webhook.WithAccount("acme"))
	if err != nil {
		fmt.Println(err)
		return
	}
	endpoint := verifier.Middleware(webhook.Handler(func(context.Context, webhook.Delivery) error { return nil }))

	for _, signedBy := range []string{secret, secret, webhooktest.NewSecret()} {
		r := webhooktest.NewRequest("/webhooks/sendsar", signedBy, []byte(`{"event":"message.created"}`))
		endpoint.ServeHTTP(httptest.NewRecorder(), r)
	}

	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		if sum, ok := m.Data.(metricdata.Sum[int64]); ok {
			for _, point := range sum.DataPoints {
				reason, _ := point.Attributes.Value("error.type")
				fmt.Printf("%s %d %q\n", m.Name, point.Value, reason.AsString())
			}
		}
	}
	// Unordered output:
	// sendsar.webhook.deliveries 2 ""
	// sendsar.webhook.deliveries 1 "signature_mismatch"
}
