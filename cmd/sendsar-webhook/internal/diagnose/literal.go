package diagnose

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

const maxLiteralBytes = 256 << 10

// fromLiteral converts a parsed document as Python, Ruby, JavaScript or a relaxed JSON writer
// print it to JSON, in the form of JSON.stringify.
func fromLiteral(b []byte) []change {
	b = bytes.TrimSpace(b)
	if len(b) < 2 || len(b) > maxLiteralBytes || b[0] != '{' && b[0] != '[' || json.Valid(b) {
		return nil
	}
	var all []change
	p := literalParser{rest: b}
	if p.document() && json.Valid(p.out) {
		all = append(all, change{p.out, bodyLiteral})
	}
	return all
}

// literalParser converts tokens to those of JSON.
type literalParser struct {
	rest     []byte
	out      []byte
	escaping escaping
}

var words = map[string]string{
	"None": "null", "nil": "null", "null": "null", "undefined": "null", "NULL": "null", "NaN": "null", "<nil>": "null",
	"True": "true", "true": "true", "TRUE": "true", "False": "false", "false": "false", "FALSE": "false",
}

func (p *literalParser) document() bool {
	for len(p.rest) > 0 {
		switch c := p.rest[0]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			p.rest = p.rest[1:]
		case bytes.HasPrefix(p.rest, []byte("=>")):
			p.out = append(p.out, ':')
			p.rest = p.rest[2:]
		case c == '}' || c == ']':
			p.out = append(bytes.TrimSuffix(p.out, []byte(",")), c)
			p.rest = p.rest[1:]
		case c == ':' && len(p.rest) > 1 && isWord(p.rest[1]) && len(p.out) > 0 && (p.out[len(p.out)-1] == '{' || p.out[len(p.out)-1] == ','):
			p.rest = p.rest[1:] // a Ruby symbol
		case c == '{' || c == '[' || c == ',' || c == ':':
			p.out = append(p.out, c)
			p.rest = p.rest[1:]
		case c == '"' || c == '\'' || c == '`':
			if !p.quoted(c) {
				return false
			}
		case (c == 'b' || c == 'u') && len(p.rest) > 1 && (p.rest[1] == '\'' || p.rest[1] == '"'):
			p.rest = p.rest[1:]
		case isWord(c) || c == '-' || c == '+' || c == '.' || c == '<':
			p.word()
		default:
			return false
		}
	}
	return true
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

func (p *literalParser) quoted(quote byte) bool {
	for i := 1; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case quote:
			p.text(unescape(p.rest[1:i]))
			p.rest = p.rest[i+1:]
			return true
		}
	}
	return false
}

func (p *literalParser) word() {
	n := 1
	for n < len(p.rest) && (isWord(p.rest[n]) || bytes.IndexByte([]byte("-+.>"), p.rest[n]) >= 0) {
		n++
	}
	word := string(p.rest[:n])
	after := bytes.TrimLeft(p.rest[n:], " \t")
	p.rest = p.rest[n:]
	isName := len(after) > 0 && (after[0] == ':' || bytes.HasPrefix(after, []byte("=>")))
	switch {
	case isName:
		p.text([]byte(word))
	case words[word] != "":
		p.out = append(p.out, words[word]...)
	default:
		p.out = append(p.out, word...)
	}
}

// text appends a JSON string with the escapes of JSON.stringify.
func (p *literalParser) text(s []byte) {
	w := jsonWriter{escaping: p.escaping, out: append(p.out, '"')}
	for len(s) > 0 {
		if r, size := utf8.DecodeRune(s); r == utf8.RuneError && size == 1 {
			w.out = append(w.out, s[0])
			s = s[1:]
		} else {
			w.character(r)
			s = s[size:]
		}
	}
	p.out = append(w.out, '"')
}
