package webhook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

const (
	// maxSecrets limits what a forged request costs: one MAC for each secret.
	maxSecrets = 4

	secretPrefix     = "whsec_"
	minSecretLetters = 16 // after the prefix
	minSecretKinds   = 8  // different characters among them
)

// howToMakeASecret is the end of an error about the form of secrets.
const howToMakeASecret = `webhook: copy the whole secret from the console; for local use make one: ` +
	`echo "whsec_$(openssl rand -hex 24)"; WithUncheckedSecrets takes secrets of another form`

// secretProblems returns every problem of a secret, without showing any of it. Otherwise a
// wrong secret would show up only later, as 401s.
func secretProblems(secret string) []string {
	c := newCandidate(secret)
	var problems []string
	for _, check := range []struct {
		applies bool
		problem string
	}{
		{c.unset(), "is empty, or an unset or unexpanded variable (a name, a reference or a template in place of the value)"},
		{strings.ContainsFunc(c.given, unicode.IsSpace), "has white space around or in it (a blank, a tab or a line end)"},
		{strings.ContainsFunc(c.given, isInvisible), "has an invisible character around or in it (a byte order mark, a zero width or a control character)"},
		{strings.ContainsFunc(c.given, isQuote), "is in quotes, or has a quote around or in it (an env file may keep them)"},
		{c.line, "is a whole NAME=value line (give the value alone)"},
		{c.apiKey(), "is an API key (sk_ or pk_), not the webhook secret (whsec_)"},
		{strings.Contains(strings.ToLower(c.value), "sha256"), "is or contains a signature, not the secret that makes one"},
		{!c.prefixed && c.value != "", "begins without whsec_ (in lower case, with the underscore)"},
		{!c.prefixed && strings.Contains(c.value, secretPrefix), "has something in front of whsec_"},
		{strings.Count(strings.ToLower(c.value), "whsec") > 1, "has the prefix whsec_ twice"},
		{c.value != "" && len(c.letters) < minSecretLetters, "is too short: whsec_ and at least 16 characters"},
		{strings.ContainsFunc(c.unpadded(), isForeign), "has a character that no secret has: after whsec_ come letters, digits, _, +, / and -, and at most two = at the end"},
		{c.hasPlaceholder(), "is a placeholder: it has a word in it that only a placeholder has (the documentation of New lists them)"},
		{c.value != "" && c.kinds() < minSecretKinds, "is a placeholder: it has fewer than 8 different characters"},
		{strings.ContainsAny(c.rest, "*.…·•●█"), "is a masked value: it has stars, dots or bullets in place of characters"},
	} {
		if check.applies {
			problems = append(problems, check.problem)
		}
	}
	return problems
}

// candidate is a secret that is being checked. given is the string that New got. The other
// fields leave out what often surrounds a secret, so that an API key in quotes is reported
// as both.
type candidate struct {
	given    string
	line     bool   // given is a line such as NAME=value
	value    string // without invisible characters and quotes, white space and punctuation around it
	prefixed bool   // value begins with whsec_
	rest     string // value without the prefix, whatever its case and the sign at its end
	letters  string // the characters of rest that a secret may have
}

func newCandidate(secret string) candidate {
	c := candidate{given: secret}
	c.value = strings.TrimSpace(strings.Map(func(r rune) rune {
		if isInvisible(r) || isQuote(r) {
			return -1
		}
		return r
	}, secret))
	c.value, c.line = cutName(c.value)
	c.rest, c.prefixed = strings.CutPrefix(c.value, secretPrefix)
	if n := len("whsec"); !c.prefixed && len(c.value) > n && strings.ToLower(c.value[:n]) == "whsec" {
		c.rest = strings.TrimLeft(c.value[n:], "_-:=. ")
	}
	c.letters = strings.Map(func(r rune) rune {
		if isForeign(r) || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, c.rest)
	return c
}

// cutName returns the value in a line such as export NAME="value" or NAME: value. The
// padding of base64 is not a value, and whsec: or sha256= is not a name.
func cutName(s string) (value string, found bool) {
	name, value, found := strings.Cut(s, "=")
	if head, tail, colon := strings.Cut(s, ":"); colon && len(head) < len(name) && !strings.HasPrefix(head, "$") {
		name, value, found = head, tail, true
		if strings.HasPrefix(tail, "/") { // a URL
			return s, false
		}
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("{,$:-", r) })
	if !found || len(words) == 0 || strings.ContainsFunc(strings.Join(words, ""), func(r rune) bool { return isForeign(r) && r != '.' }) {
		return s, false
	}
	last := strings.ToLower(words[len(words)-1])
	value = strings.Trim(value, " \t\r\n=>{},;")
	if strings.HasPrefix(last, "whsec") || strings.HasPrefix(last, "sha") || slices.Contains(references, last+":") || value == "" && last != strings.ToLower(envName) {
		return s, false
	}
	return value, true
}

// references are beginnings of the names that secrets have in a secret manager.
var references = []string{"arn:", "env:", "resolve:", "ssm:", "vault:"}

// templates are marks of a text that a program, a shell or a template engine should have
// replaced.
var templates = []string{
	"$", "%", "{", "<?", "<%", "<<", "[[", "((", "@", "://", "env[", "env.", "env(", "environ[", "environ.",
}

// envName is the variable from which the examples read the secret.
const envName = "SENDSAR_WEBHOOK_SECRET"

// unset reports whether there is no value, or only what a program, a shell or a template
// engine puts in place of a missing one, or a text that it did not replace.
func (c candidate) unset() bool {
	lower := strings.ToLower(c.rest)
	rest := strings.Trim(lower, "<>[]() ")
	switch rest {
	case "", "null", "nil", "none", "undefined", "unset", "not set", "no value", "empty", "missing", "nan", "object object":
		return true
	}
	for _, mark := range slices.Concat(references, templates) {
		at := strings.Index(lower, mark)
		// A mark behind enough of a secret, or in front of one, is only a foreign
		// character.
		if at >= 0 && at < minSecretLetters && !strings.Contains(c.rest, secretPrefix) {
			return true
		}
	}
	return strings.Contains(strings.NewReplacer("_", "", "-", "", ".", "").Replace(rest), "webhooksecret") && !c.hasPlaceholder()
}

// apiKey reports whether c is an API key, of Sendsar or of the same form.
func (c candidate) apiKey() bool {
	for _, word := range strings.Fields(strings.ToLower(c.value)) {
		word = strings.TrimPrefix(word, secretPrefix)
		for _, kind := range []string{"sk", "pk", "rk"} {
			after, is := strings.CutPrefix(word, kind)
			// Behind whsec_, sk_ alone may be there by chance.
			if is && strings.HasPrefix(after, "_") && (!c.prefixed || strings.HasPrefix(after, "_live_") || strings.HasPrefix(after, "_test_")) ||
				is && (strings.HasPrefix(after, "-live-") || strings.HasPrefix(after, "-test-")) {
				return true
			}
		}
	}
	return false
}

// unpadded returns the value without the padding of base64.
func (c candidate) unpadded() string {
	return strings.TrimSuffix(strings.TrimSuffix(c.value, "="), "=")
}

// hasPlaceholder reports whether c contains a word that only placeholders have. It ignores
// case, _, - and blanks.
func (c candidate) hasPlaceholder() bool {
	words := strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(c.rest))
	for _, word := range []string{"your", "example", "changeme", "replace", "placeholder", "xxxx"} {
		if strings.Contains(words, word) {
			return true
		}
	}
	return false
}

// kinds counts the different characters of c that a secret may have.
func (c candidate) kinds() int {
	kinds := map[rune]bool{}
	for _, r := range c.letters {
		kinds[r] = true
	}
	return len(kinds)
}

// isForeign reports whether no secret has r. White space is reported as a problem of its
// own.
func isForeign(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("_+/-", r) && !unicode.IsSpace(r)
}

// isInvisible reports whether r is neither white space nor visible.
func isInvisible(r rune) bool {
	return !unicode.IsSpace(r) && (!unicode.IsGraphic(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
}

// isQuote reports whether r is a quotation mark, or is used as one.
func isQuote(r rune) bool {
	return unicode.In(r, unicode.Quotation_Mark, unicode.Pi, unicode.Pf) || strings.ContainsRune("`´′″‵‶", r)
}

// keyedMACs returns one MAC for each distinct secret, the current one first, or an
// error for each secret that has problems.
func keyedMACs(current string, cfg config) ([]keyedMAC, []error) {
	var (
		errs []error
		macs []keyedMAC
		seen []string
		hint bool
	)
	add := func(name, secret string) {
		if secret == "" || !cfg.unchecked {
			if problems := secretProblems(secret); problems != nil {
				hint = true
				errs = append(errs, fmt.Errorf("%w: %s %s", ErrInvalidSecret, name, strings.Join(problems, "; it ")))
			}
		}
		if secret == "" || slices.Contains(seen, secret) {
			return
		}
		seen = append(seen, secret)
		mac, err := newMAC(secret)
		if err != nil {
			errs = append(errs, fmt.Errorf("%w: %s %w", ErrInvalidSecret, name, err))
		}
		macs = append(macs, mac)
	}
	add("the secret", current)
	for i, secret := range cfg.previous {
		// An empty string is an unset variable: there is no rotation.
		if secret != "" {
			add(fmt.Sprintf("previous secret %d", i+1), secret)
		}
	}
	if len(macs) > maxSecrets {
		errs = append(errs, fmt.Errorf("%w: %d different secrets, at most %d may be accepted at a time",
			ErrInvalidSecret, len(macs), maxSecrets))
	}
	if hint {
		errs = append(errs, errors.New(howToMakeASecret))
	}
	return macs, errs
}
