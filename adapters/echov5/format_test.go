package sendsarecho_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// The signature covers the bytes alone, so whoever replays a delivery chooses how
// c.Bind reads them.
func TestContentTypeIsNotSigned(t *testing.T) {
	const body = `{"event":"message.created","message":{"text":"&event=call.ended&"}}`
	var guessed, explicit bound
	var event webhook.Event
	server := startRoute(t, func(c *echo.Context) error {
		d, _ := sendsarecho.FromContext(c)
		var err error
		event, err = d.Event()
		return errors.Join(err, json.Unmarshal(d.Body, &explicit), c.Bind(&guessed))
	}, sendsarecho.New(accountSecret))
	r := signed(t, server, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusOK, send(t, server, r).status)
	assert.Equal(t, "call.ended", guessed.Event)
	assert.Equal(t, "message.created", explicit.Event)
	assert.Equal(t, webhook.EventMessageCreated, event.Type)
}
