package diagnose

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"mime/quotedprintable"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// fromStringLiteral decodes a literal of a string or of bytes in JSON, Go, Python, PHP, a shell
// and others.
func fromStringLiteral(b []byte) []change {
	b = bytes.TrimSpace(b)
	inside := b
	switch {
	case bytes.HasPrefix(b, []byte("b'")), bytes.HasPrefix(b, []byte(`b"`)), bytes.HasPrefix(b, []byte("$'")):
		inside = b[1:]
	case bytes.HasPrefix(b, []byte("bytearray(b")), bytes.HasPrefix(b, []byte("bytes(b")):
		inside = bytes.TrimSuffix(b[bytes.IndexByte(b, 'b'):], []byte(")"))
		inside = inside[bytes.IndexAny(inside, `'"`):]
	}
	if len(inside) < 2 || inside[0] != inside[len(inside)-1] || inside[0] != '"' && inside[0] != '\'' {
		return nil
	}
	inside = inside[1 : len(inside)-1]
	if bytes.IndexByte(inside, '\\') < 0 && len(inside)+2 == len(b) {
		return nil // only quotes
	}
	return []change{{unescape(inside), bodyString}}
}

// fromEscapes undoes the escapes of a text without quotes around it.
func fromEscapes(b []byte) []change {
	if !bytes.Contains(b, []byte(`\"`)) && !bytes.Contains(b, []byte(`\x`)) && !bytes.Contains(b, []byte(`\n`)) &&
		!bytes.Contains(b, []byte(`\u`)) && !bytes.Contains(b, []byte(`\\`)) {
		return nil
	}
	if c := b[0]; c == '"' || c == '\'' {
		return nil
	}
	if json.Valid(b) { // its escapes are JSON's own
		out := unescape(b)
		if !json.Valid(out) {
			return nil
		}
		return []change{{out, rewritten("with fewer characters escaped")}}
	}
	all := []change{{unescape(b), bodyEscaped}}
	// Some programs escape the quotes only.
	if quotes := bytes.ReplaceAll(b, []byte(`\"`), []byte(`"`)); len(quotes) != len(b) {
		all = append(all, change{quotes, bodyEscaped})
	}
	if bytes.Contains(b, []byte(`#01`)) || bytes.Contains(b, []byte(`\#`)) {
		all = append(all, change{bytes.ReplaceAll(b, []byte(`\#`), []byte(`#`)), bodyEscaped})
	}
	return all
}

var curly = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "‘", "'", "’", "'", "\u00a0", " ", "…", "...", "–", "--", "—", "--")

var onlyCurly = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`)

// fromQuotes removes quotes and brackets around b, and undoes doubled and curly ones.
func fromQuotes(b []byte) []change {
	var all []change
	trimmed := bytes.TrimSpace(b)
	for _, pair := range [][2]string{{`"`, `"`}, {"'", "'"}, {"`", "`"}, {"“", "”"}, {"'''", "'''"}, {`"""`, `"""`}, {"```json\n", "\n```"}, {"```\n", "\n```"}, {"<![CDATA[", "]]>"}, {"(", ")"}, {"<pre>", "</pre>"}} {
		if len(trimmed) >= len(pair[0])+len(pair[1]) && bytes.HasPrefix(trimmed, []byte(pair[0])) && bytes.HasSuffix(trimmed, []byte(pair[1])) {
			inside := trimmed[len(pair[0]) : len(trimmed)-len(pair[1])]
			m := bodyWrapped
			if pair[0] == pair[1] || pair[0] == "“" {
				m = bodyQuoted
			}
			all = append(all, change{inside, m})
			for _, doubled := range []string{`""`, "''", `'\''`, `'"'"'`} {
				if strings.Contains(pair[0]+`'`, doubled[:1]) && bytes.Contains(inside, []byte(doubled)) {
					all = append(all, change{bytes.ReplaceAll(inside, []byte(doubled), []byte(doubled[:1])), bodyQuoted})
				}
			}
		}
	}
	// A list's comma, a statement's semicolon, or half of a pair of quotes.
	if rest := bytes.TrimRight(trimmed, ",; \t\r\n"); len(rest) != len(trimmed) {
		all = append(all, change{rest, bodyWrapped})
	}
	if rest := bytes.Trim(trimmed, "\"'`,; \t\r\n"); len(rest) != len(trimmed) {
		all = append(all, change{rest, bodyQuoted})
	}
	if bytes.Contains(b, []byte(`{""`)) {
		all = append(all, change{bytes.ReplaceAll(b, []byte(`""`), []byte(`"`)), bodyQuoted})
	}
	if bytes.ContainsAny(b, "“”„«»‘’\u00a0") {
		all = append(all, change{[]byte(onlyCurly.Replace(string(b))), bodyTypographic}, change{[]byte(curly.Replace(string(b))), bodyTypographic})
	}
	return all
}

// fromPercent decodes percent-encoding, in which + may mean a blank.
func fromPercent(b []byte) []change {
	if bytes.IndexByte(b, '%') < 0 {
		return nil
	}
	text := strings.TrimRight(string(b), "\r\n")
	var all []change
	if out, err := url.PathUnescape(text); err == nil {
		all = append(all, change{[]byte(out), bodyPercent})
	}
	if out, err := url.QueryUnescape(text); err == nil && strings.Contains(text, "+") {
		all = append(all, change{[]byte(out), bodyPercent})
	}
	return all
}

// fromEntities undoes HTML's escapes: all of them, or those of quotes, <, > and & only.
func fromEntities(b []byte) []change {
	if !bytes.Contains(b, []byte("&")) || !bytes.Contains(b, []byte(";")) {
		return nil
	}
	text := string(b)
	all := []change{{[]byte(html.UnescapeString(text)), bodyEntities}}
	some := strings.NewReplacer("&quot;", `"`, "&#34;", `"`, "&#034;", `"`, "&#x22;", `"`, "&#39;", "'", "&#039;", "'", "&#x27;", "'", "&apos;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&")
	return append(all, change{[]byte(some.Replace(text)), bodyEntities})
}

func fromQuotedPrintable(b []byte) []change {
	if bytes.IndexByte(b, '=') < 0 {
		return nil
	}
	out, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(b)))
	if err != nil {
		return nil
	}
	all := []change{{out, bodyQuotedPrintable}}
	if rest := bytes.TrimRight(out, "\r\n"); len(rest) != len(out) {
		all = append(all, change{rest, bodyQuotedPrintable})
	}
	return all
}

// withoutBreaks removes the line ends that a terminal, an editor or a mail adds.
func withoutBreaks(b []byte) []change {
	b = bytes.TrimRight(b, "\r\n")
	if bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') < 0 {
		return nil
	}
	lf := bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return slices.DeleteFunc([]change{
		{bytes.ReplaceAll(lf, []byte("\n"), nil), bodyBroken},
		{bytes.ReplaceAll(lf, []byte("\n"), []byte(" ")), bodyBroken},
		{continued.ReplaceAll(lf, nil), bodyBroken},
		{indentedBreak.ReplaceAll(lf, nil), bodyBroken},
		{indentedBreak.ReplaceAll(lf, []byte(" ")), bodyBroken},
	}, func(c change) bool { return len(c.bytes) == len(lf) && bytes.Equal(c.bytes, lf) })
}

var (
	continued     = regexp.MustCompile(`[ \t]*[\\=]\n`)
	indentedBreak = regexp.MustCompile(`\n[ \t|>]*`)
	colours       = regexp.MustCompile("(?:\x1b|\\^\\[|\\\\x1b|\\\\033|\\\\e)\\[[0-9;]*[A-Za-z]")
	tags          = regexp.MustCompile(`</?(?:span|b|i|em|strong|code|pre|mark|br|p|div|a)(?:\s[^<>]*)?/?>`)
	zeroWidth     = strings.NewReplacer("\u200b", "", "\u200c", "", "\u200d", "", "\ufeff", "", "\u00ad", "", "\u2060", "", "\u200e", "", "\u200f", "")
)

// withoutMarkup removes colour codes, HTML tags, and control and invisible characters.
func withoutMarkup(b []byte) []change {
	var all []change
	if out := colours.ReplaceAll(b, nil); len(out) != len(b) {
		all = append(all, change{out, bodyMarkup})
	}
	if bytes.IndexByte(b, '<') >= 0 {
		if out := tags.ReplaceAll(b, nil); len(out) != len(b) {
			all = append(all, change{out, bodyMarkup})
		}
	}
	if out := zeroWidth.Replace(string(b)); len(out) != len(b) {
		all = append(all, change{[]byte(out), bodyInvisible})
	}
	if bytes.IndexByte(b, 0) >= 0 {
		all = append(all, change{bytes.ReplaceAll(b, []byte{0}, nil), nulsInside})
	}
	if out := bytes.Trim(b, "\x08\x1a\x04\x07"); len(out) != len(b) {
		all = append(all, change{out, bodyInvisible})
	}
	return all
}

// fromDoubled returns one half of b if both halves are equal.
func fromDoubled(b []byte) []change {
	var all []change
	n := len(b) / 2
	if n >= 2 && len(b)%2 == 0 && string(b[:n]) == string(b[n:]) {
		all = append(all, change{b[:n], bodyDoubled})
	}
	if n >= 2 && len(b)%2 == 1 && b[n] == '\n' && string(b[:n]) == string(b[n+1:]) {
		all = append(all, change{b[:n], bodyDoubled})
	}
	return all
}
