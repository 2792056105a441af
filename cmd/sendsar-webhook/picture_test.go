//go:build unix

package main_test

import (
	"encoding/base64"
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/sendsar-community/webhooks-go/core/webhook/webhooktest"
)

var pictures = flag.String("pictures", "", "write terminal.svg into this folder")

// TestPicture draws what a terminal shows. The page's pictures are drawn in internal/page.
func TestPicture(t *testing.T) {
	var shown terminal
	for _, c := range []struct {
		typed string
		call  call
	}{
		{`echo '{"event":"console.test"}' | sendsar-webhook verify -signature "$signature"`, call{
			args: []string{"verify", "-signature", signature(`{"event":"console.test"}`)}, stdin: strings.NewReader(`{"event":"console.test"}` + "\n"),
		}},
		{`sendsar-webhook verify -signature sha256=09ca7e… body.json`, call{
			args: []string{"verify", "-signature", "sha256=09ca7e…"}, stdin: strings.NewReader(event),
		}},
		{`sendsar-webhook verify -signature "$signature" body.b64`, call{
			args: []string{"verify", "-signature", signature(event)}, stdin: strings.NewReader(base64.StdEncoding.EncodeToString([]byte(event))),
		}},
	} {
		shown.add("$ " + c.typed)
		r := c.call.run(t)
		r.check(t, 1, "not genuine: ")
		out, _, _ := strings.Cut(r.stdout, "\ntried:")
		shown.add(strings.Split(strings.TrimSpace(out), "\n")...)
		shown.add("")
	}

	l := listen(t, nil, "-forward", verifying(t, secret).URL)
	shown.add("$ sendsar-webhook listen -forward http://127.0.0.1:3000", "listening on 127.0.0.1:8080", "page on http://127.0.0.1:41213/")
	post(t, webhooktest.NewRequest(l.url, secret, []byte(event)))
	shown.add(l.line(t, "genuine"))
	post(t, webhooktest.NewRequest(l.url, secret, []byte(`{"event":"call.ended"}`)))
	shown.add(l.line(t, "genuine"))
	post(t, changed(l.url, event+"\n", signature(event)))
	shown.add(l.line(t, "refused"), l.line(t, "final newline"))
	l.stop(t, syscall.SIGINT, 130)

	svg := shown.svg()
	if err := xml.Unmarshal([]byte(svg), new(struct{})); err != nil {
		t.Error(err)
	}
	if *pictures != "" {
		if err := os.WriteFile(filepath.Join(*pictures, "terminal.svg"), []byte(svg), 0o600); err != nil {
			t.Error(err)
		}
	}
}

// terminal is a picture of lines of at most 110 characters.
type terminal struct{ lines []string }

const columns = 110

func (s *terminal) add(lines ...string) {
	for _, line := range lines {
		for utf8.RuneCountInString(line) > columns {
			cut := strings.LastIndex(line[:columns], " ")
			s.lines = append(s.lines, line[:cut])
			line = "  " + line[cut+1:]
		}
		s.lines = append(s.lines, line)
	}
}

var coloured = regexp.MustCompile(`^(\$ .*|not genuine|\S+  (?:genuine|refused) )`)

func (s *terminal) svg() string {
	const width, height, margin = 8.4, 20, 16
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">`+
		`<title>What sendsar-webhook prints</title><rect width="100%%" height="100%%" rx="8" fill="#16181d"/>`+"\n",
		columns*width+2*margin, len(s.lines)*height+2*margin)
	for i, line := range s.lines {
		start := coloured.FindString(line)
		colour := "#7ee2a8"
		switch {
		case strings.HasPrefix(start, "$"):
			colour = "#8fb7ff"
		case strings.Contains(start, "refused"), strings.HasPrefix(start, "not"):
			colour = "#ff9b94"
		}
		_, _ = fmt.Fprintf(&b, `<text xml:space="preserve" x="%d" y="%d" fill="#d8dbe2"><tspan fill="%s">%s</tspan>%s</text>`+"\n",
			margin, margin+(i+1)*height-5, colour, escaped(start), escaped(line[len(start):]))
	}
	return b.String() + "</svg>\n"
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}
