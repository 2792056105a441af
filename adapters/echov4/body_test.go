// Code generated from ../echov5 by .ci/majors; DO NOT EDIT.

package sendsarecho_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	mw "github.com/labstack/echo/v4/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
	form     = "event=call.ended"
)

// bound takes the event's name out of every format that Echo binds.
type bound struct {
	Event string `form:"event" json:"event" xml:"event"`
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return compressed.String()
}

// A Decompress after our middleware inflates the signed bytes.
func TestHandlerReadsTheSignedBody(t *testing.T) {
	bind := func(c echo.Context) (string, error) {
		var b bound
		err := c.Bind(&b)
		return b.Event, err
	}
	tests := []struct {
		name, contentType, encoding, body string
		read                              func(c echo.Context) (string, error)
	}{
		{"Bind of compressed JSON", jsonType, "gzip", gzipped(t, `{"event":"call.ended"}`), bind},
		{"Bind of XML", "application/xml", "", "<bound><event>call.ended</event></bound>", bind},
		{"Bind of a form", formType, "", form, bind},
		{"all form values", formType, "", form, func(c echo.Context) (string, error) {
			values, err := formValues(c)
			return values.Get("event"), err
		}},
	}
	for _, tt := range tests {
		inBothFramings(t, tt.name, func(t *testing.T, frame func(*http.Request) bool) {
			var got string
			var delivery webhook.Delivery
			server := startRoute(t, func(c echo.Context) (err error) {
				delivery, _ = sendsarecho.FromContext(c)
				got, err = tt.read(c)
				return err
			}, sendsarecho.New(accountSecret), mw.Decompress())
			r := signed(server, tt.body)
			r.Header.Set("Content-Type", tt.contentType)
			r.Header.Set("Content-Encoding", tt.encoding)
			frame(r)
			require.Equal(t, http.StatusOK, send(t, server, r).status)
			assert.Equal(t, "call.ended", got)
			assert.Equal(t, tt.body, string(delivery.Body))
		})
	}
}

// The signature covers only the bytes, so a client that replays a delivery chooses how
// c.Bind reads them.
func TestContentTypeIsNotSigned(t *testing.T) {
	const body = `{"event":"message.created","message":{"text":"&event=call.ended&"}}`
	var guessed, explicit bound
	var event webhook.Event
	server := startRoute(t, func(c echo.Context) error {
		d, _ := sendsarecho.FromContext(c)
		var err error
		event, err = d.Event()
		return errors.Join(err, json.Unmarshal(d.Body, &explicit), c.Bind(&guessed))
	}, sendsarecho.New(accountSecret))
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
	methodFromForm := mw.MethodFromForm("_method")
	tests := []struct {
		name, contentType, encoding, body string
		touch                             echo.MiddlewareFunc
	}{
		{"bound", jsonType, "", eventBody, before(func(c echo.Context) { assert.NoError(t, c.Bind(new(bound))) })},
		{"parsed by MethodOverride", formType, "", form, mw.MethodOverrideWithConfig(mw.MethodOverrideConfig{Getter: methodFromForm})},
		{"inflated by Decompress", jsonType, "gzip", gzipped(t, eventBody), mw.Decompress()},
	}
	for _, tt := range tests {
		inBothFramings(t, tt.name, func(t *testing.T, frame func(*http.Request) bool) {
			var refused error
			server := startRoute(t, neverRun(t), tt.touch, sendsarecho.New(accountSecret, observe(&refused)))
			r := signed(server, tt.body)
			r.Header.Set("Content-Type", tt.contentType)
			r.Header.Set("Content-Encoding", tt.encoding)
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

func TestMiddlewareThatMayComeBefore(t *testing.T) {
	var dumped []byte
	tests := map[string]echo.MiddlewareFunc{
		"BodyLimit":         bodyLimit(1000),
		"BodyDump":          bodyDump(func(request []byte) { dumped = request }),
		"Decompress, plain": mw.Decompress(),
		"MethodFromForm, no form": mw.MethodOverrideWithConfig(mw.MethodOverrideConfig{
			Getter: mw.MethodFromForm("_method"),
		}),
		"RequestID": mw.RequestID(),
	}
	for name, earlier := range tests {
		inBothFramings(t, name, func(t *testing.T, frame func(*http.Request) bool) {
			server := newEndpoint(t, earlier, sendsarecho.New(accountSecret)).Server
			r := signed(server, eventBody)
			frame(r)
			assert.Equal(t, "handled", send(t, server, r).body)
			assertRejected(t, send(t, server, forged(server)), http.StatusUnauthorized, "invalid signature")
		})
	}
	assert.NotEmpty(t, dumped)
}

// A sender of webhooks has no CSRF token.
func TestCSRFBeforeRefusesGenuineDeliveries(t *testing.T) {
	server := startRoute(t, neverRun(t), mw.CSRF(), sendsarecho.New(accountSecret))
	assert.Equal(t, http.StatusBadRequest, send(t, server, signed(server, eventBody)).status)
}

// failingBody returns an error of Echo's, as the reader of a middleware may.
type failingBody struct{ err error }

func (b failingBody) Read([]byte) (int, error) { return 0, b.err }
func (b failingBody) Close() error             { return nil }

func TestReadErrorThatHasAStatus(t *testing.T) {
	fails := func(err error) echo.MiddlewareFunc {
		return before(func(c echo.Context) { c.Request().Body = failingBody{err} })
	}
	tests := []struct {
		name    string
		earlier echo.MiddlewareFunc
		is      error
	}{
		{"413 of BodyLimit", bodyLimit(10), webhook.ErrBodyTooLarge},
		{"413 of Echo's own", fails(echo.ErrStatusRequestEntityTooLarge), webhook.ErrBodyTooLarge},
		{"413 around a cause", fails(wrapIn(echo.NewHTTPError(413, "no"), errUnready)), webhook.ErrBodyTooLarge},
		{"413 within another error", fails(fmt.Errorf("reader: %w", echo.NewHTTPError(413, "no"))), webhook.ErrBodyTooLarge},
		{"418", fails(echo.NewHTTPError(418, "no")), webhook.ErrBodyRead},
		{"200", fails(echo.NewHTTPError(200, "no")), webhook.ErrBodyRead},
	}
	for _, tt := range tests {
		for name, handle := range map[string]func(echo.Context, error) error{
			"without an ErrorHandler":             nil,
			"with an ErrorHandler that passes on": func(_ echo.Context, err error) error { return fmt.Errorf("refused: %w", err) },
		} {
			t.Run(tt.name+", "+name, func(t *testing.T) {
				var refused error
				server := startRoute(t, neverRun(t), tt.earlier, sendsarecho.WithConfig(sendsarecho.Config{
					Verifier:     webhook.MustNew(accountSecret, observe(&refused)),
					ErrorHandler: handle,
				}))
				r := signed(server, eventBody)
				r.ContentLength = -1
				assertRejected(t, send(t, server, r), webhook.StatusCode(tt.is), webhook.PublicMessage(tt.is))
				require.ErrorIs(t, refused, tt.is)
			})
		}
	}
}

// deliveryKey is the key of the delivery. Any middleware can write under it.
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
		assert.False(t, ok, "the delivery is not under the key of net/http's middleware")
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
