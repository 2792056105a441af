package sendsargin_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// bound takes the event's name out of every format that Gin binds.
type bound struct {
	Event string `form:"event" json:"event" xml:"event" yaml:"event"`
}

// ShouldBindBodyWith may come before and after whatever reads the body itself.
func TestHandlerReadsTheSignedBody(t *testing.T) {
	type read func(c *gin.Context, into *bound) error
	const (
		jsonBody = `{"event":"call.ended"}`
		xmlBody  = "<bound><event>call.ended</event></bound>"
		yamlBody = "event: call.ended\n"
	)
	tests := []struct {
		name, contentType, body string
		format                  binding.BindingBody
		read                    read
	}{
		{"Request.Body", jsonType, jsonBody, binding.JSON, func(c *gin.Context, into *bound) error {
			return json.NewDecoder(c.Request.Body).Decode(into)
		}},
		{"GetRawData", jsonType, jsonBody, binding.JSON, func(c *gin.Context, into *bound) error {
			body, err := c.GetRawData()
			if err != nil {
				return err
			}
			return json.Unmarshal(body, into)
		}},
		{"ShouldBindJSON", jsonType, jsonBody, binding.JSON, func(c *gin.Context, into *bound) error { return c.ShouldBindJSON(into) }},
		{"ShouldBind of XML", "application/xml", xmlBody, binding.XML, func(c *gin.Context, into *bound) error { return c.ShouldBind(into) }},
		{"BindYAML", "application/yaml", yamlBody, binding.YAML, func(c *gin.Context, into *bound) error { return c.BindYAML(into) }},
	}
	for _, tt := range tests {
		cached := func(c *gin.Context, into *bound) error { return c.ShouldBindBodyWith(into, tt.format) }
		for order, steps := range map[string][]read{
			"before ShouldBindBodyWith":  {tt.read, cached, cached},
			"between ShouldBindBodyWith": {cached, cached, tt.read, cached},
		} {
			inBothFramings(t, tt.name+" "+order, func(t *testing.T, frame func(*http.Request) bool) {
				server := startRoute(t, sendsargin.New(accountSecret), func(c *gin.Context) {
					for i, step := range steps {
						var got bound
						if assert.NoError(t, step(c, &got), "step %d", i) {
							assert.Equal(t, "call.ended", got.Event, "step %d", i)
						}
					}
				})
				r := signed(server, tt.body)
				r.Header.Set("Content-Type", tt.contentType)
				frame(r)
				assert.Equal(t, http.StatusOK, send(t, server, r).status)
			})
		}
	}
}

func TestBodyBytesKeyIsOverwritten(t *testing.T) {
	for name, poison := range map[string]any{
		"forged bytes": []byte(`{"event":"forged"}`), "a nil slice": []byte(nil), "another type's value": "forged",
	} {
		t.Run(name, func(t *testing.T) {
			var got bound
			server := startRoute(t,
				func(c *gin.Context) { c.Set(gin.BodyBytesKey, poison) },
				sendsargin.New(accountSecret),
				func(c *gin.Context) { assert.NoError(t, c.ShouldBindBodyWithJSON(&got)) })
			require.Equal(t, http.StatusOK, send(t, server, signed(server, eventBody)).status)
			assert.Equal(t, "message.created", got.Event)
		})
	}
}

// Only a request that was made in memory has a nil Body, and Gin's binders panic on it.
func TestNilBodyIsAnEmptyOne(t *testing.T) {
	for signature, status := range map[string]int{webhook.Sign(accountSecret, nil): http.StatusOK, "": http.StatusUnauthorized} {
		app := newApp()
		app.POST(route,
			func(c *gin.Context) {
				c.Next()
				assert.NotNil(t, c.Request.Body, status)
			},
			sendsargin.New(accountSecret),
			func(c *gin.Context) {
				require.ErrorIs(t, c.ShouldBindBodyWithJSON(new(bound)), io.EOF)
				require.Error(t, c.ShouldBindJSON(new(bound)), "nothing is no JSON")
			})
		r := webhooktest.NewRequest(route, accountSecret, nil)
		r.Header.Set(webhook.SignatureHeader, signature)
		r.Body = nil
		recorder := httptest.NewRecorder()
		app.ServeHTTP(recorder, r)
		assert.Equal(t, status, recorder.Code)
	}
}

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
	r := signed(server, body)
	r.Header.Set("Content-Type", formType)
	require.Equal(t, http.StatusOK, send(t, server, r).status)
	assert.Equal(t, "call.ended", guessed.Event)
	assert.Equal(t, "message.created", explicit.Event)
	assert.Equal(t, webhook.EventMessageCreated, event.Type)
}

// With an announced length it is an internal error. Without one it looks like a forgery.
func TestBodyThatAnEarlierMiddlewareTouched(t *testing.T) {
	tests := []struct {
		name, contentType, body string
		touch                   gin.HandlerFunc
	}{
		{"bound with ShouldBindJSON", jsonType, eventBody, func(c *gin.Context) { assert.NoError(t, c.ShouldBindJSON(new(bound))) }},
		{"bound with ShouldBindBodyWith", jsonType, eventBody, func(c *gin.Context) { assert.NoError(t, c.ShouldBindBodyWithJSON(new(bound))) }},
		{"parsed as a form", formType, "event=call.ended", func(c *gin.Context) { assert.Equal(t, "call.ended", c.PostForm("event")) }},
	}
	for _, tt := range tests {
		inBothFramings(t, tt.name, func(t *testing.T, frame func(*http.Request) bool) {
			var refused error
			server := startRoute(t, tt.touch, sendsargin.New(accountSecret, observe(&refused)), neverRun(t))
			r := signed(server, tt.body)
			r.Header.Set("Content-Type", tt.contentType)
			if frame(r) {
				assertRejected(t, send(t, server, r), http.StatusUnauthorized, "invalid signature")
				require.ErrorIs(t, refused, webhook.ErrSignatureMismatch)
			} else {
				assertRejected(t, send(t, server, r), http.StatusInternalServerError, "internal server error")
				require.ErrorIs(t, refused, webhook.ErrBodyAltered)
			}
		})
	}
}
