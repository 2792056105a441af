package sendsargin_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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

// ShouldBindBodyWith works before and after a method that reads the body itself.
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
				require.Error(t, c.ShouldBindJSON(new(bound)), "an empty body is not JSON")
			})
		r := webhooktest.NewRequest(route, accountSecret, nil)
		r.Header.Set(webhook.SignatureHeader, signature)
		r.Body = nil
		recorder := httptest.NewRecorder()
		app.ServeHTTP(recorder, r)
		assert.Equal(t, status, recorder.Code)
	}
}

// The signature covers only the bytes, so anyone who replays a delivery chooses how Gin's
// binders read them.
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

// With an announced length the result is an internal error. Without one it looks like a
// forgery.
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

// deliveryKey is the key of the delivery. Any middleware can write under it.
const deliveryKey = "github.com/sendsar-community/webhooks-go/adapters/gin"

func TestValueOfAnotherMiddlewareIsNoDelivery(t *testing.T) {
	delivery := webhook.Delivery{Body: []byte("forged")}
	type verified struct{ webhook.Delivery }
	for name, value := range map[string]any{
		"a Delivery": delivery, "a *Delivery": &delivery, "a look-alike": verified{delivery}, "something else": true,
	} {
		ours := sendsargin.New(accountSecret)
		write := func(c *gin.Context) {
			c.Set(deliveryKey, value)
			c.Request = c.Request.WithContext(webhook.NewContext(c.Request.Context(), delivery))
		}
		for _, tt := range []struct {
			name  string
			chain []gin.HandlerFunc
			want  outcome
		}{
			{"written without ours", []gin.HandlerFunc{write}, outcome{}},
			{"written after ours", []gin.HandlerFunc{ours, write}, outcome{}},
			{"written before ours", []gin.HandlerFunc{write, ours}, outcome{verified: true, body: eventBody}},
		} {
			t.Run(name+" "+tt.name, func(t *testing.T) {
				var seen outcome
				server := startRoute(t, append([]gin.HandlerFunc{watch(&seen)}, tt.chain...)...)
				assert.Equal(t, http.StatusOK, send(t, server, signed(server, eventBody)).status)
				assert.Equal(t, tt.want, seen)
			})
		}
	}
}

func TestStoredValuePrintsNoBody(t *testing.T) {
	var printed string
	app := newApp()
	app.ContextWithFallback = true
	app.POST(route, sendsargin.New(accountSecret), func(c *gin.Context) {
		_, ok := webhook.FromContext(c)
		assert.False(t, ok, "the delivery is not under the key of net/http's middleware")
		value, _ := c.Get(deliveryKey)
		printed = fmt.Sprintf("%v %+v %#v %s %x %X", value, value, value, value, value, value)
	})
	server := start(t, app)
	send(t, server, signed(server, eventBody))
	require.NotEmpty(t, printed)
	for _, form := range []string{"%s", "%x", "%X", "%d"} { // as fmt prints bytes
		assert.NotContains(t, printed, strings.Trim(fmt.Sprintf(form, []byte("room-7")), "[]"))
	}
	assert.NotContains(t, printed, "0x72, 0x6f, 0x6f, 0x6d, 0x2d, 0x37")
}

func TestHandlerSeesWhatVerifierForNoted(t *testing.T) {
	verifier := webhook.MustNew(accountSecret)
	server := startRoute(t, sendsargin.WithConfig(sendsargin.Config{VerifierFor: func(c *gin.Context) *webhook.Verifier {
		c.Set("account", "a")
		return verifier
	}}), func(c *gin.Context) { c.String(http.StatusOK, c.GetString("account")) })
	assert.Equal(t, "a", send(t, server, signed(server, eventBody)).body)
}

func TestCopyCarriesTheDeliveryAndTheBody(t *testing.T) {
	type found struct{ delivery, body, room string }
	answered := make(chan struct{})
	results := make(chan found)
	server := startRoute(t, sendsargin.New(accountSecret), func(c *gin.Context) {
		kept := c.Copy()
		go func() {
			<-answered // both requests are over, and Gin may reuse c
			d, ok := sendsargin.FromContext(kept)
			assert.True(t, ok)
			body, err := io.ReadAll(kept.Request.Body)
			assert.NoError(t, err)
			var event webhook.Event
			assert.NoError(t, kept.ShouldBindBodyWithJSON(&event))
			results <- found{string(d.Body), string(body), event.RoomID}
		}()
	})
	const otherBody = `{"event":"call.ended","roomId":"room-8"}`
	send(t, server, signed(server, eventBody))
	send(t, server, signed(server, otherBody))
	close(answered)
	assert.ElementsMatch(t,
		[]found{{eventBody, eventBody, "room-7"}, {otherBody, otherBody, "room-8"}},
		[]found{<-results, <-results})
}
