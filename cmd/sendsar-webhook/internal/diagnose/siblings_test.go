package diagnose_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"mime/quotedprintable"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/diagnose"
)

const called = `{"event":"call.ended","roomId":"r-77","call":{"seconds":61.25,"with":["José","Zoë"],"note":"50 % off & more \\ done"},"z":0,"a":{"c":1,"b":2}}`

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func wrapped(s string, columns int, end string) string {
	var out strings.Builder
	for len(s) > columns {
		out.WriteString(s[:columns] + end)
		s = s[columns:]
	}
	return out.String() + s
}

func literal(s string) string {
	out, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(out)
}

func plainLiteral(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func calledIn(set *charmap.Charmap) string {
	out, err := set.NewEncoder().String(called)
	if err != nil {
		panic(err)
	}
	return out
}

func again(set *charmap.Charmap, s string) string {
	out, err := set.NewDecoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

func utf16le(s string) string {
	var out []byte
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return string(out)
}

func utf32be(s string) string {
	var out []byte
	for _, r := range s {
		out = append(out, 0, byte(r>>16), byte(r>>8), byte(r))
	}
	return string(out)
}

func numbers(s, separator string) string {
	var all []string
	for _, c := range []byte(s) {
		all = append(all, fmt.Sprint(c))
	}
	return strings.Join(all, separator)
}

// bodiesAtHand returns the body called after one or more mistakes, and the IDs that must be
// named.
func bodiesAtHand(t *testing.T) map[string]struct{ body, want string } {
	var qp bytes.Buffer
	w := quotedprintable.NewWriter(&qp)
	if _, err := w.Write([]byte(called)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	compactPython := strings.NewReplacer(`é`, `\u00e9`, `ë`, `\u00eb`).Replace(called)
	spaced := strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(called)
	sortedKeys := `{"a":{"b":2,"c":1},"call":{"note":"50 % off & more \\ done","seconds":61.25,"with":["José","Zoë"]},"event":"call.ended","roomId":"r-77","z":0}`
	return map[string]struct{ body, want string }{
		"base64 in the URL's alphabet":               {base64.RawURLEncoding.EncodeToString([]byte(called)), "body_base64"},
		"base64 in lines of 64 with CRLF":            {wrapped(b64(called), 64, "\r\n"), "body_base64"},
		"base64 behind a data URL's head":            {"data:application/json;base64," + b64(called), "body_base64"},
		"base64 in single quotes":                    {"'" + b64(called) + "'", "body_base64"},
		"base64 of base64":                           {b64(b64(called)), "body_base64"},
		"base64 of the body and a line end":          {b64(called + "\n"), "body_base64 final_newline_added"},
		"base64 of a JSON string":                    {b64(literal(called)), "body_base64 body_json_string"},
		"base32":                                     {base32.StdEncoding.EncodeToString([]byte(called)), "body_base64"},
		"hex digits":                                 {hex.EncodeToString([]byte(called)), "body_hex"},
		"hex digits in upper case":                   {fmt.Sprintf("%X", called), "body_hex"},
		"hex digits as Postgres prints them":         {`\x` + hex.EncodeToString([]byte(called)), "body_hex"},
		"hex digits as MySQL prints them":            {"0x" + fmt.Sprintf("%X", called), "body_hex"},
		"hex digits with spaces":                     {fmt.Sprintf("% x", called), "body_hex"},
		"hex digits of C":                            {fmt.Sprintf("% #x", called), "body_hex"},
		"a Node.js buffer":                           {"<Buffer " + fmt.Sprintf("% x", called) + ">", "body_hex"},
		"a Node.js buffer as JSON":                   {`{"type":"Buffer","data":[` + numbers(called, ",") + `]}`, "body_byte_list"},
		"Go's list of bytes":                         {"[" + numbers(called, " ") + "]", "body_byte_list"},
		"a JSON list of bytes":                       {"[" + numbers(called, ",") + "]", "body_byte_list"},
		"hexdump -C":                                 {hex.Dump([]byte(called)), "body_hex_dump"},
		"xxd":                                        {xxd(called), "body_hex_dump"},
		"a JSON string in a JSON string":             {literal(literal(called)), "body_json_string"},
		"a JSON string with a byte order mark":       {"\ufeff" + literal(called), "bom_added body_json_string"},
		"Go's %q":                                    {fmt.Sprintf("%q", called), "body_json_string"},
		"Go's %+q":                                   {fmt.Sprintf("%+q", called), "body_json_string"},
		"Python's bytes":                             {"b'" + strings.NewReplacer(`\`, `\\`, "é", `\xc3\xa9`, "ë", `\xc3\xab`).Replace(called) + "'", "body_json_string"},
		"quotes around it":                           {`"` + called + `"`, "body_quoted"},
		"single quotes around it":                    {"'" + called + "'\n", "body_quoted"},
		"a CSV file's field":                         {`"` + strings.ReplaceAll(called, `"`, `""`) + `"`, "body_quoted"},
		"curly quotes":                               {strings.ReplaceAll(called, `"`, "”"), "body_typographic"},
		"a Markdown fence":                           {"```json\n" + called + "\n```", "body_wrapped"},
		"escaped twice":                              {strings.Trim(plainLiteral(plainLiteral(called)), `"`), "*"},
		"chunked":                                    {fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(called), called), "body_chunked"},
		"chunked in two with an extension":           {fmt.Sprintf("5;a=b\r\n%s\r\n%x\r\n%s\r\n0\r\nX: y\r\n\r\n", called[:5], len(called)-5, called[5:]), "body_chunked"},
		"chunked with LF":                            {fmt.Sprintf("%x\n%s\n0\n\n", len(called), called), "body_chunked"},
		"an HTTP request with LF":                    {"POST /w HTTP/1.1\nHost: x\nX-Webhook-Signature: y\n\n" + called, "body_http"},
		"an HTTP request, chunked":                   {fmt.Sprintf("POST /w HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(called), called), "body_http body_chunked"},
		"headers without a request line":             {"Content-Type: application/json\r\nX-Webhook-Signature: y\r\n\r\n" + called, "body_http"},
		"curl -v":                                    {"> POST /w HTTP/1.1\n> Host: x\n>\n> " + called + "\n", "*"},
		"a form's field among others":                {"a=b&body=" + url.QueryEscape(called) + "&c=d", "body_form"},
		"a form's field, a line end":                 {"payload=" + url.QueryEscape(called) + "\n", "body_form"},
		"a form's field that is not encoded":         {"payload=" + strings.NewReplacer("&", "%26", "%", "%25").Replace(called), "*"},
		"percent-encoded twice":                      {url.QueryEscape(url.QueryEscape(called)), "body_percent_encoded"},
		"a multipart message":                        {"--xyz\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n" + called + "\r\n--xyz--\r\n", "body_multipart"},
		"HTML":                                       {html.EscapeString(called), "body_html"},
		"HTML's quotes":                              {strings.ReplaceAll(strings.ReplaceAll(called, "&", "&amp;"), `"`, "&quot;"), "body_html"},
		"quoted-printable":                           {qp.String(), "body_quoted_printable"},
		"Windows-1252":                               {calledIn(charmap.Windows1252), "other_charset"},
		"MacRoman":                                   {calledIn(charmap.Macintosh), "other_charset"},
		"code page 437":                              {calledIn(charmap.CodePage437), "other_charset"},
		"UTF-8 taken for Windows-1252":               {again(charmap.Windows1252, called), "utf8_twice"},
		"UTF-8 taken for MacRoman":                   {again(charmap.Macintosh, called), "utf8_twice"},
		"UTF-8 taken for code page 437, three times": {again(charmap.CodePage437, again(charmap.CodePage437, called)), "utf8_twice"},
		"UTF-16 without a byte order mark":           {utf16le(called), "utf16"},
		"UTF-16 with CRLF at the end":                {"\xff\xfe" + utf16le(called+"\r\n"), "utf16 final_newline_added"},
		"decomposed, a line end":                     {norm.NFD.String(called) + "\n", "final_newline_added unicode_normalised"},
		"NULs and a line end":                        {called + "\n\x00\x00", "nul_padding final_newline_added"},
		"blanks behind it":                           {called + "   ", "white_space_around"},
		"two line ends":                              {called + "\n\n", "*"},
		"cut before the last bracket":                {called[:len(called)-1], "body_cut"},
		"there twice":                                {called + called, "body_doubled"},
		"broken at 72 columns with CRLF":             {wrapped(called, 72, "\r\n"), "body_broken_lines"},
		"in colour":                                  {"\x1b[1;39m" + called + "\x1b[0m", "*"},
		"a JSON log line":                            {`{"level":"info","msg":"in","body":` + literal(called) + `}` + "\n", "*"},
		"an object in a JSON log line":               {`{"level":"info","msg":"in","body":` + called + `}` + "\n", "*"},
		"a zap log line":                             {"2026-11-26T10:00:00Z\tINFO\tdelivery\t{\"body\": " + literal(called) + "}", "*"},
		"a logfmt line":                              {`ts=1 level=info body=` + plainLiteral(called), "*"},
		"a log line with body= and base64":           {"2026/11/26 body=" + b64(called), "*"},
		"a log line in brackets":                     {"[2026-11-26] {INFO} got " + called + " from 1.2.3.4", "*"},
		"a Docker log line":                          {`{"log":` + literal(called+"\n") + `,"stream":"stdout","time":"2026-11-26T10:00:00Z"}`, "*"},
		"a Docker log line of a log line":            {`{"log":` + literal("2026/11/26 got "+called+"\n") + `,"stream":"stdout"}`, "*"},
		"an SQS event":                               {`{"Records":[{"messageId":"1","body":` + literal(called) + `,"eventSource":"aws:sqs"}]}`, "body_envelope"},
		"an SNS message in an SQS event":             {`{"Records":[{"body":` + literal(`{"Type":"Notification","MessageId":"1","TopicArn":"a","Message":`+literal(called)+`}`) + `}]}`, "body_envelope body_envelope"},
		"an EventBridge event":                       {`{"version":"0","detail-type":"x","source":"y","detail":` + called + `}`, "body_envelope"},
		"a Pub/Sub message":                          {`{"message":{"data":"` + b64(called) + `","messageId":"1"},"subscription":"s"}`, "body_envelope body_base64"},
		"an ALB event":                               {`{"requestContext":{"elb":{}},"httpMethod":"POST","path":"/","headers":{},"body":` + literal(called) + `,"isBase64Encoded":false}`, "body_envelope"},
		"an Azure request":                           {`{"method":"POST","rawBody":` + literal(called) + `,"headers":{}}`, "body_envelope"},
		"an array around it":                         {"[" + called + "]", "body_envelope"},
		"an event in a JSON string":                  {literal(`{"requestContext":{},"body":` + literal(called) + `,"isBase64Encoded":false}`), "body_json_string body_envelope"},
		"a Python dict":                              {`{'event': 'call.ended', 'roomId': 'r-77', 'call': {'seconds': 61.25, 'with': ['José', 'Zoë'], 'note': '50 % off & more \\ done'}, 'z': 0, 'a': {'c': 1, 'b': 2}}`, "body_literal"},
		"a Ruby hash":                                {strings.ReplaceAll(called, `":`, `"=>`), "body_literal"},
		"a JavaScript object":                        {`{ event: 'call.ended', roomId: 'r-77', call: { seconds: 61.25, with: [ 'José', 'Zoë' ], note: '50 % off & more \\ done' }, z: 0, a: { c: 1, b: 2 } }`, "body_literal"},
		"a trailing comma in an object":              {strings.Replace(called, `2}}`, `2,}}`, 1), "body_literal"},
		"a zero-width space":                         {strings.Replace(called, "José", "José\u200b", 1), "body_invisible"},
		"a control character behind it":              {called + "\x1a", "body_invisible"},
		"a non-breaking space":                       {strings.Replace(called, "50 %", "50\u00a0%", 1), "body_typographic"},
		"parentheses":                                {"(" + called + ")", "body_wrapped"},
		"a semicolon behind it":                      {called + ";", "body_wrapped"},
		"a statement in JavaScript":                  {"var body = " + called + ";\n", "body_in_text"},
		"a log line with base64":                     {"10:00 body=" + b64(called) + "\n", "body_in_text body_base64"},
		"NULs in front":                              {"\x00\x00" + called, "nuls"},
		"UTF-32 without a byte order mark":           {utf32be(called), "utf16"},
		"its first byte lost":                        {called[1:], "body_beginning_lost"},
		"its first ten bytes lost":                   {called[10:], "body_beginning_lost"},
		"Go's bytes in hex":                          {fmt.Sprintf("%#v", []byte(called)), "body_byte_list"},
		"xxd -i":                                     {"unsigned char body[] = {\n  " + strings.Trim(strings.TrimPrefix(fmt.Sprintf("%#v", []byte(called)), "[]byte"), "{}") + "\n};\nunsigned int body_len = 144;\n", "body_byte_list"},
		"gzip taken for Latin-1":                     {again(charmap.ISO8859_1, gzipped(t, called)), "utf8_twice body_compressed"},
		"a number in quotes":                         {strings.Replace(called, "61.25", `"61.25"`, 1), "json_rewritten"},
		"one object's keys sorted":                   {strings.Replace(called, `"seconds":61.25,"with":["José","Zoë"],"note":"50 % off & more \\ done"`, `"note":"50 % off & more \\ done","seconds":61.25,"with":["José","Zoë"]`, 1), "json_rewritten"},
		"a brace twice":                              {"{" + called, "body_in_text"},
		"Python's JSON":                              {strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(compactPython), "json_rewritten"},
		"Python's JSON, a line end":                  {strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(compactPython) + "\n", "json_rewritten"},
		"PHP's JSON":                                 {compactPython, "json_rewritten"},
		"Go's JSON":                                  {strings.ReplaceAll(called, "&", `\u0026`), "json_rewritten"},
		"jsonb of PostgreSQL":                        {`{"a": {"b": 2, "c": 1}, "z": 0, "call": {"note": "50 % off & more \\ done", "with": ["José", "Zoë"], "seconds": 61.25}, "event": "call.ended", "roomId": "r-77"}`, "json_rewritten"},
		"sorted keys":                                {sortedKeys, "json_rewritten"},
		"Jackson's indentation":                      {"{\n  \"event\" : \"call.ended\",\n  \"roomId\" : \"r-77\",\n  \"call\" : {\n    \"seconds\" : 61.25,\n    \"with\" : [ \"José\", \"Zoë\" ],\n    \"note\" : \"50 % off & more \\\\ done\"\n  },\n  \"z\" : 0,\n  \"a\" : {\n    \"c\" : 1,\n    \"b\" : 2\n  }\n}", "json_rewritten"},
		"a number with a zero more":                  {strings.Replace(called, "61.25", "61.250", 1), "json_rewritten"},
		"spaces in base64":                           {b64(spaced), "body_base64 json_rewritten"},
		"indented, as UTF-16":                        {"\xff\xfe" + utf16le(spaced), "utf16 json_rewritten"},
	}
}

func xxd(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i += 16 {
		line := s[i:min(i+16, len(s))]
		fmt.Fprintf(&out, "%08x: ", i)
		for j := 0; j < len(line); j += 2 {
			fmt.Fprintf(&out, "%x ", line[j:min(j+2, len(line))])
		}
		out.WriteString(" " + strings.Map(func(r rune) rune {
			if r > '~' {
				return '.'
			}
			return r
		}, line) + "\n")
	}
	return out.String()
}

func checkNamed(t *testing.T, c diagnose.Case, want string) {
	t.Helper()
	got := explain(c)
	found := ids(got.Mistakes)
	if want == "*" && got.Proved && len(found) > 0 {
		return
	}
	if !slices.Equal(found, strings.Fields(want)) || !got.Proved {
		t.Errorf("got %q (proved: %t), want %q", found, got.Proved, want)
	}
	checkSilence(t, c, got)
}

func TestExplainUndoesWhatWasDoneToTheBody(t *testing.T) {
	if testing.Short() {
		t.Skip("make ci runs it")
	}
	t.Parallel()
	for name, test := range bodiesAtHand(t) {
		t.Run(name, func(t *testing.T) {
			checkNamed(t, diagnose.Case{Body: []byte(test.body), Signature: sign(secret, called), Secret: secret}, test.want)
		})
	}
}

func TestExplainReadsSignaturesThatAreWrittenOtherwise(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	right := sign(secret, called)
	mac := right[7:]
	sum := unhex(mac)
	for name, test := range map[string]struct{ signature, want string }{
		"a line end behind it":                   {right + "\r\n", "signature_quotes"},
		"curly quotes":                           {"“" + right + "”", "signature_quotes"},
		"a quote behind it":                      {right + `"`, "signature_quotes"},
		"a quote and a comma":                    {`"` + right + `",`, "*"},
		"angle brackets":                         {"<" + right + ">", "signature_quotes"},
		"a JSON object":                          {`{"x-webhook-signature":"` + right + `"}`, "signature_quotes header_line"},
		"a header's line, lower case":            {"x-webhook-signature: " + right + "\r\n", "*"},
		"a header's line with curl's -H":         {"-H 'X-Webhook-Signature: " + right + "'", "*"},
		"another header's name":                  {"X-Hub-Signature-256: " + right, "header_line"},
		"a variable's assignment":                {"SIGNATURE=" + right, "*"},
		"a word and a colon":                     {"signature: " + right, "header_line"},
		"HMAC before it":                         {"HMAC " + right, "signature_before"},
		"an algorithm before it":                 {"HMAC-SHA256 " + mac, "*"},
		"openssl's old line":                     {"(stdin)= " + mac, "*"},
		"openssl's line of a file":               {"HMAC-SHA2-256(body.json)= " + mac, "signature_openssl"},
		"openssl's line, a line end":             {"HMAC-SHA256(stdin)= " + mac + "\n", "*"},
		"sha256sum's line":                       {mac + "  -", "*"},
		"openssl -r's line":                      {mac + " *stdin", "*"},
		"the prefix twice":                       {"sha256=" + right, "signature_prefix_twice"},
		"a colon for =":                          {"sha256:" + mac, "signature_without_prefix"},
		"sha-256":                                {"sha-256=" + mac, "*"},
		"0x":                                     {"0x" + mac, "signature_without_prefix"},
		"v1":                                     {"v1=" + mac, "signature_without_prefix"},
		"a space behind =":                       {"sha256= " + mac, "*"},
		"percent-encoded":                        {"sha256%3D" + mac, "signature_percent_encoded"},
		"percent-encoded twice":                  {"sha256%253D" + mac, "*"},
		"HTML":                                   {"sha256&#61;" + mac, "signature_escaped"},
		"quoted-printable":                       {"sha256=3D" + mac, "*"},
		"base64":                                 {"sha256=" + b64(sum), "signature_base64"},
		"base64 for URLs":                        {"sha256=" + base64.RawURLEncoding.EncodeToString([]byte(sum)), "signature_base64"},
		"base64 of the digits":                   {b64(mac), "*"},
		"base64 of the value":                    {b64(right), "signature_base64_text"},
		"base64 of the digits behind the prefix": {"sha256=" + b64(mac), "*"},
		"upper case":                             {"sha256=" + strings.ToUpper(mac), "signature_upper_case"},
		"all in upper case":                      {strings.ToUpper(right), "signature_upper_case"},
		"colons between the bytes":               {"sha256=" + strings.ReplaceAll(fmt.Sprintf("% x", sum), " ", ":"), "signature_separated"},
		"spaces between the bytes":               {"sha256=" + fmt.Sprintf("% x", sum), "*"},
		"dashes, upper case (.NET)":              {strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", "-"), "*"},
		"a line end inside":                      {right[:30] + "\n" + right[30:], "signature_white_space"},
		"a folded line":                          {right[:30] + "\r\n " + right[30:], "signature_white_space"},
		"an invisible character":                 {right[:30] + "\u200b" + right[30:], "signature_white_space"},
		"a byte order mark":                      {"\ufeff" + right, "*"},
		"one digit lost":                         {right[:30] + right[31:], "*"},
		"one digit more":                         {right + "0", "*"},
		"one digit changed":                      {right[:70] + string("0123456789abcdef"[(strings.IndexByte("0123456789abcdef", right[70])+1)%16]), "signature_digit_changed"},
		"its first digit lost":                   {"sha256=" + mac[1:], "signature_digit_changed"},
		"a digit twice":                          {right[:20] + right[19:], "signature_digit_changed"},
		"an ellipsis behind all digits":          {right + "…", "signature_behind"},
		"a star behind all digits":               {right + "*", "signature_behind"},
		"cut, dots behind a blank":               {right[:47] + " ...", "signature_cut"},
		"cut in the middle":                      {right[:47] + "..." + right[60:], "signature_cut"},
		"hex of the digits":                      {"sha256=" + hex.EncodeToString([]byte(mac)), "signature_hex_text signature_without_prefix"},
		"o for each 0":                           {"sha256=" + strings.ReplaceAll(mac, "0", "o"), "signature_look_alike"},
		"a soft hyphen before it":                {"\u00ad" + right, "signature_quotes"},
		"cut after 63 digits":                    {right[:70], "signature_cut"},
		"cut after 40 digits":                    {right[:47], "signature_cut"},
		"cut after 32 digits":                    {right[:39] + "...", "signature_cut"},
		"the value twice":                        {right + right, "*"},
		"the value twice, a comma":               {right + ", " + right, "signature_list"},
		"the digits twice":                       {right + mac, "signature_doubled"},
		"stars around it":                        {"**" + right + "**", "*"},
		"in a terminal's colour":                 {"\x1b[32m" + right + "\x1b[0m", "*"},
		"a backslash and n":                      {right + `\n`, "*"},
		"a JSON list in a JSON string":           {literal(`["` + right + `"]`), "*"},
		"a wide equals sign":                     {"sha256＝" + mac, "*"},
	} {
		t.Run(name, func(t *testing.T) {
			checkNamed(t, diagnose.Case{Body: []byte(called), Signature: test.signature, Secret: secret}, test.want)
		})
	}
}

func TestExplainFindsTheSecretThatWasMeant(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ secret, want string }{
		"NAME=value":                    {"SENDSAR_WEBHOOK_SECRET=" + secret, "secret_name_value"},
		"export NAME=\"value\"":         {`export SENDSAR_WEBHOOK_SECRET="` + secret + `"`, "*"},
		"YAML":                          {"SENDSAR_WEBHOOK_SECRET: " + secret, "secret_name_value"},
		"JSON":                          {`{"SENDSAR_WEBHOOK_SECRET":"` + secret + `"}`, "*"},
		"the prefix in capitals":        {"WHSEC_" + secret[6:], "*"},
		"everything in capitals":        {strings.ToUpper(secret), "*"},
		"the digits in capitals":        {"whsec_" + strings.ToUpper(secret[6:]), "secret_case"},
		"a dash in the prefix":          {"whsec-" + secret[6:], "secret_prefix_spoilt"},
		"half of the prefix":            {"sec_" + secret[6:], "*"},
		"hex":                           {hex.EncodeToString([]byte(secret)), "secret_encoded"},
		"URL-encoded":                   {url.QueryEscape(secret + "\n"), "*"},
		"base64 without padding":        {base64.RawStdEncoding.EncodeToString([]byte(secret)), "secret_encoded"},
		"base64 of quotes and a value":  {b64(`"` + secret + `"`), "*"},
		"base64 twice":                  {b64(b64(secret)), "*"},
		"base64 and a line end":         {b64(secret) + "\n", "*"},
		"a backslash and n behind":      {secret + `\n`, "*"},
		"a comment behind":              {secret + " # production", "*"},
		"a comma behind":                {secret + ",", "secret_more"},
		"escaped quotes":                {`\"` + secret + `\"`, "*"},
		"a JSON string":                 {literal(secret + "\n"), "*"},
		"half a quote":                  {secret + "'", "secret_quotes"},
		"guillemets":                    {"«" + secret + "»", "secret_quotes"},
		"CRLF":                          {secret + "\r\n", "secret_white_space"},
		"Bearer":                        {"Bearer " + secret, "secret_more"},
		"its bytes in base64":           {"whsec_" + b64(unhex(digits)), "secret_encoded"},
		"a blank inside":                {secret[:20] + " " + secret[20:], "secret_white_space_inside"},
		"a broken line":                 {secret[:20] + "\n" + secret[20:], "secret_white_space_inside"},
		"UTF-16":                        {"\xff\xfe" + utf16le(secret), "secret_white_space_inside"},
		"a byte order mark":             {"\ufeff" + secret, "secret_white_space"},
		"twice":                         {secret + secret, "*"},
		"a second value":                {secret + "," + previous, "*"},
		"the prefix twice":              {"whsec_" + secret, "secret_prefix_twice"},
		"without the prefix":            {secret[6:], "secret_prefix_lost"},
		"without the prefix, in quotes": {`"` + secret[6:] + `"`, "secret_quotes secret_prefix_lost"},
		"angle brackets":                {"<" + secret + ">", "secret_more"},
	} {
		t.Run(name, func(t *testing.T) {
			checkNamed(t, diagnose.Case{Body: []byte(called), Signature: sign(secret, called), Secret: test.secret}, test.want)
			got := explain(diagnose.Case{Body: []byte(called), Signature: sign(secret, called), Secret: "whsec_00112233445566778899aabbccddeeff0011223344556677", Previous: test.secret})
			if !got.Proved || len(got.Mistakes) == 0 || !slices.Contains(ids(got.Mistakes), "previous_secret") {
				t.Errorf("as the previous secret: got %q", ids(got.Mistakes))
			}
		})
	}
}

func TestExplainFindsOutHowASignerWentWrong(t *testing.T) {
	t.Parallel()
	sum := func(s string) string { h := sha256.Sum256([]byte(s)); return string(h[:]) }
	plain := func(s string) string { return "sha256=" + hex.EncodeToString([]byte(sum(s))) }
	for name, test := range map[string]struct{ signature, want string }{
		"in capitals":                           {sign(strings.ToUpper(secret), called), "signed_with_other_case"},
		"base64 of the secret":                  {sign(b64(secret), called), "signed_with_encoded_secret"},
		"a hash of the secret":                  {sign(sum(secret), called), "signed_with_hashed_secret"},
		"null for a secret":                     {sign("undefined", called), "signed_with_empty_secret"},
		"a hash, secret first":                  {plain(secret + called), "hash_of_secret_and_body"},
		"a hash, secret behind":                 {plain(called + secret), "hash_of_secret_and_body"},
		"an HMAC of an HMAC":                    {sign(secret, unhex(sign(secret, called)[7:])), "hashed_twice"},
		"an HMAC of the hash":                   {sign(secret, sum(called)), "digest_signed"},
		"an HMAC of hex digits":                 {sign(secret, hex.EncodeToString([]byte(called))), "signed_encoded_body"},
		"an HMAC of base64":                     {sign(secret, b64(called)), "signed_encoded_body"},
		"the JSON string":                       {sign(secret, plainLiteral(called)), "signed_json_string"},
		"the JSON string in ASCII":              {sign(secret, strings.NewReplacer("é", `\u00e9`, "ë", `\u00eb`).Replace(plainLiteral(called))), "signed_json_string"},
		"Latin-1":                               {sign(secret, calledIn(charmap.ISO8859_1)), "signed_in_charset"},
		"UTF-16":                                {sign(secret, utf16le(called)), "signed_encoded_body"},
		"[object Object]":                       {sign(secret, "[object Object]"), "signed_placeholder"},
		"a time stamp":                          {"t=1700000000,sha256=" + sign(secret, "1700000000."+called)[7:], "signature_list timestamp_signed"},
		"numbers in JavaScript":                 {sign(secret, strings.Replace(called, `"z":0`, `"z":0.0`, 1)), ""},
		"without the prefix, a line end signed": {sign(secret[6:], called+"\n"), "signed_without_prefix final_newline_lost"},
		"hex-decoded, and Python's JSON":        {sign(unhex(digits), strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(called)), "signed_hex_decoded json_rewritten"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.want == "" {
				if got := explain(diagnose.Case{Body: []byte(called), Signature: test.signature, Secret: secret}); len(got.Mistakes) > 0 {
					t.Errorf("got %q", ids(got.Mistakes))
				}
				return
			}
			checkNamed(t, diagnose.Case{Body: []byte(called), Signature: test.signature, Secret: secret}, test.want)
		})
	}
}

func TestExplainComparesWithWhatWasSigned(t *testing.T) {
	t.Parallel()
	const quoted = `{"event":"message.updated","roomId":"r9","text":"café \"5 stars\"\nnew"}`
	indented := "{\n  \"event\": \"x\",\n  \"text\": \"é\"\n}"
	for name, test := range map[string]struct{ signed, body, want string }{
		"backslashes lost before quotes": {quoted, strings.ReplaceAll(quoted, `\"`, `"`), "body_unescaped"},
		"escapes undone":                 {quoted, strings.NewReplacer(`\"`, `"`, `\n`, "\n").Replace(quoted), "body_unescaped"},
		"a line end in a string":         {quoted, strings.ReplaceAll(quoted, `\n`, "\n"), "body_unescaped"},
		"CRLF in indented JSON":          {indented, strings.ReplaceAll(indented, "\n", "\r\n"), "line_ends_crlf"},
		"CR in indented JSON":            {indented, strings.ReplaceAll(indented, "\n", "\r"), "line_ends_crlf"},
		"Shift JIS":                      {`{"event":"x","text":"日本語"}`, "{\"event\":\"x\",\"text\":\"\x93\xfa\x96\x7b\x8c\xea\"}", "other_charset"},
		"GBK":                            {`{"event":"x","text":"中文"}`, "{\"event\":\"x\",\"text\":\"\xd6\xd0\xce\xc4\"}", "other_charset"},
		"broken, its escapes undone":     {`{ "event" :"x",  "text":"caf\u00e9"}`, "{ \"event\" :\"x\",\n  \"text\":\"café\"}", "body_broken_lines json_rewritten"},
		"two objects' keys sorted": {
			`{"event":"e","zulu":{"d":1,"b":2,"c":3,"a":4},"roomId":"r","mike":{"p":1,"t":2,"q":3,"s":4,"r":5},"k":1}`,
			`{"event":"e","zulu":{"a":4,"b":2,"c":3,"d":1},"roomId":"r","mike":{"p":1,"q":3,"r":5,"s":4,"t":2},"k":1}`, "json_rewritten",
		},
		"a line end lost in front": {"\n" + called, called, "white_space_lost"},
		"an emoji escaped":         {`{"event":"x","text":"hi 👋"}`, `{"event":"x","text":"hi \ud83d\udc4b"}`, "json_rewritten"},
		"a line separator escaped": {"{\"event\":\"x\",\"text\":\"a\u2028b\"}", `{"event":"x","text":"a\u2028b"}`, "json_rewritten"},
	} {
		t.Run(name, func(t *testing.T) {
			checkNamed(t, diagnose.Case{Body: []byte(test.body), Signature: sign(secret, test.signed), Secret: secret}, test.want)
		})
	}
}
