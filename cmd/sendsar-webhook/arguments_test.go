package main_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// People paste secrets in the wrong place, so no output may repeat an argument.
func TestNoArgumentIsShownAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("make ci runs it")
	}
	const pasted = "Sesame0f1e2d3c4b5a697"
	// None of these is the path of a file, so no command goes on with it.
	values := []string{pasted, "whsec_" + pasted, "WHSEC_" + pasted, " " + pasted, "\"" + pasted + "\"", "\ufeffwhsec_" + pasted, "sk_live_" + pasted, "./" + pasted + "/x", "-" + pasted, "--" + pasted, "$" + pasted, pasted + "\n", "\x1b[31m" + pasted}
	flag := regexp.MustCompile(`(?m)^ +-([a-z-]+)`)
	n := 0
	next := func() string { n++; return values[n%len(values)] }
	var calls [][]string
	for _, value := range values {
		calls = append(calls, []string{value}, []string{value, "sign"}, []string{"help", value}, []string{"completion", value}, []string{"sign", value})
	}
	for command, rest := range map[string][]string{
		"send": {anyURL}, "sign": nil, "verify": {"-signature", "x"}, "listen": {"-addr", "127.0.0.1:0"}, "replay": {"not-there", anyURL}, "version": nil,
	} {
		own := func(args ...string) []string { return slices.Concat([]string{command}, args, rest) }
		calls = append(calls, own(next()), append(own(), next()), own(next(), next()))
		for _, match := range flag.FindAllStringSubmatch(call{args: []string{command, "-h"}}.run(t).stdout, -1) {
			switch name := match[1]; name {
			case "help", "signature": // any value is valid
			case "save": // any value can be created as a folder
			case "addr":
				calls = append(calls, []string{command, "-addr", next()}, []string{command, "-addr=" + next()})
			default:
				calls = append(calls, own("-"+name, next()), own("--"+name, next()), own("-"+name+"="+next()), append(own(), "-"+name, next()))
			}
		}
	}
	folder := file(t, "") // a file, so no folder can be created in it
	calls = append(calls, []string{"listen", "-save", folder + "/" + pasted}, []string{"listen", "-save", "whsec_" + pasted}, []string{"listen", "-save", "/proc/" + pasted})
	for _, args := range calls {
		r := call{args: args, stdin: strings.NewReader(event)}.run(t)
		if strings.Contains(strings.ToLower(r.stdout+r.stderr), strings.ToLower(pasted)) || r.status == 0 {
			t.Errorf("%q: exit status %d\nstdout: %s\nstderr: %s", args, r.status, r.stdout, r.stderr)
		}
	}
}

func TestAFlagWithoutAValueIsASlip(t *testing.T) {
	for _, args := range [][]string{
		{"sign", "-secret-file="},
		{"sign", "-secret-file", ""},
		{"verify", "-signature", "x", "-secret-file="},
		{"send", "-secret-file=", anyURL},
		{"send", "-event=", anyURL},
		{"send", "-data=", anyURL},
		{"sign", "-curl=", "x"},
		{"listen", "-addr="},
		{"listen", "-forward", ""},
		{"listen", "-save="},
		{"listen", "-page="},
		{"replay", "-secret-file=", "-resign", "x", anyURL},
		{"sign", "-max-body="},
		{"send", "-n=", anyURL},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			call{args: args, stdin: strings.NewReader(event)}.run(t).checkUsage(t, strings.SplitN(strings.Join(args[1:], " "), " ", 2)[0][:2])
		})
	}
}
