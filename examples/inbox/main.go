// Command inbox receives Sendsar webhooks in a Gin app, stores them durably, and does the work
// of each after it is acknowledged: with retries, and once however often it is sent.
package main

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/riverqueue/river/rivertype"
	"github.com/riverqueue/rivercontrib/otelriver"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	sendsarotel "github.com/sendsar-community/webhooks-go/adapters/otel"
	sendsarriver "github.com/sendsar-community/webhooks-go/adapters/river"
)

func main() { start(run) }

func run() error {
	exporter, err := prometheus.New()
	if err != nil {
		return err
	}
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter)))
	metrics, err := sendsarotel.New()
	if err != nil {
		return err
	}
	verifier, err := newVerifier(metrics)
	if err != nil {
		return err
	}
	work, err := newWork()
	if err != nil {
		return err
	}
	db, err := openDatabase()
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // all that was acknowledged is committed
	inbox, err := db.inbox(sendsarriver.Config{
		Handler:    work.do,
		Timeout:    attemptTimeout,
		Middleware: []rivertype.Middleware{otelriver.NewMiddleware(nil)},
	})
	if err != nil {
		return err
	}

	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- inbox.Run(ctx) }()

	gin.SetMode(gin.ReleaseMode) // no banner
	router := gin.New()
	router.POST("/webhooks/sendsar", sendsargin.WithConfig(sendsargin.Config{Verifier: verifier}), sendsargin.Handle(inbox.Store))
	router.GET("/metrics", gin.WrapH(promhttp.Handler())) // serve it on a port that only your network reaches
	err = serve(router)

	cancel() // no more deliveries come; the handlers that run may finish
	return errors.Join(err, <-ended)
}
