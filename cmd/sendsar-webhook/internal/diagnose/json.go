package diagnose

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// spacing is where white space stands in JSON.
type spacing struct {
	name         string
	keep         bool // as it is at hand
	comma, colon string
	indent       string // empty: on one line
}

// escaping is what is escaped in JSON strings.
type escaping struct {
	name           string
	keep           bool // as it is at hand
	html           bool // <, > and &
	lineSeparators bool // U+2028 and U+2029
	nonASCII       bool
	del            bool
	slash          bool
}

// The forms that common encoders write. Those that change less come first, so that a
// body which two of them fit is described by what differs.
var (
	spacings = []spacing{
		{name: "", keep: true},
		{name: "compact", comma: ",", colon: ":"},
		{name: "with a space after each comma and colon", comma: ", ", colon: ": "},
		{name: "indented by two spaces", comma: ",", colon: ": ", indent: "  "},
		{name: "indented by four spaces", comma: ",", colon: ": ", indent: "    "},
		{name: "indented by tabs", comma: ",", colon: ": ", indent: "\t"},
	}
	escapings = []escaping{
		{name: "", keep: true},
		{name: "with the escapes of JavaScript's JSON.stringify"},
		{name: "with the escapes of Python's json.dumps", nonASCII: true, del: true},
		{name: "with the escapes of Go's json.Marshal", html: true, lineSeparators: true},
		{name: "with the escapes of PHP's json_encode", nonASCII: true, slash: true},
		{name: "with the escapes of PHP's json_encode and JSON_UNESCAPED_UNICODE", slash: true, lineSeparators: true},
		{name: "with the escapes of PHP's json_encode and JSON_UNESCAPED_SLASHES", nonASCII: true},
	}
)

func describe(s spacing, e escaping) string {
	switch {
	case s.keep:
		return e.name
	case e.keep:
		return s.name
	default:
		return s.name + " and " + e.name
	}
}

// rewriteJSON writes valid JSON another way. The order of keys, duplicates and the
// digits of numbers stay. It is false if the result is larger than a delivery may be:
// indenting a deep document can be a million times its size.
func rewriteJSON(src []byte, s spacing, e escaping) ([]byte, bool) {
	w := &jsonWriter{spacing: s, escaping: e, out: make([]byte, 0, len(src))}
	for len(src) > 0 {
		if len(w.out) > webhook.DefaultMaxBodyBytes {
			return nil, false
		}
		src = src[w.token(src):]
	}
	return w.out, true
}

type jsonWriter struct {
	spacing  spacing
	escaping escaping
	depth    int
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
		if rest := bytes.TrimLeft(src[1:], " \t\r\n"); rest[0] != '}' && rest[0] != ']' {
			w.newline()
		}
	case '}', ']':
		w.depth--
		if last := w.out[len(w.out)-1]; last != '{' && last != '[' {
			w.newline()
		}
		w.out = append(w.out, c)
	case ',':
		w.separator(",", w.spacing.comma)
		w.newline()
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

func (w *jsonWriter) newline() {
	if w.spacing.indent != "" {
		w.out = append(w.out, '\n')
		for range w.depth {
			w.out = append(w.out, w.spacing.indent...)
		}
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
		if r == utf8.RuneError && size == 1 { // a byte that is no UTF-8 stays
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
		if r == rune(short[i]) {
			w.out = append(w.out, '\\', short[i+1])
			return
		}
	}
	switch {
	case r == '/' && e.slash:
		w.out = append(w.out, '\\', '/')
	case r < ' ', utf16.IsSurrogate(r),
		e.html && (r == '<' || r == '>' || r == '&'),
		e.lineSeparators && (r == '\u2028' || r == '\u2029'),
		e.del && r == 0x7f,
		e.nonASCII && r > 0x7f:
		w.escaped(r)
	default:
		w.out = utf8.AppendRune(w.out, r)
	}
}

func (w *jsonWriter) escaped(r rune) {
	units := []rune{r}
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		units = []rune{high, low}
	}
	for _, unit := range units {
		w.out = fmt.Appendf(w.out, `\u%04x`, unit)
	}
}
