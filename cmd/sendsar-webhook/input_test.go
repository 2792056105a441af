package main_test

import (
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestBodiesUpToTheLimit(t *testing.T) {
	largest := strings.Repeat("x", webhook.DefaultMaxBodyBytes)
	for name, body := range map[string]string{
		"empty":   "",
		"binary":  "\x00\xff\xfe\r\n\x80\x1f\x8b",
		"largest": largest,
	} {
		t.Run(name, func(t *testing.T) {
			for where, c := range map[string]call{
				"a file":             {args: []string{file(t, body)}},
				"standard input":     {stdin: strings.NewReader(body)},
				"- for that as well": {args: []string{"-"}, stdin: strings.NewReader(body)},
			} {
				c.args = append([]string{"sign"}, c.args...)
				if r := c.run(t); r.status != 0 || r.stdout != signature(body)+"\n" {
					t.Errorf("%s: %+v", where, r)
				}
			}
		})
	}
	t.Run("one byte more is an error", func(t *testing.T) {
		call{args: []string{"sign", file(t, largest+"x")}}.run(t).checkUsage(t, "FILE", "1048576 bytes")
		call{args: []string{"sign"}, stdin: strings.NewReader(largest + "x")}.run(t).checkUsage(t, "FILE", "1048576 bytes")
		call{args: []string{"send", "-data", "-", anyURL}, stdin: strings.NewReader(largest + "x")}.run(t).checkUsage(t, "-data", "1048576 bytes")
	})
}
