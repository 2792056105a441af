package apps

import (
	"net/http"

	"github.com/gin-gonic/gin"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
)

func newGin(kind Kind) App {
	gin.SetMode(gin.ReleaseMode)
	chain := []gin.HandlerFunc{func(c *gin.Context) {
		if _, err := c.GetRawData(); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.Status(http.StatusNoContent)
	}}
	switch kind {
	case Ours:
		chain = append([]gin.HandlerFunc{sendsargin.New(receivers.Secret)}, chain...)
	case ByHand:
		chain = append([]gin.HandlerFunc{func(c *gin.Context) {
			if err := receivers.ReadSnippet(c.Writer, c.Request); err != nil {
				c.AbortWithStatusJSON(http.StatusUnauthorized, gin.H{"error": "invalid signature"})
			}
		}}, chain...)
	}
	router := gin.New()
	router.POST(receivers.Path, chain...)
	return newHTTPApp(router)
}
