package diagnose

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A value is read in at most maxReadings ways. A longer value than maxSignatureBytes is cut.
const (
	maxReadings       = 24
	maxSignatureBytes = 8 << 10
	macDigits         = 2 * sha256.Size
)

// reading is a MAC that the signature may be meant to be.
type reading struct {
	digits   string // lower-case hex; other characters where a digit was spoilt
	partial  bool   // only the beginning of the MAC
	rank     int    // 0 is the likeliest
	mistakes []Mistake
}

// readings returns the MACs that can be read out of a signature, however it is written.
// The first one is the likeliest, with the fewest mistakes.
func readings(value string) []reading {
	value = value[:min(len(value), maxSignatureBytes)]
	var all []reading
	for _, t := range writtenOtherwise(value) {
		for _, r := range extract(t.text) {
			r.mistakes = join(t.mistakes, r.mistakes)
			if hasID(t.mistakes, signatureLookAlike.ID) {
				r.rank = 3 // only a MAC can tell
			}
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b reading) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(len(a.mistakes), len(b.mistakes)))
	})
	all = slices.CompactFunc(all, func(a, b reading) bool { return a.digits == b.digits && a.partial == b.partial })
	return all[:min(len(all), maxReadings)]
}

func isHex(s string) bool {
	return strings.TrimLeft(s, "0123456789abcdef") == ""
}

// text is a signature with encodings of the whole value undone.
type text struct {
	text     string
	mistakes []Mistake
}

// writtenOtherwise returns value, and value with one or two encodings undone.
func writtenOtherwise(value string) []text {
	all := []text{{text: value}}
	seen := map[string]bool{value: true}
	for from, depth := 0, 0; depth < 2; depth++ {
		to := len(all)
		for _, t := range all[from:to] {
			for _, undo := range signatureUndo {
				if changed := undo.do(t.text); changed != "" && !seen[changed] {
					seen[changed] = true
					all = append(all, text{changed, join(t.mistakes, []Mistake{undo.mistake})})
				}
			}
		}
		from = to
	}
	return all
}

// signatureUndo lists how to undo each encoding. do returns "" if it cannot have been used.
var signatureUndo = []struct {
	mistake Mistake
	do      func(string) string
}{
	{signaturePercent, func(s string) string {
		if !strings.Contains(s, "%") {
			return ""
		}
		decoded, err := url.PathUnescape(s)
		if err != nil {
			return ""
		}
		return decoded
	}},
	{signatureEscaped, func(s string) string {
		if !strings.Contains(s, `\`) {
			return ""
		}
		return string(unescape([]byte(s)))
	}},
	{signatureEscaped, func(s string) string {
		if !strings.Contains(s, "&") {
			return ""
		}
		return html.UnescapeString(s)
	}},
	{signatureEscaped, func(s string) string {
		if !strings.Contains(s, "=3D") {
			return ""
		}
		return strings.ReplaceAll(s, "=3D", "=")
	}},
	{signatureBase64Text, func(s string) string {
		_, digits := cutLabel(s)
		for _, text := range []string{s, digits} {
			for _, decoded := range decodeBase64(strings.Trim(text, "\"' \r\n")) {
				if t := string(decoded); len(t) >= 40 && isPrintable(t) {
					return t
				}
			}
		}
		return ""
	}},
	{signatureHexText, func(s string) string {
		_, digits := cutLabel(strings.TrimSpace(s))
		decoded, err := hex.DecodeString(digits)
		if err != nil || len(decoded) < 40 || !isPrintable(string(decoded)) {
			return ""
		}
		return string(decoded)
	}},
	{signatureSeparated, func(s string) string {
		label, digits := cutLabel(s)
		groups := strings.FieldsFunc(digits, func(r rune) bool { return strings.ContainsRune(":-_ ,", r) })
		if len(groups) < 4 {
			return ""
		}
		for i, g := range groups {
			groups[i] = strings.TrimPrefix(strings.TrimPrefix(g, "0x"), `\x`)
			if groups[i] == "" || !isHex(strings.ToLower(groups[i])) {
				return ""
			}
		}
		return label + strings.Join(groups, "")
	}},
	{signatureSpaceInside, func(s string) string {
		return changed(s, strings.Map(func(r rune) rune {
			if invisible(r) || r == utf8.RuneError {
				return -1
			}
			return r
		}, s))
	}},
	{signatureSpaceInside, func(s string) string { // a folded or continued line
		return changed(s, strings.NewReplacer("\\\n", "", "\\\r\n", "", "=\n", "", "=\r\n", "").Replace(s))
	}},
	{signatureLookAlike, func(s string) string {
		label, digits := cutLabel(s)
		return changed(s, lookAlikeLabel.Replace(label)+lookAlikes.Replace(digits))
	}},
	{signatureMarkup, func(s string) string {
		return changed(s, markup.ReplaceAllString(s, ""))
	}},
}

func changed(before, after string) string {
	if before == after {
		return ""
	}
	return after
}

var (
	label      = regexp.MustCompile(`(?i)^(.*sha-?2?-?256\s*[=:]+\s*)(.*)$`)
	markup     = regexp.MustCompile("(?:\x1b\\[|\\^\\[\\[)[0-9;]*[A-Za-z]|</?[a-zA-Z]+>|[*`]{1,3}")
	lookAlikes = strings.NewReplacer("O", "0", "o", "0", "l", "1", "I", "1", "i", "1", "|", "1", "S", "5", "s", "5", "Z", "2", "z", "2", "q", "9", "g", "9",
		"а", "a", "е", "e", "с", "c", "ь", "b", "０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9",
		"ａ", "a", "ｂ", "b", "ｃ", "c", "ｄ", "d", "ｅ", "e", "ｆ", "f")
	lookAlikeLabel = strings.NewReplacer("＝", "=", "ѕ", "s", "а", "a", "һ", "h", "–", "-", "‐", "-")
)

// cutLabel splits s behind sha256=. Without that, before is empty.
func cutLabel(s string) (before, digits string) {
	if m := label.FindStringSubmatch(s); m != nil {
		return m[1], m[2]
	}
	return "", s
}

func isPrintable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(strings.TrimRight(s, "\r\n\x00"), func(r rune) bool { return r > '~' || r < ' ' })
}

// decodeBase64 returns what s decodes to, in the alphabets and paddings that it fits.
func decodeBase64(s string) [][]byte {
	var all [][]byte
	unpadded := strings.TrimRight(s, "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if decoded, err := encoding.DecodeString(unpadded); err == nil && len(decoded) > 0 &&
			!slices.ContainsFunc(all, func(other []byte) bool { return string(other) == string(decoded) }) {
			all = append(all, decoded)
		}
	}
	return all
}

// invisible reports whether r is white space, a control character, or a format character
// such as a byte order mark.
func invisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}
