package diagnose

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// numberForms are the ways in which programs write a number that they have parsed. write
// returns "" if it does not change the number.
var numberForms = []struct {
	name  string
	write func(string) string
}{
	{"with its numbers as JavaScript writes them", javaScriptNumber},
	{"with its fractions as Python writes them", pythonNumber},
	{"with every number as a fraction", func(n string) string {
		if isInteger(n) {
			return n + ".0"
		}
		return pythonNumber(n)
	}},
	{"with its numbers as Java writes them", javaNumber},
	{"with its numbers without exponents and final zeros", decimalNumber},
	{"with its numbers written out", plainNumber},
	{"with two digits behind each point", func(n string) string {
		if isInteger(n) {
			return ""
		}
		return fixed(n, 2)
	}},
	{"with three digits behind each point", func(n string) string {
		if isInteger(n) {
			return ""
		}
		return fixed(n, 3)
	}},
	{"with its numbers as integers where they are whole", func(n string) string {
		return strings.TrimSuffix(strings.TrimSuffix(n, ".0"), ".00")
	}},
	{"with its numbers in quotes", func(n string) string { return `"` + n + `"` }},
}

func isInteger(n string) bool { return !strings.ContainsAny(n, ".eE") }

func asFloat(n string) (float64, bool) {
	f, err := strconv.ParseFloat(n, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

func fixed(n string, digits int) string {
	f, ok := asFloat(n)
	if !ok {
		return ""
	}
	return strconv.FormatFloat(f, 'f', digits, 64)
}

func javaScriptNumber(n string) string {
	f, ok := asFloat(n)
	switch {
	case !ok:
		return ""
	case f == 0:
		return "0"
	case math.Abs(f) >= 1e21 || math.Abs(f) < 1e-6:
		s := strconv.FormatFloat(f, 'e', -1, 64)
		return strings.NewReplacer("e-0", "e-", "e+0", "e+").Replace(s)
	default:
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
}

func pythonNumber(n string) string {
	f, ok := asFloat(n)
	if !ok || isInteger(n) {
		return ""
	}
	if a := math.Abs(f); a != 0 && (a >= 1e16 || a < 1e-4) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return withPoint(strconv.FormatFloat(f, 'f', -1, 64))
}

func withPoint(s string) string {
	if strings.Contains(s, ".") {
		return s
	}
	return s + ".0"
}

func javaNumber(n string) string {
	f, ok := asFloat(n)
	if !ok || isInteger(n) {
		return ""
	}
	if a := math.Abs(f); a != 0 && (a >= 1e7 || a < 1e-3) {
		digits, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
		value, err := strconv.Atoi(exponent)
		if err != nil {
			return ""
		}
		return withPoint(digits) + "E" + strconv.Itoa(value)
	}
	return withPoint(strconv.FormatFloat(f, 'f', -1, 64))
}

// maxExponent bounds how long a number may become.
const maxExponent = 400

func exact(n string) *big.Rat {
	if i := strings.IndexAny(n, "eE"); i >= 0 {
		if e, err := strconv.Atoi(strings.TrimPrefix(n[i+1:], "+")); err != nil || e > maxExponent || e < -maxExponent {
			return nil
		}
	}
	if len(n) > maxExponent {
		return nil
	}
	r, ok := new(big.Rat).SetString(n)
	if !ok {
		return nil
	}
	return r
}

// plainNumber writes all digits, and keeps the zeros behind the point.
func plainNumber(n string) string {
	if !strings.ContainsAny(n, "eE") {
		return ""
	}
	r := exact(n)
	if r == nil {
		return ""
	}
	if r.IsInt() {
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(maxExponent), "0")
}

func decimalNumber(n string) string {
	if isInteger(n) {
		return ""
	}
	if r := exact(n); r != nil && r.IsInt() {
		return r.Num().String()
	}
	if strings.Contains(n, ".") && !strings.ContainsAny(n, "eE") {
		return strings.TrimRight(n, "0")
	}
	return plainNumber(n)
}

// rewriteNumbers writes the numbers of valid JSON another way. ok is false if none changes, or
// if the result is too large.
func rewriteNumbers(b []byte, write func(string) string) (out []byte, ok bool) {
	out = make([]byte, 0, len(b)+16)
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '"':
			end := i + stringEnd(b[i:])
			out = append(out, b[i:end]...)
			i = end
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(b) && strings.IndexByte("0123456789.eE+-", b[end]) >= 0 {
				end++
			}
			number := string(b[i:end])
			if changed := write(number); changed != "" && changed != number {
				out, ok = append(out, changed...), true
			} else {
				out = append(out, number...)
			}
			i = end
		default:
			out = append(out, c)
			i++
		}
		if len(out) > maxRewrittenBytes {
			return nil, false
		}
	}
	return out, ok
}
