package diagnose_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/diagnose"
)

// sampleIDs are the mistakes that must be named for each row of testdata/verify-mistakes.tsv.
var sampleIDs = []string{
	"",                                       // nothing
	"",                                       // nothing
	"body_base64",                            // the body in base64, on one line
	"body_base64",                            // the body in base64, broken into lines of 76
	"body_base64",                            // the body in base64, with a final line end
	"body_base64 body_compressed",            // the body in base64 of gzip
	"body_base64",                            // base64 in quotes (a JSON string of base64)
	"body_json_string",                       // the body as a JSON string, \u escapes
	"body_json_string",                       // the body as a JSON string, a final line end
	"signed_json_string",                     // the signer signed the JSON string
	"body_envelope body_base64",              // the API Gateway event, isBase64Encoded true
	"body_envelope",                          // the API Gateway event, isBase64Encoded false
	"body_envelope",                          // a REST API event, text, indented
	"body_form",                              // a form's payload=
	"body_form",                              // a form's payload=, spaces as %20
	"body_percent_encoded",                   // the body percent-encoded
	"body_form",                              // the body as a form's key
	"other_charset",                          // saved in Latin-1
	"utf8_twice",                             // UTF-8 taken for Latin-1 and encoded again
	"utf8_twice",                             // encoded three times
	"unicode_normalised",                     // decomposed letters
	"body_escaped",                           // out of a log: quotes escaped, none around
	"final_newline_added body_escaped",       // out of a log: escaped, a final line end
	"body_in_text body_escaped",              // out of a log: the whole slog line
	"body_in_text",                           // out of a log: a date in front
	"nul_padding",                            // a trailing NUL
	"nul_padding",                            // padded with NULs to 4096
	"signature_cut",                          // the signature cut after 60 digits
	"signature_cut",                          // the signature cut after 20 digits, ... behind
	"signature_cut",                          // the signature cut after 20 digits, … behind
	"signature_cut",                          // the signature cut after 1 digits
	"signature_behind",                       // ',' behind the signature
	"signature_behind",                       // '.' behind the signature
	"signature_behind",                       // ';' behind the signature
	"signature_behind",                       // ',\n' behind the signature
	"signature_quotes",                       // a JSON array
	"secret_prefix_twice",                    // the secret's prefix twice
	"secret_encoded",                         // the secret in base64, as Kubernetes stores it
	"secret_encoded secret_white_space",      // the secret in base64 with its line end
	"signature_before",                       // Bearer before the signature
	"header_line",                            // the line as curl -v prints it
	"signature_before",                       // Signature before the signature
	"signature_openssl",                      // openssl's line
	"",                                       // the signature of another delivery
	"",                                       // another environment's secret
	"",                                       // only the inner object
	"body_placeholder",                       // [object Object]
	"body_http",                              // the HTTP head saved with it
	"body_broken_lines",                      // broken at 80 columns
	"hash_of_secret_and_body",                // a hash of secret and body
	"signature_unexpanded",                   // an unexpanded variable for a signature
	"final_newline_added",                    // a final newline added
	"final_newline_lost",                     // a final newline lost
	"bom_added",                              // a byte order mark in front
	"utf16 final_newline_added",              // UTF-16 of an old PowerShell
	"body_compressed",                        // compressed with zlib
	"json_rewritten",                         // printed again with indents
	"signature_without_prefix",               // the digits alone
	"signature_before",                       // another word before the digits
	"signature_quotes",                       // quotes around the signature
	"hash_without_key",                       // a plain hash
	"secret_white_space",                     // a line end behind the secret
	"signed_without_prefix",                  // signed without the prefix
	"signed_hex_decoded",                     // signed with the hex-decoded secret
	"previous_secret",                        // the previous secret
	"secret_refused",                         // an API key for a secret
	"secret_quotes",                          // curly quotes around the secret
	"secret_refused",                         // an unexpanded variable for a secret
	"signature_behind final_newline_added",   // a comma behind and a final newline
	"secret_prefix_lost final_newline_added", // without the prefix and a final newline
}

func decoded(t *testing.T, literal string) (s string) {
	t.Helper()
	if err := json.Unmarshal([]byte(literal), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestExplainNamesTheCauseInEverySample(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	data, err := os.ReadFile("testdata/verify-mistakes.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(data)), "\n")[1:]
	if len(rows) != len(sampleIDs) {
		t.Fatalf("%d rows, %d expectations", len(rows), len(sampleIDs))
	}
	for i, row := range rows {
		f := strings.Split(row, "\t")
		t.Run(f[0], func(t *testing.T) {
			body, err := base64.StdEncoding.DecodeString(f[1])
			if err != nil {
				t.Fatal(err)
			}
			c := diagnose.Case{Body: body, Signature: decoded(t, f[2]), Secret: decoded(t, f[3]), Previous: f[4]}
			got := explain(c)
			if found := ids(got.Mistakes); !slices.Equal(found, strings.Fields(sampleIDs[i])) {
				t.Errorf("got %q, want %q", found, sampleIDs[i])
			}
			if f[5] == "yes" && len(got.Mistakes) == 0 {
				t.Error("nothing is named, and something must be")
			}
			checkSilence(t, c, got)
		})
	}
}

// checkSilence fails if a text shows a part of the secret, the signature or the body, or
// is not a clause.
func checkSilence(t *testing.T, c diagnose.Case, got diagnose.Result) {
	t.Helper()
	var all []string
	for _, m := range got.Mistakes {
		if m.ID == "" || m.Name == "" || m.Text == "" || m.Fix == "" || strings.ContainsAny(m.Text+m.Fix, "\n\r\x00\x1b") || strings.HasSuffix(m.Text, ".") || strings.HasSuffix(m.Fix, ".") {
			t.Errorf("half a mistake: %+v", m)
		}
		all = append(all, m.ID, m.Name, m.Text, m.Fix)
	}
	shown := strings.ToLower(strings.Join(append(all, got.Tried...), "\n"))
	for _, hidden := range []string{c.Secret, c.Previous, c.Signature, string(c.Body)} {
		hidden = strings.ToLower(hidden)
		for i := 0; i+8 <= len(hidden); i++ {
			if part := hidden[i : i+8]; strings.ContainsAny(part, "0123456789") && strings.Contains(shown, part) && !strings.Contains("sha256= , sha256= x-webhook-signature isbase64encoded records[0] sendsar_webhook_secret utf-16le base64", strings.TrimSpace(part)) {
				t.Errorf("%q of the case is shown", part)
			}
		}
	}
}
