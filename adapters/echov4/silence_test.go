package sendsarecho_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
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

func TestLogsAndAnswersAreSilent(t *testing.T) {
	for _, tt := range refusals() {
		for _, debug := range []bool{false, true} {
			name := tt.name
			if debug {
				name += ", with Echo.Debug"
			}
			t.Run(name, func(t *testing.T) {
				var output bytes.Buffer
				app := echo.New()
				app.Debug = debug
				app.Logger.SetOutput(&output)
				app.StdLogger.SetOutput(&output)
				app.Use(
					middleware.LoggerWithConfig(middleware.LoggerConfig{Output: &output}),
					middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
						LogError: true, LogStatus: true, HandleError: true,
						LogValuesFunc: func(_ echo.Context, v middleware.RequestLoggerValues) error {
							_, err := fmt.Fprintf(&output, "status %d: %v %+v %#v\n", v.Status, v.Error, v.Error, v.Error)
							return err
						},
					}),
					middleware.Recover(),
				)
				app.POST(route, neverRun(t), tt.chain(nil)...)
				server := start(t, app)

				r := tt.request(t, server)
				got := send(t, server, r)
				require.Equal(t, tt.status, got.status)
				assert.Equal(t, debug, strings.Contains(got.body, tt.err.Error()), "the reason is for Echo.Debug alone")
				assertSilent(t, fmt.Sprint(got.body, got.header), r)

				log := output.String()
				assert.Contains(t, log, fmt.Sprintf(`"status":%d`, tt.status))
				assert.Contains(t, log, fmt.Sprintf("status %d: code=%d", tt.status, tt.status))
				assert.Contains(t, log, tt.err.Error(), "the log is the place where the reason stands")
				assertSilent(t, log, r)
			})
		}
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
