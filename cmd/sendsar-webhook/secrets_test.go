package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestSecretFileLosesOneFinalLineEnd(t *testing.T) {
	for name, test := range map[string]struct{ content, want string }{
		"without a line end": {secret, secret},
		"LF":                 {secret + "\n", secret},
		"CRLF":               {secret + "\r\n", secret},
	} {
		t.Run(name, func(t *testing.T) {
			r := call{
				args: []string{"sign", "-secret-file", file(t, test.content), file(t, event)},
				env:  []string{previousSet, "SENDSAR_WEBHOOK_SECRET=another"}, // the flag wins
			}.run(t)
			r.check(t, 0)
			if r.stdout != webhook.Sign(test.want, []byte(event))+"\n" {
				t.Errorf("got %s", r.stdout)
			}
		})
	}
}

func TestUnusableSecretsAreRefused(t *testing.T) {
	folder := t.TempDir()
	for name, test := range map[string]struct {
		env   []string
		flags []string
		texts []string
	}{
		"none":                   {[]string{}, nil, []string{"SENDSAR_WEBHOOK_SECRET is not set", "-secret-file"}},
		"an empty one":           {[]string{"SENDSAR_WEBHOOK_SECRET="}, nil, []string{"SENDSAR_WEBHOOK_SECRET is not set"}},
		"one in quotes":          {[]string{`SENDSAR_WEBHOOK_SECRET="` + secret + `"`}, nil, []string{"SENDSAR_WEBHOOK_SECRET", "in quotes"}},
		"an API key and a blank": {[]string{"SENDSAR_WEBHOOK_SECRET=sk_live_x "}, nil, []string{"API key", "white space"}},
		"no previous one":        {nil, []string{"-previous"}, []string{"-previous", "SENDSAR_WEBHOOK_PREVIOUS_SECRET is not set"}},
		"a previous one in quotes": {
			[]string{`SENDSAR_WEBHOOK_PREVIOUS_SECRET='` + previous + `'`},
			[]string{"-previous"},
			[]string{"SENDSAR_WEBHOOK_PREVIOUS_SECRET", "in quotes"},
		},
		"a previous one and a file":          {[]string{previousSet}, []string{"-previous", "-secret-file", "x"}, []string{"-previous and -secret-file"}},
		"a file that is not there":           {nil, []string{"-secret-file", filepath.Join(folder, "none")}, []string{"-secret-file", "no such file"}},
		"a folder":                           {nil, []string{"-secret-file", folder}, []string{"-secret-file: "}},
		"an empty file":                      {nil, []string{"-secret-file", file(t, "\n")}, []string{"-secret-file", "empty"}},
		"a file with two line ends":          {nil, []string{"-secret-file", file(t, secret+"\n\n")}, []string{"-secret-file", "white space"}},
		"a file with a blank":                {nil, []string{"-secret-file", file(t, secret+" ")}, []string{"-secret-file", "white space"}},
		"a file with a lone carriage return": {nil, []string{"-secret-file", file(t, secret+"\r")}, []string{"-secret-file", "white space"}},
		"a large file":                       {nil, []string{"-secret-file", file(t, strings.Repeat("x", 65537))}, []string{"-secret-file", "65536"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, args := range [][]string{{"sign", file(t, event)}, {"send", anyURL}} {
				call{args: append(args, test.flags...), env: test.env}.run(t).checkUsage(t, test.texts...)
			}
		})
	}
}

func TestVerifyNeedsASecretOfAnyForm(t *testing.T) {
	args := []string{"verify", "-signature", signature(event), file(t, event)}
	call{args: args, env: []string{}}.run(t).checkUsage(t, "SENDSAR_WEBHOOK_SECRET is not set")
	call{args: args, env: []string{`SENDSAR_WEBHOOK_SECRET="` + secret + `"`}}.run(t).check(t, 1, "quotes around it")
	call{args: append(args, "-secret-file", os.DevNull)}.run(t).checkUsage(t, "-secret-file", "empty")
}
