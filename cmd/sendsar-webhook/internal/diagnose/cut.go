package diagnose

import (
	"bytes"
	"encoding/json"
)

// unfinished describes JSON that stops too early: the brackets that are still open, whether
// it stops inside a string, and whether it is JSON as far as it goes.
func unfinished(b []byte) (open []byte, inString, ok bool) {
	trimmed := bytes.TrimLeft(b, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' && trimmed[0] != '[' {
		return nil, false, false
	}
	decoder := json.NewDecoder(bytes.NewReader(trimmed))
	for {
		if _, err := decoder.Token(); err != nil {
			// Token has a word for what is wrong and another one for an end that came too early.
			if err.Error() != "EOF" && err.Error() != "unexpected EOF" {
				return nil, false, false
			}
			break
		}
	}
	for i := 0; i < len(trimmed); i++ {
		switch c := trimmed[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			open = append(open, c+2)
		case c == '}' || c == ']':
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
	return open, inString, inString || len(open) > 0
}

const maxCompleted = 64

// completed adds the brackets that a body lacks that was cut off near its end.
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
