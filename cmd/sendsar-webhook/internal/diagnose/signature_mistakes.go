package diagnose

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const giveTheValue = "give the header's value alone, sha256= and 64 lower-case hex digits"

// What can be wrong with the form of a signature.
var (
	signatureMissing = Mistake{
		"signature_missing", "no signature",
		"there is no signature: the value of X-Webhook-Signature is missing or empty",
		"read the header before anything removes it (a proxy that passes on only known headers, a variable that is not set, a request that Sendsar did not send)",
	}
	headerLine = Mistake{
		"header_line", "the header's name before the value",
		"the value was given with the header's name or a line's beginning in front",
		"give the value alone, what follows the colon",
	}
	signatureQuotes = Mistake{
		"signature_quotes", "quotes, brackets or white space around the signature",
		"the signature has something around it that is no part of it",
		giveTheValue,
	}
	signatureList = Mistake{
		"signature_list", "several signatures in one value",
		"the value is a list, not one signature",
		"give one signature, sha256= and its digits alone (two headers that a proxy joined are refused)",
	}
	signatureUpperCase = Mistake{
		"signature_upper_case", "upper-case signature",
		"the signature is written in upper case",
		"pass the value on as it arrives, sha256= and the hex digits in lower case",
	}
	signatureWithoutPrefix = Mistake{
		"signature_without_prefix", "signature without sha256=, or with another prefix",
		"the value has something else than sha256= directly before its digits",
		giveTheValue,
	}
	signaturePrefixLost = Mistake{
		signatureWithoutPrefix.ID, signatureWithoutPrefix.Name,
		"the value lacks sha256= directly before its digits",
		giveTheValue,
	}
	signaturePrefixTwice = Mistake{
		"signature_prefix_twice", "sha256= twice",
		"sha256= is there twice",
		"do not add sha256= to the value of the header: it begins with it",
	}
	signatureBase64 = Mistake{
		"signature_base64", "base64 in place of hex digits",
		"the signature is base64, not hex digits",
		"Sendsar sends 64 lower-case hex digits: give the header's value as it arrived, or let your signing script write hex",
	}
	signatureBase64Text = Mistake{
		"signature_base64_text", "the whole signature in base64",
		"the value is base64 of a text",
		"decode it, or take the value before it is encoded (a queue or a cloud's event may do that)",
	}
	signatureHexText = Mistake{
		"signature_hex_text", "the whole signature in hex",
		"the value is a text whose characters were written in hex",
		giveTheValue,
	}
	signaturePercent = Mistake{
		"signature_percent_encoded", "the signature percent-encoded",
		"the value is percent-encoded, as in a URL or a form",
		"decode it, or take the value from the header itself",
	}
	signatureEscaped = Mistake{
		"signature_escaped", "the signature with escapes",
		"the value has escapes in it, as in a string literal, in HTML or in a mail",
		"take the value from the header itself, not from a printed or quoted form of it",
	}
	signatureSeparated = Mistake{
		"signature_separated", "separators between the digits",
		"the digits are separated",
		"write the 64 hex digits without anything between them",
	}
	signatureSpaceInside = Mistake{
		"signature_white_space", "white space or invisible characters inside the signature",
		"the value has white space, a line end or an invisible character in it",
		"join it to one line, and remove what is not visible (a terminal or a chat may add it when it is copied)",
	}
	signatureLookAlike = Mistake{
		"signature_look_alike", "characters that look like digits",
		"the value has letters or signs that only look like the right ones",
		"copy the value as text; do not type or scan it",
	}
	signatureMarkup = Mistake{
		"signature_markup", "colours or markup in the signature",
		"the value has markup or a terminal's colour codes in it",
		giveTheValue,
	}
	signatureDoubled = Mistake{
		"signature_doubled", "the signature twice in a row",
		"the signature is there twice, one copy behind the other",
		giveTheValue,
	}
	signatureOpenssl = Mistake{
		"signature_openssl", "openssl's output in place of the value",
		"the value is what openssl dgst prints, with the name of the hash and of the input in front",
		"put sha256= before the digits, and leave out what openssl prints before them",
	}
	signatureFileName = Mistake{
		"signature_file_name", "a file's name behind the digits",
		"a file's name or a dash is behind the digits, as sha256sum and openssl dgst -r print it",
		giveTheValue,
	}
	signatureUnexpanded = Mistake{
		"signature_unexpanded", "a variable in place of the signature",
		"the value is the name of a variable or a template, which nothing replaced by its value",
		"use double quotes in a shell ('$x' stays as it is), and look whether the template was rendered",
	}
	signatureNoValue = Mistake{
		"signature_no_value", "a word for no value",
		"the value is a word that a program writes where it has no value, such as null or undefined",
		"look up the header under the name X-Webhook-Signature (many programs know it in lower case only) before anything removes it",
	}
	signatureIsSecret = Mistake{
		"signature_is_secret", "a secret or key in place of the signature",
		"the value is a secret or an API key, not a signature",
		"give the value of the X-Webhook-Signature header, and change that secret if the value was logged or sent",
	}
	signatureNeverMade = Mistake{
		"signature_no_digits", "sha256= without digits",
		"the value has no hex digits behind its sha256=",
		"look at what made or copied the value (an empty variable, a masked log)",
	}
	signatureMasked = Mistake{
		"signature_masked", "a masked signature",
		"the value is masked: a log or a tool wrote a word or signs in place of the signature",
		"take the value from the request itself, or turn the masking off for this header (a signature is right for its own body only)",
	}
	signatureIsBody = Mistake{
		"signature_is_body", "JSON in place of the signature",
		"the value is JSON, such as the body, not a signature",
		"give the value of the X-Webhook-Signature header to -signature, and the body as a file or on standard input",
	}
)

const takeTheWhole = "take the whole value, 71 characters, from the request itself (a log, a terminal or a database column may cut it)"

// signatureCut returns the mistake for a value with n digits, fewer than a signature has.
func signatureCut(n int, dots bool) Mistake {
	if n == 0 {
		return signatureNeverMade
	}
	text := fmt.Sprintf("the signature is cut off: it has only %d of %d digits", n, macDigits)
	if dots {
		text += ", and dots or another sign of an omission behind them"
	}
	return Mistake{"signature_cut", "a signature with digits missing", text, takeTheWhole}
}

func signatureTooLong(n int) Mistake {
	return Mistake{
		"signature_too_long", "a signature with too many digits",
		fmt.Sprintf("the signature has %d digits, %d more than %d", n, n-macDigits, macDigits),
		giveTheValue,
	}
}

// signatureNotHex returns the mistake for a value of n characters, of which the one at a
// position (from 1) is not a hex digit.
func signatureNotHex(n, at int, r rune) Mistake {
	kind := "a character"
	switch {
	case r < utf8.RuneSelf && unicode.IsLetter(r):
		kind = "a letter"
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		kind = "a letter or digit of another script"
	case nameOf(r) != "":
		kind = nameOf(r)
	}
	return Mistake{
		"signature_not_hex", "characters that are no hex digits",
		fmt.Sprintf("character %d of %d behind sha256= is %s, not a hex digit", at, n, kind),
		giveTheValue,
	}
}

func signatureMalformed(value string) Mistake {
	n := utf8.RuneCountInString(value)
	return Mistake{
		"signature_malformed", "something else in place of the signature",
		fmt.Sprintf("the value has %s and is no signature, which has 71: sha256= and 64 lower-case hex digits", count(n, "character")),
		giveTheValue,
	}
}

// signatureDigit returns the mistake for a value that is right except for n digits from at on.
// length is how many digits the value has.
func signatureDigit(at, n, length int) Mistake {
	how, place := "changed", "from digit %d on"
	switch {
	case length < macDigits:
		how = "lost"
	case length > macDigits:
		how = "added"
	}
	if n == 1 {
		place = "at digit %d"
	}
	text := fmt.Sprintf("the signature is right but for %s, %s "+place, count(n, "digit"), how, at)
	if length != macDigits {
		text += fmt.Sprintf(": it has %d, where %d are right", length, macDigits)
	}
	return Mistake{
		"signature_digit_changed", "a few digits of the signature changed, lost or added",
		text,
		"copy the value as text; do not type it (a test that changes a digit is meant to be refused)",
	}
}

// otherHash returns the mistake for a value with as many digits as another hash makes.
func otherHash(n int) Mistake {
	name := map[int]string{32: "MD5", 40: "SHA-1", 56: "SHA-224", 64: "another hash", 96: "SHA-384", 128: "SHA-512"}[n]
	return Mistake{
		"other_hash", "HMAC with SHA-1, SHA-384, SHA-512 or another hash",
		fmt.Sprintf("the signature has the %d digits of %s, where SHA-256 has %d", n, name, macDigits),
		"Sendsar signs with HMAC-SHA256 only: take the value of X-Webhook-Signature, not of another header, or correct your signing script",
	}
}

// signatureBehind returns the mistake for text behind the digits.
func signatureBehind(behind string) Mistake {
	return Mistake{
		"signature_behind", "something behind the signature",
		"the signature's digits are followed by " + inventory(behind) + ", which a signature does not have",
		giveTheValue,
	}
}

// signatureBefore returns the mistake for text before sha256= or before the digits.
func signatureBefore(before string) Mistake {
	m := Mistake{
		"signature_before", "a word before the signature",
		"the signature is preceded by " + inventory(before) + ", which a signature does not have",
		giveTheValue,
	}
	if strings.EqualFold(strings.TrimSpace(before), "bearer") {
		m.Text = "the signature is preceded by the word Bearer, which belongs to the Authorization header only"
	}
	return m
}

// signatureAround returns the mistake for the signs that unwrap removed in front of a value and
// behind it.
func signatureAround(front, back string) Mistake {
	m := signatureQuotes
	var all []string
	if kinds := signs(front + back); front != "" && back != "" && kinds != "" {
		m.Text = "the signature has " + kinds + " around it"
		return m
	}
	if front != "" {
		all = append(all, inventory(front)+" in front of it")
	}
	if back != "" {
		all = append(all, inventory(back)+" behind it")
	}
	if len(all) > 0 {
		m.Text = "the signature has " + strings.Join(all, " and ")
	}
	return m
}

// signs names the kinds of signs around a value, or returns "" if they are not only quotes and
// brackets.
func signs(around string) string {
	quotes := strings.ContainsFunc(around, func(r rune) bool { return strings.HasSuffix(kindOf(r), "quote") })
	brackets := strings.ContainsFunc(around, func(r rune) bool { return kindOf(r) == "a bracket" })
	switch {
	case strings.ContainsFunc(around, func(r rune) bool { return kindOf(r) != "a bracket" && !strings.HasSuffix(kindOf(r), "quote") }):
		return ""
	case quotes && brackets:
		return "quotes and brackets"
	case quotes:
		return "quotes"
	default:
		return "brackets"
	}
}

// kindOf names a sign without showing it.
func kindOf(r rune) string {
	kind, _, _ := strings.Cut(nameOf(r), " (")
	return kind
}

// inventory describes characters without showing letters or digits.
func inventory(s string) string {
	var names []string
	for _, r := range s {
		name := nameOf(r)
		if name == "" {
			return "text of " + count(utf8.RuneCountInString(s), "character")
		}
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
		if len(names) > 4 {
			return "text of " + count(utf8.RuneCountInString(s), "character")
		}
	}
	return strings.Join(names, " and ")
}

// nameOf names a sign. It returns "" for letters and digits.
func nameOf(r rune) string {
	switch r {
	case ',':
		return "a comma (,)"
	case '.':
		return "a dot (.)"
	case ';':
		return "a semicolon (;)"
	case ':':
		return "a colon (:)"
	case '=':
		return "an equals sign (=)"
	case '-':
		return "a dash (-)"
	case '\\':
		return `a backslash (\)`
	case '\n', '\r':
		return "a line end"
	case '"', '\'', '`':
		return "a quote (" + string(r) + ")"
	case '“', '”', '„', '‘', '’', '‚', '«', '»', '‹', '›', '′', '″':
		return "a typographic quote"
	case '(', ')', '[', ']', '{', '}', '<', '>':
		return "a bracket (" + string(r) + ")"
	case ' ', '\t':
		return "white space"
	case 0:
		return "a NUL"
	case '…':
		return "an ellipsis (…)"
	case utf8.RuneError:
		return "a byte that is no UTF-8"
	}
	switch {
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return ""
	case invisible(r):
		return "an invisible character"
	case r < utf8.RuneSelf:
		return "a sign (" + string(r) + ")"
	default:
		return "a sign"
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

var unexpanded = regexp.MustCompile(`^["']?(?:\$[({]?[A-Za-z_"]|%[A-Za-z_][A-Za-z0-9_]*%|\{\{|<%|<[a-zA-Z]|\{[a-zA-Z_]+\}|:[a-z]|@[a-zA-Z]|#\{|process\.env|os\.)`)

var masked = regexp.MustCompile(`^(?:\*{2,}|[•●·]{2,}|[xX]{4,}|\.{3,}|…)$`)

// visibleInSignature returns the mistakes that show in the form of a value.
func visibleInSignature(value string, readings []reading) []Mistake {
	word := strings.ToLower(strings.Trim(value, "\"'`[](){}<> \r\n"))
	_, behindLabel := cutLabel(word)
	switch behindLabel {
	case "null", "nil", "none", "undefined", "nan", "false", "true", "object object", "<nil>", "not set", "missing", "n/a", "-", "(null)", "empty", "no value":
		return []Mistake{signatureNoValue}
	case "redacted", "filtered", "masked", "hidden", "removed", "secret", "sensitive":
		return []Mistake{signatureMasked}
	}
	_, given := cutLabel(value)
	switch {
	case word == "":
		return []Mistake{signatureMissing}
	case unexpanded.MatchString(given) && len(readings) == 0, unexpanded.MatchString(given) && len(readings) > 0 && len(readings[0].digits) < minRun:
		return []Mistake{signatureUnexpanded}
	case strings.Contains(word, "whsec_") || strings.HasPrefix(word, "sk_") || strings.HasPrefix(word, "pk_"):
		return []Mistake{signatureIsSecret}
	case masked.MatchString(given):
		return []Mistake{signatureMasked}
	case len(readings) > 0:
		return readings[0].mistakes
	case strings.ContainsAny(value[:1], "{[") && json.Valid([]byte(value)):
		return []Mistake{signatureIsBody}
	case strings.TrimRight(word, "= :") == "sha256":
		return []Mistake{signatureNeverMade}
	default:
		return []Mistake{signatureMalformed(value)}
	}
}
