package main_test

import (
	"strings"
	"testing"
)

const anyURL = "http://127.0.0.1:1/webhooks/sendsar"

func TestHelpIsOnStdoutAndComplete(t *testing.T) {
	for _, test := range []struct {
		args  []string
		texts []string
	}{
		{[]string{"-h"}, []string{"send ", "sign ", "verify ", "listen ", "replay ", "version ", "completion ", "SENDSAR_WEBHOOK_SECRET", "examples"}},
		{[]string{"--help"}, []string{"send "}},
		{[]string{"help"}, []string{"send "}},
		{
			[]string{"send", "-h"},
			[]string{
				"-event", "-data", "-previous", "-forge", "-tamper", "-unsigned", "-n ", "-c ", "-secret-file", "-json",
				"console.test, message.created, message.updated, message.deleted, call.started, call.ended, call.missed",
				"Exit status", "examples",
			},
		},
		{[]string{"sign", "--help"}, []string{"-header", "-curl", "-previous", "-secret-file", "-json", "Exit status", "examples"}},
		{[]string{"verify", "-signature", "x", "-h"}, []string{"-signature", "-secret-file", "wins over", "-json", "Exit status", "examples"}},
		{[]string{"listen", "-h"}, []string{"-addr", "127.0.0.1:8080", "-forward", "-save", "-page", "-max-body", "-secret-file", "130", "examples"}},
		{[]string{"replay", "-h"}, []string{"FILE… URL", "-resign", "-previous", "-max-body", "-secret-file", "Exit status", "examples"}},
		{[]string{"version", "-h"}, []string{"version"}},
		{[]string{"sign", "-h", "a"}, []string{"Exit status"}},
		{[]string{"help", "sign"}, []string{"Exit status"}},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			call{args: test.args, env: []string{}}.run(t).check(t, 0, test.texts...)
		})
	}
}

func TestWrongUsageIsOneLineWithTheFix(t *testing.T) {
	for name, test := range map[string]struct {
		args  []string
		texts []string
	}{
		"no command":                        {nil, []string{"use one of send, sign, verify"}},
		"an unknown command":                {[]string{"frobnicate"}, []string{"use one of send, sign, verify"}},
		"a command that a terminal obeys":   {[]string{"\x1b[2J\n"}, []string{"use one of send, sign, verify"}},
		"an unknown flag":                   {[]string{"send", "-frob", anyURL}, []string{"no such flag", "-h lists"}},
		"a flag that a terminal obeys":      {[]string{"send", "-\x1b[2J\n"}, []string{"URL"}},
		"a file that a terminal obeys":      {[]string{"sign", "\x1b[2J\n"}, []string{"FILE: no such file"}},
		"the secret as a command":           {[]string{secret}, []string{"use one of send, sign, verify"}},
		"the secret as an argument":         {[]string{"send", "-secret", secret, anyURL}, []string{"-secret", "SENDSAR_WEBHOOK_SECRET", "-secret-file"}},
		"the secret behind an equals sign":  {[]string{"sign", "-secret=" + secret}, []string{"-secret", "SENDSAR_WEBHOOK_SECRET"}},
		"the secret as a file":              {[]string{"sign", secret}, []string{"FILE", "SENDSAR_WEBHOOK_SECRET"}},
		"the secret as the secret's file":   {[]string{"sign", "-secret-file", secret}, []string{"-secret-file", "SENDSAR_WEBHOOK_SECRET"}},
		"the secret as data":                {[]string{"send", "-data", secret, anyURL}, []string{"-data", "SENDSAR_WEBHOOK_SECRET"}},
		"send without a URL":                {[]string{"send"}, []string{"one URL"}},
		"send with two URLs":                {[]string{"send", anyURL, anyURL}, []string{"2 arguments", "one URL"}},
		"send to a URL without a scheme":    {[]string{"send", "127.0.0.1:8080/webhooks/sendsar"}, []string{"URL", "http://"}},
		"send to a URL without a host":      {[]string{"send", "http:///webhooks/sendsar"}, []string{"URL", "http://"}},
		"send to another scheme":            {[]string{"send", "ftp://127.0.0.1/"}, []string{"URL", "http"}},
		"send to a URL that does not parse": {[]string{"send", "http://[::1"}, []string{"URL", "http"}},
		"an unknown event":                  {[]string{"send", "-event", "room.created", anyURL}, []string{"-event", "message.created", "-data"}},
		"an event and data":                 {[]string{"send", "-event", "call.ended", "-data", "x", anyURL}, []string{"-event and -data", "exclude"}},
		"the default event and data":        {[]string{"send", "-event", "console.test", "-data", "x", anyURL}, []string{"-event and -data", "exclude"}},
		"no deliveries":                     {[]string{"send", "-n", "0", anyURL}, []string{"-n", "1 to 1000000"}},
		"too many deliveries":               {[]string{"send", "-n", "1000001", anyURL}, []string{"-n", "1 to 1000000"}},
		"deliveries that are no number":     {[]string{"send", "-n", "many", anyURL}, []string{"-n"}},
		"none at a time":                    {[]string{"send", "-c", "0", anyURL}, []string{"-c", "1 to 1000"}},
		"too many at a time":                {[]string{"send", "-n", "2000", "-c", "1001", anyURL}, []string{"-c", "1 to 1000"}},
		"more at a time than in all":        {[]string{"send", "-n", "2", "-c", "3", anyURL}, []string{"-c", "raise -n"}},
		"forge and tamper":                  {[]string{"send", "-forge", "-tamper", anyURL}, []string{"-forge and -tamper", "exclude"}},
		"previous and unsigned":             {[]string{"send", "-previous", "-unsigned", anyURL}, []string{"-previous and -unsigned", "exclude"}},
		"a flag without its value":          {[]string{"send", anyURL, "-n"}, []string{"-n"}},
		"sign with two files":               {[]string{"sign", "a", "b"}, []string{"2 arguments", "one FILE"}},
		"header and JSON":                   {[]string{"sign", "-header", "-json"}, []string{"-header and -json", "exclude"}},
		"curl without a file":               {[]string{"sign", "-curl", anyURL}, []string{"-curl", "FILE"}},
		"curl without a URL":                {[]string{"sign", "-curl", "nowhere", "a"}, []string{"-curl", "http://"}},
		"verify without a signature":        {[]string{"verify"}, []string{"-signature", "X-Webhook-Signature"}},
		"verify with two files":             {[]string{"verify", "-signature", "x", "a", "b"}, []string{"2 arguments", "one FILE"}},
		"a file that is not there":          {[]string{"verify", "-signature", "x", "not-there"}, []string{"FILE: no such file", "standard input"}},
		"data that is not there":            {[]string{"send", "-data", "", anyURL}, []string{"-data", "empty"}},
		"a folder":                          {[]string{"sign", "."}, []string{"FILE: "}},
		"behind -- all flags are files":     {[]string{"sign", "--", "a", "-json"}, []string{"2 arguments", "one FILE"}},
		"behind -- a flag is a file":        {[]string{"sign", "--", "-json"}, []string{"FILE: no such file"}},
	} {
		t.Run(name, func(t *testing.T) {
			call{args: test.args}.run(t).checkUsage(t, test.texts...)
		})
	}
}

func TestFlagsMayStandBehindArguments(t *testing.T) {
	name := file(t, event)
	want := "X-Webhook-Signature: " + signature(event) + "\n"
	for _, args := range [][]string{
		{"sign", "-header", name},
		{"sign", name, "-header"},
		{"sign", "-header", "--", name},
		{"sign", "-header=true", "--", name},
	} {
		t.Run(strings.Join(args[:2], " "), func(t *testing.T) {
			if got := (call{args: args}).run(t); got.stdout != want {
				t.Errorf("got %+v", got)
			}
		})
	}
}
