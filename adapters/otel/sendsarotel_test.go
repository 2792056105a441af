package sendsarotel_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	sendsarotel "github.com/sendsar-community/webhooks-go/adapters/otel"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

var event = []byte(`{"event":"message.created","roomId":"room-quokka","message":{"text":"numbat"}}`)

// telemetry collects what an app's SDK would export.
type telemetry struct {
	reader   *sdkmetric.ManualReader
	metrics  *sdkmetric.MeterProvider
	exporter *tracetest.InMemoryExporter
	spans    *sdktrace.TracerProvider
}

func newTelemetry(t *testing.T) *telemetry {
	t.Helper()
	x := &telemetry{reader: sdkmetric.NewManualReader(), exporter: tracetest.NewInMemoryExporter()}
	x.metrics = sdkmetric.NewMeterProvider(sdkmetric.WithReader(x.reader))
	x.spans = sdktrace.NewTracerProvider(sdktrace.WithSyncer(x.exporter))
	t.Cleanup(func() {
		assert.NoError(t, x.metrics.Shutdown(context.Background()))
		assert.NoError(t, x.spans.Shutdown(context.Background()))
	})
	return x
}

func (x *telemetry) option(t *testing.T) webhook.Option {
	t.Helper()
	option, err := sendsarotel.New(sendsarotel.WithMeterProvider(x.metrics))
	require.NoError(t, err)
	return option
}

// collect returns the one scope's metrics, by name.
func (x *telemetry) collect(t *testing.T) map[string]metricdata.Metrics {
	t.Helper()
	return collect(t, x.reader)
}

func collect(t *testing.T, reader sdkmetric.Reader) map[string]metricdata.Metrics {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(context.Background(), &all))
	found := make(map[string]metricdata.Metrics)
	for _, scope := range all.ScopeMetrics {
		assert.Equal(t, "github.com/sendsar-community/webhooks-go/adapters/otel", scope.Scope.Name)
		for _, m := range scope.Metrics {
			found[m.Name] = m
		}
	}
	return found
}

// endpoint starts a server in which each request has a span. All of a test's requests are
// sent before it collects.
func (x *telemetry) endpoint(t *testing.T, v *webhook.Verifier) string {
	t.Helper()
	verified := v.Middleware(webhook.Handler(func(context.Context, webhook.Delivery) error { return nil }))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, span := x.spans.Tracer("test").Start(r.Context(), "request")
		defer span.End()
		verified.ServeHTTP(w, r.WithContext(ctx))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func send(t *testing.T, r *http.Request, status int) {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, status, res.StatusCode)
}

func count(attrs []attribute.KeyValue, n int64) metricdata.DataPoint[int64] {
	return metricdata.DataPoint[int64]{Attributes: attribute.NewSet(attrs...), Value: n}
}

func TestDeliveriesAreCountedByReasonAndAccount(t *testing.T) {
	t.Parallel()
	x := newTelemetry(t)
	secret, other, option := webhooktest.NewSecret(), webhooktest.NewSecret(), x.option(t)
	named := x.endpoint(t, webhook.MustNew(secret, option, webhook.WithAccount("acme"), webhook.WithMaxBodyBytes(500)))
	nameless := x.endpoint(t, webhook.MustNew(other, option))

	forged := webhooktest.NewRequest(named, other, event)
	unsigned := webhooktest.NewRequest(named, secret, event)
	unsigned.Header.Del(webhook.SignatureHeader)
	malformed := webhooktest.NewRequest(named, secret, event)
	malformed.Header.Set(webhook.SignatureHeader, "sha256=?")
	for range 3 {
		send(t, webhooktest.NewRequest(named, secret, event), http.StatusNoContent)
	}
	send(t, webhooktest.NewRequest(nameless, other, event), http.StatusNoContent)
	send(t, forged, http.StatusUnauthorized)
	send(t, unsigned, http.StatusUnauthorized)
	send(t, malformed, http.StatusUnauthorized)
	send(t, webhooktest.NewRequest(named, secret, make([]byte, 501)), http.StatusRequestEntityTooLarge)
	send(t, webhooktest.NewRequest(nameless, secret, event), http.StatusUnauthorized)

	metrics := x.collect(t)
	require.Len(t, metrics, 2)
	acme := attribute.String("sendsar.webhook.account", "acme")
	reason := func(label string) attribute.KeyValue { return attribute.String("error.type", label) }
	metricdatatest.AssertEqual(t, metricdata.Metrics{
		Name:        "sendsar.webhook.deliveries",
		Description: "Webhook deliveries that were verified or refused.",
		Unit:        "{delivery}",
		Data: metricdata.Sum[int64]{
			Temporality: metricdata.CumulativeTemporality,
			IsMonotonic: true,
			DataPoints: []metricdata.DataPoint[int64]{
				count([]attribute.KeyValue{acme}, 3),
				count([]attribute.KeyValue{acme, reason("signature_mismatch")}, 1),
				count([]attribute.KeyValue{acme, reason("missing_signature")}, 1),
				count([]attribute.KeyValue{acme, reason("malformed_signature")}, 1),
				count([]attribute.KeyValue{acme, reason("body_too_large")}, 1),
				count(nil, 1),
				count([]attribute.KeyValue{reason("signature_mismatch")}, 1),
			},
		},
	}, metrics["sendsar.webhook.deliveries"], metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
}

func TestSizesOfVerifiedBodiesAreRecorded(t *testing.T) {
	t.Parallel()
	x := newTelemetry(t)
	secret := webhooktest.NewSecret()
	url := x.endpoint(t, webhook.MustNew(secret, x.option(t), webhook.WithAccount("acme")))
	for _, size := range []int{0, 100, 300, 5000} {
		send(t, webhooktest.NewRequest(url, secret, bytes.Repeat([]byte("x"), size)), http.StatusNoContent)
	}
	send(t, webhooktest.NewRequest(url, webhooktest.NewSecret(), event), http.StatusUnauthorized)

	size := x.collect(t)["sendsar.webhook.body.size"]
	assert.Equal(t, "By", size.Unit)
	data, ok := size.Data.(metricdata.Histogram[int64])
	require.True(t, ok, "%T", size.Data)
	require.Len(t, data.DataPoints, 1)
	point := data.DataPoints[0]
	assert.Zero(t, point.Attributes.Len())
	assert.EqualValues(t, 4, point.Count)
	assert.EqualValues(t, 5400, point.Sum)
	assert.Equal(t, []float64{128, 256, 512, 1024, 2048, 4096, 16384, 65536, 262144, 1048576}, point.Bounds)
	assert.Equal(t, []uint64{2, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0}, point.BucketCounts)
}

func TestTheSpanOfARequestGetsTheVerdict(t *testing.T) {
	t.Parallel()
	x := newTelemetry(t)
	secret, previous := webhooktest.NewSecret(), webhooktest.NewSecret()
	url := x.endpoint(t, webhook.MustNew(secret, x.option(t), webhook.WithPreviousSecrets(previous), webhook.WithAccount("acme")))
	send(t, webhooktest.NewRequest(url, secret, event), http.StatusNoContent)
	send(t, webhooktest.NewRequest(url, previous, event), http.StatusNoContent)
	send(t, webhooktest.NewRequest(url, webhooktest.NewSecret(), event), http.StatusUnauthorized)

	require.NoError(t, x.spans.ForceFlush(context.Background()))
	spans := x.exporter.GetSpans()
	require.Len(t, spans, 3)
	assert.ElementsMatch(t, [][]attribute.KeyValue{
		{attribute.Int("sendsar.webhook.secret_index", 0)},
		{attribute.Int("sendsar.webhook.secret_index", 1)},
		{attribute.String("error.type", "signature_mismatch")},
	}, [][]attribute.KeyValue{spans[0].Attributes, spans[1].Attributes, spans[2].Attributes})
	for _, span := range spans {
		assert.Empty(t, span.Events)
		assert.Zero(t, span.Status)
	}
}

// The test prints everything that is exported, and searches it.
func TestNothingSecretIsExported(t *testing.T) {
	t.Parallel()
	x := newTelemetry(t)
	secret, previous := webhooktest.NewSecret(), webhooktest.NewSecret()
	url := x.endpoint(t, webhook.MustNew(secret, x.option(t), webhook.WithPreviousSecrets(previous)))
	send(t, webhooktest.NewRequest(url, secret, event), http.StatusNoContent)
	forged := webhooktest.NewRequest(url, secret, event)
	forged.Header.Set(webhook.SignatureHeader, webhook.Sign(webhooktest.NewSecret(), event))
	send(t, forged, http.StatusUnauthorized)

	require.NoError(t, x.spans.ForceFlush(context.Background()))
	exported := fmt.Sprintf("%+v %+v", x.collect(t), x.exporter.GetSpans())
	require.Contains(t, exported, "signature_mismatch")
	for _, never := range []string{secret, previous, "quokka", "numbat", "sha256", forged.Header.Get(webhook.SignatureHeader)[7:]} {
		assert.NotContains(t, exported, never)
	}
}

// A global provider that is set after New gets the metrics.
func TestTheGlobalProviderIsTheDefault(t *testing.T) {
	before := otel.GetMeterProvider()
	t.Cleanup(func() { otel.SetMeterProvider(before) })
	option, err := sendsarotel.New()
	require.NoError(t, err)
	reader := sdkmetric.NewManualReader()
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))

	secret := webhooktest.NewSecret()
	url := newTelemetry(t).endpoint(t, webhook.MustNew(secret, option))
	send(t, webhooktest.NewRequest(url, secret, event), http.StatusNoContent)
	assert.Contains(t, collect(t, reader), "sendsar.webhook.deliveries")
}

func TestItObservesBesideOthers(t *testing.T) {
	t.Parallel()
	x := newTelemetry(t)
	secret := webhooktest.NewSecret()
	var seen []string
	other := webhook.WithObserver(func(_ context.Context, d webhook.Delivery, _ error) { seen = append(seen, d.Account) })
	v := webhook.MustNew(secret, other, x.option(t), other, webhook.WithAccount("acme"))
	r := webhooktest.NewRequest("/", secret, event)
	_, err := v.VerifyRequest(nil, r)
	require.NoError(t, err)
	assert.Equal(t, []string{"acme", "acme"}, seen)
	assert.Len(t, x.collect(t), 2)
}

func TestNewReportsEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := sendsarotel.New(nil, sendsarotel.WithMeterProvider(nil))
	require.ErrorContains(t, err, "sendsarotel: option 1 is nil")
	require.ErrorContains(t, err, "sendsarotel: WithMeterProvider(nil)")

	option, err := sendsarotel.New(sendsarotel.WithMeterProvider(failing{}))
	require.ErrorIs(t, err, errInstrument)
	assert.Nil(t, option)
	_, err = sendsarotel.New(sendsarotel.WithMeterProvider(failing{}), sendsarotel.WithMeterProvider(noop.NewMeterProvider()))
	require.NoError(t, err, "the last provider counts")
}

var errInstrument = errors.New("no such instrument")

// failing is a provider that makes no counter.
type failing struct{ noop.MeterProvider }

func (failing) Meter(string, ...metric.MeterOption) metric.Meter { return failingMeter{} }

type failingMeter struct{ noop.Meter }

func (failingMeter) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errInstrument
}
