package webhook_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// badSecret is refused by New with an error that names the problem.
type badSecret struct{ secret, problem string }

var badSecrets = map[string]badSecret{
	"a space before":               {" " + currentSecret, "white space"},
	"a space behind":               {currentSecret + " ", "white space"},
	"a no-break space behind":      {currentSecret + "\u00a0", "white space"},
	"an ideographic space before":  {"\u3000" + currentSecret, "white space"},
	"a line separator behind":      {currentSecret + "\u2028", "white space"},
	"white space alone":            {"   ", "white space"},
	"a newline behind":             {currentSecret + "\n", "white space"},
	"a Windows line end behind":    {currentSecret + "\r\n", "white space"},
	"a tab before":                 {"\t" + currentSecret, "white space"},
	"a vertical tab behind":        {currentSecret + "\v", "white space"},
	"a form feed behind":           {currentSecret + "\f", "white space"},
	"a next-line character behind": {currentSecret + "\u0085", "white space"},
	"a newline inside":             {"whsec_0123\n456789abcdef", "control character"},
	"a tab inside":                 {"whsec_0123\t456789abcdef", "control character"},
	"a NUL inside":                 {"whsec_0123\x00456789abcdef", "control character"},
	"a NUL behind":                 {currentSecret + "\x00", "control character"},
	"a delete character inside":    {"whsec_0123\x7f456789abcdef", "control character"},
	"an escape sequence":           {"\x1b[1m" + currentSecret, "control character"},
	"a C1 control character":       {"whsec_0123\u009b456789abcdef", "control character"},
	"a newline and its control":    {currentSecret + "\n", "control character"},
	"double quotes":                {`"` + currentSecret + `"`, "quotes"},
	"single quotes":                {`'` + currentSecret + `'`, "quotes"},
	"back quotes":                  {"`" + currentSecret + "`", "quotes"},
	"quotes around nothing":        {`""`, "quotes"},
	"quotes inside white space":    {` "` + currentSecret + `" `, "quotes"},
	"an API key":                   {"sk_live_0123456789abcdef", "API key"},
	"an API key behind a space":    {" sk_live_0123456789abcdef", "API key"},
	"an API key in quotes":         {`"sk_live_0123456789abcdef"`, "API key"},
}

func TestNewRefusesSecrets(t *testing.T) {
	eachOf(t, badSecrets, func(t *testing.T, c badSecret) {
		for place, build := range map[string]func() (*webhook.Verifier, error){
			"current": func() (*webhook.Verifier, error) { return webhook.New(c.secret) },
			"previous": func() (*webhook.Verifier, error) {
				return webhook.New(currentSecret, webhook.WithPreviousSecrets("", c.secret))
			},
		} {
			v, err := build()
			if v != nil {
				t.Errorf("%s: a Verifier beside an error", place)
			}
			checkError(t, err, webhook.ErrInvalidSecret)
			if !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%s: %q does not name the problem, %s", place, err, c.problem)
			}
			if len(strings.TrimSpace(c.secret)) > 2 && strings.Contains(err.Error(), strings.TrimSpace(c.secret)) {
				t.Errorf("%s: %q shows the secret", place, err)
			}
		}
	})
	t.Run("the empty one, which is no secret", func(t *testing.T) {
		v, err := webhook.New("")
		checkError(t, err, webhook.ErrInvalidSecret)
		if v != nil || !strings.Contains(err.Error(), "empty") {
			t.Errorf("got %v, %v", v, err)
		}
	})
	t.Run("the empty one even where a previous secret is good", func(t *testing.T) {
		_, err := webhook.New("", webhook.WithPreviousSecrets(previousSecret))
		checkError(t, err, webhook.ErrInvalidSecret)
	})
}

func TestNewTakesEverySecretElseAsItIs(t *testing.T) {
	eachOf(t, map[string]string{
		"of the console's form":            currentSecret,
		"without whsec_":                   "It's a Secret to Everybody",
		"one character":                    "x",
		"a space inside":                   "two words",
		"a quote at one end":               `"` + currentSecret,
		"different quotes at the ends":     `"` + currentSecret + `'`,
		"sk_ inside":                       "whsec_sk_0123",
		"SK_ in upper case":                "SK_0123456789",
		"whsec_ and base64":                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"letters outside ASCII":            "whsec_geheimnis_ß_秘密",
		"bytes that are no UTF-8":          "whsec_\xff\xfe\xaa",
		"as long as a block":               strings.Repeat("k", 64),
		"longer than a block":              strings.Repeat("k", 65),
		"very long":                        strings.Repeat("k", 1<<16),
		"a zero-width character inside":    "whsec_\u200b0123",
		"a formatting character, no space": "\ufeffwhsec_0123",
	}, func(t *testing.T, secret string) {
		v, err := webhook.New(secret)
		if err != nil {
			t.Fatal(err)
		}
		checkError(t, v.Verify([]byte(eventBody), signatureOf(string(straightHMAC(secret, eventBody)))), nil)
	})
}

// Sendsar's key is the whole string; what other schemes make of one is another key.
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
		webhook.WithPreviousSecrets(" spaced_secret", "", "'quoted_secret'"),
		nil,
		webhook.WithMaxBodyBytes(0),
		webhook.WithMaxBodyBytes(-5),
		webhook.WithObserver(nil),
		webhook.WithPreviousSecrets("con\x01trol_secret", "fifth_secret"),
	)
	checkError(t, err, webhook.ErrInvalidSecret)
	text := err.Error()
	for problem, times := range map[string]int{
		"white space":          2, // the current one, the first previous one
		"control character":    2, // the current one's newline, the third previous one
		"in quotes":            2,
		"API key":              1,
		"at most 4":            1,
		"nil":                  2, // the option, the observer
		"WithMaxBodyBytes(0)":  1,
		"WithMaxBodyBytes(-5)": 1,
		"WithObserver(nil)":    1,
	} {
		if got := strings.Count(text, problem); got != times {
			t.Errorf("%q is named %d times, want %d, in:\n%s", problem, got, times, text)
		}
	}
	for _, shown := range []string{key, "spaced_secret", "quoted_secret", "trol_secret", "fifth_secret"} {
		if strings.Contains(text, shown) {
			t.Errorf("a secret is shown in:\n%s", text)
		}
	}
}

func TestPreviousSecretsAreCounted(t *testing.T) {
	all := []string{currentSecret, previousSecret, "third_secret", "fourth_secret"}
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
			names = append(names, fmt.Sprintf("whsec_previous_%d", i))
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

// One Option may serve many Verifiers; the secrets of one must not reach another.
func TestAnOptionSharesNothing(t *testing.T) {
	option := webhook.WithPreviousSecrets(previousSecret)
	first := webhook.MustNew(currentSecret, option, webhook.WithPreviousSecrets("only_in_the_first"))
	second := webhook.MustNew(currentSecret, option, webhook.WithPreviousSecrets("only_in_the_second"))
	checkError(t, first.Verify(nil, webhook.Sign("only_in_the_first", nil)), nil)
	checkError(t, first.Verify(nil, webhook.Sign("only_in_the_second", nil)), webhook.ErrSignatureMismatch)
	checkError(t, second.Verify(nil, webhook.Sign("only_in_the_first", nil)), webhook.ErrSignatureMismatch)
	checkError(t, second.Verify(nil, webhook.Sign("only_in_the_second", nil)), nil)
}

// soundSecret tells by the documented rules whether New takes a secret.
func soundSecret(secret string) bool {
	first, last := 0, len(secret)-1
	switch {
	case secret == "", strings.HasPrefix(secret, "sk_"), strings.TrimSpace(secret) != secret:
		return false
	case first < last && secret[first] == secret[last] && strings.IndexByte("\"'`", secret[first]) >= 0:
		return false
	}
	for _, r := range secret {
		if unicode.Is(unicode.Cc, r) {
			return false
		}
	}
	return true
}

func FuzzNew(f *testing.F) {
	f.Add(currentSecret, previousSecret)
	f.Add(currentSecret, "")
	f.Add("", previousSecret)
	f.Add(currentSecret, currentSecret)
	for _, c := range badSecrets {
		f.Add(c.secret, previousSecret)
		f.Add(currentSecret, c.secret)
	}
	f.Fuzz(func(t *testing.T, current, previous string) {
		v, err := webhook.New(current, webhook.WithPreviousSecrets(previous))
		sound := soundSecret(current) && (previous == "" || soundSecret(previous))
		if !sound {
			checkError(t, err, webhook.ErrInvalidSecret)
			for _, secret := range []string{current, previous} {
				// A short one may be a word of the text.
				if err != nil && len(secret) > 24 && strings.Contains(err.Error(), secret) {
					t.Errorf("%q shows a secret", err)
				}
			}
			return
		}
		if err != nil {
			t.Fatalf("refused: %v", err)
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
		if previous != current && d.SecretIndex != 1 {
			t.Errorf("the previous secret is number %d", d.SecretIndex)
		}
	})
}
