//go:build unix && go1.24

// Go has FIPS 140 modes since 1.24.

package webhook_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// In FIPS 140-only mode crypto/hmac panics on a short key. The mode is set when a process
// starts, so the test runs its own program again in that mode.
func TestNewInFIPSOnlyMode(t *testing.T) {
	const child = "WEBHOOK_TEST_FIPS_ONLY"
	if os.Getenv(child) != "" {
		checkFIPSOnly(t)
		return
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(contextOf(t), program, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), child+"=1", "GODEBUG=fips140=only")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("in FIPS 140-only mode: %v\n%s", err, out)
	}
}

func checkFIPSOnly(t *testing.T) {
	const short, enough = "13 characters", "14 characters!" // 112 bits are 14 bytes
	for name, build := range map[string]func() (*webhook.Verifier, error){
		"current": func() (*webhook.Verifier, error) { return webhook.New(short, webhook.WithUncheckedSecrets()) },
		"previous": func() (*webhook.Verifier, error) {
			return webhook.New(currentSecret, webhook.WithPreviousSecrets(short), webhook.WithUncheckedSecrets())
		},
	} {
		v, err := build()
		checkError(t, err, webhook.ErrInvalidSecret)
		if v != nil || err != nil && (strings.Contains(err.Error(), short) || !strings.Contains(err.Error(), "crypto/hmac")) {
			t.Errorf("%s: got %v, %v", name, v, err)
		}
	}
	if panicValue(func() { webhook.Sign(short, nil) }) == nil {
		t.Error("the mode is not on: crypto/hmac accepted a short key")
	}
	for _, secret := range []string{enough, currentSecret} {
		v, err := webhook.New(secret, webhook.WithPreviousSecrets(previousSecret), webhook.WithUncheckedSecrets())
		if err != nil {
			t.Fatal(err)
		}
		for _, signer := range []string{secret, previousSecret} {
			d, err := v.VerifyReader(contextOf(t), strings.NewReader(eventBody), -1, signed(webhook.Sign(signer, []byte(eventBody))))
			checkVerdict(t, d, err, nil, eventBody)
		}
		checkError(t, v.Verify(nil, webhook.Sign(foreignSecret, nil)), webhook.ErrSignatureMismatch)
	}
}
