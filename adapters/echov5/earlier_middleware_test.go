package sendsarecho_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsarecho "github.com/sendsar-community/webhooks-go/adapters/echov5"
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

// With an announced length it is our own side's fault and says so; without one it looks
// like a forgery, and only the error can say what else it may be.
func TestBodyThatAnEarlierMiddlewareTouched(t *testing.T) {
	compressed := gzipped(t, strings.Repeat(eventBody, 10))
	tests := []struct {
		name        string
		contentType string
		body        string
		touch       echo.MiddlewareFunc
	}{
		{"read whole", "application/json", eventBody, before(func(c *echo.Context) {
			_, err := io.ReadAll(c.Request().Body)
			assert.NoError(t, err)
		})},
		{"read in part", "application/json", eventBody, before(func(c *echo.Context) {
			_, err := io.ReadFull(c.Request().Body, make([]byte, 1))
			assert.NoError(t, err)
		})},
		{"bound", "application/json", eventBody, before(func(c *echo.Context) {
			assert.NoError(t, c.Bind(new(bound)))
		})},
		{"parsed as a form", formType, "event=call.ended", before(func(c *echo.Context) {
			assert.Equal(t, "call.ended", c.FormValue("event"))
		})},
		{
			"parsed as a form by MethodOverride", formType, "event=call.ended",
			middleware.MethodOverrideWithConfig(middleware.MethodOverrideConfig{Getter: middleware.MethodFromForm("_method")}),
		},
		{"inflated by Decompress", "application/json", compressed, middleware.Decompress()},
		{"replaced by a longer one", "application/json", eventBody, before(func(c *echo.Context) {
			c.Request().Body = io.NopCloser(strings.NewReader(eventBody + " "))
		})},
	}
	for _, tt := range tests {
		inBothFramings(t, tt.name, func(t *testing.T, frame func(*http.Request) bool) {
			var seen outcome
			server := newEndpoint(t, watch(&seen), tt.touch, sendsarecho.New(accountSecret))
			r := signed(t, server.Server, tt.body)
			r.Header.Set("Content-Type", tt.contentType)
			if tt.body == compressed {
				r.Header.Set("Content-Encoding", "gzip")
			}
			chunked := frame(r)
			got := send(t, server.Server, r)
			assert.Zero(t, server.runs.Load())
			require.ErrorContains(t, seen.err, "verify first")
			if chunked {
				assertRejected(t, got, http.StatusUnauthorized, "invalid signature")
				assert.ErrorIs(t, seen.err, webhook.ErrSignatureMismatch)
			} else {
				assertRejected(t, got, http.StatusInternalServerError, "internal server error")
				assert.ErrorIs(t, seen.err, webhook.ErrBodyAltered)
			}
		})
	}
}

func TestMiddlewareThatMayComeBefore(t *testing.T) {
	var dumped []byte
	tests := map[string]echo.MiddlewareFunc{
		"BodyLimit":         middleware.BodyLimit(1000),
		"BodyDump":          middleware.BodyDump(func(_ *echo.Context, request, _ []byte, _ error) { dumped = request }),
		"Decompress, plain": middleware.Decompress(),
		"MethodFromForm, no form": middleware.MethodOverrideWithConfig(middleware.MethodOverrideConfig{
			Getter: middleware.MethodFromForm("_method"),
		}),
		"Recover":   middleware.Recover(),
		"RequestID": middleware.RequestID(),
		"Gzip":      middleware.Gzip(),
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
	server := newEndpoint(t, middleware.CSRF(), sendsarecho.New(accountSecret))
	got := send(t, server.Server, signed(t, server.Server, eventBody))
	assert.Equal(t, http.StatusBadRequest, got.status)
	assert.JSONEq(t, `{"message":"Bad Request"}`, got.body)
	assert.Zero(t, server.runs.Load())
}

func TestLimitOfAnEarlierMiddleware(t *testing.T) {
	maxBytes := before(func(c *echo.Context) {
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, 10)
	})
	tests := []struct {
		name    string
		limit   echo.MiddlewareFunc
		chunked bool
		ours    bool // it is this package that refuses
		text    string
	}{
		{"BodyLimit, announced", middleware.BodyLimit(10), false, false, "Request Entity Too Large"},
		{"BodyLimit, while reading", middleware.BodyLimit(10), true, true, "request body too large"},
		{"http.MaxBytesReader, announced", maxBytes, false, true, "request body too large"},
		{"http.MaxBytesReader, while reading", maxBytes, true, true, "request body too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var seen outcome
			server := newEndpoint(t, watch(&seen), tt.limit, sendsarecho.New(accountSecret))
			r := signed(t, server.Server, eventBody)
			if tt.chunked {
				r.ContentLength = -1
			}
			assertRejected(t, send(t, server.Server, r), http.StatusRequestEntityTooLarge, tt.text)
			if tt.ours {
				assertFinished(t, seen.err, refusal{status: 413, text: tt.text, err: webhook.ErrBodyTooLarge})
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
	tooLarge := refusal{status: 413, text: "request body too large", err: webhook.ErrBodyTooLarge}
	tests := []struct {
		name string
		err  error
		want refusal
	}{
		{"413 as Echo's middleware says it", echo.ErrStatusRequestEntityTooLarge, tooLarge},
		{"413 around a cause", echo.ErrStatusRequestEntityTooLarge.Wrap(errUnready), tooLarge},
		{"413 as an *echo.HTTPError", echo.NewHTTPError(413, "no"), tooLarge},
		{"413 within another error", fmt.Errorf("reader: %w", echo.NewHTTPError(413, "no")), tooLarge},
		{"418", echo.NewHTTPError(418, "no"), refusal{status: 400, text: "request body could not be read", err: webhook.ErrBodyRead}},
		{"200", echo.NewHTTPError(200, "no"), refusal{status: 400, text: "request body could not be read", err: webhook.ErrBodyRead}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var seen outcome
			server := newEndpoint(t, watch(&seen),
				before(func(c *echo.Context) { c.Request().Body = failingBody{tt.err} }),
				sendsarecho.New(accountSecret))
			got := send(t, server.Server, signed(t, server.Server, eventBody))
			assertRejected(t, got, tt.want.status, tt.want.text)
			require.ErrorIs(t, seen.err, tt.want.err)
			assert.Zero(t, server.runs.Load())
		})
	}
}

func TestLimitOfDecompress(t *testing.T) {
	const inflated = 1000
	compressed := gzipped(t, strings.Repeat("x", inflated))
	decompress := middleware.DecompressWithConfig(middleware.DecompressConfig{MaxDecompressedSize: inflated - 1})
	ours := sendsarecho.New(accountSecret)
	for name, chain := range map[string][]echo.MiddlewareFunc{
		"after us":  {ours, decompress},
		"before us": {decompress, ours},
	} {
		t.Run(name, func(t *testing.T) {
			server := startRoute(t, func(c *echo.Context) error {
				_, err := io.ReadAll(c.Request().Body)
				return err
			}, chain...)
			r := signed(t, server, compressed)
			r.Header.Set("Content-Encoding", "gzip")
			r.ContentLength = -1
			assert.Equal(t, http.StatusRequestEntityTooLarge, send(t, server, r).status)
		})
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
				middleware.BodyLimit(tt.limit),
				func(next echo.HandlerFunc) echo.HandlerFunc {
					return func(c *echo.Context) error {
						earlier = c.Request().Body
						err := next(c)
						after = c.Request().Body
						return err
					}
				},
				sendsarecho.WithConfig(sendsarecho.Config{
					Verifier: webhook.MustNew(accountSecret, webhook.WithMaxBodyBytes(1000)),
					ErrorHandler: func(c *echo.Context, err error) error {
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
