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

// deliveryKey is where the delivery is kept. Any middleware can write there.
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
		assert.False(t, ok, "it is not where net/http's middleware keeps its own")
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
	send(t, server, signed(server, eventBody))
	send(t, server, signed(server, otherBody))
	close(answered)
	assert.ElementsMatch(t,
		[]found{{eventBody, eventBody, "room-7"}, {otherBody, otherBody, "room-8"}},
		[]found{<-results, <-results})
}
