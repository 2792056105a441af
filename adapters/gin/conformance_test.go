package sendsargin_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

func TestConformance(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	webhooktest.Run(t, func(t *testing.T, r webhooktest.Receiver) string {
		cfg := sendsargin.Config{Verifier: r.Verifier}
		if r.OnRefusal != webhooktest.Default {
			cfg.ErrorHandler = func(c *gin.Context, err error) {
				r.Refused(err)
				if r.OnRefusal == webhooktest.CallNext {
					c.Next()
				}
			}
		}
		router := gin.New()
		if r.Alter != nil {
			router.Use(func(c *gin.Context) { c.Request.Body = io.NopCloser(r.Alter(c.Request.Body)) })
		}
		router.POST(r.Path, sendsargin.WithConfig(cfg), func(c *gin.Context) {
			delivery, verified := sendsargin.FromContext(c)
			c.String(http.StatusOK, "%s", r.Handle(webhooktest.Request{
				Delivery: delivery,
				Verified: verified,
				Body:     c.GetRawData,
				Form:     c.PostForm,
				JSON:     c.ShouldBindJSON,
			}))
		})
		server := httptest.NewServer(router)
		t.Cleanup(server.Close)
		return server.URL
	})
}
