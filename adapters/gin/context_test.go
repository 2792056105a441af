package sendsargin_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestFromContextHasTheDelivery(t *testing.T) {
	var inside, outside webhook.Delivery
	var before, after bool
	server := startRoute(t,
		func(c *gin.Context) {
			_, before = sendsargin.FromContext(c)
			c.Next()
			outside, after = sendsargin.FromContext(c)
		},
		sendsargin.New(accountSecret),
		func(c *gin.Context) {
			var ok bool
			inside, ok = sendsargin.FromContext(c)
			assert.True(t, ok)
			c.Status(http.StatusOK)
		})

	require.Equal(t, http.StatusOK, send(t, server, signed(t, server, eventBody)).status)
	assertSigned(t, inside.Body)
	assert.Zero(t, inside.SecretIndex)
	assert.Equal(t, len(inside.Body), cap(inside.Body), "an append must not write into the shared bytes")
	assert.False(t, before, "before the middleware ran")
	assert.True(t, after, "in an outer middleware, when the chain is done")
	assertSigned(t, outside.Body)
}

// deliveryKey is the package's own. Any middleware can write under it.
const deliveryKey = "github.com/sendsar-community/webhooks-go/adapters/gin"

func TestFromContextIsFalse(t *testing.T) {
	write := func(value any) gin.HandlerFunc {
		return func(c *gin.Context) { c.Set(deliveryKey, value) }
	}
	forged := webhook.Delivery{Body: []byte("forged")}
	type verified struct{ webhook.Delivery }
	other := webhook.MustNew(strangeSecret)
	tests := []struct {
		name       string
		middleware []gin.HandlerFunc
		status     int
	}{
		{"on a route without the middleware", nil, http.StatusOK},
		{"after a refusal", []gin.HandlerFunc{sendsargin.WithConfig(sendsargin.Config{Verifier: other})}, http.StatusUnauthorized},
		{
			"when a second instance refused what a first one verified",
			[]gin.HandlerFunc{sendsargin.New(accountSecret), sendsargin.WithConfig(sendsargin.Config{Verifier: other})},
			http.StatusUnauthorized,
		},
		{"when another middleware wrote a Delivery under the key", []gin.HandlerFunc{write(forged)}, http.StatusOK},
		{"when another middleware wrote a *Delivery under the key", []gin.HandlerFunc{write(&forged)}, http.StatusOK},
		{"when another middleware wrote a look-alike under the key", []gin.HandlerFunc{write(verified{forged})}, http.StatusOK},
		{"when another middleware wrote something else under the key", []gin.HandlerFunc{write(true)}, http.StatusOK},
		{"when another middleware overwrote what was verified", []gin.HandlerFunc{sendsargin.New(accountSecret), write(forged)}, http.StatusOK},
		{
			"when only the request's context has one",
			[]gin.HandlerFunc{func(c *gin.Context) {
				c.Request = c.Request.WithContext(webhook.NewContext(c.Request.Context(), forged))
			}},
			http.StatusOK,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen := outcome{verified: true}
			server := newEndpoint(t, append([]gin.HandlerFunc{watch(&seen)}, tt.middleware...)...)
			assert.Equal(t, tt.status, send(t, server.Server, signed(t, server.Server, eventBody)).status)
			assert.False(t, seen.verified)
		})
	}
}

func TestVerifiedDeliveryReplacesAnEarlierValueUnderTheKey(t *testing.T) {
	var got webhook.Delivery
	server := startRoute(t,
		func(c *gin.Context) { c.Set(deliveryKey, webhook.Delivery{Body: []byte("forged")}) },
		sendsargin.New(accountSecret),
		func(c *gin.Context) { got, _ = sendsargin.FromContext(c) })
	send(t, server, signed(t, server, eventBody))
	assertSigned(t, got.Body)
}

// Gin hands the same context to the next request.
func TestFromContextForgetsTheRequestBefore(t *testing.T) {
	var last, verified bool
	contexts := make(map[*gin.Context]bool)
	look := func(c *gin.Context) {
		contexts[c] = true
		_, last = sendsargin.FromContext(c)
		verified = verified || last
	}
	engine := newApp()
	engine.POST(route, sendsargin.New(accountSecret), look)
	engine.POST("/open", look)
	server := start(t, engine)

	const rounds = 20
	for range rounds {
		send(t, server, signed(t, server, eventBody))
		r := signed(t, server, eventBody)
		r.URL.Path = "/open"
		send(t, server, r)
		assert.False(t, last, "on the open route")
	}
	assert.True(t, verified)
	assert.Less(t, len(contexts), 2*rounds, "no context was reused, so this test shows nothing")
}

func TestCopyCarriesTheDeliveryAndTheBody(t *testing.T) {
	type found struct{ delivery, body, bound string }
	answered := make(chan struct{})
	results := make(chan found)
	server := startRoute(t, sendsargin.New(accountSecret), func(c *gin.Context) {
		kept := c.Copy()
		go func() {
			<-answered // both requests are over, and c is nobody's
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
	send(t, server, signed(t, server, eventBody))
	send(t, server, signed(t, server, otherBody))
	close(answered)
	assert.ElementsMatch(t,
		[]found{{eventBody, eventBody, "room-7"}, {otherBody, otherBody, "room-8"}},
		[]found{<-results, <-results})
}

func TestTheCoresFromContextIsFalse(t *testing.T) {
	for _, fallback := range []bool{false, true} {
		engine := newApp()
		engine.ContextWithFallback = fallback
		var inGin, inRequest, ours bool
		engine.POST(route, sendsargin.New(accountSecret), func(c *gin.Context) {
			_, inGin = webhook.FromContext(c)
			_, inRequest = webhook.FromContext(c.Request.Context())
			_, ours = sendsargin.FromContext(c)
		})
		server := start(t, engine)
		send(t, server, signed(t, server, eventBody))
		assert.False(t, inGin, "fallback %t", fallback)
		assert.False(t, inRequest, "fallback %t", fallback)
		assert.True(t, ours, "fallback %t", fallback)
	}
}

func TestStoredValuePrintsNoBody(t *testing.T) {
	var printed string
	server := startRoute(t, sendsargin.New(accountSecret), func(c *gin.Context) {
		delete(c.Keys, gin.BodyBytesKey) // Gin's own, plain bytes by its contract
		printed = fmt.Sprintf("%v %+v %s %x", c.Keys, c.Keys, c.Keys, c.Keys)
	})
	send(t, server, signed(t, server, eventBody))
	assert.Contains(t, printed, fmt.Sprintf("webhook.Delivery{%d bytes", len(eventBody)))
	assertPrintsNoBody(t, printed)
}

// assertPrintsNoBody looks for the body in the forms that fmt gives to bytes.
func assertPrintsNoBody(t *testing.T, printed string) {
	t.Helper()
	for _, form := range []string{"%s", "%x", "%X", "%d"} {
		bytes := strings.Trim(fmt.Sprintf(form, []byte("room-7")), "[]")
		assert.NotContains(t, printed, bytes)
	}
}
