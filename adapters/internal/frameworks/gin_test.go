package frameworks_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func init() {
	servers = append(servers, server{name: "Gin", start: startGin})
}

func startGin(tb testing.TB, v *webhook.Verifier, w *witness) string {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.POST(hookPath, sendsargin.WithConfig(sendsargin.Config{Verifier: v}), func(c *gin.Context) {
		body, _ := c.GetRawData() // a short body has no signature
		d, ok := sendsargin.FromContext(c)
		w.hook(c.Request.RemoteAddr, body, d, ok)
		c.Data(http.StatusOK, "application/octet-stream", body)
	})
	router.GET(otherPath, func(c *gin.Context) { w.other(c.Request.RemoteAddr) })
	return serveHTTP(tb, router)
}
