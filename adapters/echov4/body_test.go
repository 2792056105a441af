// Code generated from ../echov5 by .ci/majors; DO NOT EDIT.

package sendsarecho_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	mw "github.com/labstack/echo/v4/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov4"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// bound takes the event's name out of every format that Echo binds.
type bound struct {
	Event string `form:"event" json:"event" xml:"event"`
}

func TestHandlerReadsTheSignedBody(t *testing.T) {
	bind := func(c echo.Context) (string, error) {
		var b bound
		err := c.Bind(&b)
		return b.Event, err
	}
	const (
		jsonDoc = `{"event":"call.ended"}`
		form    = "event=call.ended"
	)
	tests := []struct {
		name, contentType, body string
		read                    func(c echo.Context) (string, error)
		want                    string
	}{
		{"Request().Body", "application/json", jsonDoc, func(c echo.Context) (string, error) {
			body, err := io.ReadAll(c.Request().Body)
			return string(body), err
		}, jsonDoc},
		{"Request().Body through a json.Decoder", "application/json", jsonDoc, func(c echo.Context) (string, error) {
			var b bound
			err := json.NewDecoder(c.Request().Body).Decode(&b)
			return b.Event, err
		}, "call.ended"},
		{"Bind of JSON", "application/json", jsonDoc, bind, "call.ended"},
		{"Bind of XML", "application/xml", "<bound><event>call.ended</event></bound>", bind, "call.ended"},
		{"Bind of a form", formType, form, bind, "call.ended"},
		{"BindBody", "application/json", jsonDoc, func(c echo.Context) (string, error) {
			var b bound
			err := bindBody(c, &b)
			return b.Event, err
		}, "call.ended"},
		{"FormValue", formType, form, func(c echo.Context) (string, error) { return c.FormValue("event"), nil }, "call.ended"},
		{"all form values", formType, form, func(c echo.Context) (string, error) {
			values, err := formValues(c)
			return values.Get("event"), err
		}, "call.ended"},
		{"FormFieldBinder", formType, form, func(c echo.Context) (event string, err error) {
			err = echo.FormFieldBinder(c).MustString("event", &event).BindError()
			return event, err
		}, "call.ended"},
	}
	for _, tt := range tests {
		inBothFramings(t, tt.name, func(t *testing.T, frame func(*http.Request) bool) {
			var got string
			server := startRoute(t, func(c echo.Context) error {
				var err error
				got, err = tt.read(c)
				return err
			}, sendsarecho.New(accountSecret))
			r := signed(t, server, tt.body)
			r.Header.Set("Content-Type", tt.contentType)
			frame(r)
			require.Equal(t, http.StatusOK, send(t, server, r).status)
			assert.Equal(t, tt.want, got)
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
	server := startRoute(t, func(c echo.Context) error {
		between = files()
		if err := c.Request().ParseMultipartForm(1); err != nil { // a limit that Echo does not let choose
			return err
		}
		var b bound
		if err := c.Bind(&b); err != nil {
			return err
		}
		assert.Equal(t, "call.ended", b.Event)
		file, err := c.FormFile("file")
		if err != nil {
			return err
		}
		assert.EqualValues(t, len(eventBody), file.Size)
		during = files()
		return nil
	}, sendsarecho.New(accountSecret))

	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "event.json")
	require.NoError(t, err)
	_, err = io.WriteString(part, eventBody)
	require.NoError(t, err)
	require.NoError(t, form.WriteField("event", "call.ended"))
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
	look := func(into *facts) echo.MiddlewareFunc {
		return before(func(c echo.Context) {
			r := c.Request()
			*into = facts{r.ContentLength, r.TransferEncoding, r.Header.Clone(), r}
		})
	}
	for _, chunked := range []bool{false, true} {
		var earlier, after facts
		server := newEndpoint(t, look(&earlier), sendsarecho.New(accountSecret), look(&after))
		r := signed(t, server.Server, eventBody)
		length := int64(len(eventBody))
		if chunked {
			r.ContentLength, length = -1, -1
		}
		require.Equal(t, http.StatusOK, send(t, server.Server, r).status)
		assert.Equal(t, length, after.length)
		assert.Equal(t, earlier, after)
		assert.Same(t, earlier.request, after.request, "no copy of the request")
	}
}

func TestClosingTheBodyIsHarmless(t *testing.T) {
	var body []byte
	server := startRoute(t, func(c echo.Context) error {
		assert.NoError(t, c.Request().Body.Close())
		assert.NoError(t, c.Request().Body.Close())
		var err error
		body, err = io.ReadAll(c.Request().Body)
		return err
	}, sendsarecho.New(accountSecret))
	conn := dial(t, server)
	for range 2 { // the connection serves on
		conn.post(t, eventBody, lengthLine(len(eventBody)), signatureLine(eventBody))
		require.Equal(t, http.StatusOK, conn.answer(t).status)
		assertSigned(t, body)
	}
}

// BodyLimit may pool its readers: closing one late would close the body of another request.
func TestClosingTheBodyLateDoesNotReachAnotherRequest(t *testing.T) {
	bodies := make(chan io.Closer, 1)
	entered := make(chan struct{}, 1)
	server := startRoute(t,
		func(c echo.Context) error {
			bodies <- c.Request().Body
			return nil
		},
		bodyLimit(1<<20),
		before(func(echo.Context) { entered <- struct{}{} }),
		sendsarecho.New(accountSecret))

	conn := dial(t, server)
	conn.post(t, eventBody, lengthLine(len(eventBody)), signatureLine(eventBody))
	require.Equal(t, http.StatusOK, conn.answer(t).status)
	<-entered
	kept := <-bodies

	conn.post(t, "", lengthLine(len(eventBody)), signatureLine(eventBody))
	<-entered // the next request has the reader now
	require.NoError(t, kept.Close())
	conn.write(t, eventBody)
	assert.Equal(t, http.StatusOK, conn.answer(t).status)
}

func TestBodyCanBeReadAfterTheHandlerReturned(t *testing.T) {
	bodies := make(chan io.ReadCloser, 1)
	server := startRoute(t, func(c echo.Context) error {
		bodies <- c.Request().Body
		return nil
	}, bodyLimit(1<<20), sendsarecho.New(accountSecret))
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

// Only a request that was made in memory has a nil Body.
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
			app := echo.New()
			app.POST(route, func(c echo.Context) error {
				d, ok := sendsarecho.FromContext(c)
				assert.True(t, ok)
				assert.NotNil(t, d.Body)
				assert.Empty(t, d.Body)
				body, err := io.ReadAll(c.Request().Body)
				assert.Empty(t, body)
				return err
			}, sendsarecho.New(accountSecret))
			r := httptest.NewRequestWithContext(contextOf(t), http.MethodPost, route, nil)
			r.Body = nil
			r.Header.Set(webhook.SignatureHeader, tt.signature)
			recorder := httptest.NewRecorder()
			app.ServeHTTP(recorder, r)
			assert.Equal(t, tt.status, recorder.Code)
		})
	}
}

func TestCompressedBodyArrivesAsItWasSent(t *testing.T) {
	document := `{"event":"call.ended","filler":"` + strings.Repeat("-", 2000) + `"}`
	compressed := gzipped(t, document)
	tests := []struct {
		name  string
		after []echo.MiddlewareFunc
		read  func(c echo.Context) (string, error)
		want  string
	}{
		{"arrives as it was sent", nil, func(c echo.Context) (string, error) {
			body, err := io.ReadAll(c.Request().Body)
			return string(body), err
		}, compressed},
		{"is inflated by a Decompress after us", []echo.MiddlewareFunc{mw.Decompress()}, func(c echo.Context) (string, error) {
			body, err := io.ReadAll(c.Request().Body)
			return string(body), err
		}, document},
		{"is bound after a Decompress after us", []echo.MiddlewareFunc{mw.Decompress()}, func(c echo.Context) (string, error) {
			var b bound
			err := c.Bind(&b)
			return b.Event, err
		}, "call.ended"},
	}
	for _, tt := range tests {
		inBothFramings(t, tt.name, func(t *testing.T, frame func(*http.Request) bool) {
			var got string
			var delivery webhook.Delivery
			server := startRoute(t, func(c echo.Context) error {
				delivery, _ = sendsarecho.FromContext(c)
				var err error
				got, err = tt.read(c)
				return err
			}, append([]echo.MiddlewareFunc{sendsarecho.New(accountSecret)}, tt.after...)...)
			r := signed(t, server, compressed)
			r.Header.Set("Content-Encoding", "gzip")
			frame(r)
			require.Equal(t, http.StatusOK, send(t, server, r).status)
			assert.Equal(t, tt.want, got)
			assert.Equal(t, compressed, string(delivery.Body))
		})
	}
}

// The signature covers the bytes alone, so whoever replays a delivery chooses how
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
	r := signed(t, server, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusOK, send(t, server, r).status)
	assert.Equal(t, "call.ended", guessed.Event)
	assert.Equal(t, "message.created", explicit.Event)
	assert.Equal(t, webhook.EventMessageCreated, event.Type)
}
