package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/redact"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const secret = "whsec_80cfe540e2c9c1652a9cc89d07d019921e178431e1ce13e1"

func TestText(t *testing.T) {
	signature := webhook.Sign(secret, []byte("{}"))
	digits := signature[len("sha256="):]
	raw, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	r := redact.New(secret, signature, "short-secret", "")
	stars := func(n int) string { return strings.Repeat("*", n) }
	for name, test := range map[string]struct{ text, want string }{
		"nothing to hide":             {"401 invalid signature", "401 invalid signature"},
		"the secret":                  {"a " + secret + " b", "a whsec_" + stars(48) + " b"},
		"the secret in upper case":    {strings.ToUpper(secret), "WHSEC_" + stars(48)},
		"the secret without whsec_":   {secret[6:], stars(48)},
		"a third of the secret":       {secret[20:36], stars(16)},
		"less than that":              {secret[20:35], secret[20:35]},
		"the signature":               {"got " + signature + ".", "got sha256=" + stars(64) + "."},
		"another signature":           {strings.ToUpper(webhook.Sign(secret, nil)), "SHA256=" + stars(64)},
		"a short digest":              {"sha256=0123456789abcde", "sha256=0123456789abcde"},
		"the signature cut off":       {signature[:50], "sha256=" + stars(43)},
		"the signature in upper case": {strings.ToUpper(signature), "SHA256=" + stars(64)},
		"the signature in base64":     {base64.StdEncoding.EncodeToString(raw), stars(43) + "="},
		"the signature, base64 URL":   {base64.RawURLEncoding.EncodeToString(raw), stars(43)},
		"the secret in base64":        {base64.StdEncoding.EncodeToString([]byte(secret)), stars(72)},
		"the secret in hex":           {hex.EncodeToString([]byte(secret)), stars(108)},
		"twice":                       {digits + " " + digits, stars(64) + " " + stars(64)},
		"letters around it":           {"ä€" + digits + "😀", "ä€" + stars(64) + "😀"},
		"bytes that are no text":      {"\xff" + digits + "\xfe", "\xff" + stars(64) + "\xfe"},
		"a secret of another form":    {"is SHORT-secret: short-secret", "is " + stars(12) + ": " + stars(12)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := r.Text(test.text); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
	t.Run("without a value to hide, signatures are found", func(t *testing.T) {
		if got, want := redact.New("").Text(signature), "sha256="+stars(64); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
	t.Run("the zero Redactor changes nothing", func(t *testing.T) {
		if got := new(redact.Redactor).Text(secret); got != secret {
			t.Errorf("got %q", got)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add("before ", " behind")
	f.Add("\xff", "ß")
	r := redact.New(secret)
	f.Fuzz(func(t *testing.T, before, behind string) {
		got := r.Text(before + secret + behind)
		if len(got) != len(before+secret+behind) || strings.Contains(got, secret[6:]) {
			t.Errorf("got %q", got)
		}
	})
}
