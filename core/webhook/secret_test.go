package webhook_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// phrases has the texts for each class in testdata/secrets.tsv. The error must contain one
// of them.
var phrases = map[string][]string{
	"bom":          {"invisible character"},
	"quotes":       {"in quotes"},
	"name":         {"NAME=value line"},
	"unexpanded":   {"unexpanded variable"},
	"api key":      {"API key"},
	"prefix twice": {"prefix whsec_ twice"},
	"placeholder":  {"a placeholder"},
	"masked":       {"a masked value", "a placeholder"},
	"missing":      {"unset or unexpanded variable", "without whsec_"},
	"no prefix":    {"without whsec_"},
	"prefix":       {"without whsec_"},
	"short":        {"too short"},
	"space":        {"white space"},
	"invisible":    {"invisible character"},
	"character":    {"character that no secret has"},
	"signature":    {"a signature", "without whsec_"},
	"decorated":    {"something in front of whsec_", "without whsec_"},
	"empty":        {"is empty"},
}

// secretCase is a row of testdata/secrets.tsv.
type secretCase struct{ class, secret string }

func secretCases(t testing.TB) map[string]secretCase {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "secrets.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]secretCase{}
	for _, line := range strings.Split(strings.TrimSpace(string(content)), "\n") {
		fields := strings.Split(line, "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		var secret string
		if err := json.Unmarshal([]byte(fields[2]), &secret); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		cases[fields[0]+": "+fields[1]] = secretCase{fields[0], secret}
	}
	if len(cases) < 350 {
		t.Fatalf("%d cases", len(cases))
	}
	return cases
}

// places are the ways to pass a secret to New.
var places = map[string]func(secret string, opts ...webhook.Option) (*webhook.Verifier, error){
	"the secret": func(secret string, opts ...webhook.Option) (*webhook.Verifier, error) {
		return webhook.New(secret, opts...)
	},
	"previous secret 2": func(secret string, opts ...webhook.Option) (*webhook.Verifier, error) {
		return webhook.New(currentSecret, append(opts, webhook.WithPreviousSecrets("", secret))...)
	},
}

func TestNewSaysWhatIsWrongWithASecret(t *testing.T) {
	eachOf(t, secretCases(t), func(t *testing.T, c secretCase) {
		for place, build := range places {
			v, err := build(c.secret)
			if c.class == "accepted" || c.secret == "" && place != "the secret" {
				if err != nil {
					t.Errorf("%s: %v", place, err)
					continue
				}
				if c.secret != "" {
					checkError(t, v.Verify(nil, webhook.Sign(c.secret, nil)), nil)
				}
				continue
			}
			if v != nil {
				t.Errorf("%s: a Verifier came with an error", place)
			}
			checkError(t, err, webhook.ErrInvalidSecret)
			if err == nil {
				continue
			}
			named := func(phrase string) bool { return strings.Contains(err.Error(), phrase) }
			if !slices.ContainsFunc(phrases[c.class], named) {
				t.Errorf("%s: none of %q is in the error: %v", place, phrases[c.class], err)
			}
			if !named("invalid secret: " + place + " ") {
				t.Errorf("%s is not named in the error: %v", place, err)
			}
			if hint := `echo "whsec_$(openssl rand -hex 24)"`; strings.Count(err.Error(), hint) != 1 {
				t.Errorf("%s: the error does not say exactly once how to make a secret: %v", place, err)
			}
			checkShowsNothing(t, err, c.secret)
		}
	})
}

// ourWords are in some of the refused secrets and also in the text of an error.
var ourWords = regexp.MustCompile(`(?i)whsec_|placeholder|webhook[: ]|secret|previous|unset|without|character|invalid|example|console|variable|template|reference|signature|value`)

// checkShowsNothing fails if six consecutive characters of the secret are in the error's
// text.
func checkShowsNothing(t *testing.T, err error, secret string) {
	t.Helper()
	text := ourWords.ReplaceAllString(err.Error(), "\n")
	for i := 0; i+6 <= len(secret); i++ {
		if part := secret[i : i+6]; strings.Contains(text, part) {
			t.Errorf("the error shows a part of the secret, %q: %v", part, err)
			return
		}
	}
}

func TestNewNamesAllThatIsWrongWithASecret(t *testing.T) {
	const digits = "0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdef"
	type row struct {
		secret  string
		phrases []string
	}
	all := []string{
		"is empty", "white space", "invisible character", "in quotes", "NAME=value", "API key", "a signature", "without whsec_",
		"in front of whsec_", "twice", "encoded", "too short", "character that no secret has", "a placeholder",
	}
	eachOf(t, map[string]row{
		"nothing at all":                    {"", []string{"is empty"}},
		"white space alone":                 {" \n", []string{"is empty", "white space"}},
		"quotes around nothing":             {`""`, []string{"is empty", "in quotes"}},
		"a line without a value":            {"SENDSAR_WEBHOOK_SECRET=", []string{"is empty", "NAME=value"}},
		"a line end":                        {currentSecret + "\n", []string{"white space"}},
		"a line end behind quotes":          {`"` + currentSecret + "\"\r\n", []string{"in quotes", "white space"}},
		"a mark before quotes":              {"\ufeff'" + currentSecret + "'", []string{"invisible character", "in quotes"}},
		"a NUL and a blank":                 {currentSecret + "\x00 ", []string{"invisible character", "white space"}},
		"an API key in a quoted line":       {`export KEY="sk_live_` + digits + `"`, []string{"white space", "in quotes", "NAME=value", "API key", "without whsec_"}},
		"an API key behind a mark":          {"\ufeffSK_TEST_" + digits, []string{"invisible character", "API key", "without whsec_"}},
		"digits alone, with a blank":        {digits + " ", []string{"white space", "without whsec_"}},
		"a short one in quotes":             {"'whsec_0123456789'", []string{"in quotes", "too short"}},
		"a placeholder in a line":           {"SECRET=whsec_your_webhook_secret", []string{"NAME=value", "a placeholder"}},
		"the prefix twice, and a line end":  {"whsec_whsec_" + digits + "\n", []string{"twice", "white space"}},
		"a comment":                         {currentSecret + " # production", []string{"white space", "character that no secret has"}},
		"its header behind Bearer":          {"Authorization: Bearer " + currentSecret, []string{"white space", "NAME=value", "without whsec_", "in front of whsec_"}},
		"a signature in a quoted line":      {`SECRET="sha256=` + digits + `"`, []string{"in quotes", "NAME=value", "a signature", "without whsec_", "character that no secret has"}},
		"bytes that are no UTF-8":           {currentSecret + "\xff", []string{"character that no secret has"}},
		"UTF-16":                            {"\xff\xfe" + strings.Join(strings.Split(currentSecret, ""), "\x00") + "\x00", []string{"invisible character", "without whsec_", "in front of whsec_", "character that no secret has"}},
		"eight different characters, short": {"whsec_01234567", []string{"too short"}},
		"seven different characters":        {"whsec_0123456012345601", []string{"a placeholder"}},
	}, func(t *testing.T, c row) {
		_, err := webhook.New(c.secret)
		checkError(t, err, webhook.ErrInvalidSecret)
		if err == nil {
			return
		}
		text, _, _ := strings.Cut(err.Error(), "\n") // without how to make a secret
		for _, phrase := range all {
			if want := slices.Contains(c.phrases, phrase); strings.Contains(text, phrase) != want {
				t.Errorf("%q is named: %t, want %t, in: %v", phrase, !want, want, text)
			}
		}
	})
}

func TestNewTakesGeneratedSecrets(t *testing.T) {
	random := rand.NewChaCha8([32]byte([]byte("a seed, so that all runs are one")))
	for _, length := range []int{18, 24, 32, 33, 64} {
		for range 500 {
			bytes := make([]byte, length)
			_, _ = random.Read(bytes)
			for form, letters := range map[string]string{
				"hex":                    hex.EncodeToString(bytes),
				"hex in capitals":        strings.ToUpper(hex.EncodeToString(bytes)),
				"base64":                 base64.StdEncoding.EncodeToString(bytes),
				"base64 without padding": base64.RawStdEncoding.EncodeToString(bytes),
				"base64 for URLs":        base64.URLEncoding.EncodeToString(bytes),
			} {
				// About one in 30,000 base64 secrets contains one of the words by chance.
				secret := "whsec_" + letters
				if _, err := webhook.New(secret); (err == nil) != soundSecret(secret) {
					t.Fatalf("%s, %s: %v", form, secret, err)
				}
				if strings.HasPrefix(form, "hex") && !soundSecret(secret) {
					t.Fatalf("%s is not sound", secret)
				}
			}
		}
	}
}

// Each is a valid key for HMAC, but not a Sendsar secret.
func TestWithUncheckedSecretsTakesEverySecretAsItIs(t *testing.T) {
	secrets := map[string]string{
		"one character":           "x",
		"a blank":                 " ",
		"a sentence":              "It's a Secret to Everybody",
		"letters outside ASCII":   "whsec_geheimnis_ß_秘密",
		"bytes that are no UTF-8": "whsec_\xff\xfe\xaa",
		"as long as a block":      strings.Repeat("k", 64),
		"longer than a block":     strings.Repeat("k", 65),
		"very long":               strings.Repeat("k", 1<<16),
	}
	for name, c := range secretCases(t) {
		if c.secret != "" {
			secrets[name] = c.secret
		}
	}
	eachOf(t, secrets, func(t *testing.T, secret string) {
		for place, build := range places {
			v, err := build(secret, webhook.WithUncheckedSecrets())
			if err != nil {
				t.Errorf("%s: %v", place, err)
				continue
			}
			checkError(t, v.Verify([]byte(eventBody), signatureOf(string(straightHMAC(secret, eventBody)))), nil)
		}
	})
}

func TestWithUncheckedSecretsRefusesNoneAndMoreThanFour(t *testing.T) {
	_, err := webhook.New("", webhook.WithUncheckedSecrets())
	checkError(t, err, webhook.ErrInvalidSecret)
	if err != nil && !strings.Contains(err.Error(), "is empty") {
		t.Errorf("got %v", err)
	}
	_, err = webhook.New("", webhook.WithUncheckedSecrets(), webhook.WithPreviousSecrets("x"))
	checkError(t, err, webhook.ErrInvalidSecret)
	for previous := range 7 {
		list := strings.Split("abcdefg"[:previous], "")
		_, err := webhook.New("x", webhook.WithPreviousSecrets(list...), webhook.WithUncheckedSecrets())
		var want error
		if previous > 3 {
			want = webhook.ErrInvalidSecret
		}
		checkError(t, err, want)
	}
}

// Sendsar's key is the whole string. Other schemes derive another key from it.
func TestOtherDerivationsOfTheKeyAreRefused(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	for name, key := range map[string]string{
		"without whsec_":           strings.TrimPrefix(currentSecret, "whsec_"),
		"hex-decoded":              unhex(t, strings.TrimPrefix(currentSecret, "whsec_")),
		"in upper case":            strings.ToUpper(currentSecret),
		"with a newline":           currentSecret + "\n",
		"in quotes":                `"` + currentSecret + `"`,
		"cut short":                currentSecret[:len(currentSecret)-1],
		"hashed, as a long key is": string(straightHMAC("", currentSecret)),
	} {
		t.Run(name, func(t *testing.T) {
			checkError(t, v.Verify([]byte(eventBody), webhook.Sign(key, []byte(eventBody))), webhook.ErrSignatureMismatch)
		})
	}
}

func TestNewNamesEveryProblemAtOnce(t *testing.T) {
	const key = "sk_live_0123456789abcdef"
	_, err := webhook.New("\""+key+"\"\n",
		webhook.WithPreviousSecrets(" whsec_5paced0123456789", "", "'whsec_qu0ted0123456789'"),
		nil,
		webhook.WithMaxBodyBytes(0),
		webhook.WithMaxBodyBytes(-5),
		webhook.WithObserver(nil),
		webhook.WithPreviousSecrets("whsec_c0n\x01trol0123456789", "whsec_f1fth0123456789abcd"),
	)
	checkError(t, err, webhook.ErrInvalidSecret)
	if err == nil {
		return
	}
	text := err.Error()
	for problem, times := range map[string]int{
		"white space":              2, // the current one, the first previous one
		"invisible character":      1,
		"in quotes":                2,
		"API key":                  1,
		"the secret is":            0, // its first problem is the white space
		"the secret has":           1,
		"previous secret 1 has":    1,
		"previous secret 2":        0, // it is not set
		"previous secret 3 is":     1,
		"previous secret 4 has":    1,
		"previous secret 5":        0,
		"at most 4 may":            1,
		"openssl rand -hex 24":     1,
		"option 3 is nil":          0,
		"nil":                      2, // the option, the observer
		"WithMaxBodyBytes(0)":      1,
		"WithMaxBodyBytes(-5)":     1,
		"WithObserver(nil)":        1,
		"webhook: invalid secret:": 5, // four secrets, their number
	} {
		if got := strings.Count(text, problem); got != times {
			t.Errorf("%q is named %d times, want %d, in:\n%s", problem, got, times, text)
		}
	}
	for _, shown := range []string{key, "5paced", "qu0ted", "c0n", "trol0", "f1fth", "456789"} {
		if strings.Contains(text, shown) {
			t.Errorf("a secret is shown in:\n%s", text)
		}
	}
}

func TestPreviousSecretsAreCounted(t *testing.T) {
	all := []string{currentSecret, previousSecret, thirdSecret, fourthSecret}
	type row struct {
		options []webhook.Option
		index   map[string]int // of each secret that must be accepted
	}
	eachOf(t, map[string]row{
		"none": {nil, map[string]int{all[0]: 0}},
		"one after the other": {
			[]webhook.Option{webhook.WithPreviousSecrets(all[1:]...)},
			map[string]int{all[0]: 0, all[1]: 1, all[2]: 2, all[3]: 3},
		},
		"several options add up": {
			[]webhook.Option{webhook.WithPreviousSecrets(all[1]), webhook.WithPreviousSecrets(all[2], all[3])},
			map[string]int{all[0]: 0, all[1]: 1, all[2]: 2, all[3]: 3},
		},
		"empty ones are skipped and not counted": {
			[]webhook.Option{webhook.WithPreviousSecrets("", all[1], "", ""), webhook.WithPreviousSecrets(), webhook.WithPreviousSecrets("", all[2])},
			map[string]int{all[0]: 0, all[1]: 1, all[2]: 2},
		},
		"the current one again is not counted": {
			[]webhook.Option{webhook.WithPreviousSecrets(all[0], all[1])},
			map[string]int{all[0]: 0, all[1]: 1},
		},
		"equal ones count once": {
			[]webhook.Option{webhook.WithPreviousSecrets(all[1], all[1], all[0], all[2], all[1], all[3], all[3])},
			map[string]int{all[0]: 0, all[1]: 1, all[2]: 2, all[3]: 3},
		},
	}, func(t *testing.T, c row) {
		v, err := webhook.New(currentSecret, c.options...)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range append(slices.Clone(all), foreignSecret, "") {
			index, accepted := c.index[secret]
			var want error
			if !accepted {
				want = webhook.ErrSignatureMismatch
			}
			signature := webhook.Sign(secret, []byte(eventBody))
			checkError(t, v.Verify([]byte(eventBody), signature), want)
			d, err := v.VerifyReader(contextOf(t), strings.NewReader(eventBody), -1, signed(signature))
			checkVerdict(t, d, err, want, eventBody)
			if d.SecretIndex != index {
				t.Errorf("secret index %d, want %d", d.SecretIndex, index)
			}
		}
	})
}

func TestAtMostFourSecrets(t *testing.T) {
	for previous := range 7 {
		var names []string
		for i := range previous {
			names = append(names, fmt.Sprintf("%s%d", previousSecret, i))
		}
		_, err := webhook.New(currentSecret, webhook.WithPreviousSecrets(names...), webhook.WithPreviousSecrets("", currentSecret))
		var want error
		if previous > 3 {
			want = webhook.ErrInvalidSecret
		}
		if !errors.Is(err, want) {
			t.Errorf("%d previous secrets: %v", previous, err)
		}
	}
}

// A list that changes after New must not change what the Verifier accepts.
func TestPreviousSecretsAreTakenAtNew(t *testing.T) {
	list := []string{previousSecret}
	v := webhook.MustNew(currentSecret, webhook.WithPreviousSecrets(list...))
	list[0] = foreignSecret
	checkError(t, v.Verify(nil, webhook.Sign(previousSecret, nil)), nil)
	checkError(t, v.Verify(nil, webhook.Sign(foreignSecret, nil)), webhook.ErrSignatureMismatch)
}

// One Option may be used for many Verifiers. The secrets of one must not reach another.
func TestAnOptionSharesNothing(t *testing.T) {
	option := webhook.WithPreviousSecrets(previousSecret)
	first := webhook.MustNew(currentSecret, option, webhook.WithPreviousSecrets(thirdSecret))
	second := webhook.MustNew(currentSecret, option, webhook.WithPreviousSecrets(fourthSecret))
	checkError(t, first.Verify(nil, webhook.Sign(thirdSecret, nil)), nil)
	checkError(t, first.Verify(nil, webhook.Sign(fourthSecret, nil)), webhook.ErrSignatureMismatch)
	checkError(t, second.Verify(nil, webhook.Sign(thirdSecret, nil)), webhook.ErrSignatureMismatch)
	checkError(t, second.Verify(nil, webhook.Sign(fourthSecret, nil)), nil)
}

// soundForm is the documented form, written a second time.
var soundForm = regexp.MustCompile(`^whsec_((?:[0-9]|[A-Z]|[a-z]|[_+/-])*)(?:|=|==)$`)

// soundSecret reports whether a secret is of the documented form.
func soundSecret(secret string) bool {
	match := soundForm.FindStringSubmatch(secret)
	if match == nil || len(match[1]) < 16 {
		return false
	}
	different := map[byte]bool{}
	for i := range len(match[1]) {
		different[match[1][i]] = true
	}
	words := strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(match[1]))
	for _, word := range []string{"your", "example", "changeme", "replace", "placeholder", "xxxx"} {
		if strings.Contains(words, word) {
			return false
		}
	}
	return len(different) >= 8
}

// markedSecret matches a secret of the documented form that is still refused: with a second
// prefix, an API key, a signature, or the name of a variable.
var markedSecret = regexp.MustCompile(`(?i)whsec.*whsec|^whsec_[spr]k[_-](live|test)[_-]|sha256|w[_-]*e[_-]*b[_-]*h[_-]*o[_-]*o[_-]*k[_-]*s[_-]*e[_-]*c[_-]*r[_-]*e[_-]*t`)

func FuzzNew(f *testing.F) {
	f.Add(currentSecret, previousSecret)
	f.Add(currentSecret, "")
	f.Add("", previousSecret)
	f.Add(currentSecret, currentSecret)
	for _, c := range secretCases(f) {
		f.Add(c.secret, previousSecret)
		f.Add(currentSecret, c.secret)
	}
	f.Fuzz(func(t *testing.T, current, previous string) {
		v, err := webhook.New(current, webhook.WithPreviousSecrets(previous))
		sound := soundSecret(current) && (previous == "" || soundSecret(previous))
		marked := markedSecret.MatchString(current) || markedSecret.MatchString(previous)
		if !sound || marked {
			checkError(t, err, webhook.ErrInvalidSecret)
		} else {
			checkError(t, err, nil)
		}
		if err != nil {
			for _, secret := range []string{current, previous} {
				// A short secret may be a word of the text.
				if len(secret) > 24 && strings.Contains(err.Error(), secret) {
					t.Errorf("%q shows a secret", err)
				}
			}
			v, err = webhook.New(current, webhook.WithPreviousSecrets(previous), webhook.WithUncheckedSecrets())
			if current == "" {
				checkError(t, err, webhook.ErrInvalidSecret)
				return
			}
			checkError(t, err, nil)
		}
		signature := webhook.Sign(current, []byte(eventBody))
		d, err := v.VerifyReader(contextOf(t), strings.NewReader(eventBody), -1, signed(signature))
		checkVerdict(t, d, err, nil, eventBody)
		if previous == "" {
			return
		}
		signature = webhook.Sign(previous, []byte(eventBody))
		d, err = v.VerifyReader(contextOf(t), strings.NewReader(eventBody), -1, signed(signature))
		checkVerdict(t, d, err, nil, eventBody)
		// HMAC pads a key with zeros, so two secrets can be the same key.
		if straight := straightHMAC(current, eventBody); string(straight) != string(straightHMAC(previous, eventBody)) && d.SecretIndex != 1 {
			t.Errorf("the previous secret is number %d", d.SecretIndex)
		}
	})
}
