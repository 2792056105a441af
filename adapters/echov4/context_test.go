// Code generated from ../echov5 by .ci/majors; DO NOT EDIT.

package sendsarecho_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// deliveryKey is where the delivery is kept. Any middleware can write there.
const deliveryKey = "github.com/sendsar-community/webhooks-go/adapters/echov4"

func TestFromContext(t *testing.T) {
	delivery := webhook.Delivery{Body: []byte("forged")}
	type verified struct{ webhook.Delivery }
	for name, value := range map[string]any{
		"a Delivery": delivery, "a *Delivery": &delivery, "a look-alike": verified{delivery}, "something else": true,
	} {
		ours := sendsarecho.New(accountSecret)
		write := before(func(c echo.Context) {
			c.Set(deliveryKey, value)
			c.SetRequest(c.Request().WithContext(webhook.NewContext(c.Request().Context(), delivery)))
		})
		for _, tt := range []struct {
			name  string
			chain []echo.MiddlewareFunc
			want  outcome
		}{
			{"written without ours", []echo.MiddlewareFunc{write}, outcome{}},
			{"written after ours", []echo.MiddlewareFunc{ours, write}, outcome{}},
			{"written before ours", []echo.MiddlewareFunc{write, ours}, outcome{verified: true, body: eventBody}},
		} {
			t.Run(name+" "+tt.name, func(t *testing.T) {
				var seen outcome
				server := newEndpoint(t, append([]echo.MiddlewareFunc{watch(&seen)}, tt.chain...)...)
				assert.Equal(t, http.StatusOK, send(t, server.Server, signed(server.Server, eventBody)).status)
				assert.Equal(t, tt.want, seen)
			})
		}
	}
}

func TestStoredValuePrintsNoBody(t *testing.T) {
	var printed string
	server := startRoute(t, func(c echo.Context) error {
		_, ok := webhook.FromContext(c.Request().Context())
		assert.False(t, ok, "it is not where net/http's middleware keeps its own")
		value := c.Get(deliveryKey)
		printed = fmt.Sprintf("%v %+v %#v %s %x %X", value, value, value, value, value, value)
		return nil
	}, sendsarecho.New(accountSecret))
	send(t, server, signed(server, eventBody))
	require.NotEmpty(t, printed)
	for _, form := range []string{"%s", "%x", "%X", "%d"} { // as fmt prints bytes
		assert.NotContains(t, printed, strings.Trim(fmt.Sprintf(form, []byte("room-7")), "[]"))
	}
	assert.NotContains(t, printed, "0x72, 0x6f, 0x6f, 0x6d, 0x2d, 0x37")
}
