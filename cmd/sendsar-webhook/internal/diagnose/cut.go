package diagnose

import (
	"bytes"
	"encoding/json"
)

// unfinished describes JSON that stops too early: the brackets that are still open, whether
// it stops inside a string, and whether it is JSON as far as it goes.
func unfinished(b []byte) (open []byte, inString, ok bool) {
	trimmed := bytes.TrimSpace(b)
	if len(trimmed) == 0 || trimmed[0] != '{' && trimmed[0] != '[' {
		return nil, false, false
	}
	decoder := json.NewDecoder(bytes.NewReader(trimmed))
	for {
		if _, err := decoder.Token(); err != nil {
			// Token returns one error for invalid JSON and another for an end that is too early.
			if err.Error() != "EOF" && err.Error() != "unexpected EOF" {
				return nil, false, false
			}
			break
		}
	}
	open, inString, _ = brackets(trimmed, false)
	return open, inString, inString || len(open) > 0
}

// brackets returns the closing brackets that JSON lacks, and whether it ends inside a
// string. If first is set, it stops behind the value that text starts with. end is the length
// of that value, or 0 if it has no end.
func brackets(text []byte, first bool) (open []byte, inString bool, end int) {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			open = append(open, c+2)
		case (c == '}' || c == ']') && len(open) > 0:
			open = open[:len(open)-1]
			if first && len(open) == 0 {
				return nil, false, i + 1
			}
		}
	}
	return open, inString, 0
}

const maxCompleted = 64

// completed adds the missing brackets to a body that was cut off near its end.
func completed(b []byte) []change {
	if json.Valid(b) {
		return nil
	}
	open, inString, ok := unfinished(b)
	if !ok || len(open) > maxCompleted {
		return nil
	}
	m := bodyCut(len(b), "that are at hand, and only brackets or quotes are missing")
	end := make([]byte, 0, len(open)+1)
	if inString {
		end = append(end, '"')
	}
	for i := len(open) - 1; i >= 0; i-- {
		end = append(end, open[i])
	}
	whole := append(bytes.Clone(b), end...)
	return []change{{whole, m}, {append(bytes.Clone(whole), '\n'), m}}
}

// begun adds the missing first bytes to a body. They are the same in every delivery.
func begun(b []byte) []change {
	const front = `{"event":"`
	if !headless(b) {
		return nil
	}
	var all []change
	for n := 1; n <= len(front); n++ {
		all = append(all, change{append([]byte(front[:n]), b...), bodyBeginningLost})
	}
	return all
}

// headless reports whether b ends with a bracket that it does not open, and begins with none.
func headless(b []byte) bool {
	b = bytes.TrimSpace(b)
	if len(b) < 2 || b[0] == '{' || b[0] == '[' || b[len(b)-1] != '}' && b[len(b)-1] != ']' {
		return false
	}
	for _, inString := range []bool{false, true} { // whether b begins inside a string
		depth := 0
		for i, c := range b {
			switch {
			case c == '"' && (i == 0 || b[i-1] != '\\' || i > 1 && b[i-2] == '\\'):
				inString = !inString
			case inString:
			case c == '{' || c == '[':
				depth++
			case c == '}' || c == ']':
				depth--
			}
		}
		if depth < 0 && !inString {
			return true
		}
	}
	return false
}
