package diagnose_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// One document as common encoders wrote it: Node 20, Python 3.11, Go 1.26 and PHP 8.2. PHP
// writes 1.0 and 1e3 differently, which is not tried.
const (
	asStringify   = `{"b":[1.0,1e3,{}],"a":"ü/\"\\\b\u001f<&>\u2028x` + "\x7f" + `👋\ud83d","a":[]}`
	asPython      = `{"b": [1.0, 1e3, {}], "a": "\u00fc/\"\\\b\u001f<&>\u2028x\u007f\ud83d\udc4b\ud83d", "a": []}`
	asGo          = `{"b":[1.0,1e3,{}],"a":"ü/\"\\\b\u001f\u003c\u0026\u003e\u2028x` + "\x7f" + `👋\ud83d","a":[]}`
	asPHP         = `{"b":[1.0,1e3,{}],"a":"\u00fc\/\"\\\b\u001f<&>\u2028x` + "\x7f" + `\ud83d\udc4b\ud83d","a":[]}`
	asPHPUnicode  = `{"b":[1.0,1e3,{}],"a":"ü\/\"\\\b\u001f<&>\u2028x` + "\x7f" + `👋\ud83d","a":[]}`
	asPHPSlashes  = `{"b":[1.0,1e3,{}],"a":"\u00fc/\"\\\b\u001f<&>\u2028x` + "\x7f" + `\ud83d\udc4b\ud83d","a":[]}`
	asByHand      = ` { "b" : [ 1.0 , 1e3 , { } ] , "a" : "\u00FC\/\u0022\u005c\u0008\u001F<\u0026>\u2028x\u007F👋\uD83D" , "a" : [ ] } `
	asIndented    = "{\n  \"b\": [\n    1.0,\n    1e3,\n    {}\n  ],\n  \"a\": \"ü/\\\"\\\\\\b\\u001f<&>\u2028x\x7f👋\\ud83d\",\n  \"a\": []\n}"
	lineSeparator = "\u2028"
)

// forms returns the document above in each form.
func forms() map[string]string {
	// JSON.stringify writes U+2028 as it is.
	stringify := strings.ReplaceAll(asStringify, `\u2028`, lineSeparator)
	return map[string]string{
		"JSON.stringify":                           stringify,
		"JSON.stringify, indented by two":          asIndented,
		"JSON.stringify, indented by four":         strings.ReplaceAll(asIndented, "  ", "    "),
		"JSON.stringify, indented by tabs":         strings.ReplaceAll(asIndented, "  ", "\t"),
		"json.dumps":                               asPython,
		"json.dumps with compact separators":       strings.NewReplacer(": ", ":", ", ", ",").Replace(asPython),
		"json.Marshal":                             asGo,
		"json_encode":                              asPHP,
		"json_encode with JSON_UNESCAPED_UNICODE":  asPHPUnicode,
		"json_encode with JSON_UNESCAPED_SLASHES":  asPHPSlashes,
		"JSON.stringify with json.dumps's spacing": strings.NewReplacer(`":`, `": `, `,"`, `, "`, "1.0,", "1.0, ", "1e3,", "1e3, ").Replace(stringify),
	}
}

func TestExplainTurnsEachFormOfJSONIntoEachOther(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	atHand := forms()
	atHand["by hand"] = asByHand
	for have, body := range atHand {
		for signed, original := range forms() {
			if have != "by hand" && have != "JSON.stringify" && signed != "JSON.stringify" {
				continue // the others differ from these in the same ways
			}
			t.Run(have+" at hand, "+signed+" signed", func(t *testing.T) {
				if !json.Valid([]byte(body)) || !json.Valid([]byte(original)) {
					t.Fatal("not JSON")
				}
				if have == signed {
					return
				}
				found := mistaken{body: body, signature: sign(secret, original)}.explain()
				if got := ids(found); !slices.Equal(got, []string{"json_rewritten"}) {
					t.Errorf("got %q", got)
				}
			})
		}
	}
}

func TestExplainSaysHowTheSignedJSONIsWritten(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, signed, want string }{
		"spacing alone":       {`{"a": "ü"}`, `{"a":"ü"}`, ": compact"},
		"escapes alone":       {`{ "a": "ü" }`, `{ "a": "\u00fc" }`, "with the escapes of Python's json.dumps"},
		"spacing and escapes": {`{"a":"/"}`, "{\n\t\"a\": \"\\/\"\n}", "indented by tabs and with the escapes of PHP's json_encode"},
	} {
		t.Run(name, func(t *testing.T) {
			found := mistaken{body: test.body, signature: sign(secret, test.signed)}.explain()
			if len(found) != 1 || !strings.HasSuffix(found[0].Text, test.want) {
				t.Errorf("got %+v", found)
			}
		})
	}
}

// Go's compact and indented forms of any document must be found.
func FuzzExplainJSON(f *testing.F) {
	skipUnderRace(f)
	for _, form := range forms() {
		f.Add([]byte(form))
	}
	for _, seed := range []string{asByHand, `"\ud800\udc00\udc00"`, `[[[],{}]]`, `-0.0e+1`, ` null `, `{"":{"":[]}}`, "\"\xff\"", `"\ud800\`, `{`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var compact, indented, tabs bytes.Buffer
		if err := json.Compact(&compact, body); err != nil {
			_ = mistaken{body: string(body)}.explain() // must not panic
			return
		}
		for _, err := range []error{
			json.Indent(&indented, compact.Bytes(), "", "  "),
			json.Indent(&tabs, compact.Bytes(), "", "\t"),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, original := range []string{compact.String(), indented.String(), tabs.String()} {
			if original == string(body) {
				continue
			}
			if got := ids((mistaken{body: string(body), signature: sign(secret, original)}).explain()); len(got) == 0 {
				t.Errorf("%q at hand, %q signed: nothing found", body, original)
			}
		}
	})
}

// Explain must not panic or return an incomplete mistake for any signature, body or secret.
func FuzzExplain(f *testing.F) {
	skipUnderRace(f)
	for _, m := range mistakes(f) {
		f.Add(m.signature, []byte(m.body), m.secret)
	}
	f.Fuzz(func(t *testing.T, signature string, body []byte, key string) {
		for _, m := range (mistaken{signature: signature, body: string(body), secret: key}).explain() {
			if m.ID == "" || m.Name == "" || m.Text == "" || m.Fix == "" {
				t.Errorf("half a mistake: %+v", m)
			}
		}
	})
}
