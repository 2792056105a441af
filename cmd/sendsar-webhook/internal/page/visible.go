package page

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// segment is a part of a text. An escape replaces characters that cannot be seen or that
// change how others are shown.
type segment struct {
	Text   string
	Escape bool
}

// visible returns the segments of a text, and escapes line ends and tabs.
func visible(text string) []segment { return segments(text, "") }

// visibleLines returns the segments of a text, and keeps line ends and tabs.
func visibleLines(text string) []segment { return segments(text, "\n\t") }

func segments(text, keep string) []segment {
	var all []segment
	var run strings.Builder
	escape := false
	flush := func() {
		if run.Len() > 0 {
			all = append(all, segment{run.String(), escape})
			run.Reset()
		}
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		shown, hidden := escaped(r, text[:size], keep)
		if hidden != escape {
			flush()
			escape = hidden
		}
		run.WriteString(shown)
		text = text[size:]
	}
	flush()
	return all
}

func escaped(r rune, char, keep string) (shown string, hidden bool) {
	switch {
	case r == utf8.RuneError && len(char) == 1:
		const digits = "0123456789abcdef"
		return `\x` + string([]byte{digits[char[0]>>4], digits[char[0]&0xf]}), true
	case strings.Contains(keep, char), strconv.IsPrint(r) && !blank(r):
		return char, false
	default:
		quoted := strconv.QuoteRune(r)
		return quoted[1 : len(quoted)-1], true
	}
}

// blank reports whether a character shows nothing or only changes the one before it, although
// strconv.IsPrint accepts it.
func blank(r rune) bool {
	switch {
	case r == 0x034f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x2800, r == 0x3164, r == 0xffa0:
		return true
	case r >= 0x180b && r <= 0x180f, r >= 0xfe00 && r <= 0xfe0e, r >= 0xe0100 && r <= 0xe01ef:
		return true
	default:
		return false
	}
}
