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

func TestFromContextHasTheDelivery(t *testing.T) {
	var inside, outside webhook.Delivery
	var earlier, after bool
	server := startRoute(t,
		func(c echo.Context) error {
			var ok bool
			inside, ok = sendsarecho.FromContext(c)
			assert.True(t, ok)
			return c.NoContent(http.StatusNoContent)
		},
		func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				_, earlier = sendsarecho.FromContext(c)
				err := next(c)
				outside, after = sendsarecho.FromContext(c)
				return err
			}
		},
		sendsarecho.New(accountSecret))

	require.Equal(t, http.StatusNoContent, send(t, server, signed(t, server, eventBody)).status)
	assertSigned(t, inside.Body)
	assert.Zero(t, inside.SecretIndex)
	assert.Equal(t, len(inside.Body), cap(inside.Body), "an append must not write into the shared bytes")
	assert.False(t, earlier, "before the middleware ran")
	assert.True(t, after, "in an outer middleware, when the chain is done")
	assertSigned(t, outside.Body)
}

func TestFromContextIsFalse(t *testing.T) {
	write := func(value any) echo.MiddlewareFunc {
		return before(func(c echo.Context) { c.Set(deliveryKey, value) })
	}
	delivery := webhook.Delivery{Body: []byte("forged")}
	type verified struct{ delivery webhook.Delivery }
	tests := []struct {
		name       string
		middleware []echo.MiddlewareFunc
		status     int
	}{
		{"on a route without the middleware", nil, http.StatusOK},
		{"after a refusal", []echo.MiddlewareFunc{sendsarecho.New(strangeSecret)}, http.StatusUnauthorized},
		{
			"when a second instance refused what a first one verified",
			[]echo.MiddlewareFunc{sendsarecho.New(accountSecret), sendsarecho.New(strangeSecret)},
			http.StatusUnauthorized,
		},
		{"when another middleware wrote a Delivery under the key", []echo.MiddlewareFunc{write(delivery)}, http.StatusOK},
		{"when another middleware wrote a *Delivery under the key", []echo.MiddlewareFunc{write(&delivery)}, http.StatusOK},
		{"when another middleware wrote a look-alike under the key", []echo.MiddlewareFunc{write(verified{delivery})}, http.StatusOK},
		{"when another middleware wrote something else under the key", []echo.MiddlewareFunc{write(true)}, http.StatusOK},
		{"when another middleware overwrote what was verified", []echo.MiddlewareFunc{sendsarecho.New(accountSecret), write(delivery)}, http.StatusOK},
		{
			"when only the request's context has one",
			[]echo.MiddlewareFunc{before(func(c echo.Context) {
				c.SetRequest(c.Request().WithContext(webhook.NewContext(c.Request().Context(), delivery)))
			})},
			http.StatusOK,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen := outcome{verified: true}
			server := newEndpoint(t, append([]echo.MiddlewareFunc{watch(&seen)}, tt.middleware...)...)
			assert.Equal(t, tt.status, send(t, server.Server, signed(t, server.Server, eventBody)).status)
			assert.False(t, seen.verified)
		})
	}
}

func TestVerifiedDeliveryReplacesAnEarlierValueUnderTheKey(t *testing.T) {
	var got webhook.Delivery
	server := startRoute(t,
		func(c echo.Context) error {
			got, _ = sendsarecho.FromContext(c)
			return nil
		},
		before(func(c echo.Context) { c.Set(deliveryKey, webhook.Delivery{Body: []byte("forged")}) }),
		sendsarecho.New(accountSecret))
	send(t, server, signed(t, server, eventBody))
	assertSigned(t, got.Body)
}

// Echo hands the same context to the next request.
func TestFromContextForgetsTheRequestBefore(t *testing.T) {
	var last, verified bool
	contexts := make(map[echo.Context]bool)
	look := func(c echo.Context) error {
		contexts[c] = true
		_, last = sendsarecho.FromContext(c)
		verified = verified || last
		return nil
	}
	app := echo.New()
	app.POST(route, look, sendsarecho.New(accountSecret))
	app.POST("/open", look)
	server := start(t, app)

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

func TestTheCoresFromContextIsFalse(t *testing.T) {
	var cores, ours bool
	server := startRoute(t, func(c echo.Context) error {
		_, cores = webhook.FromContext(c.Request().Context())
		_, ours = sendsarecho.FromContext(c)
		return nil
	}, sendsarecho.New(accountSecret))
	send(t, server, signed(t, server, eventBody))
	assert.False(t, cores)
	assert.True(t, ours)
}

func TestStoredValuePrintsNoBody(t *testing.T) {
	var printed string
	server := startRoute(t, func(c echo.Context) error {
		value := c.Get(deliveryKey)
		printed = fmt.Sprintf("%v %+v %#v %s %x %X", value, value, value, value, value, value)
		return nil
	}, sendsarecho.New(accountSecret))
	send(t, server, signed(t, server, eventBody))
	require.NotEmpty(t, printed)
	assertPrintsNoBody(t, printed)
}

// assertPrintsNoBody looks for the body in the forms that fmt gives to bytes.
func assertPrintsNoBody(t *testing.T, printed string) {
	t.Helper()
	for _, form := range []string{"%s", "%x", "%X", "%d"} {
		bytes := strings.Trim(fmt.Sprintf(form, []byte("room-7")), "[]")
		assert.NotContains(t, printed, bytes)
	}
	assert.NotContains(t, printed, "0x72, 0x6f, 0x6f, 0x6d, 0x2d, 0x37")
}
