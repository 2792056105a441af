package diagnose_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/diagnose"
)

const mebibyte = 1 << 20

func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// worst returns bodies of 1 MiB that cost as much work as possible.
func worst() map[string][]byte {
	fill := func(unit string) []byte { return []byte(strings.Repeat(unit, mebibyte/len(unit)+1)[:mebibyte]) }
	text := func(unit string) []byte {
		return []byte(`{"event":"message.created","text":"` + string(fill(unit)[:mebibyte-200]) + `"}`)
	}
	list := func(unit string) []byte {
		return []byte("[" + strings.TrimRight(string(fill(unit))[:(mebibyte-100)/len(unit)*len(unit)], ",") + "]")
	}
	return map[string][]byte{
		"brackets":            fill("["),
		"nested arrays":       []byte(strings.Repeat("[", 9000) + strings.Repeat(" ", mebibyte-18000) + strings.Repeat("]", 9000)),
		"nested 9000":         []byte(strings.Repeat("[", 9000) + "1" + strings.Repeat("]", 9000)),
		"nested 800":          []byte(strings.Repeat("[", 800) + "1" + strings.Repeat("]", 800)),
		"nested objects":      []byte(strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000)),
		"quotes":              fill(`"`),
		"backslashes":         fill(`\`),
		"escaped quotes":      fill(`\"`),
		"a string of escapes": text(`\"`),
		"nested strings":      text(`\\\"{`),
		"text":                text("grüß dich <b>/"),
		"ascii":               text("hello world "),
		"numbers":             list("1.50,"),
		"exponents":           list("1e300,"),
		"bytes":               list("123,"),
		"objects":             list(`{"b":1,"a":null},`),
		"braces":              fill("{"),
		"braces closed":       fill("{}"),
		"lines":               fill("{}\n"),
		"newlines":            fill("\n"),
		"percent":             fill("%7B"),
		"entities":            fill("&quot;"),
		"equals":              fill("a=%41&"),
		"latin-1":             fill("{\xfc\"a\"}"),
		"NULs":                fill("\x00"),
		"UTF-16":              toUTF16LE(string(fill("{ü}")[:mebibyte/2])),
		"base64 of base64":    []byte(base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(fill("ab{}")[:mebibyte*9/16])))),
		"a gzip bomb":         gz(fill("{}")),
		"a large gzip bomb":   gz(make([]byte, 900*mebibyte/10)),
		"hex":                 fill("7b22"),
		"hex dump":            fill("00000000: 7b22 7b22 7b22 7b22 7b22 7b22 7b22 7b22  {{{{{{{{\n"),
		"chunks":              fill("1\r\na\r\n"),
		"a multipart message": fill("--b\r\n\r\n{}\r\n"),
		"an HTTP message":     append([]byte("POST / HTTP/1.1\r\nA: b\r\n\r\n"), text("x")...),
		"python":              []byte(`{'a': '` + string(fill("ü")) + `'}`),
		"decomposed":          text("e\u0301"),
		"twice encoded":       text("Ã¼"),
		"curly quotes":        fill("“a”"),
		"unfinished":          text("grüß ")[:mebibyte-300],
		"markup":              fill("<b>"),
		"colours":             fill("\x1b[0m"),
		"colour starts":       fill("\x1b["),
		"tags":                fill("<span "),
	}
}

func toUTF16LE(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return out
}

func BenchmarkExplainOfOneMebibyte(b *testing.B) {
	for name, body := range worst() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				explain(diagnose.Case{Body: body, Signature: sign("of somebody else", "x"), Secret: secret, Previous: previous})
			}
		})
	}
}

// Every worst case must end. Machines differ, so this asserts no time: see the benchmark.
func TestExplainEndsForTheWorstBodies(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	for name, body := range worst() {
		if name != "brackets" && name != "nested 800" && name != "a large gzip bomb" && name != "escaped quotes" {
			continue // the benchmark has the others
		}
		got := explain(diagnose.Case{Body: body, Signature: sign("of somebody else", "x"), Secret: secret})
		if got.Proved {
			t.Errorf("%s: got %q", name, ids(got.Mistakes))
		}
	}
}
