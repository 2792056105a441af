package received

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxArgument is less than the 128 KiB that Linux allows for one argument.
const maxArgument = 64 << 10

// Curl returns a command for a POSIX shell that sends the delivery to a URL: the same method
// and body, and the header fields that are not about one connection or one client.
//
// The command has only printable characters and line breaks, and line breaks only inside
// quotes. A terminal obeys other characters when they are pasted: an escape sequence can end
// the paste, and what follows would run.
func (d Delivery) Curl(url string) string {
	command := []string{"curl -sS -i --globoff --path-as-is"}
	if d.Method != http.MethodPost {
		command = append(command, "--request "+quote(d.Method))
	}
	for _, name := range slices.Sorted(maps.Keys(d.Header)) {
		if !endToEnd(name) {
			continue
		}
		for _, value := range d.Header[name] {
			field := name + ": " + value
			if value == "" {
				field = name + ";" // with a colon curl would leave it out
			}
			command = append(command, "--header "+quote(field))
		}
	}
	// Remove the headers that curl would add.
	for _, name := range []string{"Accept", "Content-Type", "Expect"} {
		if len(d.Header.Values(name)) == 0 || !endToEnd(name) {
			command = append(command, "--header '"+name+":'")
		}
	}
	source := ""
	switch {
	case !pasteable(string(d.Body)):
		source = "printf %s " + quote(base64.StdEncoding.EncodeToString(d.Body)) + " | base64 -d | "
		command = append(command, "--data-binary @-")
	case len(d.Body) > maxArgument:
		source = "printf %s " + quote(string(d.Body)) + " | " // printf is built in, so no limit applies
		command = append(command, "--data-binary @-")
	default:
		command = append(command, "--data-raw "+quote(string(d.Body)))
	}
	command = append(command, "--url "+quote(escapeURL(url)))
	return source + strings.Join(command, " ")
}

// endToEnd reports whether a header field belongs to the delivery: neither to the connection
// that it came through nor to the client that sent it.
func endToEnd(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Host", "Content-Length", "User-Agent", "Accept-Encoding", "Expect",
		"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return false
	default:
		return true
	}
}

// pasteable reports whether text can be pasted into a terminal inside quotes.
func pasteable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && !strconv.IsPrint(r)
	})
}

// quote returns text as one word for a POSIX shell.
func quote(text string) string {
	if pasteable(text) {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	var format strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch char := text[:size]; {
		case char == "%":
			format.WriteString("%%")
		case char == `\`:
			format.WriteString(`\\`)
		case char == "'":
			format.WriteString(`'\''`)
		case (r != utf8.RuneError || size > 1) && strconv.IsPrint(r):
			format.WriteString(char)
		default:
			for i := range size {
				_, _ = fmt.Fprintf(&format, `\%03o`, char[i])
			}
		}
		text = text[size:]
	}
	return `"$(printf '` + format.String() + `')"`
}

// escapeURL escapes "#", which a request line may have but which would end the URL, and the
// characters that a terminal must not get.
func escapeURL(url string) string {
	var escaped strings.Builder
	for i := range len(url) {
		if b := url[i]; b <= ' ' || b >= 0x7f || b == '#' {
			_, _ = fmt.Fprintf(&escaped, "%%%02X", b)
		} else {
			escaped.WriteByte(b)
		}
	}
	return escaped.String()
}
