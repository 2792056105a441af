package diagnose

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

const (
	secretPrefix   = "whsec_"
	maxSecretBytes = 4 << 10
)

// key is one way to make a signature with the secret.
type key struct {
	signer
	mistakes []Mistake
	tier     int // 0: the secret itself; 1 to 3: wrong uses of it, the likelier ones first
}

// secretForm is what a secret may have been before it was set or copied wrongly.
type secretForm struct {
	secret   string
	mistakes []Mistake
}

// keys returns the ways to make a signature, the likelier ones first, each key once.
func keys(secret, previous string) []*key {
	var all []*key
	seen := map[string]bool{}
	add := func(tier int, secret string, mistakes ...Mistake) {
		if !seen[secret] {
			seen[secret] = true
			all = append(all, &key{signer{secret: []byte(secret)}, mistakes, tier})
		}
	}
	forms := secretForms(secret, nil)
	if previous != "" {
		forms = append(forms, secretForms(previous, []Mistake{previousSecret})...)
	}
	for _, f := range forms {
		if _, err := webhook.New(f.secret); err == nil {
			add(0, f.secret, f.mistakes...)
		}
	}
	for _, f := range forms {
		if _, err := webhook.New(f.secret); err != nil {
			add(0, f.secret, join(f.mistakes, []Mistake{signedAsSet})...)
		}
	}
	for _, f := range forms {
		if _, err := webhook.New(f.secret); err != nil && !strings.HasPrefix(f.secret, secretPrefix) {
			continue
		}
		for _, use := range signerUses(f.secret) {
			tier := 2
			switch use.mistakes[0] {
			case signedPrefixStripped, signedHexDecoded, signedBase64Decoded, signedNewline:
				tier = 1
			}
			add(tier, use.secret, join(f.mistakes, use.mistakes)...)
		}
	}
	for _, f := range forms {
		for _, use := range signerUses(f.secret) {
			add(2, use.secret, join(f.mistakes, use.mistakes)...)
			for _, again := range signerUses(use.secret) {
				add(3, again.secret, join(f.mistakes, use.mistakes, again.mistakes)...)
			}
		}
	}
	for _, word := range []string{
		"", "null", "undefined", "None", "nil", "false", "secret", "\n", "[object Object]", "<no value>",
		"SENDSAR_WEBHOOK_SECRET", "$SENDSAR_WEBHOOK_SECRET", "${SENDSAR_WEBHOOK_SECRET}", "%SENDSAR_WEBHOOK_SECRET%",
		"process.env.SENDSAR_WEBHOOK_SECRET", "whsec_", "whsec_...", "whsec_your_webhook_secret_here", "your_webhook_secret",
	} {
		add(2, word, signedNoSecret)
	}
	for i := range recipes {
		for j, f := range forms {
			if j > 0 && (recipes[i].mistake == hashWithoutKey || recipes[i].mistake == bodyIsKey || recipes[i].mistake == hashTwice) {
				continue
			}
			tier := 2
			switch {
			case i < 2 && j == 0:
				tier = 1
			case i > 3 || j > 0:
				tier = 3
			}
			all = append(all, &key{signer{secret: []byte(f.secret), recipe: &recipes[i]}, join(f.mistakes, []Mistake{recipes[i].mistake}), tier})
		}
	}
	return all
}

// secretForms returns the secret as it is set, and then with up to three mistakes of copying
// and loading undone.
func secretForms(secret string, before []Mistake) []secretForm {
	secret = secret[:min(len(secret), maxSecretBytes)]
	all := []secretForm{{secret, before}}
	seen := map[string]bool{secret: true}
	for from, depth := 0, 0; depth < 3; depth++ {
		to := len(all)
		for _, f := range all[from:to] {
			for _, undo := range secretUndo {
				for _, changed := range undo.do(f.secret) {
					if changed != "" && !seen[changed] && len(all) < 64 {
						seen[changed] = true
						all = append(all, secretForm{changed, join(f.mistakes, []Mistake{undo.mistake})})
					}
				}
			}
		}
		from = to
	}
	return all
}

var (
	nameValue = regexp.MustCompile(`^[ \t-]*(?i:(?:export|set|setx|env|ENV|SET|const|let|var|declare -x|\$env:|-e|--env)[ \t]+)?["']?[$A-Za-z_][A-Za-z0-9_.:-]*["']?[ \t]*(?::=|=>|=|:)[ \t]*(.+)$`)
	comment   = regexp.MustCompile(`^(\S+)[ \t]*(?:#|//|;|--|/\*).*$`)
	issued    = regexp.MustCompile(`whsec_[0-9a-f]{48}`)
	bareHex   = regexp.MustCompile(`^[0-9a-fA-F]{48}$`)
)

// secretUndo lists how to undo each mistake. do may return nothing, or the secret unchanged, if
// the mistake cannot have been made.
var secretUndo = []struct {
	mistake Mistake
	do      func(string) []string
}{
	{secretSpace, func(s string) []string { return []string{strings.TrimFunc(s, invisible)} }},
	{secretQuotes, func(s string) []string {
		return []string{strings.Trim(s, "\"'`“”‘’«»‹›„‚″′´")}
	}},
	{secretNameValue, func(s string) []string {
		if m := nameValue.FindStringSubmatch(s); m != nil && !strings.HasPrefix(m[1], "=") {
			return []string{m[1]}
		}
		return nil
	}},
	{secretPrefixTwice, func(s string) []string {
		if rest, found := strings.CutPrefix(s, secretPrefix); found && strings.HasPrefix(strings.ToLower(rest), secretPrefix) {
			return []string{rest, secretPrefix + rest[len(secretPrefix):]}
		}
		if len(s) > 2*len(secretPrefix) && strings.EqualFold(s[:len(secretPrefix)], secretPrefix) && strings.HasPrefix(s[len(secretPrefix):], secretPrefix) {
			return []string{s[len(secretPrefix):]}
		}
		return nil
	}},
	{secretPrefixLost, func(s string) []string {
		if strings.Contains(strings.ToLower(s), "whsec") || len(s) < 16 || strings.HasPrefix(s, "sk_") || strings.HasPrefix(s, "pk_") {
			return nil
		}
		return []string{secretPrefix + s, secretPrefix + strings.TrimLeft(s, "_-: ")}
	}},
	{secretPrefixSpoilt, func(s string) []string {
		lower := strings.ToLower(s)
		if i := strings.Index(lower, "whsec"); i >= 0 {
			if i > 0 && strings.HasPrefix(s[i:], secretPrefix) {
				return nil // right, but behind something
			}
			return []string{secretPrefix + strings.TrimLeft(s[i+len("whsec"):], "_-:=. ")}
		}
		for _, part := range []string{"hsec_", "sec_", "ec_", "c_", "_"} {
			if rest, found := strings.CutPrefix(s, part); found && bareHex.MatchString(rest) {
				return []string{secretPrefix + rest}
			}
		}
		return nil
	}},
	{secretCase, func(s string) []string { return []string{strings.ToLower(s)} }},
	{secretCase, func(s string) []string {
		if rest, found := strings.CutPrefix(strings.ToLower(s), secretPrefix); found {
			return []string{secretPrefix + rest}
		}
		return nil
	}},
	{secretEncoded, func(s string) []string {
		var all []string
		for _, decoded := range decodeBase64(strings.TrimSpace(s)) {
			if isPrintable(string(decoded)) || strings.Contains(string(decoded), secretPrefix) {
				all = append(all, string(decoded))
			}
		}
		for _, decoded := range decodeBase64(strings.TrimPrefix(s, secretPrefix)) {
			if len(decoded) == 24 {
				all = append(all, secretPrefix+hex.EncodeToString(decoded))
			}
		}
		if decoded, err := hex.DecodeString(strings.TrimSpace(s)); err == nil && strings.Contains(string(decoded), secretPrefix) {
			all = append(all, string(decoded))
		}
		if strings.Contains(s, "%") {
			if decoded, err := url.PathUnescape(s); err == nil {
				all = append(all, decoded)
			}
		}
		if strings.Contains(s, "&") {
			all = append(all, html.UnescapeString(s))
		}
		return all
	}},
	{secretEscapes, func(s string) []string {
		if !strings.Contains(s, `\`) {
			return nil
		}
		return []string{string(unescape([]byte(s))), strings.ReplaceAll(s, `\`, "")}
	}},
	{secretMore, func(s string) []string {
		var all []string
		if m := comment.FindStringSubmatch(s); m != nil {
			all = append(all, m[1])
		}
		all = append(all, strings.TrimFunc(strings.Trim(s, ",;.:()[]{}<>|*"), invisible))
		if fields := strings.FieldsFunc(s, func(r rune) bool { return invisible(r) || r == ',' || r == ';' || r == '|' }); len(fields) > 1 && len(fields) <= 8 {
			for _, field := range fields {
				if len(field) >= 16 {
					all = append(all, field)
				}
			}
		}
		if i := strings.Index(s, secretPrefix); i > 0 {
			all = append(all, s[i:])
		}
		for _, found := range issued.FindAllString(s, 4) {
			if strings.ContainsFunc(strings.Replace(s, found, "", 1), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
				all = append(all, found)
			}
		}
		if n := len(s) / 2; n > 0 && s[:n] == s[n:] {
			all = append(all, s[:n])
		}
		return all
	}},
	{secretSpaceInside, func(s string) []string {
		return []string{strings.Map(func(r rune) rune {
			if invisible(r) || r == '\ufffd' {
				return -1
			}
			return r
		}, s)}
	}},
	{secretUTF16, func(s string) []string {
		if decoded, ok := fromUTF16([]byte(s)); ok {
			return []string{string(decoded)}
		}
		return []string{strings.ReplaceAll(s, "\x00", "")}
	}},
}

// signerUses returns the wrong keys that a signer may have made of the right secret.
func signerUses(secret string) []secretForm {
	rest, found := strings.CutPrefix(secret, secretPrefix)
	var all []secretForm
	add := func(m Mistake, uses ...string) {
		for _, use := range uses {
			if use != secret {
				all = append(all, secretForm{use, []Mistake{m}})
			}
		}
	}
	if found {
		add(signedPrefixStripped, rest, "_"+rest)
	}
	for _, s := range []string{rest, secret} {
		if decoded, err := hex.DecodeString(s); err == nil {
			add(signedHexDecoded, string(decoded))
		}
		for _, decoded := range decodeBase64(s) {
			add(signedBase64Decoded, string(decoded))
		}
	}
	if n := len(rest); n > 0 { // Node's decoders stop at what they cannot read
		if decoded, err := hex.DecodeString(rest[:n&^1]); err == nil {
			add(signedHexDecoded, string(decoded))
		}
		for _, decoded := range decodeBase64(strings.NewReplacer("+", "-", "/", "_").Replace(secret)) {
			add(signedBase64Decoded, string(decoded))
		}
	}
	add(signedNewline, secret+"\n", secret+"\r\n", secret+"\r")
	add(signedQuotes, `"`+secret+`"`, "'"+secret+"'", "`"+secret+"`", "“"+secret+"”")
	add(signedSpace, secret+" ", " "+secret, "\ufeff"+secret, secret+"\t", secret+"\u200b")
	add(signedCase, strings.ToUpper(secret), secretPrefix+strings.ToUpper(rest), strings.ToLower(secret))
	add(signedEncoded,
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret+"\n")),
		base64.StdEncoding.EncodeToString([]byte(rest)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		hex.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(rest)), string(toUTF16([]byte(secret), false)), string(toUTF16([]byte(rest), false)))
	add(signedPrefixTwice, secretPrefix+secret)
	add(signedNameValue, "SENDSAR_WEBHOOK_SECRET="+secret)
	add(signedReversed, reversed(secret), reversed(rest))
	if len(secret) > 32 {
		add(signedCut, secret[:len(secret)-1], secret[:len(secret)-2], secret[:32], secret[:16], secret[:24], secret[1:])
	}
	return all
}

func reversed(s string) string {
	out := []byte(s)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}
