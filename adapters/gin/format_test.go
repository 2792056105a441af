package sendsargin_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// The signature covers the bytes alone, so whoever replays a delivery chooses how
// Gin's binders read them.
func TestContentTypeIsNotSigned(t *testing.T) {
	const body = `{"event":"message.created","message":{"text":"&event=call.ended&"}}`
	var guessed, explicit bound
	var event webhook.Event
	server := startRoute(t, sendsargin.New(accountSecret), func(c *gin.Context) {
		assert.NoError(t, c.ShouldBindBodyWithJSON(&explicit))
		assert.NoError(t, c.ShouldBind(&guessed))
		d, _ := sendsargin.FromContext(c)
		var err error
		event, err = d.Event()
		assert.NoError(t, err)
	})
	r := signed(t, server, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusOK, send(t, server, r).status)
	assert.Equal(t, "call.ended", guessed.Event)
	assert.Equal(t, "message.created", explicit.Event)
	assert.Equal(t, webhook.EventMessageCreated, event.Type)
}
