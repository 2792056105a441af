package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/contrib/otelfiber/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
	sendsarfiber "github.com/sendsar-community/webhooks-go/adapters/fiberv2"
	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	sendsarotel "github.com/sendsar-community/webhooks-go/adapters/otel"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

const route = "/webhooks/sendsar"

// apps make a server of each framework, in which requests have spans.
var apps = map[string]func(t *testing.T, v *webhook.Verifier, h webhook.Handler, spans trace.TracerProvider) (baseURL string){
	"otelhttp": func(t *testing.T, v *webhook.Verifier, h webhook.Handler, spans trace.TracerProvider) string {
		return serve(t, otelhttp.NewHandler(v.Middleware(h), "webhook", otelhttp.WithTracerProvider(spans)))
	},
	"otelgin": func(t *testing.T, v *webhook.Verifier, h webhook.Handler, spans trace.TracerProvider) string {
		gin.SetMode(gin.ReleaseMode)
		app := gin.New()
		app.Use(otelgin.Middleware("test", otelgin.WithTracerProvider(spans)))
		app.POST(route, sendsargin.WithConfig(sendsargin.Config{Verifier: v}), sendsargin.Handle(h))
		return serve(t, app)
	},
	"otelecho": func(t *testing.T, v *webhook.Verifier, h webhook.Handler, spans trace.TracerProvider) string {
		app := echo.New()
		app.Use(otelecho.Middleware("test", otelecho.WithTracerProvider(spans)))
		app.POST(route, sendsarecho.Handle(h), sendsarecho.WithConfig(sendsarecho.Config{Verifier: v}))
		return serve(t, app)
	},
	"otelfiber": func(t *testing.T, v *webhook.Verifier, h webhook.Handler, spans trace.TracerProvider) string {
		app := fiber.New(fiber.Config{DisableStartupMessage: true})
		app.Use(otelfiber.Middleware(otelfiber.WithTracerProvider(spans)))
		app.Post(route, sendsarfiber.WithConfig(sendsarfiber.Config{Verifier: v}), sendsarfiber.Handle(h))
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		ended := make(chan error, 1)
		go func() { ended <- app.Listener(listener) }()
		t.Cleanup(func() {
			assert.NoError(t, app.Shutdown())
			assert.NoError(t, <-ended)
		})
		return "http://" + listener.Addr().String()
	},
}

func serve(t *testing.T, h http.Handler) string {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// The verdict is on the request's span, the handler runs within it, and each request is counted
// once.
func TestBehindTheMiddlewareOf(t *testing.T) {
	for name, start := range apps {
		t.Run(name, func(t *testing.T) {
			reader := sdkmetric.NewManualReader()
			exporter := tracetest.NewInMemoryExporter()
			spans := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
			t.Cleanup(func() { assert.NoError(t, spans.Shutdown(context.Background())) })
			metrics, err := sendsarotel.New(sendsarotel.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
			require.NoError(t, err)
			secret, previous := webhooktest.NewSecret(), webhooktest.NewSecret()
			v := webhook.MustNew(secret, metrics, webhook.WithAccount("acme"), webhook.WithPreviousSecrets(previous))
			within := make(chan trace.SpanContext, 10)
			url := start(t, v, func(ctx context.Context, d webhook.Delivery) error {
				within <- trace.SpanContextFromContext(ctx)
				if len(d.Body) == 0 {
					return errors.New("nothing to do")
				}
				return nil
			}, spans)

			body := []byte(`{"event":"message.created","message":{"text":"quokka"}}`)
			unsigned := webhooktest.NewRequest(url+route, secret, body)
			unsigned.Header.Del(webhook.SignatureHeader)
			for _, one := range []struct {
				request *http.Request
				status  int
				handled bool
				verdict attribute.KeyValue
			}{
				{webhooktest.NewRequest(url+route, secret, body), http.StatusNoContent, true, attribute.Int("sendsar.webhook.secret_index", 0)},
				{webhooktest.NewRequest(url+route, previous, body), http.StatusNoContent, true, attribute.Int("sendsar.webhook.secret_index", 1)},
				{webhooktest.NewRequest(url+route, secret, nil), http.StatusInternalServerError, true, attribute.Int("sendsar.webhook.secret_index", 0)},
				{webhooktest.NewRequest(url+route, webhooktest.NewSecret(), body), http.StatusUnauthorized, false, attribute.String("error.type", "signature_mismatch")},
				{unsigned, http.StatusUnauthorized, false, attribute.String("error.type", "missing_signature")},
			} {
				exporter.Reset()
				res, err := http.DefaultClient.Do(one.request)
				require.NoError(t, err)
				require.NoError(t, res.Body.Close())
				assert.Equal(t, one.status, res.StatusCode)
				// A server may answer before it ends its span.
				require.Eventually(t, func() bool { return len(exporter.GetSpans()) == 1 }, 10*time.Second, time.Millisecond)
				span := exporter.GetSpans()[0]
				assert.Contains(t, span.Attributes, one.verdict)
				if one.handled {
					assert.Equal(t, span.SpanContext.SpanID(), (<-within).SpanID())
				}
				exported := fmt.Sprintf("%+v", span)
				for _, never := range []string{secret, previous, "quokka", "sha256="} {
					assert.NotContains(t, exported, never)
				}
			}
			assert.Empty(t, within)

			var all metricdata.ResourceMetrics
			require.NoError(t, reader.Collect(context.Background(), &all))
			counts := make(map[string]int64)
			for _, scope := range all.ScopeMetrics {
				for _, m := range scope.Metrics {
					if sum, ok := m.Data.(metricdata.Sum[int64]); ok {
						for _, point := range sum.DataPoints {
							counts[m.Name+" "+point.Attributes.Encoded(attribute.DefaultEncoder())] = point.Value
						}
					}
				}
			}
			assert.Equal(t, map[string]int64{
				"sendsar.webhook.deliveries sendsar.webhook.account=acme":                               3,
				"sendsar.webhook.deliveries error.type=signature_mismatch,sendsar.webhook.account=acme": 1,
				"sendsar.webhook.deliveries error.type=missing_signature,sendsar.webhook.account=acme":  1,
			}, counts)
		})
	}
}
