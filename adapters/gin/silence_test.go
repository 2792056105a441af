package sendsargin_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sendsargin "github.com/sendsar-community/webhooks-go/adapters/gin"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

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
			engine.POST(route, append(tt.chain(nil), func(*gin.Context) { assert.Fail(t, "the handler ran") })...)
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

func TestKeysPrintNoBody(t *testing.T) {
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
