package diagnose

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape undoes the escapes in the literals of many languages. Other backslashes stay.
func unescape(s []byte) []byte {
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		i := bytes.IndexByte(s, '\\')
		if i < 0 || i == len(s)-1 {
			return append(out, s...)
		}
		out = append(out, s[:i]...)
		s = s[i:]
		r, n, raw := escape(s)
		switch {
		case n == 0:
			out = append(out, s[:2]...)
			n = 2
		case raw:
			out = append(out, byte(r&0xff))
		default:
			out = utf8.AppendRune(out, r)
		}
		s = s[n:]
	}
	return out
}

// escape reads the escape that s starts with. n is its length, or 0 if it is not an escape. If
// raw is set, r is a byte.
func escape(s []byte) (r rune, n int, raw bool) {
	const short = "a\ab\bf\fn\nr\rt\tv\ve\x1b"
	switch c := s[1]; c {
	case '"', '\'', '\\', '/', '`', '$', '!', ' ', '{', '}', '[', ']', '(', ')', '&', ':', ',', '<', '>', '|', ';', '#', '*', '?', '~', '@', '+', '=', '-', '.':
		return rune(c), 2, true
	case 'a', 'b', 'f', 'n', 'r', 't', 'v', 'e':
		for i := 0; i < len(short); i += 2 {
			if short[i] == c {
				return rune(short[i+1]), 2, true
			}
		}
	case 'u':
		if len(s) > 2 && s[2] == '{' {
			if end := bytes.IndexByte(s[:min(len(s), 12)], '}'); end > 3 {
				return hexRune(s[3:end]), end + 1, false
			}
			return 0, 0, false
		}
		if len(s) < 6 || !isHexBytes(s[2:6]) {
			return 0, 0, false
		}
		high := hexRune(s[2:6])
		if utf16.IsSurrogate(high) && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' && isHexBytes(s[8:12]) {
			if pair := utf16.DecodeRune(high, hexRune(s[8:12])); pair != utf8.RuneError {
				return pair, 12, false
			}
		}
		return high, 6, false
	case 'U':
		if len(s) >= 10 && isHexBytes(s[2:10]) {
			return hexRune(s[2:10]), 10, false
		}
	case 'x':
		if len(s) >= 4 && isHexBytes(s[2:4]) {
			return hexRune(s[2:4]), 4, true
		}
	case '0', '1', '2', '3':
		n := 1
		for n < len(s) && n < 4 && s[n] >= '0' && s[n] <= '7' {
			n++
		}
		value, _ := strconv.ParseUint(string(s[1:n]), 8, 8)
		return rune(value), n, true
	}
	return 0, 0, false
}

func isHexBytes(s []byte) bool {
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return len(s) > 0
}

func hexRune(digits []byte) rune {
	value, _ := strconv.ParseUint(string(digits), 16, 31)
	return rune(value)
}

// fromUnescaped puts back the backslashes before quotes, line ends and tabs inside strings, if
// that makes b JSON.
func fromUnescaped(b []byte) []change {
	trimmed := bytes.TrimSpace(b)
	if len(trimmed) < 2 || trimmed[0] != '{' && trimmed[0] != '[' || json.Valid(trimmed) {
		return nil
	}
	out := make([]byte, 0, len(b)+16)
	inString := false
	for i := 0; i < len(trimmed); i++ {
		c := trimmed[i]
		switch {
		case !inString:
			inString = c == '"'
		case c == '\\' && i+1 < len(trimmed):
			out = append(out, c)
			i++
			c = trimmed[i]
		case c == '"':
			next := bytes.TrimLeft(trimmed[i+1:], " \t\r\n")
			if inString = len(next) > 0 && bytes.IndexByte([]byte(",:}]"), next[0]) < 0; inString {
				out = append(out, '\\')
			}
		case c == '\n', c == '\r', c == '\t':
			out = append(out, '\\')
			c = map[byte]byte{'\n': 'n', '\r': 'r', '\t': 't'}[c]
		}
		out = append(out, c)
	}
	if !json.Valid(out) {
		return nil
	}
	return []change{{out, bodyUnescaped}}
}
