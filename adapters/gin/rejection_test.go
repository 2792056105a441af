package sendsargin_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// refusal is one way in which a request is refused.
type refusal struct {
	name   string
	spoil  func(r *http.Request) // what the client does wrong
	before gin.HandlerFunc       // or a middleware before ours
	pick   *webhook.Verifier     // or VerifierFor
	err    error
	status int
	text   string
}

func refusals() []refusal {
	const limit = 1024
	verifier := webhook.MustNew(accountSecret, webhook.WithMaxBodyBytes(limit))
	spoilHeader := func(values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[webhook.SignatureHeader] = values }
	}
	spoilBody := func(announced int64) func(*http.Request) {
		return func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", limit+1))), announced
		}
	}
	genuine := webhook.Sign(accountSecret, []byte(eventBody))
	return []refusal{
		{
			name: "no signature", pick: verifier, spoil: spoilHeader(),
			err: webhook.ErrMissingSignature, status: 401, text: "invalid signature",
		},
		{
			name: "a malformed signature", pick: verifier, spoil: spoilHeader("sha256=00"),
			err: webhook.ErrMalformedSignature, status: 401, text: "invalid signature",
		},
		{
			name: "two signatures", pick: verifier, spoil: spoilHeader(genuine, genuine),
			err: webhook.ErrMalformedSignature, status: 401, text: "invalid signature",
		},
		{
			name: "a stranger's signature", pick: verifier,
			spoil: spoilHeader(webhook.Sign(strangeSecret, []byte(eventBody))),
			err:   webhook.ErrSignatureMismatch, status: 401, text: "invalid signature",
		},
		{
			name: "no Verifier",
			err:  webhook.ErrNoVerifier, status: 401, text: "invalid signature",
		},
		{
			name: "a length over the limit", pick: verifier, spoil: spoilBody(limit + 1),
			err: webhook.ErrBodyTooLarge, status: 413, text: "request body too large",
		},
		{
			name: "more chunks than the limit", pick: verifier, spoil: spoilBody(-1),
			err: webhook.ErrBodyTooLarge, status: 413, text: "request body too large",
		},
		{
			name: "a body that was consumed before", pick: verifier,
			before: func(c *gin.Context) { _, _ = io.ReadAll(c.Request.Body) }, // whatever it returns, the body is gone
			err:    webhook.ErrBodyAltered, status: 500, text: "internal server error",
		},
		{
			name: "a zero Verifier", pick: new(webhook.Verifier),
			err: webhook.ErrInvalidSecret, status: 500, text: "internal server error",
		},
	}
}

// chain is the refusal's middleware, the adapter last.
func (f refusal) chain(handleError func(*gin.Context, error)) []gin.HandlerFunc {
	ours := sendsargin.WithConfig(sendsargin.Config{
		VerifierFor:  func(*gin.Context) *webhook.Verifier { return f.pick },
		ErrorHandler: handleError,
	})
	if f.before == nil {
		return []gin.HandlerFunc{ours}
	}
	return []gin.HandlerFunc{f.before, ours}
}

// request is the one that is refused.
func (f refusal) request(t *testing.T, server *httptest.Server) *http.Request {
	t.Helper()
	r := signed(t, server, eventBody)
	if f.spoil != nil {
		f.spoil(r)
	}
	return r
}

// heldBack is the writer of a timeout middleware: it keeps the answer until the chain has
// ended, and the first status counts. Of Gin's own methods it knows as few as many do.
type heldBack struct {
	gin.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *heldBack) Header() http.Header { return w.header }

func (w *heldBack) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *heldBack) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *heldBack) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func holdBack(c *gin.Context) {
	original := c.Writer
	held := &heldBack{ResponseWriter: original, header: make(http.Header)}
	c.Writer = held
	defer func() {
		c.Writer = original
		for name, values := range held.header {
			original.Header()[name] = values
		}
		if held.status != 0 {
			original.WriteHeader(held.status)
		}
		_, _ = held.body.WriteTo(original) // the client is gone
	}()
	c.Next()
}

// around are middlewares that render, replace or hold back what is within them.
func around() map[string]gin.HandlerFunc {
	return map[string]gin.HandlerFunc{
		"nothing":                    func(*gin.Context) {},
		"Gin's ErrorLogger":          gin.ErrorLogger(),
		"Gin's Recovery":             gin.RecoveryWithWriter(io.Discard),
		"a writer that holds back":   holdBack,
		"a status that is no answer": func(c *gin.Context) { c.Status(http.StatusAccepted) },
		"the error handler of Gin's documentation": func(c *gin.Context) {
			c.Next()
			if len(c.Errors) > 0 {
				c.JSON(http.StatusInternalServerError, gin.H{"message": c.Errors.Last().Error()})
			}
		},
		"a tracer that replaces the request and puts it back": func(c *gin.Context) {
			original := c.Request
			defer func() { c.Request = original }()
			c.Request = original.WithContext(context.WithValue(original.Context(), spanKey{}, "span"))
			c.Next()
		},
	}
}

func TestDefaultRejection(t *testing.T) {
	for name, outer := range around() {
		unauthorized := make(map[string]http.Header)
		for _, tt := range refusals() {
			t.Run(tt.name+", within "+name, func(t *testing.T) {
				seen := outcome{verified: true}
				server := newEndpoint(t, append([]gin.HandlerFunc{outer, watch(&seen)}, tt.chain(nil)...)...)
				got := send(t, server.Server, tt.request(t, server.Server))
				assertRejected(t, got, tt.status, tt.text)
				assert.Zero(t, server.runs.Load(), "the handler ran")
				assert.Equal(t, outcome{aborted: true}, seen)
				if tt.status == http.StatusUnauthorized {
					got.header.Del("Date")
					unauthorized[tt.name] = got.header
				}
			})
		}
		for reason, header := range unauthorized {
			assert.Equal(t, unauthorized["no signature"], header, "%s, within %s: a client can tell", reason, name)
		}
		t.Run("a genuine delivery, within "+name, func(t *testing.T) {
			server := newEndpoint(t, outer, sendsargin.New(accountSecret))
			assert.Equal(t, "handled", send(t, server.Server, signed(t, server.Server, eventBody)).body)
		})
	}
}

func TestDefaultRejectionReplacesTheHeadersOfAnotherContent(t *testing.T) {
	server := newEndpoint(t, func(c *gin.Context) {
		c.Header("Content-Length", "3")
		c.Header("Content-Type", "image/png")
	}, sendsargin.New(accountSecret))
	assertRejected(t, send(t, server.Server, forged(t, server.Server)), http.StatusUnauthorized, "invalid signature")
}

// countingWriter counts what reaches the server's own ResponseWriter.
type countingWriter struct {
	http.ResponseWriter
	headers, writes int
}

func (w *countingWriter) WriteHeader(status int) {
	w.headers++
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.writes++
	_, _ = w.ResponseWriter.Write(p) // only the error below counts
	return 0, errors.New("the client is gone")
}

func TestDefaultRejectionIsWrittenOnce(t *testing.T) {
	var seen outcome
	engine := newApp()
	engine.POST(route, watch(&seen), sendsargin.New(accountSecret))
	var counted countingWriter
	server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted = countingWriter{ResponseWriter: w}
		engine.ServeHTTP(&counted, r)
	}))
	assertRejected(t, send(t, server, unsigned(t, server)), http.StatusUnauthorized, "invalid signature")
	assert.Equal(t, 1, counted.headers)
	assert.Equal(t, 1, counted.writes)
	assert.Empty(t, seen.errors, "a failed write was recorded")
}

// mustNotAnswer is an ErrorHandler where something else has answered.
func mustNotAnswer(t *testing.T) func(*gin.Context, error) {
	t.Helper()
	return func(c *gin.Context, _ error) {
		assert.Fail(t, "the ErrorHandler was called")
		c.String(http.StatusForbidden, "own")
	}
}

func TestRefusalLeavesACommittedResponseAlone(t *testing.T) {
	for _, handle := range []func(*gin.Context, error){nil, mustNotAnswer(t)} {
		var refused error
		var seen outcome
		server := startRoute(t,
			watch(&seen),
			func(c *gin.Context) { c.String(http.StatusAccepted, "first") },
			sendsargin.WithConfig(sendsargin.Config{
				Verifier:     webhook.MustNew(accountSecret, observe(&refused)),
				ErrorHandler: handle,
			}),
			neverRun(t))
		for name, r := range map[string]*http.Request{
			"genuine":  signed(t, server, eventBody),
			"forged":   forged(t, server),
			"unsigned": unsigned(t, server),
		} {
			t.Run(fmt.Sprintf("%s, with an ErrorHandler %t", name, handle != nil), func(t *testing.T) {
				refused = nil
				got := send(t, server, r)
				assert.Equal(t, http.StatusAccepted, got.status)
				assert.Equal(t, "first", got.body)
				require.ErrorIs(t, refused, webhook.ErrBodyAltered)
				require.ErrorContains(t, refused, "the response is already written")
				assert.Equal(t, outcome{aborted: true}, seen)
			})
		}
	}
}

// answeringLimit is the body of a middleware that answers by itself, as gin-contrib's size
// limit does.
type answeringLimit struct {
	io.ReadCloser
	c *gin.Context
}

func (b answeringLimit) Read([]byte) (int, error) {
	b.c.String(http.StatusRequestEntityTooLarge, "request too large")
	b.c.AbortWithStatus(http.StatusRequestEntityTooLarge)
	return 0, errors.New("HTTP request too large")
}

func TestLimitThatHasAnsweredAlready(t *testing.T) {
	for _, handle := range []func(*gin.Context, error){nil, mustNotAnswer(t)} {
		inBothFramings(t, fmt.Sprintf("with an ErrorHandler %t", handle != nil), func(t *testing.T, frame func(*http.Request) bool) {
			var refused error
			server := newEndpoint(t,
				func(c *gin.Context) { c.Request.Body = answeringLimit{c.Request.Body, c} },
				sendsargin.WithConfig(sendsargin.Config{
					Verifier:     webhook.MustNew(accountSecret, observe(&refused)),
					ErrorHandler: handle,
				}))
			r := signed(t, server.Server, eventBody)
			frame(r)
			got := send(t, server.Server, r)
			assert.Equal(t, http.StatusRequestEntityTooLarge, got.status)
			assert.Equal(t, "request too large", got.body)
			assert.Equal(t, "body_too_large", webhook.Reason(refused))
			assert.Zero(t, server.runs.Load())
		})
	}
}

func TestWaysToMountTheMiddleware(t *testing.T) {
	handle := func(c *gin.Context) { c.String(http.StatusOK, "handled") }
	for name, mount := range map[string]func(*gin.Engine){
		"on a group":     func(e *gin.Engine) { e.Group("/webhooks", sendsargin.New(accountSecret)).POST("/sendsar", handle) },
		"on the engine":  func(e *gin.Engine) { e.Use(sendsargin.New(accountSecret)).POST(route, handle) },
		"behind NoRoute": func(e *gin.Engine) { e.NoRoute(sendsargin.New(accountSecret), handle) }, // Gin has set 404 already
	} {
		t.Run(name, func(t *testing.T) {
			engine := newApp()
			mount(engine)
			server := start(t, engine)
			assert.Equal(t, "handled", send(t, server, signed(t, server, eventBody)).body)
			assertRejected(t, send(t, server, forged(t, server)), http.StatusUnauthorized, "invalid signature")
		})
	}
}

// assertSilent checks that a text has no secret, nothing of the body, and neither the
// signature that was sent nor one that would have been right.
func assertSilent(t *testing.T, text string, sent *http.Request) {
	t.Helper()
	secrets := []string{accountSecret, retiredSecret, strangeSecret}
	forbidden := []string{"whsec_", hex.EncodeToString([]byte("whsec_")), "room-7", "xxxx"}
	for _, secret := range secrets {
		forbidden = append(forbidden, secret[len("whsec_"):])
		forbidden = append(forbidden, strings.TrimPrefix(webhook.Sign(secret, []byte(eventBody)), "sha256="))
	}
	forbidden = append(forbidden, sent.Header.Values(webhook.SignatureHeader)...)
	for _, part := range forbidden {
		assert.NotContains(t, text, part)
	}
}

// captureGin has all that Gin prints, its debug output included, written to one buffer.
func captureGin(t *testing.T) *bytes.Buffer {
	t.Helper()
	output := new(bytes.Buffer)
	writer, errorWriter := gin.DefaultWriter, gin.DefaultErrorWriter
	t.Cleanup(func() {
		gin.DefaultWriter, gin.DefaultErrorWriter = writer, errorWriter
		gin.SetMode(gin.TestMode)
	})
	gin.DefaultWriter, gin.DefaultErrorWriter = output, output
	gin.SetMode(gin.DebugMode)
	return output
}

// The client and Gin's log learn nothing but the status; the reason is in the log of
// webhook.WithLogger.
func TestLogsAndAnswersAreSilent(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			gins := captureGin(t)
			var ours bytes.Buffer
			logged := webhook.Reason(tt.err) != "no_verifier" && webhook.Reason(tt.err) != "invalid_secret"
			if logged {
				tt.pick = webhook.MustNew(accountSecret, webhook.WithMaxBodyBytes(1024),
					webhook.WithLogger(slog.New(slog.NewJSONHandler(&ours, nil))))
			}
			engine := gin.New()
			engine.Use(gin.Logger(), gin.Recovery())
			engine.POST(route, append(tt.chain(nil), neverRun(t))...)
			server := start(t, engine)

			r := tt.request(t, server)
			got := send(t, server, r)
			require.Equal(t, tt.status, got.status)
			assertSilent(t, fmt.Sprint(got.body, got.header, gins.String(), ours.String()), r)
			assert.Contains(t, gins.String(), fmt.Sprintf("| %d |", tt.status))
			assert.NotContains(t, gins.String()+got.body, tt.err.Error())
			if logged {
				assert.Contains(t, ours.String(), fmt.Sprintf(`"msg":"webhook refused","reason":%q`, webhook.Reason(tt.err)))
				assert.Contains(t, ours.String(), tt.err.Error())
			}
		})
	}
}
