package diagnose

import (
	"encoding/hex"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	maxRuns       = 16
	minRun        = 16 // digits without a label that are taken for a signature
	provingDigits = 32 // 128 bits
)

var (
	hexRun       = regexp.MustCompile(`[0-9A-Fa-f]+`)
	labelled     = regexp.MustCompile("(?i)sha-?(?:2-)?256[=:][ \t]*([^\\s\"'`,;()\\[\\]{}<>“”‘’«»…]*)")
	base64Run    = regexp.MustCompile(`[A-Za-z0-9+/_-]{22,}={0,2}`)
	otherLabel   = regexp.MustCompile(`(?i)([a-z0-9_.-]*[a-z_][a-z0-9_.-]*)[ \t]*[=:][ \t]*$`)
	opensslLabel = regexp.MustCompile(`(?i)(?:hmac-)?(?:sha|md)[0-9a-z/-]*[ \t]*\([^()]*\)[ \t]*=[ \t]*$`)
	headerLabel  = regexp.MustCompile(`(?i)(?:[a-z0-9_-]*(?:signature|hmac|digest|authorization)[a-z0-9_-]*|x-[a-z0-9-]+)["']?[ \t]*(?:\]|=>|=|:)[ \t\r\n]*$`)
	listItem     = regexp.MustCompile(`^["']?[A-Za-z][A-Za-z0-9_-]*=[^=]|^[0-9A-Fa-f]{32,}["']?$|^[A-Za-z0-9+/_-]{26,}={0,2}$`)
	fileNameTail = regexp.MustCompile(`^[ \t]+\*?[^ \t]+[ \t\r\n]*$`)
	ellipsis     = regexp.MustCompile(`^[ \t]*(?:\.{2,}|…|⋯|\*{1,}|•+|x{3,}|[\[(<](?:\.\.\.|…|snip|cut|truncated|redacted)[\])>])`)
)

// extract finds the parts of t that may be a MAC, and describes what is around them.
func extract(t string) []reading {
	var all []reading
	runs := hexRun.FindAllStringIndex(t, -1)
	kept := runs[:0]
	for _, run := range runs {
		if run[1]-run[0] >= minRun && len(kept) < maxRuns {
			kept = append(kept, run)
		}
	}
	for _, run := range kept {
		all = append(all, readRun(t, run[0], run[1])...)
	}
	for i, m := range labelled.FindAllStringSubmatchIndex(t, maxRuns) {
		token := t[m[2]:m[3]]
		token = strings.TrimRight(token, ".*|\\")
		if n := len(hexRun.FindString(token)); n < len(token) || n < minRun {
			if strings.HasPrefix(strings.ToLower(token), "sha") && i == 0 {
				continue // the prefix twice
			}
			all = append(all, readToken(t, m[2], m[2]+len(token))...)
		}
	}
	for _, run := range base64Run.FindAllStringIndex(t, maxRuns) {
		all = append(all, readBase64(t, run[0], run[1])...)
	}
	return all
}

// readRun reads a run of hex digits.
func readRun(t string, from, to int) []reading {
	n := to - from
	digits := strings.ToLower(t[from:to])
	around, label := surroundings(t, from, to)
	if digits != t[from:to] && !hasID(around, signatureUpperCase.ID) {
		around = append(around, signatureUpperCase)
	}
	cut := reading{digits, true, 1, append(around[:len(around):len(around)], signatureCut(n, ellipsis.MatchString(t[to:])))}
	switch {
	case n == macDigits:
		return []reading{{digits, false, 0, around}}
	case n == 2*macDigits && digits[:macDigits] == digits[macDigits:]:
		return []reading{{digits[:macDigits], false, 0, append(around, signatureDoubled)}}
	case isSizeOfMAC(n/2) && n%2 == 0:
		whole := reading{digits, false, 1, append(withoutLabel(around), otherHash(n))}
		if n > macDigits {
			return append([]reading{whole}, longer(digits, around)...)
		}
		if label == "sha256" {
			return []reading{cut, whole}
		}
		return []reading{whole, cut}
	case n > macDigits:
		return longer(digits, around)
	default:
		return []reading{cut}
	}
}

// longer reads too many digits: the extra ones are at the end, at the start or anywhere.
func longer(digits string, around []Mistake) []reading {
	mistakes := append(around[:len(around):len(around)], signatureTooLong(len(digits)))
	return []reading{
		{digits[:macDigits], false, 2, mistakes},
		{digits[len(digits)-macDigits:], false, 2, mistakes},
		{digits, false, 2, mistakes},
	}
}

func withoutLabel(mistakes []Mistake) []Mistake {
	var all []Mistake
	for _, m := range mistakes {
		if m.ID != signatureWithoutPrefix.ID {
			all = append(all, m)
		}
	}
	return all
}

func hasID(mistakes []Mistake, id string) bool {
	for _, m := range mistakes {
		if m.ID == id {
			return true
		}
	}
	return false
}

// readToken reads a token behind sha256= that is not only digits, or has few of them.
func readToken(t string, from, to int) []reading {
	token := t[from:to]
	around, _ := surroundings(t, from, to)
	around = around[:len(around):len(around)]
	bad := strings.IndexFunc(token, func(r rune) bool { return !isHex(strings.ToLower(string(r))) })
	if bad < 0 { // a few digits
		return []reading{{strings.ToLower(token), true, 1, append(around, signatureCut(len(token), ellipsis.MatchString(t[to:])))}}
	}
	if bad > 0 && ellipsis.MatchString(token[bad:]) {
		return []reading{{strings.ToLower(token[:bad]), true, 1, append(around, signatureCut(bad, true))}}
	}
	r, _ := utf8.DecodeRuneInString(token[bad:])
	return []reading{{strings.ToLower(token), false, 1, append(around, signatureNotHex(utf8.RuneCountInString(token), bad+1, r))}}
}

// readBase64 reads base64 of a MAC.
func readBase64(t string, from, to int) []reading {
	token := t[from:to]
	if isHex(strings.ToLower(token)) {
		return nil
	}
	var all []reading
	for _, mac := range decodeBase64(token) {
		if !isSizeOfMAC(len(mac)) {
			continue
		}
		around, _ := surroundings(t, from, to)
		mistakes := append(withoutLabel(around), signatureBase64)
		if 2*len(mac) != macDigits {
			mistakes = append(mistakes, otherHash(2*len(mac)))
		}
		all = append(all, reading{hex.EncodeToString(mac), false, 1, mistakes})
	}
	return all
}

// surroundings describes what is before and behind the digits, and returns the label before
// them, such as the name of a hash.
func surroundings(t string, from, to int) (mistakes []Mistake, label string) {
	start, end, list := listPart(t, from, to)
	if list {
		mistakes = append(mistakes, signatureList)
		if headerLabel.MatchString(t[:start]) || strings.HasPrefix(strings.ToLower(t), "x-webhook-signature") {
			mistakes = append([]Mistake{headerLine}, mistakes...)
		}
	}
	before, behind := t[start:from], t[to:end]
	before, label, prefix := cutPrefix(before)
	before, behind, outer := unwrap(before, behind)
	mistakes = append(append(mistakes, outer...), prefix...)
	switch {
	case from < to && strings.Contains(behind, t[from:to]):
		mistakes = append(mistakes, signatureDoubled)
	case behind != "" && (to-from >= macDigits || !ellipsis.MatchString(behind)):
		mistakes = append(mistakes, signatureBehind(behind))
	}
	if before != "" {
		mistakes = append(mistakes, signatureBefore(before))
	}
	return mistakes, label
}

// listPart returns where the list item with the digits begins and ends. If t is not a list,
// that is all of t.
func listPart(t string, from, to int) (start, end int, list bool) {
	parts := strings.FieldsFunc(t, isSeparator)
	items := 0
	for _, part := range parts {
		if listItem.MatchString(part) {
			items++
		}
	}
	if items < 2 && (len(parts) < 2 || !regexp.MustCompile(`^v\d+,`).MatchString(t)) {
		return 0, len(t), false
	}
	start = strings.LastIndexFunc(t[:from], isSeparator) + 1
	end = len(t)
	if i := strings.IndexFunc(t[to:], isSeparator); i >= 0 {
		end = to + i
	}
	return start, end, true
}

func isSeparator(r rune) bool { return strings.ContainsRune(",; \t\r\n", r) }

// cutPrefix removes sha256=, or a label in its place, from the end of before.
func cutPrefix(before string) (rest, label string, mistakes []Mistake) {
	const own = "sha256="
	trimmed := strings.TrimRight(before, " \t")
	switch {
	case strings.HasSuffix(before, own):
		rest = strings.TrimSuffix(before, own)
	case strings.HasSuffix(trimmed, own):
		rest, mistakes = strings.TrimSuffix(trimmed, own), []Mistake{signatureSpaceInside}
	case strings.HasSuffix(strings.ToLower(before), own):
		rest, mistakes = before[:len(before)-len(own)], []Mistake{signatureUpperCase}
	case opensslLabel.MatchString(before):
		loc := opensslLabel.FindStringIndex(before)
		return before[:loc[0]], "", []Mistake{signatureOpenssl}
	case headerLabel.MatchString(before):
		return before, "", []Mistake{signatureWithoutPrefix}
	case otherLabel.MatchString(before):
		m := otherLabel.FindStringSubmatchIndex(before)
		return before[:m[0]], strings.ToLower(before[m[2]:m[3]]), []Mistake{signatureWithoutPrefix}
	default:
		rest = strings.TrimSuffix(strings.TrimSuffix(before, "0x"), "0X")
		if rest == before {
			return rest, "", []Mistake{signaturePrefixLost}
		}
		return rest, "", []Mistake{signatureWithoutPrefix}
	}
	for strings.HasSuffix(strings.ToLower(rest), own) {
		rest, mistakes = rest[:len(rest)-len(own)], append(mistakes, signaturePrefixTwice)
	}
	return rest, "sha256", mistakes
}

// quotes and brackets in pairs.
const (
	opening = "\"'`“‘«‹„‚[{(<′″"
	closing = "\"'`”’»›“‘]})>′″"
)

// unwrap removes what is often found around a signature.
func unwrap(before, behind string) (restBefore, restBehind string, mistakes []Mistake) {
	add := func(m Mistake) {
		if !hasID(mistakes, m.ID) {
			mistakes = append(mistakes, m)
		}
	}
	var front, back string // the signs that were removed
	for {
		wasBefore, wasBehind := before, behind
		switch {
		case before == "<" && strings.HasPrefix(behind, ">"):
			before, behind = "", behind[1:]
		case strings.TrimFunc(before, invisible) != before:
			if before = strings.TrimFunc(before, invisible); before != "" || front+back != "" || len(mistakes) > 0 {
				wasBefore = before // not worth a mistake beside others
			}
		case trimQuote(&before, opening, true):
			trimQuote(&behind, closing, false)
		case headerLabel.MatchString(before):
			before = headerLabel.ReplaceAllString(before, "")
			wasBefore = before
			add(headerLine)
		case before == ">" || before == "<" || before == "*" || before == "-H" || before == "$":
			before, wasBefore = "", ""
			add(headerLine)
		case behind != strings.TrimLeftFunc(behind, invisible) && strings.TrimFunc(behind, invisible) == "":
			behind = ""
		case len(behind) > 0 && trimQuote(&behind, closing, false):
		case fileNameTail.MatchString(behind) && !ellipsis.MatchString(behind) && (before == "" || before == `\`):
			before, behind, wasBefore, wasBehind = "", "", "", ""
			add(signatureFileName)
		default:
			if front+back == "" {
				return before, behind, mistakes
			}
			around := signatureAround(front, back)
			for i, m := range mistakes {
				if m.ID == around.ID {
					mistakes[i] = around
				}
			}
			return before, behind, mistakes
		}
		if n := len(wasBefore) - len(before); n > 0 {
			front = wasBefore[len(before):] + front
			add(signatureQuotes)
		}
		if n := len(wasBehind) - len(behind); n > 0 {
			back += wasBehind[:n]
			add(signatureQuotes)
		}
	}
}

// trimQuote removes one quote or bracket at the end that faces the digits.
func trimQuote(s *string, set string, last bool) bool {
	var r rune
	var size int
	if last {
		r, size = utf8.DecodeLastRuneInString(*s)
	} else {
		r, size = utf8.DecodeRuneInString(*s)
	}
	if size == 0 || r == utf8.RuneError || !strings.ContainsRune(set, r) || r == '<' && strings.TrimSpace(*s) == "<" {
		return false
	}
	if last {
		*s = (*s)[:len(*s)-size]
	} else {
		*s = (*s)[size:]
	}
	return true
}
