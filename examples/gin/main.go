// Command gin receives Sendsar webhooks in a Gin app.
package main

import (
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
)

func main() { start(run) }

func run() error {
	verifier, err := newVerifier()
	if err != nil {
		return err
	}
	gin.SetMode(gin.ReleaseMode) // no banner
	router := gin.New()
	router.POST("/webhooks/sendsar", sendsargin.WithConfig(sendsargin.Config{Verifier: verifier}), handle)
	return serve(router)
}

// handle runs for verified deliveries only. sendsargin.Handle(events.Deliver) can replace
// it, and answers 204.
func handle(c *gin.Context) {
	delivery, ok := sendsargin.FromContext(c)
	if !ok { // the route was mounted without the middleware
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	body, err := c.GetRawData()
	if err != nil {
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	receipt, err := deliver(c.Request.Context(), delivery, body)
	if err != nil {
		slog.Error("delivery failed", "error", err)
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.JSON(http.StatusOK, receipt)
}
