package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// grammar matches every well-formed signature and nothing else.
var grammar = regexp.MustCompile(`\Asha256=[0-9a-f]{64}\z`)

func TestSign(t *testing.T) {
	eachOf(t, allBodies(t), func(t *testing.T, body string) {
		signature := webhook.Sign(currentSecret, []byte(body))
		if !grammar.MatchString(signature) {
			t.Errorf("%q is not sha256= and 64 lower-case hex digits", signature)
		}
		if want := "sha256=" + hex.EncodeToString(straightHMAC(currentSecret, body)); signature != want {
			t.Errorf("got %s, want %s", signature, want)
		}
	})
	t.Run("takes any string as the key", func(t *testing.T) {
		for _, key := range []string{"", " ", "\x00", "sk_live", strings.Repeat("k", 63), strings.Repeat("k", 64), strings.Repeat("k", 65), everyByte()} {
			if want := "sha256=" + hex.EncodeToString(straightHMAC(key, eventBody)); webhook.Sign(key, []byte(eventBody)) != want {
				t.Errorf("the key %q: not the HMAC of the body", key)
			}
		}
	})
	t.Run("signs a nil body as an empty one", func(t *testing.T) {
		if webhook.Sign(currentSecret, nil) != webhook.Sign(currentSecret, []byte{}) {
			t.Error("the signatures differ")
		}
	})
	t.Run("names the header", func(t *testing.T) {
		if webhook.SignatureHeader != "X-Webhook-Signature" {
			t.Error(webhook.SignatureHeader)
		}
	})
}

// spoiled changes a genuine signature.
type spoiled struct {
	spoil func(genuine string) string
	want  error
}

// digits returns the part after the prefix.
func digits(signature string) string { return strings.TrimPrefix(signature, "sha256=") }

func constant(value string) func(string) string { return func(string) string { return value } }

// spoiledSignatures must be refused by Verify, VerifyReader and VerifyRequest.
var spoiledSignatures = map[string]spoiled{
	"empty":                        {constant(""), webhook.ErrMissingSignature},
	"upper-case hex":               {func(s string) string { return "sha256=" + strings.ToUpper(digits(s)) }, webhook.ErrMalformedSignature},
	"one upper-case digit":         {constant("sha256=" + strings.Repeat("a", 63) + "A"), webhook.ErrMalformedSignature},
	"upper-case prefix":            {func(s string) string { return "SHA256=" + digits(s) }, webhook.ErrMalformedSignature},
	"mixed-case prefix":            {func(s string) string { return "Sha256=" + digits(s) }, webhook.ErrMalformedSignature},
	"bare hex":                     {digits, webhook.ErrMalformedSignature},
	"prefix alone":                 {constant("sha256="), webhook.ErrMalformedSignature},
	"prefix without equals sign":   {func(s string) string { return "sha256" + digits(s) }, webhook.ErrMalformedSignature},
	"prefix with a colon":          {func(s string) string { return "sha256:" + digits(s) }, webhook.ErrMalformedSignature},
	"prefix twice":                 {func(s string) string { return "sha256=" + s }, webhook.ErrMalformedSignature},
	"sha1":                         {func(s string) string { return "sha1=" + digits(s)[:40] }, webhook.ErrMalformedSignature},
	"sha1 with 64 digits":          {func(s string) string { return "sha1=" + digits(s) }, webhook.ErrMalformedSignature},
	"sha512":                       {func(s string) string { return "sha512=" + digits(s) + digits(s) }, webhook.ErrMalformedSignature},
	"sha512 with 64 digits":        {func(s string) string { return "sha512=" + digits(s) }, webhook.ErrMalformedSignature},
	"hmac-sha256":                  {func(s string) string { return "hmac-" + s }, webhook.ErrMalformedSignature},
	"versioned":                    {func(s string) string { return "v1=" + digits(s) }, webhook.ErrMalformedSignature},
	"comma list":                   {func(s string) string { return s + "," + s }, webhook.ErrMalformedSignature},
	"comma and space list":         {func(s string) string { return s + ", " + s }, webhook.ErrMalformedSignature},
	"space list":                   {func(s string) string { return s + " " + s }, webhook.ErrMalformedSignature},
	"list of an old and a new one": {func(s string) string { return "sha1=" + digits(s)[:40] + "," + s }, webhook.ErrMalformedSignature},
	"timestamp before":             {func(s string) string { return "t=1700000000," + s }, webhook.ErrMalformedSignature},
	"parameter after":              {func(s string) string { return s + ";v=1" }, webhook.ErrMalformedSignature},
	"two signatures in one":        {func(s string) string { return s + s }, webhook.ErrMalformedSignature},
	"62 digits":                    {func(s string) string { return s[:len(s)-2] }, webhook.ErrMalformedSignature},
	"63 digits":                    {func(s string) string { return s[:len(s)-1] }, webhook.ErrMalformedSignature},
	"65 digits":                    {func(s string) string { return s + "0" }, webhook.ErrMalformedSignature},
	"66 digits":                    {func(s string) string { return s + "00" }, webhook.ErrMalformedSignature},
	"128-bit tag":                  {func(s string) string { return s[:len("sha256=")+32] }, webhook.ErrMalformedSignature},
	"a letter that is no digit":    {func(s string) string { return s[:len(s)-1] + "g" }, webhook.ErrMalformedSignature},
	"the byte before 0":            {func(s string) string { return s[:len(s)-1] + "/" }, webhook.ErrMalformedSignature},
	"the byte after 9":             {func(s string) string { return s[:len(s)-1] + ":" }, webhook.ErrMalformedSignature},
	"the byte before a":            {func(s string) string { return s[:len(s)-1] + "`" }, webhook.ErrMalformedSignature},
	"a wrong first digit":          {func(s string) string { return "sha256=g" + digits(s)[1:] }, webhook.ErrMalformedSignature},
	"0x before the digits":         {func(s string) string { return "sha256=0x" + digits(s) }, webhook.ErrMalformedSignature},
	"0x as two of the digits":      {func(s string) string { return "sha256=0x" + digits(s)[2:] }, webhook.ErrMalformedSignature},
	"base64":                       {toBase64(base64.StdEncoding), webhook.ErrMalformedSignature},
	"base64 for URLs":              {toBase64(base64.RawURLEncoding), webhook.ErrMalformedSignature},
	"full-width digits":            {constant("sha256=" + strings.Repeat("０", 64)), webhook.ErrMalformedSignature},
	"64 bytes of Arabic digits":    {constant("sha256=" + strings.Repeat("٠", 32)), webhook.ErrMalformedSignature},
	"bytes above ASCII":            {constant("sha256=" + strings.Repeat("\xb0", 64)), webhook.ErrMalformedSignature},
	"a NUL as a digit":             {func(s string) string { return s[:len(s)-1] + "\x00" }, webhook.ErrMalformedSignature},
	"a NUL at the end":             {func(s string) string { return s + "\x00" }, webhook.ErrMalformedSignature},
	"a line feed at the end":       {func(s string) string { return s + "\n" }, webhook.ErrMalformedSignature},
	"a carriage return at the end": {func(s string) string { return s + "\r" }, webhook.ErrMalformedSignature},
	"a vertical tab at the end":    {func(s string) string { return s + "\v" }, webhook.ErrMalformedSignature},
	"a form feed before":           {func(s string) string { return "\f" + s }, webhook.ErrMalformedSignature},
	"a no-break space before":      {func(s string) string { return "\u00a0" + s }, webhook.ErrMalformedSignature},
	"a Latin-1 no-break space":     {func(s string) string { return s + "\xa0" }, webhook.ErrMalformedSignature},
	"a byte order mark before":     {func(s string) string { return "\ufeff" + s }, webhook.ErrMalformedSignature},
	"a zero-width space at end":    {func(s string) string { return s + "\u200b" }, webhook.ErrMalformedSignature},
	"a space after the prefix":     {func(s string) string { return "sha256= " + digits(s) }, webhook.ErrMalformedSignature},
	"a space among the digits":     {func(s string) string { return s[:40] + " " + s[41:] }, webhook.ErrMalformedSignature},
	"quotes":                       {func(s string) string { return `"` + s + `"` }, webhook.ErrMalformedSignature},
	"another secret's":             {constant(webhook.Sign(foreignSecret, []byte(eventBody))), webhook.ErrSignatureMismatch},
	"another body's":               {constant(webhook.Sign(currentSecret, []byte(eventBody+" "))), webhook.ErrSignatureMismatch},
	"all zeros":                    {constant("sha256=" + strings.Repeat("0", 64)), webhook.ErrSignatureMismatch},
	"the plain SHA-256":            {constant(plainSHA256(eventBody)), webhook.ErrSignatureMismatch},
	"the SHA-256 of key and body":  {constant(plainSHA256(currentSecret + eventBody)), webhook.ErrSignatureMismatch},
	"made with the empty key":      {constant(signatureOf(string(straightHMAC("", eventBody)))), webhook.ErrSignatureMismatch},
	"reversed":                     {reversed, webhook.ErrSignatureMismatch},
}

func toBase64(encoding *base64.Encoding) func(string) string {
	return func(s string) string {
		mac, _ := hex.DecodeString(digits(s)) // s is genuine
		return "sha256=" + encoding.EncodeToString(mac)
	}
}

func plainSHA256(data string) string {
	sum := sha256.Sum256([]byte(data))
	return "sha256=" + hex.EncodeToString(sum[:])
}

func reversed(s string) string {
	backwards := []byte(digits(s))
	for i, j := 0, len(backwards)-1; i < j; i, j = i+1, j-1 {
		backwards[i], backwards[j] = backwards[j], backwards[i]
	}
	return "sha256=" + string(backwards)
}

func TestSpoiledSignaturesAreRefused(t *testing.T) {
	v := webhook.MustNew(currentSecret, webhook.WithPreviousSecrets(previousSecret))
	genuine := webhook.Sign(currentSecret, []byte(eventBody))
	eachOf(t, spoiledSignatures, func(t *testing.T, s spoiled) {
		signature := s.spoil(genuine)

		checkError(t, v.Verify([]byte(eventBody), signature), s.want)

		d, err := v.VerifyReader(contextOf(t), strings.NewReader(eventBody), int64(len(eventBody)), signed(signature))
		checkVerdict(t, d, err, s.want, "")

		r := httptest.NewRequestWithContext(contextOf(t), http.MethodPost, "/", strings.NewReader(eventBody))
		r.Header[webhook.SignatureHeader] = []string{signature}
		d, err = v.VerifyRequest(nil, r)
		checkVerdict(t, d, err, s.want, "")
	})
}

func TestEveryBitOfTheSignatureCounts(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	mac := straightHMAC(currentSecret, eventBody)
	for bit := range 8 * len(mac) {
		flipped := append([]byte(nil), mac...)
		flipped[bit/8] ^= 1 << (bit % 8)
		err := v.Verify([]byte(eventBody), "sha256="+hex.EncodeToString(flipped))
		checkError(t, err, webhook.ErrSignatureMismatch)
	}
}

func TestEveryBitOfTheBodyCounts(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	signature := webhook.Sign(currentSecret, []byte(eventBody))
	for bit := range 8 * len(eventBody) {
		flipped := []byte(eventBody)
		flipped[bit/8] ^= 1 << (bit % 8)
		checkError(t, v.Verify(flipped, signature), webhook.ErrSignatureMismatch)
	}
	checkError(t, v.Verify([]byte(eventBody), signature), nil)
}

// Optional white space around a field value is not part of it. The argument of Verify is
// not a field value.
func TestWhiteSpaceAroundTheHeaderValue(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	genuine := webhook.Sign(currentSecret, []byte(eventBody))
	for name, value := range map[string]string{
		"a space before": " " + genuine,
		"a space after":  genuine + " ",
		"a tab before":   "\t" + genuine,
		"a tab after":    genuine + "\t",
		"many of both":   " \t \t" + genuine + "\t \t ",
	} {
		t.Run(name+" is refused by Verify", func(t *testing.T) {
			checkError(t, v.Verify([]byte(eventBody), value), webhook.ErrMalformedSignature)
		})
		t.Run(name+" is accepted by VerifyReader", func(t *testing.T) {
			d, err := v.VerifyReader(contextOf(t), strings.NewReader(eventBody), -1, signed(value))
			checkVerdict(t, d, err, nil, eventBody)
		})
		t.Run(name+" is accepted by VerifyRequest", func(t *testing.T) {
			r := httptest.NewRequestWithContext(contextOf(t), http.MethodPost, "/", strings.NewReader(eventBody))
			r.Header[webhook.SignatureHeader] = []string{value}
			d, err := v.VerifyRequest(nil, r)
			checkVerdict(t, d, err, nil, eventBody)
		})
	}
	t.Run("white space alone is malformed for Verify", func(t *testing.T) {
		checkError(t, v.Verify(nil, " \t"), webhook.ErrMalformedSignature)
	})
}

func TestSignatureLines(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	genuine := webhook.Sign(currentSecret, []byte(eventBody))
	forged := webhook.Sign(foreignSecret, []byte(eventBody))
	type row struct {
		header func(string) []string
		want   error
	}
	eachOf(t, map[string]row{
		"one line is judged":                  {signed(genuine), nil},
		"no line is missing":                  {signed(), webhook.ErrMissingSignature},
		"no header function is missing":       {nil, webhook.ErrMissingSignature},
		"an empty line is missing":            {signed(""), webhook.ErrMissingSignature},
		"a line of white space is missing":    {signed(" \t "), webhook.ErrMissingSignature},
		"two identical lines are malformed":   {signed(genuine, genuine), webhook.ErrMalformedSignature},
		"a forged line before is malformed":   {signed(forged, genuine), webhook.ErrMalformedSignature},
		"a forged line behind is malformed":   {signed(genuine, forged), webhook.ErrMalformedSignature},
		"an empty line before is malformed":   {signed("", genuine), webhook.ErrMalformedSignature},
		"an empty line behind is malformed":   {signed(genuine, ""), webhook.ErrMalformedSignature},
		"two empty lines are malformed":       {signed("", ""), webhook.ErrMalformedSignature},
		"three lines are malformed":           {signed(genuine, genuine, genuine), webhook.ErrMalformedSignature},
		"a line under another name is not it": {http.Header{"X-Hub-Signature-256": {genuine}}.Values, webhook.ErrMissingSignature},
	}, func(t *testing.T, c row) {
		d, err := v.VerifyReader(contextOf(t), strings.NewReader(eventBody), int64(len(eventBody)), c.header)
		checkVerdict(t, d, err, c.want, eventBody)
	})
}

func FuzzParseSignature(f *testing.F) {
	genuine := webhook.Sign(currentSecret, []byte(eventBody))
	f.Add(genuine)
	for _, s := range spoiledSignatures {
		f.Add(s.spoil(genuine))
	}
	v := webhook.MustNew(currentSecret)
	f.Fuzz(func(t *testing.T, signature string) {
		want := webhook.ErrMalformedSignature
		switch {
		case signature == "":
			want = webhook.ErrMissingSignature
		case grammar.MatchString(signature):
			want = webhook.ErrSignatureMismatch
			if received, err := hex.DecodeString(digits(signature)); err == nil && hmac.Equal(received, straightHMAC(currentSecret, eventBody)) {
				want = nil
			}
		}
		checkError(t, v.Verify([]byte(eventBody), signature), want)
	})
}
