package diagnose_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/diagnose"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	digits   = "0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdef"
	secret   = "whsec_" + digits
	previous = "whsec_f00dcafe0123456789abcdef0f1e2d3c4b5a69788796a5b4"
	event    = `{"event":"message.created","roomId":"room_7","message":{"id":"m_1","text":"grüß dich 👋 <b>&amp;</b>"}}`
	lines    = "{\n  \"event\": \"console.test\"\n}\n"
)

// macHex computes an HMAC independently of the code under test.
func macHex(newHash func() hash.Hash, key, body string) string {
	h := hmac.New(newHash, []byte(key))
	h.Write([]byte(body))
	return hex.EncodeToString(h.Sum(nil))
}

func sign(key, body string) string { return "sha256=" + macHex(sha256.New, key, body) }

func unhex(s string) string {
	decoded, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return string(decoded)
}

func unbase64(s string) string {
	decoded, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return string(decoded)
}

func base64OfHex(s string) string { return base64.StdEncoding.EncodeToString([]byte(unhex(s))) }

func compressed(t testing.TB, open func(io.Writer) io.WriteCloser, plain string) string {
	t.Helper()
	var b bytes.Buffer
	w := open(&b)
	if _, err := io.WriteString(w, plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipped(t testing.TB, plain string) string {
	return compressed(t, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, plain)
}

func deflated(t testing.TB, plain string) string {
	return compressed(t, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, plain)
}

func rawDeflated(t testing.TB, plain string) string {
	return compressed(t, func(w io.Writer) io.WriteCloser {
		writer, err := flate.NewWriter(w, 1)
		if err != nil {
			t.Fatal(err)
		}
		return writer
	}, plain)
}

// mistaken is a delivery with a known mistake. An empty field gets the right value.
type mistaken struct {
	name      string
	signature string
	body      string
	secret    string
	want      []string // the mistakes' ids, in the order signature, key, body
}

func mistakes(t testing.TB) []mistaken {
	plain := sha256.Sum256([]byte(event))
	right := sign(secret, event)
	return []mistaken{
		{name: "echo's newline", body: event + "\n", want: []string{"final_newline_added"}},
		{name: "a Windows editor's newline", body: event + "\r\n", want: []string{"final_newline_added"}},
		{name: "a file's last newline lost", body: event, signature: sign(secret, event+"\n"), want: []string{"final_newline_lost"}},
		{name: "a file's last CRLF lost", body: event, signature: sign(secret, event+"\r\n"), want: []string{"final_newline_lost"}},
		{name: "LF made CRLF", body: strings.ReplaceAll(lines, "\n", "\r\n"), signature: sign(secret, lines), want: []string{"line_ends_crlf"}},
		{name: "CRLF made LF", body: lines, signature: sign(secret, strings.ReplaceAll(lines, "\n", "\r\n")), want: []string{"line_ends_lf"}},
		{
			name: "LF made CRLF, and the last one lost", body: strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\r\n"),
			signature: sign(secret, lines), want: []string{"line_ends_crlf", "final_newline_lost"},
		},
		{name: "a byte order mark added", body: "\ufeff" + event, want: []string{"bom_added"}},
		{name: "a byte order mark and a newline added", body: "\ufeff" + event + "\r\n", want: []string{"bom_added", "final_newline_added"}},
		{name: "a byte order mark lost", body: event, signature: sign(secret, "\ufeff"+event), want: []string{"bom_lost"}},
		{name: "little-endian UTF-16", body: "\xff\xfe{\x00\xfc\x00=\xd8\x4b\xdc}\x00", signature: sign(secret, "{ü\U0001f44b}"), want: []string{"utf16"}},
		{name: "big-endian UTF-16", body: "\xfe\xff\x00{\x00\xfc\xd8=\xdc\x4b\x00}", signature: sign(secret, "{ü\U0001f44b}"), want: []string{"utf16"}},
		{name: "gzip after signing", body: gzipped(t, event), want: []string{"body_compressed"}},
		{name: "zlib after signing", body: deflated(t, event), want: []string{"body_compressed"}},
		{name: "raw deflate after signing", body: rawDeflated(t, event), want: []string{"body_compressed"}},
		{name: "gzip before signing", body: event, signature: sign(secret, gzipped(t, event)), want: []string{"body_inflated"}},
		{name: "zlib before signing", body: event, signature: sign(secret, deflated(t, event)), want: []string{"body_inflated"}},
		{name: "the empty body signed", signature: sign(secret, ""), want: []string{"empty_body_signed"}},
		{name: "JSON indented after signing", body: lines, signature: sign(secret, `{"event":"console.test"}`), want: []string{"json_rewritten"}},
		{name: "JSON that lost its indentation", body: `{"event":"console.test"}`, signature: sign(secret, strings.TrimSpace(lines)), want: []string{"json_rewritten"}},
		{name: "JSON that lost its indentation and newline", body: `{"event":"console.test"}`, signature: sign(secret, lines), want: []string{"json_rewritten", "final_newline_lost"}},

		{name: "the previous secret", signature: sign(previous, event), want: []string{"previous_secret"}},
		{name: "the previous secret, hex-decoded", signature: sign(unhex(previous[6:]), event), want: []string{"previous_secret", "signed_hex_decoded"}},
		{name: "a newline after the secret as it is set", secret: secret + "\n", want: []string{"secret_white_space"}},
		{name: "white space around the secret as it is set", secret: "\u00a0 " + secret + "\t", want: []string{"secret_white_space"}},
		{name: "an invisible character before the secret as it is set", secret: "\ufeff" + secret, want: []string{"secret_white_space"}},
		{name: "double quotes around the secret as it is set", secret: `"` + secret + `"`, want: []string{"secret_quotes"}},
		{name: "single quotes around the secret as it is set", secret: "'" + secret + "'", want: []string{"secret_quotes"}},
		{name: "back quotes around the secret as it is set", secret: "`" + secret + "`", want: []string{"secret_quotes"}},
		{name: "quotes and white space around the secret as it is set", secret: `"` + secret + `" `, want: []string{"secret_white_space", "secret_quotes"}},
		{name: "signed with the quotes that the secret is set with", secret: `"` + secret + `"`, signature: sign(`"`+secret+`"`, event), want: []string{"secret_refused"}},
		{name: "signed with an API key that is set as the secret", secret: "sk_live_x", signature: sign("sk_live_x", event), want: []string{"secret_refused"}},
		{name: "the secret as it is set lacks whsec_", secret: digits, want: []string{"secret_prefix_lost"}},
		{name: "signed without whsec_", signature: sign(digits, event), want: []string{"signed_without_prefix"}},
		{name: "signed with the hex-decoded secret", signature: sign(unhex(digits), event), want: []string{"signed_hex_decoded"}},
		{name: "signed as Standard Webhooks does", signature: sign(unbase64(digits), event), want: []string{"signed_base64_decoded"}},
		{
			name: "signed with a secret that is unpadded URL base64", secret: "whsec_-_8", signature: sign("\xfb\xff", event),
			want: []string{"signed_base64_decoded"},
		},
		{name: "signed with a newline after the secret", signature: sign(secret+"\n", event), want: []string{"signed_with_newline"}},
		{name: "signed with CRLF after the secret", signature: sign(secret+"\r\n", event), want: []string{"signed_with_newline"}},
		{name: "signed with quotes around the secret", signature: sign(`"`+secret+`"`, event), want: []string{"signed_with_quotes"}},
		{name: "signed with an empty secret", signature: sign("", event), want: []string{"signed_with_empty_secret"}},
		{name: "a hash without a key", signature: "sha256=" + hex.EncodeToString(plain[:]), want: []string{"hash_without_key"}},
		{name: "key and body swapped", signature: sign(event, secret), want: []string{"key_and_body_swapped"}},

		{name: "the whole header line", signature: "x-webhook-signature: " + right, want: []string{"header_line"}},
		{name: "quotes around the signature", signature: `"` + right + `"`, want: []string{"signature_quotes"}},
		{name: "a newline after the signature", signature: right + "\n", want: []string{"signature_quotes"}},
		{name: "upper-case digits", signature: "sha256=" + strings.ToUpper(right[7:]), want: []string{"signature_upper_case"}},
		{name: "an upper-case prefix", signature: "SHA256=" + right[7:], want: []string{"signature_upper_case"}},
		{name: "no prefix", signature: right[7:], want: []string{"signature_without_prefix"}},
		{name: "another prefix", signature: "v1=" + right[7:], want: []string{"signature_without_prefix"}},
		{name: "a colon after the prefix", signature: "sha256:" + right[7:], want: []string{"signature_without_prefix"}},
		{name: "base64", signature: base64OfHex(right[7:]), want: []string{"signature_base64"}},
		{name: "base64 behind the prefix", signature: "sha256=" + base64OfHex(right[7:]), want: []string{"signature_base64"}},
		{name: "unpadded base64 behind the prefix", signature: "sha256=" + strings.TrimRight(base64OfHex(right[7:]), "="), want: []string{"signature_base64"}},
		{name: "SHA-1", signature: "sha1=" + macHex(sha1.New, secret, event), want: []string{"other_hash"}},
		{name: "SHA-384", signature: macHex(sha512.New384, secret, event), want: []string{"other_hash"}},
		{name: "SHA-512", signature: "sha512=" + macHex(sha512.New, secret, event), want: []string{"other_hash"}},
		{name: "SHA-512 in base64", signature: base64OfHex(macHex(sha512.New, secret, event)), want: []string{"signature_base64", "other_hash"}},
		{name: "SHA-1 under the name of SHA-256", signature: "sha256=" + macHex(sha1.New, secret, event), want: []string{"other_hash"}},
		{name: "a list with a foreign signature first", signature: sign("other", event) + ", " + right, want: []string{"signature_list"}},
		{name: "a list with a second mistake in its second part", signature: right + "," + right[7:], want: []string{"signature_list"}},
		{name: "a list with a second mistake in its first part", signature: right[7:] + "," + right, want: []string{"signature_list"}},
		{name: "a list with two hashes, both right", signature: "sha1=" + macHex(sha1.New, secret, event) + "," + right, want: []string{"signature_list"}},
		{name: "a list as GitHub's two headers", signature: "sha1=" + macHex(sha1.New, "other", event) + "," + right, want: []string{"signature_list"}},
		{
			name: "a list as Standard Webhooks sends", signature: "v1," + base64OfHex(right[7:]),
			want: []string{"signature_list", "signature_base64"},
		},
		{
			name: "Stripe's scheme", signature: "t=1700000000,v1=" + macHex(sha256.New, secret, "1700000000."+event),
			want: []string{"signature_list", "signature_without_prefix", "timestamp_signed"},
		},

		{
			name: "one mistake of each sort", signature: strings.ToUpper(macHex(sha256.New, unhex(digits), event)), body: event + "\n",
			want: []string{"signature_without_prefix", "signature_upper_case", "signed_hex_decoded", "final_newline_added"},
		},
		{
			name: "the line pasted, quotes around the secret, the JSON indented", signature: "X-Webhook-Signature: " + sign(secret, `{"event":"console.test"}`),
			secret: `"` + secret + `"`, body: lines, want: []string{"header_line", "secret_quotes", "json_rewritten"},
		},
	}
}

func (m mistaken) explain() []diagnose.Mistake { return m.explainAll().Mistakes }

func (m mistaken) explainAll() diagnose.Result {
	c := diagnose.Case{Body: []byte(event), Signature: sign(secret, event), Secret: secret, Previous: previous}
	if m.body != "" {
		c.Body = []byte(m.body)
	}
	if m.signature != "" {
		c.Signature = m.signature
	}
	if m.secret != "" {
		c.Secret = m.secret
	}
	return explain(c)
}

func explain(c diagnose.Case) diagnose.Result {
	return diagnose.Explain(context.Background(), c, nil)
}

func ids(found []diagnose.Mistake) []string {
	var all []string
	for _, m := range found {
		all = append(all, m.ID)
	}
	return all
}

func TestExplainNamesTheMistake(t *testing.T) {
	t.Parallel()
	for _, test := range mistakes(t) {
		t.Run(test.name, func(t *testing.T) {
			found := test.explain()
			if got := ids(found); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			for _, m := range found {
				if m.Text == "" || m.Fix == "" || strings.Contains(m.Text+m.Fix, "\n") {
					t.Errorf("%s is not a clause and its mend: %q, %q", m.ID, m.Text, m.Fix)
				}
				if text := fmt.Sprint(m); strings.Contains(text, digits) || strings.Contains(text, sign(secret, event)[7:]) {
					t.Errorf("%s shows a secret or a MAC", m.ID)
				}
			}
		})
	}
}

// visibleIDs are the mistakes that may be named without proof.
var visibleIDs = []string{
	"signature_missing", "signature_malformed", "signature_no_digits", "signature_too_long", "signature_cut", "signature_base64", "other_hash",
	"signature_without_prefix", "signature_upper_case", "signature_list", "signature_quotes", "signature_behind", "signature_before",
	"signature_not_hex", "signature_openssl", "signature_no_value", "signature_unexpanded", "header_line",
	"secret_refused", "bom_added", "utf16", "body_compressed",
}

// A hint that neither the MAC nor the value itself proves would mislead people.
func TestExplainNamesOnlyWhatIsVisibleForAnotherMAC(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	for i, test := range mistakes(t) {
		if i%3 > 0 && test.signature == "" {
			continue // each uses up the whole budget
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.signature == "" {
				test.signature = sign("of somebody else", event)
			} else {
				test.signature = otherDigits.Replace(test.signature)
			}
			got := test.explainAll()
			for _, id := range ids(got.Mistakes) {
				if got.Proved || !slices.Contains(visibleIDs, id) {
					t.Errorf("got %q for a signature that nobody made", id)
				}
			}
		})
	}
}

// otherDigits changes the digits of a signature, but not the names of hashes.
var otherDigits = strings.NewReplacer("sha256", "sha256", "SHA256", "SHA256", "sha1", "sha1", "sha512", "sha512", "v1", "v1", "1700000000", "1700000000",
	"0", "7", "7", "0", "b", "f", "f", "b", "3", "9", "9", "3", "B", "F", "F", "B")

func TestExplainDescribesWhatIsNoSignature(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	for _, test := range []struct{ name, signature, want string }{
		{"nothing", "", "signature_missing"},
		{"white space", " \t ", "signature_missing"},
		{"a line end", "\n", "signature_missing"},
		{"a pair of quotes", `""`, "signature_missing"},
		{"a word", "signature", "signature_malformed"},
		{"the prefix", "sha256=", "signature_no_digits"},
		{"half of the digits", sign(secret, "x")[:39], "signature_cut"},
		{"no letter of a digit", "sha256=" + strings.Repeat("z", 64), "signature_not_hex"},
		{"null", "null", "signature_no_value"},
		{"null behind the prefix", "sha256=null", "signature_no_value"},
		{"undefined", "undefined", "signature_no_value"},
		{"None in quotes", `"None"`, "signature_no_value"},
		{"an object's name", "[object Object]", "signature_no_value"},
		{"a shell's variable", "$SIGNATURE", "signature_unexpanded"},
		{"a shell's variable behind the prefix", "sha256=${SIG}", "signature_unexpanded"},
		{"a Windows variable", "%SIG%", "signature_unexpanded"},
		{"a template", "{{ signature }}", "signature_unexpanded"},
		{"a shell's command", "sha256=$(openssl dgst)", "signature_unexpanded"},
		{"a placeholder", "<signature>", "signature_unexpanded"},
		{"the secret", secret, "signature_is_secret"},
		{"an API key", "sk_live_" + digits, "signature_is_secret"},
		{"a masked value", "sha256=" + strings.Repeat("*", 64), "signature_masked"},
		{"a word for a masked value", "[REDACTED]", "signature_masked"},
		{"the body", event, "signature_is_body"},
		{"separators", ",;, ;", "signature_malformed"},
		{"bytes", "\x00\xff\xfe", "signature_malformed"},
		{"a thousand parts", strings.Repeat("t=1,", 1000), "signature_malformed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := (mistaken{signature: test.signature}).explainAll()
			if test.signature == "" {
				got = explain(diagnose.Case{Body: []byte(event), Secret: secret})
			}
			if found := ids(got.Mistakes); got.Proved || !slices.Equal(found, []string{test.want}) {
				t.Errorf("got %q", found)
			}
		})
	}
}

// The search gives up a body that becomes larger than a delivery may be when it is inflated or
// indented: a few kilobytes could become gigabytes.
func TestExplainTriesNothingLargerThanADelivery(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	nested := func(depth int) string { return strings.Repeat("[", depth) + "1" + strings.Repeat("]", depth) }
	indented := func(document string) string {
		var b bytes.Buffer
		if err := json.Indent(&b, []byte(document), "", "  "); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	zeros := strings.Repeat("\x00", webhook.DefaultMaxBodyBytes)
	for name, test := range map[string]struct {
		body, signed string
		want         []string
	}{
		"it inflates to the limit": {gzipped(t, zeros), zeros, []string{"body_compressed"}},
		"it inflates to more":      {gzipped(t, zeros+"\x00"), zeros + "\x00", []string{"body_compressed"}},
		"it is less when indented": {nested(700), indented(nested(700)), []string{"json_rewritten"}},
		"it is more when indented": {nested(800), indented(nested(800)), nil},
		"it would be a gigabyte":   {nested(9000), "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			m := mistaken{body: test.body, signature: sign(secret, test.signed)}
			if test.signed == "" {
				m.signature = sign("other", test.body)
			}
			if got := ids(m.explain()); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestExplainFindsALargeBody(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	body := `{"event":"message.created","text":"` + strings.Repeat("ü<>/", 40_000) + `"}`
	indented := strings.NewReplacer(`{"`, "{\n  \"", `":"`, `": "`, `","`, "\",\n  \"", `"}`, "\"\n}").Replace(body)
	found := mistaken{body: indented + "\n", signature: sign(unhex(digits), body)}.explain()
	if got := ids(found); !slices.Equal(got, []string{"signed_hex_decoded", "json_rewritten"}) {
		t.Errorf("got %q", got)
	}
}
