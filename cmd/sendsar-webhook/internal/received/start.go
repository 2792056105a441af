package received

import "unicode/utf8"

// Start returns the first bytes of a text, at most limit, and reports whether there are more.
// It cuts no character in two.
func Start(text string, limit int) (start string, cut bool) {
	if len(text) <= limit {
		return text, false
	}
	end := limit
	for end > limit-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end], true
}
