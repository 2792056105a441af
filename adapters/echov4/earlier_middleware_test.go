// Code generated from ../echov5 by .ci/majors; DO NOT EDIT.

package sendsarecho_test

import (
	"bytes"
	"compress/gzip"
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

const formType = "application/x-www-form-urlencoded"

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return compressed.String()
}

// With an announced length it is an internal error. Without one it mostly looks like a
// forgery, and only the error can say what else it may be.
func TestBodyThatAnEarlierMiddlewareTouched(t *testing.T) {
	const altered, mismatch = "body_altered", "signature_mismatch"
	compressed := gzipped(t, strings.Repeat(eventBody, 10))
	other := strings.ToUpper(eventBody)
	tests := []struct {
		name        string
		contentType string
		body        string
		touch       echo.MiddlewareFunc
		announced   string // the reason of the refusal, if any
		chunked     string
	}{
		{"read whole", "application/json", eventBody, before(func(c echo.Context) {
			_, err := io.ReadAll(c.Request().Body)
			assert.NoError(t, err)
		}), altered, mismatch},
		{"read in part", "application/json", eventBody, before(func(c echo.Context) {
			_, err := io.ReadFull(c.Request().Body, make([]byte, 1))
			assert.NoError(t, err)
		}), altered, mismatch},
		{"read whole and closed", "application/json", eventBody, before(func(c echo.Context) {
			_, err := io.ReadAll(c.Request().Body)
			assert.NoError(t, err)
			assert.NoError(t, c.Request().Body.Close())
		}), altered, altered},
		{"closed unread", "application/json", eventBody, before(func(c echo.Context) {
			assert.NoError(t, c.Request().Body.Close())
		}), altered, altered},
		{"replaced by a longer one", "application/json", eventBody, before(func(c echo.Context) {
			c.Request().Body = io.NopCloser(strings.NewReader(eventBody + " "))
		}), altered, mismatch},
		{"replaced by a longer one, its length set", "application/json", eventBody, before(func(c echo.Context) {
			c.Request().Body = io.NopCloser(strings.NewReader(eventBody + " "))
			c.Request().ContentLength = int64(len(eventBody + " "))
		}), altered, mismatch},
		{"replaced by as many other bytes, the length set", "application/json", eventBody, before(func(c echo.Context) {
			c.Request().Body = io.NopCloser(strings.NewReader(other))
			c.Request().ContentLength = int64(len(other))
		}), mismatch, mismatch},
		{"read and put back", "application/json", eventBody, before(func(c echo.Context) {
			body, err := io.ReadAll(c.Request().Body)
			if assert.NoError(t, err) {
				c.Request().Body = io.NopCloser(bytes.NewReader(body))
			}
		}), "", ""},
		{"bound", "application/json", eventBody, before(func(c echo.Context) {
			assert.NoError(t, c.Bind(new(bound)))
		}), altered, mismatch},
		{"parsed as a form", formType, "event=call.ended", before(func(c echo.Context) {
			assert.Equal(t, "call.ended", c.FormValue("event"))
		}), altered, mismatch},
		{
			"parsed as a form by MethodOverride", formType, "event=call.ended",
			mw.MethodOverrideWithConfig(mw.MethodOverrideConfig{Getter: mw.MethodFromForm("_method")}),
			altered, mismatch,
		},
		{"inflated by Decompress", "application/json", compressed, mw.Decompress(), altered, mismatch},
	}
	for _, tt := range tests {
		inBothFramings(t, tt.name, func(t *testing.T, frame func(*http.Request) bool) {
			var refused error
			server := newEndpoint(t, tt.touch, sendsarecho.New(accountSecret, observe(&refused)))
			r := signed(t, server.Server, tt.body)
			r.Header.Set("Content-Type", tt.contentType)
			if tt.body == compressed {
				r.Header.Set("Content-Encoding", "gzip")
			}
			want := tt.announced
			if frame(r) {
				want = tt.chunked
			}
			got := send(t, server.Server, r)
			assert.Equal(t, want, webhook.Reason(refused))
			switch want {
			case altered:
				require.ErrorContains(t, refused, "verify first")
				assertRejected(t, got, http.StatusInternalServerError, "internal server error")
			case mismatch:
				assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
			default:
				assert.Equal(t, "handled", got.body)
				return
			}
			assert.Zero(t, server.runs.Load())
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
		"Recover":   mw.Recover(),
		"RequestID": mw.RequestID(),
		"Gzip":      mw.Gzip(),
	}
	for name, earlier := range tests {
		t.Run(name, func(t *testing.T) {
			for _, chunked := range []bool{false, true} {
				server := newEndpoint(t, earlier, sendsarecho.New(accountSecret))
				r := signed(t, server.Server, eventBody)
				if chunked {
					r.ContentLength = -1
				}
				assert.Equal(t, "handled", send(t, server.Server, r).body)
				assertRejected(t, send(t, server.Server, forged(t, server.Server)), http.StatusUnauthorized, "invalid signature")
			}
		})
	}
	assertSigned(t, dumped)
}

// No sender of webhooks has a token.
func TestCSRFBeforeRefusesGenuineDeliveries(t *testing.T) {
	server := newEndpoint(t, mw.CSRF(), sendsarecho.New(accountSecret))
	got := send(t, server.Server, signed(t, server.Server, eventBody))
	assert.Equal(t, http.StatusBadRequest, got.status)
	assert.Zero(t, server.runs.Load())
}

func TestLimitOfAnEarlierMiddleware(t *testing.T) {
	maxBytes := before(func(c echo.Context) {
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, 10)
	})
	tests := []struct {
		name    string
		limit   echo.MiddlewareFunc
		chunked bool
		ours    bool // it is this package that refuses
	}{
		{"BodyLimit, announced", bodyLimit(10), false, false},
		{"BodyLimit, while reading", bodyLimit(10), true, true},
		{"http.MaxBytesReader, announced", maxBytes, false, true},
		{"http.MaxBytesReader, while reading", maxBytes, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var refused error
			server := newEndpoint(t, tt.limit, sendsarecho.New(accountSecret, observe(&refused)))
			r := signed(t, server.Server, eventBody)
			if tt.chunked {
				r.ContentLength = -1
			}
			got := send(t, server.Server, r)
			if tt.ours {
				assertRejected(t, got, http.StatusRequestEntityTooLarge, "request body too large")
				require.ErrorIs(t, refused, webhook.ErrBodyTooLarge)
			} else {
				assert.Equal(t, http.StatusRequestEntityTooLarge, got.status)
			}
			assert.Zero(t, server.runs.Load())
		})
	}
}

// failingBody fails as a middleware's reader may: with an error of Echo's.
type failingBody struct{ err error }

func (b failingBody) Read([]byte) (int, error) { return 0, b.err }
func (b failingBody) Close() error             { return nil }

func TestReadErrorThatHasAStatus(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		is     error
		status int
		text   string
	}{
		{"413 of Echo's own", echo.ErrStatusRequestEntityTooLarge, webhook.ErrBodyTooLarge, 413, "request body too large"},
		{"413", echo.NewHTTPError(413, "no"), webhook.ErrBodyTooLarge, 413, "request body too large"},
		{"413 around a cause", wrapIn(echo.NewHTTPError(413, "no"), errUnready), webhook.ErrBodyTooLarge, 413, "request body too large"},
		{"413 within another error", fmt.Errorf("reader: %w", echo.NewHTTPError(413, "no")), webhook.ErrBodyTooLarge, 413, "request body too large"},
		{"418", echo.NewHTTPError(418, "no"), webhook.ErrBodyRead, 400, "request body could not be read"},
		{"200", echo.NewHTTPError(200, "no"), webhook.ErrBodyRead, 400, "request body could not be read"},
	}
	for _, tt := range tests {
		for name, handle := range map[string]func(echo.Context, error) error{
			"without an ErrorHandler":             nil,
			"with an ErrorHandler that passes on": func(_ echo.Context, err error) error { return fmt.Errorf("refused: %w", err) },
		} {
			t.Run(tt.name+", "+name, func(t *testing.T) {
				var refused error
				server := newEndpoint(t,
					before(func(c echo.Context) { c.Request().Body = failingBody{tt.err} }),
					sendsarecho.WithConfig(sendsarecho.Config{
						Verifier:     webhook.MustNew(accountSecret, observe(&refused)),
						ErrorHandler: handle,
					}))
				assertRejected(t, send(t, server.Server, signed(t, server.Server, eventBody)), tt.status, tt.text)
				require.ErrorIs(t, refused, tt.is)
				assert.Zero(t, server.runs.Load())
			})
		}
	}
}

// An outer middleware may hold on to the body it saw, or have put its own there.
func TestBodyIsTheSameValueAfterAnEarlyRefusal(t *testing.T) {
	long := func(announced int64) func(r *http.Request) {
		return func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", 2000))), announced
		}
	}
	tests := []struct {
		name  string
		limit int64
		spoil func(r *http.Request)
	}{
		{"no signature", 1 << 20, func(r *http.Request) { r.Header.Del(webhook.SignatureHeader) }},
		{"a malformed signature", 1 << 20, func(r *http.Request) { r.Header.Set(webhook.SignatureHeader, "sha256=") }},
		{"a length over the limit", 1 << 20, long(2000)},
		{"more chunks than the limit", 1 << 20, long(-1)},
		{"more chunks than BodyLimit's", 900, long(-1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var earlier, during, after io.ReadCloser
			server := newEndpoint(t,
				bodyLimit(tt.limit),
				func(next echo.HandlerFunc) echo.HandlerFunc {
					return func(c echo.Context) error {
						earlier = c.Request().Body
						err := next(c)
						after = c.Request().Body
						return err
					}
				},
				sendsarecho.WithConfig(sendsarecho.Config{
					Verifier: webhook.MustNew(accountSecret, webhook.WithMaxBodyBytes(1000)),
					ErrorHandler: func(c echo.Context, err error) error {
						during = c.Request().Body
						return err
					},
				}))
			r := signed(t, server.Server, eventBody)
			tt.spoil(r)
			send(t, server.Server, r)
			assert.Same(t, earlier, during)
			assert.Same(t, earlier, after)
		})
	}
}
