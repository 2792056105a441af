package sendsarotel

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// No attribute has unbounded values: error.type is one of the labels of webhook.Reason, the
// account is a name that the app gave, and the index is below four.
const (
	errorType   = attribute.Key("error.type")
	account     = attribute.Key("sendsar.webhook.account")
	secretIndex = attribute.Key("sendsar.webhook.secret_index")
)

// scope is the name of the instrumentation scope.
const scope = "github.com/sendsar-community/webhooks-go/adapters/otel"

// Option configures [New], which returns an error for a nil Option.
type Option func(*config) error

type config struct {
	provider metric.MeterProvider
}

// WithMeterProvider sets where the metrics go, instead of otel.GetMeterProvider(). The last
// one given counts. For nil, [New] returns an error.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return func(cfg *config) error {
		if provider == nil {
			return errors.New("sendsarotel: WithMeterProvider(nil): there is no provider")
		}
		cfg.provider = provider
		return nil
	}
}

// New returns an observer (webhook.WithObserver) that counts deliveries and refusals, as the
// package documentation describes. It may be given to several Verifiers, beside other
// observers, and is safe for concurrent use. Given twice to one Verifier, it counts twice.
//
// New returns an error for a nil Option, for WithMeterProvider(nil), and if the
// MeterProvider returns one for an instrument. All are joined.
func New(opts ...Option) (webhook.Option, error) {
	var cfg config
	var problems []error
	for i, opt := range opts {
		if opt == nil {
			problems = append(problems, fmt.Errorf("sendsarotel: option %d is nil", i+1))
			continue
		}
		problems = append(problems, opt(&cfg))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	if cfg.provider == nil {
		cfg.provider = otel.GetMeterProvider()
	}
	meter := cfg.provider.Meter(scope)
	deliveries, err := meter.Int64Counter("sendsar.webhook.deliveries",
		metric.WithUnit("{delivery}"),
		metric.WithDescription("Webhook deliveries that were verified or refused."))
	problems = append(problems, err)
	size, err := meter.Int64Histogram("sendsar.webhook.body.size",
		metric.WithUnit("By"),
		metric.WithDescription("Size of the bodies of verified webhook deliveries."),
		metric.WithExplicitBucketBoundaries(sizes...))
	if err := errors.Join(append(problems, err)...); err != nil {
		return nil, fmt.Errorf("sendsarotel: %w", err)
	}
	return webhook.WithObserver(func(ctx context.Context, d webhook.Delivery, err error) {
		var attrs []attribute.KeyValue
		if d.Account != "" {
			attrs = append(attrs, account.String(d.Account))
		}
		span := trace.SpanFromContext(ctx)
		if err != nil {
			reason := errorType.String(webhook.Reason(err))
			attrs = append(attrs, reason)
			span.SetAttributes(reason)
		} else {
			size.Record(ctx, int64(len(d.Body)))
			span.SetAttributes(secretIndex.Int(d.SecretIndex))
		}
		deliveries.Add(ctx, 1, metric.WithAttributes(attrs...))
	}), nil
}

// sizes are the bounds of the histogram's buckets, in bytes: an event is a few hundred bytes,
// and webhook.DefaultMaxBodyBytes the usual limit.
var sizes = []float64{128, 256, 512, 1 << 10, 2 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, webhook.DefaultMaxBodyBytes}
