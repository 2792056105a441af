package diagnose

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// spacing describes the white space in JSON.
type spacing struct {
	name         string
	keep         bool // as it is at hand
	comma, colon string
	indent       string // empty: on one line
	eol          string // before an indentation; empty: LF
	flatArrays   bool   // arrays on one line, as Jackson prints them
	inside       string // inside brackets that are not empty
	empty        string // inside empty objects
}

// escaping describes which characters are escaped in JSON strings.
type escaping struct {
	name             string
	keep             bool // as it is at hand
	html             bool // <, > and &
	apostrophe       bool
	equals           bool // as Gson does
	quote            bool // a quote as \u0022
	plus             bool // + and the back quote
	lineSeparators   bool // U+2028 and U+2029
	nonASCII         bool
	del              bool
	slash            bool
	upper            bool // hex digits in upper case
	longControls     bool // \b and \f as \u0008 and \u000c
	brokenSurrogates bool // half a surrogate pair as U+FFFD
}

// The forms that common encoders write. Those that change less come first: if two of them
// match, the smaller change is reported.
var (
	spacings = []spacing{
		{name: "", keep: true},
		{name: "compact", comma: ",", colon: ":"},
		{name: "with a space after each comma and colon", comma: ", ", colon: ": "},
		{name: "indented by two spaces", comma: ",", colon: ": ", indent: "  "},
		{name: "indented by four spaces", comma: ",", colon: ": ", indent: "    "},
		{name: "indented by tabs", comma: ",", colon: ": ", indent: "\t"},
		{name: "indented by two spaces with CRLF", comma: ",", colon: ": ", indent: "  ", eol: "\r\n"},
		{name: "indented by four spaces with CRLF", comma: ",", colon: ": ", indent: "    ", eol: "\r\n"},
		{name: "with a space after each colon", comma: ",", colon: ": "},
		{name: "with a space after each comma", comma: ", ", colon: ":"},
		{name: "indented by three spaces", comma: ",", colon: " : ", indent: "   "},
		{name: "indented as Jackson does", comma: ",", colon: " : ", indent: "  ", flatArrays: true, empty: " "},
		{name: "indented by one space", comma: ",", colon: ": ", indent: " "},
		{name: "indented by eight spaces", comma: ",", colon: ": ", indent: "        "},
		{name: "with spaces inside the brackets", comma: ", ", colon: ": ", inside: " "},
		{name: "with spaces on both sides of each colon", comma: ", ", colon: " : "},
	}
	escapings = []escaping{
		{name: "", keep: true},
		{name: "with the escapes of JavaScript's JSON.stringify"},
		{name: "with the escapes of Python's json.dumps", nonASCII: true, del: true},
		{name: "with the escapes of Go's json.Marshal", html: true, lineSeparators: true},
		{name: "with the escapes of PHP's json_encode", nonASCII: true, slash: true},
		{name: "with the escapes of PHP's json_encode and JSON_UNESCAPED_UNICODE", slash: true, lineSeparators: true},
		{name: "with the escapes of PHP's json_encode and JSON_UNESCAPED_SLASHES", nonASCII: true},
		{name: "with escaped slashes", slash: true},
		{name: "with the escapes of Gson", html: true, apostrophe: true, equals: true, lineSeparators: true},
		{name: "with the escapes of .NET's System.Text.Json", html: true, apostrophe: true, quote: true, plus: true, lineSeparators: true, nonASCII: true, del: true, upper: true},
		{name: "with the escapes of Jackson for ASCII", nonASCII: true, upper: true},
		{name: "with the escapes of Python's json.dumps in upper case", nonASCII: true, del: true, upper: true},
		{name: "with the escapes of Go's json.Encoder without HTML", lineSeparators: true},
		{name: "with the escapes of an older Go", html: true, lineSeparators: true, longControls: true},
		{name: "with the escapes of Rails", html: true, lineSeparators: true, nonASCII: false, del: false},
		{name: "with the escapes of Go and every other character in ASCII", html: true, lineSeparators: true, nonASCII: true},
		{name: "with the escapes of PHP's JSON_HEX options", html: true, apostrophe: true, quote: true, nonASCII: true, slash: true, upper: true},
		{name: "with the escapes of PHP's JSON_HEX options and JSON_UNESCAPED_UNICODE", html: true, apostrophe: true, quote: true, slash: true, upper: true},
		{name: "with the escapes of jq", del: true},
		{name: "with half surrogate pairs as U+FFFD", brokenSurrogates: true},
		{name: "with the escapes of Go, and half surrogate pairs as U+FFFD", html: true, lineSeparators: true, brokenSurrogates: true},
	}
)

func describe(parts ...string) string {
	all := ""
	for _, part := range parts {
		if part != "" && all != "" {
			all += " and "
		}
		all += part
	}
	return all
}

// rewriteJSON writes valid JSON another way. The order of keys, duplicates and the digits of
// numbers stay. It returns false if the result is larger than a delivery may be: indentation
// can make a deep document a million times larger.
func rewriteJSON(src []byte, s spacing, e escaping) ([]byte, bool) {
	w := &jsonWriter{spacing: s, escaping: e, out: make([]byte, 0, len(src))}
	for len(src) > 0 {
		if len(w.out) > maxRewrittenBytes {
			return w.out, false
		}
		src = src[w.token(src):]
	}
	return w.out, true
}

type jsonWriter struct {
	spacing  spacing
	escaping escaping
	depth    int
	flat     []bool // for each open bracket, whether it is an array on one line
	out      []byte
}

// token writes the first token of src and returns how long it was.
func (w *jsonWriter) token(src []byte) int {
	switch c := src[0]; c {
	case '"':
		literal := src[:stringEnd(src)]
		w.string(literal)
		return len(literal)
	case ' ', '\t', '\r', '\n':
		if w.spacing.keep {
			w.out = append(w.out, c)
		}
	case '{', '[':
		w.out = append(w.out, c)
		w.depth++
		w.flat = append(w.flat, c == '[' && w.spacing.flatArrays)
		switch rest := bytes.TrimLeft(src[1:], " \t\r\n"); {
		case rest[0] == '}' && c == '{':
			w.out = append(w.out, w.spacing.empty...)
		case rest[0] == ']':
			w.out = append(w.out, w.spacing.empty...)
		default:
			w.newline(false)
			w.out = append(w.out, w.spacing.inside...)
		}
	case '}', ']':
		w.depth--
		if last := w.out[len(w.out)-1-min(len(w.spacing.empty), len(w.out)-1)]; last != '{' && last != '[' {
			w.out = append(w.out, w.spacing.inside...)
			w.newline(true)
		}
		w.flat = w.flat[:len(w.flat)-1]
		w.out = append(w.out, c)
	case ',':
		w.separator(",", w.spacing.comma)
		w.newline(false)
	case ':':
		w.separator(":", w.spacing.colon)
	default: // a part of a number, true, false or null
		w.out = append(w.out, c)
	}
	return 1
}

func (w *jsonWriter) separator(kept, written string) {
	if w.spacing.keep {
		written = kept
	}
	w.out = append(w.out, written...)
}

// newline begins a line. In an array on one line it writes a blank instead.
func (w *jsonWriter) newline(end bool) {
	if w.spacing.indent == "" {
		return
	}
	if w.flat[len(w.flat)-1] {
		w.out = append(w.out, ' ')
		return
	}
	if w.spacing.eol == "" {
		w.out = append(w.out, '\n')
	} else {
		w.out = append(w.out, w.spacing.eol...)
	}
	depth := w.depth
	if w.spacing.flatArrays {
		depth = 0
		for _, flat := range w.flat {
			if !flat {
				depth++
			}
		}
		if end {
			depth--
		}
	}
	for range depth {
		w.out = append(w.out, w.spacing.indent...)
	}
}

// stringEnd returns the length of the string literal that src starts with.
func stringEnd(src []byte) int {
	for i := 1; ; i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

func (w *jsonWriter) string(literal []byte) {
	if w.escaping.keep {
		w.out = append(w.out, literal...)
		return
	}
	w.out = append(w.out, '"')
	for rest := literal[1 : len(literal)-1]; len(rest) > 0; {
		r, size := character(rest)
		if r == utf8.RuneError && size == 1 { // a byte that is not UTF-8 stays
			w.out = append(w.out, rest[0])
		} else {
			w.character(r)
		}
		rest = rest[size:]
	}
	w.out = append(w.out, '"')
}

// character decodes the first character of a string literal's inside. Half a surrogate
// pair is a character of its own.
func character(s []byte) (r rune, size int) {
	if s[0] != '\\' {
		return utf8.DecodeRune(s)
	}
	switch s[1] {
	case 'u':
		high := hex4(s[2:])
		if utf16.IsSurrogate(high) && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
			if pair := utf16.DecodeRune(high, hex4(s[8:])); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return high, 6
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	default:
		return rune(s[1]), 2
	}
}

func hex4(digits []byte) rune {
	value, _ := strconv.ParseUint(string(digits[:4]), 16, 16) // valid JSON has four of them
	return rune(value)
}

func (w *jsonWriter) character(r rune) {
	const short = "\bb\ff\nn\rr\tt\"\"\\\\"
	e := w.escaping
	for i := 0; i < len(short); i += 2 {
		if r == rune(short[i]) && (r != '"' || !e.quote) && (!e.longControls || r != '\b' && r != '\f') {
			w.out = append(w.out, '\\', short[i+1])
			return
		}
	}
	switch {
	case r == '/' && e.slash:
		w.out = append(w.out, '\\', '/')
	case utf16.IsSurrogate(r) && e.brokenSurrogates:
		w.out = utf8.AppendRune(w.out, utf8.RuneError)
	case r < ' ', utf16.IsSurrogate(r),
		e.quote && r == '"',
		e.html && (r == '<' || r == '>' || r == '&'),
		e.apostrophe && r == '\'',
		e.equals && r == '=',
		e.plus && (r == '+' || r == '`'),
		e.lineSeparators && (r == '\u2028' || r == '\u2029'),
		e.del && r == 0x7f,
		e.nonASCII && r > 0x7f:
		w.escaped(r)
	default:
		w.out = utf8.AppendRune(w.out, r)
	}
}

func (w *jsonWriter) escaped(r rune) {
	hex := "0123456789abcdef"
	if w.escaping.upper {
		hex = "0123456789ABCDEF"
	}
	unit := func(u rune) {
		w.out = append(w.out, '\\', 'u', hex[u>>12&0xf], hex[u>>8&0xf], hex[u>>4&0xf], hex[u&0xf])
	}
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		unit(high)
		unit(low)
		return
	}
	unit(r)
}

// effective returns e without the options that change nothing in a document with the
// characters in has. Escapings with equal results then compare equal.
func (e escaping) effective(has escaping) escaping {
	e.name = ""
	e.html = e.html && has.html
	e.apostrophe = e.apostrophe && has.apostrophe
	e.equals = e.equals && has.equals
	e.quote = e.quote && has.quote
	e.plus = e.plus && has.plus
	e.lineSeparators = e.lineSeparators && has.lineSeparators
	e.nonASCII = e.nonASCII && has.nonASCII
	e.del = e.del && has.del
	e.slash = e.slash && has.slash
	e.longControls = e.longControls && has.longControls
	e.brokenSurrogates = e.brokenSurrogates && has.brokenSurrogates
	e.upper = e.upper && (has.upper || e.html || e.apostrophe || e.quote || e.plus || e.nonASCII || e.del)
	return e
}

// occurring returns the characters that may be in the strings of a document, escaped or not.
func occurring(b []byte) escaping {
	escapes := bytes.IndexByte(b, '\\') >= 0
	coded := escapes && bytes.Contains(b, []byte(`\u`))
	return escaping{
		html:             coded || bytes.ContainsAny(b, "<>&"),
		apostrophe:       coded || bytes.IndexByte(b, '\'') >= 0,
		equals:           coded || bytes.IndexByte(b, '=') >= 0,
		quote:            escapes,
		plus:             coded || bytes.ContainsAny(b, "+`"),
		lineSeparators:   coded || bytes.Contains(b, []byte("\u2028")) || bytes.Contains(b, []byte("\u2029")),
		nonASCII:         coded || !isASCII(b),
		del:              coded || bytes.IndexByte(b, 0x7f) >= 0,
		slash:            bytes.IndexByte(b, '/') >= 0 || coded,
		upper:            coded,
		longControls:     escapes,
		brokenSurrogates: coded,
	}
}
