package sendsarecho_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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

// The client and Echo's logs learn nothing but the status; the reason is in the log of
// webhook.WithLogger.
func TestLogsAndAnswersAreSilent(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			var echos, ours bytes.Buffer
			logged := webhook.Reason(tt.err) != "no_verifier" && webhook.Reason(tt.err) != "invalid_secret"
			if logged {
				tt.pick = webhook.MustNew(accountSecret, webhook.WithMaxBodyBytes(1024),
					webhook.WithLogger(slog.New(slog.NewJSONHandler(&ours, nil))))
			}
			app := echo.New()
			logTo(app, &echos)
			app.POST(route, neverRun(t), tt.chain(nil)...)
			server := start(t, app)

			r := tt.request(t, server)
			got := send(t, server, r)
			require.Equal(t, tt.status, got.status)
			assertSilent(t, fmt.Sprint(got.body, got.header, echos.String(), ours.String()), r)
			assert.Contains(t, echos.String(), fmt.Sprintf(`"status":%d`, tt.status))
			assert.NotContains(t, echos.String()+got.body, tt.err.Error())
			if logged {
				assert.Contains(t, ours.String(), fmt.Sprintf(`"msg":"webhook refused","reason":%q`, webhook.Reason(tt.err)))
				assert.Contains(t, ours.String(), tt.err.Error())
			}
		})
	}
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
