package diagnose

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"html"
	"iter"
	"net/url"
	"regexp"
	"strings"
)

const maxEncodedAgain = 64 << 10

// ends yields the bodies that b may have been before it lost something, and those that signers
// sign in its place. The search undoes nothing else after them.
func (s *search) ends(b body) iter.Seq[body] {
	return func(yield func(body) bool) {
		give := func(m Mistake, all ...[]byte) bool {
			for _, changed := range all {
				s.budget.spend(100, 1, len(changed))
				if !yield(b.with(changed, m)) {
					return false
				}
			}
			return true
		}
		n := len(b.bytes)
		behind := func(end string) []byte { return append(b.bytes[:n:n], end...) }
		before := func(front string) []byte { return append([]byte(front), b.bytes...) }
		lf := bytes.ReplaceAll(b.bytes, []byte("\r\n"), []byte("\n"))
		crlf := bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n"))
		ok := give(newlineLost, behind("\n"), behind("\r\n")) &&
			give(crlfMade, lf, bytes.ReplaceAll(lf, []byte("\r"), []byte("\n"))) && give(lfMade, crlf)
		for _, changed := range []body{b.with(lf, crlfMade), b.with(crlf, lfMade)} {
			for _, end := range []string{"\n", "\r\n"} {
				if rest, found := bytes.CutSuffix(changed.bytes, []byte(end)); found {
					ok = ok && yield(changed.with(rest, newlineAdded))
				}
				ok = ok && yield(changed.with(append(bytes.Clone(changed.bytes), end...), newlineLost))
			}
		}
		ok = ok && give(bomLost, before(bom)) && give(emptyBody, nil) &&
			give(spaceLost, behind(" "), before(" "), before("\n"), behind("\n\n"), behind("\r")) &&
			give(lfMade, bytes.ReplaceAll(lf, []byte("\n"), []byte("\r")))
		for _, t := range s.times {
			ok = ok && give(timestampSigned, before(t+"."), before(t+":"), before(t), before("v0:"+t+":"), behind(t), behind("."+t), before(t+"\n"))
		}
		if !ok || b.depth > 1 {
			return
		}
		for _, word := range []string{"undefined", "null", "[object Object]", "{}", "None", "nil", "[object Promise]", "[object ReadableStream]", "<nil>", `""`, "[]"} {
			ok = ok && give(signedPlaceholder, []byte(word))
		}
		if n > maxEncodedAgain && b.depth > 0 || !ok {
			return
		}
		for _, c := range toCharset(b.bytes) {
			ok = ok && give(c.mistake, c.bytes)
		}
		for _, compressed := range compress(b.bytes) {
			s.budget.spend(80_000, 60, n) // each writer takes much memory
			ok = ok && give(bodyInflated, compressed)
		}
		if !ok || n > maxEncodedAgain {
			return
		}
		for _, e := range escapings[1:] {
			w := jsonWriter{escaping: e}
			w.text(b.bytes)
			ok = ok && give(signedString, w.out, append(w.out[:len(w.out):len(w.out)], '\n'))
		}
		text := string(b.bytes)
		digits := hex.EncodeToString(b.bytes)
		query := url.QueryEscape(text)
		_ = ok && give(signedForm,
			[]byte(base64.StdEncoding.EncodeToString(b.bytes)), []byte(base64.RawURLEncoding.EncodeToString(b.bytes)), []byte(base64.URLEncoding.EncodeToString(b.bytes)),
			[]byte(digits), []byte(strings.ToUpper(digits)), []byte(query), []byte(strings.ReplaceAll(query, "+", "%20")), []byte(url.PathEscape(text)),
			[]byte("payload="+query), []byte("payload="+text), []byte(html.EscapeString(text)), toUTF16(b.bytes, false), toUTF16(b.bytes, true),
			append([]byte{0xff, 0xfe}, toUTF16(b.bytes, false)...), behind("\x00"),
			[]byte(`{"body":`+text+`}`), []byte(`[`+text+`]`))
	}
}

// text appends a text as a JSON string.
func (w *jsonWriter) text(s []byte) {
	p := literalParser{out: w.out}
	p.escaping = w.escaping
	p.text(s)
	w.out = p.out
}

var timePart = regexp.MustCompile(`(?i)(?:^|[,;\s&])(?:t|ts|time|timestamp|v0:)\s*[=:]\s*([0-9TZ:.+-]{8,35})`)

// timestamps returns the time stamps in a signature's list, which Stripe and others sign.
func timestamps(value string) []string {
	var all []string
	for _, m := range timePart.FindAllStringSubmatch(value[:min(len(value), maxSignatureBytes)], 16) {
		all = append(all, m[1])
	}
	return all
}
