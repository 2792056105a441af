package sendsargin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// bound takes the event's name out of every format that Gin binds.
type bound struct {
	Event string `form:"event" json:"event" xml:"event" yaml:"event" toml:"event"`
}

func TestHandlerReadsTheSignedBody(t *testing.T) {
	bind := func(f func(c *gin.Context, into *bound) error) func(*gin.Context) (string, error) {
		return func(c *gin.Context) (string, error) {
			var b bound
			err := f(c, &b)
			return b.Event, err
		}
	}
	const (
		form    = "event=call.ended"
		xml     = "<bound><event>call.ended</event></bound>"
		yaml    = "event: call.ended\n"
		toml    = "event = 'call.ended'\n"
		jsonDoc = `{"event":"call.ended"}`
	)
	tests := []struct {
		name, contentType, body string
		read                    func(c *gin.Context) (string, error)
		want                    string
	}{
		{"Request.Body", "application/json", jsonDoc, func(c *gin.Context) (string, error) {
			body, err := io.ReadAll(c.Request.Body)
			return string(body), err
		}, jsonDoc},
		{"Request.Body through a json.Decoder", "application/json", jsonDoc, bind(func(c *gin.Context, into *bound) error {
			return json.NewDecoder(c.Request.Body).Decode(into)
		}), "call.ended"},
		{"GetRawData", "application/json", jsonDoc, func(c *gin.Context) (string, error) {
			body, err := c.GetRawData()
			return string(body), err
		}, jsonDoc},
		{"BodyBytesKey", "application/json", jsonDoc, func(c *gin.Context) (string, error) {
			body, _ := c.Get(gin.BodyBytesKey)
			return fmt.Sprintf("%s", body), nil
		}, jsonDoc},
		{"ShouldBindJSON", "application/json", jsonDoc, bind(func(c *gin.Context, into *bound) error { return c.ShouldBindJSON(into) }), "call.ended"},
		{"BindJSON", "application/json", jsonDoc, bind(func(c *gin.Context, into *bound) error { return c.BindJSON(into) }), "call.ended"},
		{"ShouldBindWith", "application/json", jsonDoc, bind(func(c *gin.Context, into *bound) error { return c.ShouldBindWith(into, binding.JSON) }), "call.ended"},
		{"ShouldBind of JSON", "application/json", jsonDoc, bind(func(c *gin.Context, into *bound) error { return c.ShouldBind(into) }), "call.ended"},
		{"ShouldBind of a form", "application/x-www-form-urlencoded", form, bind(func(c *gin.Context, into *bound) error { return c.ShouldBind(into) }), "call.ended"},
		{"PostForm", "application/x-www-form-urlencoded", form, func(c *gin.Context) (string, error) { return c.PostForm("event"), nil }, "call.ended"},
		{"ShouldBindXML", "application/xml", xml, bind(func(c *gin.Context, into *bound) error { return c.ShouldBindXML(into) }), "call.ended"},
		{"ShouldBindYAML", "application/yaml", yaml, bind(func(c *gin.Context, into *bound) error { return c.ShouldBindYAML(into) }), "call.ended"},
		{"ShouldBindTOML", "application/toml", toml, bind(func(c *gin.Context, into *bound) error { return c.ShouldBindTOML(into) }), "call.ended"},
		{"ShouldBindBodyWithJSON", "application/json", jsonDoc, bind(func(c *gin.Context, into *bound) error { return c.ShouldBindBodyWithJSON(into) }), "call.ended"},
		{"ShouldBindBodyWithXML", "application/xml", xml, bind(func(c *gin.Context, into *bound) error { return c.ShouldBindBodyWithXML(into) }), "call.ended"},
		{"ShouldBindBodyWithYAML", "application/yaml", yaml, bind(func(c *gin.Context, into *bound) error { return c.ShouldBindBodyWithYAML(into) }), "call.ended"},
		{"ShouldBindBodyWithTOML", "application/toml", toml, bind(func(c *gin.Context, into *bound) error { return c.ShouldBindBodyWithTOML(into) }), "call.ended"},
	}
	for _, tt := range tests {
		inBothFramings(t, tt.name, func(t *testing.T, frame func(*http.Request) bool) {
			var got string
			server := startRoute(t, sendsargin.New(accountSecret), func(c *gin.Context) {
				var err error
				got, err = tt.read(c)
				assert.NoError(t, err)
			})
			r := signed(t, server, tt.body)
			r.Header.Set("Content-Type", tt.contentType)
			frame(r)
			require.Equal(t, http.StatusOK, send(t, server, r).status)
			assert.Equal(t, tt.want, got)
		})
	}
}

// ShouldBindBodyWith may come before and after whatever reads the body itself.
func TestBindersWorkInAnyOrder(t *testing.T) {
	stream := map[string]func(c *gin.Context) error{
		"Request.Body": func(c *gin.Context) error {
			body, err := io.ReadAll(c.Request.Body)
			assertSigned(t, body)
			return err
		},
		"GetRawData": func(c *gin.Context) error {
			body, err := c.GetRawData()
			assertSigned(t, body)
			return err
		},
		"ShouldBindJSON": func(c *gin.Context) error {
			var b bound
			err := c.ShouldBindJSON(&b)
			assert.Equal(t, "message.created", b.Event)
			return err
		},
		"ShouldBind": func(c *gin.Context) error {
			var b bound
			err := c.ShouldBind(&b)
			assert.Equal(t, "message.created", b.Event)
			return err
		},
	}
	cached := func(c *gin.Context) error {
		var b bound
		err := c.ShouldBindBodyWithJSON(&b)
		assert.Equal(t, "message.created", b.Event)
		return err
	}
	for name, read := range stream {
		orders := map[string][]func(*gin.Context) error{
			"ShouldBindBodyWithJSON before " + name: {cached, read},
			"ShouldBindBodyWithJSON after " + name:  {read, cached},
			"ShouldBindBodyWithJSON around " + name: {cached, cached, read, cached},
		}
		for order, steps := range orders {
			t.Run(order, func(t *testing.T) {
				server := startRoute(t, sendsargin.New(accountSecret), func(c *gin.Context) {
					for i, step := range steps {
						assert.NoError(t, step(c), "step %d", i)
					}
				})
				require.Equal(t, http.StatusOK, send(t, server, signed(t, server, eventBody)).status)
			})
		}
	}
}

func TestBodyBytesKeyIsOverwritten(t *testing.T) {
	tests := map[string]any{
		"forged bytes":         []byte(`{"event":"forged"}`),
		"no bytes":             []byte{},
		"a nil slice":          []byte(nil),
		"another type's value": "forged",
	}
	for name, poison := range tests {
		t.Run(name, func(t *testing.T) {
			var b bound
			server := startRoute(t,
				func(c *gin.Context) { c.Set(gin.BodyBytesKey, poison) },
				sendsargin.New(accountSecret),
				func(c *gin.Context) { assert.NoError(t, c.ShouldBindBodyWithJSON(&b)) })
			require.Equal(t, http.StatusOK, send(t, server, signed(t, server, eventBody)).status)
			assert.Equal(t, "message.created", b.Event)
		})
	}
}

func TestMultipartFormIsBoundAndItsTemporaryFilesAreRemoved(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	files := func() int {
		entries, err := os.ReadDir(temporary)
		if assert.NoError(t, err) {
			return len(entries)
		}
		return -1
	}

	var during, between int
	engine := newApp()
	engine.MaxMultipartMemory = 1
	engine.POST(route, sendsargin.New(accountSecret), func(c *gin.Context) {
		between = files()
		header, err := c.FormFile("event")
		if assert.NoError(t, err) {
			assert.EqualValues(t, len(eventBody), header.Size)
		}
		form, err := c.MultipartForm()
		if assert.NoError(t, err) {
			assert.Equal(t, []string{"call.ended"}, form.Value["name"])
		}
		during = files()
	})
	server := start(t, engine)

	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("event", "event.json")
	require.NoError(t, err)
	_, err = io.WriteString(part, eventBody)
	require.NoError(t, err)
	require.NoError(t, form.WriteField("name", "call.ended"))
	require.NoError(t, form.Close())

	// One connection: the server has tidied up after a request when it reads the next.
	conn := dial(t, server)
	for range 3 {
		conn.post(t, body.String(), lengthLine(body.Len()), signatureLine(body.String()), "Content-Type: "+form.FormDataContentType())
		require.Equal(t, http.StatusOK, conn.answer(t).status)
		assert.Equal(t, 1, during, "the form was not put into a file, so this test shows nothing")
		assert.Zero(t, between, "left over from the request before")
	}
}

func TestRequestStaysAsItCame(t *testing.T) {
	type facts struct {
		length   int64
		encoding []string
		header   http.Header
		request  *http.Request
	}
	look := func(c *gin.Context, into *facts) {
		*into = facts{c.Request.ContentLength, c.Request.TransferEncoding, c.Request.Header.Clone(), c.Request}
	}
	for _, chunked := range []bool{false, true} {
		var before, after facts
		server := startRoute(t,
			func(c *gin.Context) { look(c, &before) },
			sendsargin.New(accountSecret),
			func(c *gin.Context) { look(c, &after) })
		r := signed(t, server, eventBody)
		length := int64(len(eventBody))
		if chunked {
			r.ContentLength, length = -1, -1
		}
		require.Equal(t, http.StatusOK, send(t, server, r).status)
		assert.Equal(t, length, after.length)
		assert.Equal(t, before, after)
		assert.Same(t, before.request, after.request, "no copy of the request")
	}
}

func TestClosingTheBodyIsHarmless(t *testing.T) {
	var body []byte
	server := startRoute(t, sendsargin.New(accountSecret), func(c *gin.Context) {
		assert.NoError(t, c.Request.Body.Close())
		assert.NoError(t, c.Request.Body.Close())
		var err error
		body, err = io.ReadAll(c.Request.Body)
		assert.NoError(t, err)
	})
	conn := dial(t, server)
	for range 2 { // the connection serves on
		conn.post(t, eventBody, lengthLine(len(eventBody)), signatureLine(eventBody))
		require.Equal(t, http.StatusOK, conn.answer(t).status)
		assertSigned(t, body)
	}
}

func TestBodyCanBeReadAfterTheHandlerReturned(t *testing.T) {
	bodies := make(chan io.ReadCloser, 1)
	server := startRoute(t, sendsargin.New(accountSecret), func(c *gin.Context) { bodies <- c.Request.Body })
	conn := dial(t, server)
	conn.post(t, eventBody, lengthLine(len(eventBody)), signatureLine(eventBody))
	conn.answer(t)
	first := <-bodies
	conn.post(t, "{}", lengthLine(2), signatureLine("{}"))
	conn.answer(t)
	<-bodies
	body, err := io.ReadAll(first)
	require.NoError(t, err)
	assertSigned(t, body)
}

// Only a request that was made in memory has a nil Body, and Gin's binders panic on it.
func TestNilBodyIsAnEmptyOne(t *testing.T) {
	tests := []struct {
		name, signature string
		status          int
	}{
		{"signed", webhook.Sign(accountSecret, nil), http.StatusOK},
		{"unsigned", "", http.StatusUnauthorized},
		{"signed for another body", webhook.Sign(accountSecret, []byte("x")), http.StatusUnauthorized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			engine := newApp()
			engine.POST(route,
				func(c *gin.Context) {
					c.Next()
					assert.NotNil(t, c.Request.Body)
				},
				sendsargin.New(accountSecret),
				func(c *gin.Context) {
					d, ok := sendsargin.FromContext(c)
					assert.True(t, ok)
					assert.NotNil(t, d.Body)
					assert.Empty(t, d.Body)
					require.Error(t, c.ShouldBindBodyWithJSON(new(bound)), "nothing is no JSON")
					require.Error(t, c.ShouldBindJSON(new(bound)))
				})
			r := httptest.NewRequestWithContext(contextOf(t), http.MethodPost, route, nil)
			r.Body = nil
			r.Header.Set(webhook.SignatureHeader, tt.signature)
			recorder := httptest.NewRecorder()
			engine.ServeHTTP(recorder, r)
			assert.Equal(t, tt.status, recorder.Code)
		})
	}
}

func TestCompressedBodyArrivesAsItWasSent(t *testing.T) {
	compressed := gzipped(t, strings.Repeat(eventBody, 10))
	var got []byte
	server := startRoute(t, sendsargin.New(accountSecret), func(c *gin.Context) {
		assert.Equal(t, "gzip", c.GetHeader("Content-Encoding"))
		var err error
		got, err = c.GetRawData()
		assert.NoError(t, err)
	})
	r := signed(t, server, compressed)
	r.Header.Set("Content-Encoding", "gzip")
	require.Equal(t, http.StatusOK, send(t, server, r).status)
	assert.Equal(t, compressed, string(got))
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
	r := signed(t, server, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusOK, send(t, server, r).status)
	assert.Equal(t, "call.ended", guessed.Event)
	assert.Equal(t, "message.created", explicit.Event)
	assert.Equal(t, webhook.EventMessageCreated, event.Type)
}
