package webhook

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const (
	// maxSecrets bounds what a forged request costs: one MAC for each secret.
	maxSecrets = 4

	secretPrefix     = "whsec_"
	minSecretLetters = 16 // after the prefix
	minSecretKinds   = 8  // of different ones among them
)

// secretForm is the form that New takes. findings adds what must not be in it.
var secretForm = regexp.MustCompile(`^whsec_[0-9A-Za-z_+/-]{16,}={0,2}$`)

// howToMakeASecret is the end of an error about the form of secrets.
const howToMakeASecret = `copy the whole secret from the console; for local use make one: echo "whsec_$(openssl rand -hex 24)"`

// findings are the things that can be wrong with a secret. They do not depend on each
// other: the error names all that apply. No text shows a part of the secret, nor an
// example that could be one.
var findings = []struct {
	text    string
	applies func(c candidate) bool
}{
	{"is empty, or an unset or unexpanded variable (a name, a reference or a template in place of the value)", candidate.unset},
	{"has white space around or in it (a blank, a tab or a line end)", func(c candidate) bool { return strings.ContainsFunc(c.given, unicode.IsSpace) }},
	{"has an invisible character around or in it (a byte order mark, a zero width or a control character)", func(c candidate) bool { return strings.ContainsFunc(c.given, isInvisible) }},
	{"is in quotes, or has one around or in it (an env file may keep them)", func(c candidate) bool { return strings.ContainsFunc(c.given, isQuote) }},
	{"is a whole NAME=value line (give the value alone)", func(c candidate) bool { return c.line }},
	{"is an API key (sk_ or pk_), not the webhook secret (whsec_)", candidate.apiKey},
	{"is, contains or looks like a signature, not the secret that makes one", func(c candidate) bool { return signatureMark.MatchString(c.value) }},
	{"is without whsec_ at its start, in lower case and with the underscore", func(c candidate) bool { return !c.prefixed && c.value != "" }},
	{"has something in front of whsec_", candidate.surrounded},
	{"has the prefix whsec_ twice", func(c candidate) bool {
		return len(anyPrefix.FindAllString(c.value, 2)) > 1 || leadingPrefix.MatchString(c.rest)
	}},
	{"is a secret that was encoded once more (in base64 or hex)", func(c candidate) bool { return encodedPrefix.MatchString(c.rest) }},
	{"is too short: whsec_ and at least 16 characters", func(c candidate) bool { return c.value != "" && len(c.letters()) < minSecretLetters }},
	{"has a character that no secret has: after whsec_ come letters, digits, _, +, / and -, and at most two = at the end", candidate.foreign},
	{"is a placeholder or a masked value (fewer than 8 different characters count as one)", candidate.placeholder},
}

// secretProblems returns what is wrong with a secret, never what it is. A wrong secret
// shows only as 401s later on, so the common mistakes in copying or loading one are
// reported at start-up.
func secretProblems(secret string) []string {
	c := newCandidate(secret)
	var problems []string
	for _, finding := range findings {
		if finding.applies(c) {
			problems = append(problems, finding.text)
		}
	}
	if len(problems) == 0 && !secretForm.MatchString(secret) {
		problems = append(problems, "has not the form of a secret") // unreachable, but nothing else may decide to accept
	}
	return problems
}

// candidate is a secret under examination. Only given is what New was given: the rest
// is what remains of it without what commonly surrounds a secret, so that an API key in
// quotes is found to be both.
type candidate struct {
	given    string
	line     bool   // it is a whole line; value is what the line assigns
	value    string // without invisible characters and quotes; white space is one blank
	prefixed bool   // value begins with whsec_
	rest     string // value without the prefix, also without a misspelt one
}

func newCandidate(secret string) candidate {
	c := candidate{given: unescape.Replace(secret)}
	c.value = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if isInvisible(r) || isQuote(r) {
			return -1
		}
		return r
	}, c.given)), " ")
	for value, found := cutName(c.value); found; value, found = cutName(c.value) {
		c.value, c.line = value, true
	}
	c.rest, c.prefixed = strings.CutPrefix(c.value, secretPrefix)
	if !c.prefixed {
		c.rest = misspeltPrefix.ReplaceAllString(c.value, "")
	}
	return c
}

// unescape replaces other spellings of quotes and of a byte order mark by the characters
// themselves. None of them is in a secret of the right form.
var unescape = strings.NewReplacer(
	"&quot;", `"`, "&apos;", "'", "&ldquo;", `"`, "&rdquo;", `"`, "&lsquo;", "'", "&rsquo;", "'", "&laquo;", `"`, "&raquo;", `"`, "&#34;", `"`, "&#39;", "'", "&#x22;", `"`, "&#x27;", "'", "%22", `"`, "%27", "'", `\u0022`, `"`, `\u0027`, "'",
	"\u00ef\u00bb\u00bf", "\ufeff", "\u00fe\u00ff", "\ufeff", "\u00ff\u00fe", "\ufeff", // the bytes of a mark, read as Latin-1
	"&nbsp;", "\u00a0", "&#160;", "\u00a0",
)

// isInvisible reports whether r is neither white space nor something that can be seen.
func isInvisible(r rune) bool {
	return !unicode.IsSpace(r) && (r == '\u2800' || // a Braille pattern without dots
		unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
}

// isQuote reports whether r is a quotation mark, or is used as one.
func isQuote(r rune) bool {
	return unicode.In(r, unicode.Quotation_Mark, unicode.Pi, unicode.Pf) ||
		strings.ContainsRune("`\u00b4\u2032\u2033\u2034\u2035\u2036\u2037\u02b9\u02ba\u02bb\u02bc\u02bd\u02ca\u02cb\u02ee\u275b\u275c\u275d\u275e\u276e\u276f", r)
}

func isLetter(r rune) bool {
	return '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || strings.ContainsRune("_+/-", r)
}

var (
	anyPrefix      = regexp.MustCompile(`(?i)whsec[_:=-]`)
	leadingPrefix  = regexp.MustCompile(`(?i)^whsec`)
	misspeltPrefix = regexp.MustCompile(`(?i)^whsec[_:=. -]?`)
	encodedPrefix  = regexp.MustCompile(`^(?:d2hzZWNf|(?i:77687365635f))`) // of whsec_, in base64 and hex
	signatureMark  = regexp.MustCompile(`(?i)sha-?[0-9]+[=:]|\bv[0-9]=|^[0-9a-f]{64}$`)
	keyMark        = regexp.MustCompile(`(?i)(?:^|[^\w+/-])[spr]k[_-]|[spr]k_(?:live|test)_`)
	keyAfterPrefix = regexp.MustCompile(`(?i)^[spr]k_(?:live|test)_`)

	lineName   = regexp.MustCompile(`^[{ -]*(?:[A-Za-z-]{1,8} ){0,3}(?i:\$env:|\$)?[\w.-]*[A-Za-z_][\w.-]* ?$`)
	notALine   = regexp.MustCompile(`^whsec_|(?i)^(?:.* )?(?:whsec|sha-?[0-9]*|v[0-9]|t) ?$`)
	afterColon = regexp.MustCompile(`(?i)^(?: |whsec|[spr]k_|sha256=)`)
)

// cutName returns what a line such as NAME=value, export NAME="value" or NAME: value
// assigns. The padding of base64 is not a value.
func cutName(s string) (value string, found bool) {
	from := 0
	if strings.HasPrefix(strings.ToLower(s), "$env:") {
		from = len("$env:")
	}
	at := strings.IndexAny(s[from:], "=:")
	if at < 0 {
		return "", false
	}
	at += from
	name, after := s[:at], s[at+1:]
	if !lineName.MatchString(name) || notALine.MatchString(name) {
		return "", false
	}
	if s[at] == ':' && !strings.HasPrefix(after, "=") && !afterColon.MatchString(after) {
		return "", false // a URL or a reference
	}
	value = strings.Trim(strings.TrimLeft(after, "=>"), " {},;")
	return value, value != "" || variableName.MatchString(strings.TrimSpace(name))
}

var (
	variableName = regexp.MustCompile(`^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$`)
	ownName      = regexp.MustCompile(`(?i)sendsar[_.-]?webhook`)
	anyName      = regexp.MustCompile(`(?i)^(?:[a-z]+[_. -]?)*(?:webhook|signing)[_. -]?secret(?:[_. -]?[a-z]+)?$`)
	noValue      = regexp.MustCompile(`(?i)^[^0-9a-z]*(?:null|nil|none|nan|undefined|undef|unset|not[_ -]?set|empty|missing|no[_ -]?value|nothing|void|false|true|object object|object undefined|object null)?[^0-9a-z]*$`)
	command      = regexp.MustCompile("^\\s*`[^`]*\\s[^`]*`\\s*$")
	unexpanded   = regexp.MustCompile(`(?i)\$[\w{(\[$<]|%!|%[a-z_][\w.]*%|%[({]|^%[a-z]$|[{}]|<[%?<]|[%?]>|\[[%\[]|\(\(|^![a-z]|^!.*!$|^@.*@$|^@[\w.]+\(|^#.*#$|^__.*__$|^~|` +
		`^[\w.+-]+://|^[./]+[\w-]+[/.]|^(?:arn|ssm|vault|secretsmanager|env|file|op|secret|secretref|valuefrom|ref\+\w+):|\benv[.\[(]|getenv|environ[.\[(]|^projects/`)
)

// unset reports whether there is no value, or in its place what a program, a shell or a
// template makes of a missing one or leaves as it is.
func (c candidate) unset() bool {
	if c.value == "" || unexpanded.MatchString(c.value) || ownName.MatchString(c.rest) {
		return true
	}
	if c.rest == "" || noValue.MatchString(c.rest) && strings.ContainsFunc(c.rest, unicode.IsLetter) || command.MatchString(c.given) {
		return true
	}
	return !c.prefixed && !c.apiKey() && (variableName.MatchString(c.rest) || anyName.MatchString(c.rest))
}

func (c candidate) apiKey() bool {
	if c.prefixed {
		return keyAfterPrefix.MatchString(c.rest) // sk_ alone occurs by chance in base64
	}
	return keyMark.MatchString(c.value)
}

// surrounded reports whether a secret is in the middle of something else.
func (c candidate) surrounded() bool { return !c.prefixed && strings.Contains(c.value, secretPrefix) }

// letters returns the characters behind the prefix that a secret is made of.
func (c candidate) letters() string {
	return strings.Map(func(r rune) rune {
		if isLetter(r) {
			return r
		}
		return -1
	}, c.rest)
}

// foreign reports whether there is a character that no secret has and that no other
// finding names.
func (c candidate) foreign() bool {
	value := strings.TrimSuffix(strings.TrimSuffix(c.value, "="), "=")
	return strings.ContainsFunc(value, func(r rune) bool { return !isLetter(r) && r != ' ' })
}

var (
	// placeholders are words that are in no secret: in any case, and _ and - do not count.
	placeholders = regexp.MustCompile(`your|example|changeme|replace|placeholder|xxxx`)

	// likePlaceholders name the fault of what is no secret anyway. They are not refused
	// in one of the right form.
	likePlaceholders = regexp.MustCompile(`\*{3}|[•●…‥·∙⋅◦○█■▪▒░∗＊✱⬤]|\.\.\.|##|^[<(\[].*[>)\]]$|insert|paste|dummy|sample|todo|fixme|redacted|hidden|masked|filtered`)

	notCounted = strings.NewReplacer("_", "", "-", "")
)

func (c candidate) placeholder() bool {
	kinds := map[rune]bool{}
	for _, r := range c.letters() {
		kinds[r] = true
	}
	words := notCounted.Replace(strings.ToLower(c.rest))
	return c.value != "" && len(kinds) < minSecretKinds || placeholders.MatchString(words) || placeholders.MatchString(strings.ReplaceAll(words, " ", "")) ||
		!secretForm.MatchString(c.given) && !c.surrounded() && likePlaceholders.MatchString(words)
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
		// An unset variable is an empty string here: no rotation is going on.
		if secret != "" {
			add(fmt.Sprintf("previous secret %d", i+1), secret)
		}
	}
	if len(macs) > maxSecrets {
		errs = append(errs, fmt.Errorf("%w: %d different secrets, at most %d may be accepted at a time",
			ErrInvalidSecret, len(macs), maxSecrets))
	}
	if hint {
		errs = append(errs, fmt.Errorf("%w: %s", ErrInvalidSecret, howToMakeASecret))
	}
	return macs, errs
}
