package page

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

const (
	maxShown  = 64 << 10  // of a body
	maxHex    = 4 << 10   // of a body
	maxPretty = 256 << 10 // of JSON that is indented
	maxDepth  = 32        // of JSON that is indented
)

// bodyView is a body in each form that is shown.
type bodyView struct {
	Size           int
	Pretty         []segment // nil if it is not JSON, or too large or deep
	PrettyCut      bool
	Raw            []segment
	RawCut         bool
	Hex            string
	HexCut         bool
	Text           bool // most of it is readable
	Shown, HexSize string
}

// labelled is a body with the texts around it on the page.
type labelled struct {
	Label string
	Name  string // of its form fields
	Body  *bodyView
	More  string // how to get the whole body if it is cut
}

func newBytes(label, name string, body *bodyView, more string) labelled {
	return labelled{label, name, body, more}
}

// newBodyView returns nil for an empty body.
func newBodyView(body string) *bodyView {
	if body == "" {
		return nil
	}
	v := bodyView{Size: len(body), Shown: byteCount(maxShown), HexSize: byteCount(maxHex)}
	if pretty, ok := indented(body); ok {
		pretty, v.PrettyCut = received.Start(pretty, maxShown)
		v.Pretty = visibleLines(pretty)
	}
	raw, rawCut := received.Start(body, maxShown)
	v.Raw, v.RawCut = visibleLines(raw), rawCut
	start := body[:min(len(body), maxHex)]
	v.Hex, v.HexCut = hex.Dump([]byte(start)), len(body) > maxHex
	v.Text = readable(start)
	return &v
}

// indented returns JSON with indentation, or false if the body is not JSON, too large or too
// deep. Strings and numbers stay as they are.
func indented(body string) (string, bool) {
	if len(body) > maxPretty || !json.Valid([]byte(body)) || depth(body) > maxDepth {
		return "", false
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, []byte(body), "", "  ") != nil {
		return "", false
	}
	return strings.TrimSpace(pretty.String()), true
}

// depth returns how deep valid JSON is nested. The size of the indentation grows with it.
func depth(text string) int {
	deepest, now := 0, 0
	inString, afterBackslash := false, false
	for i := range len(text) {
		switch b := text[i]; {
		case afterBackslash:
			afterBackslash = false
		case inString:
			inString, afterBackslash = b != '"', b == '\\'
		case b == '"':
			inString = true
		case b == '{', b == '[':
			now++
			deepest = max(deepest, now)
		case b == '}', b == ']':
			now--
		}
	}
	return deepest
}

// readable reports whether few characters of a text are shown as escapes.
func readable(text string) bool {
	escapes := 0
	for _, s := range visibleLines(text) {
		if s.Escape {
			escapes += len(s.Text)
		}
	}
	return escapes <= len(text)/4
}
