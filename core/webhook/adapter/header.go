package adapter

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Header is the raw header block of a request: the lines after the request line, as they
// arrived, with the empty line that ends them. It is empty for a request made in memory.
type Header []byte

var (
	errFolded  = fmt.Errorf("%w: a header line is folded", webhook.ErrBodyRead)
	errChanged = fmt.Errorf("%w: an earlier middleware changed the raw header block", webhook.ErrBodyRead)
)

// nextLine cuts the first line off a block, without its line end. found is false if no line
// feed ends it.
func nextLine(block []byte) (line, rest []byte, crlf, found bool) {
	end := bytes.IndexByte(block, '\n')
	if end < 0 {
		return block, nil, false, false
	}
	if crlf = end > 0 && block[end-1] == '\r'; crlf {
		return block[:end-1], block[end+1:], true, true
	}
	return block[:end], block[end+1:], false, true
}

// Values returns the text after the colon of each line with this name. It does not join a
// folded line to the one before: see Check.
func (h Header) Values(name string) (values []string) {
	for rest := []byte(h); len(rest) > 0; {
		var line []byte
		line, rest, _, _ = nextLine(rest)
		if end := len(name); len(line) > end && line[end] == ':' && IsNamed(line[:end], name) {
			values = append(values, string(line[end+1:]))
		}
	}
	return values
}

// IsNamed compares header names and ignores the case of ASCII letters. EqualFold also
// matches k and s with two letters beyond ASCII, which are longer, so the lengths must be
// equal.
func IsNamed(key []byte, name string) bool {
	return len(key) == len(name) && strings.EqualFold(string(key), name)
}

// Check looks for what makes the message ambiguous. fault is an error that matches
// webhook.ErrBodyRead if no part of the message can be trusted: a line is folded, or the
// block is not the one that arrived. fasthttp joins folded lines in place when a middleware
// visits them, which can move a part of the block behind an empty line.
//
// ends reports whether the connection must be closed after the answer, because another
// server may disagree on where the message ends:
//
//   - there is a fault;
//   - there is a transfer coding beside a length, or more than one of either;
//   - a length or a coding has an unusual form, or there is a coding before HTTP/1.1;
//   - a line has no colon, does not end in CRLF, or has a name that is not a token;
//   - a line may be folded lines that were joined in place: parsed, which returns the
//     framework's values for a name, does not return its value;
//   - there are more than 100 lines: parsed would be called too often.
func (h Header) Check(http11 bool, parsed func(name string) [][]byte) (ends bool, fault error) {
	var lengths, codings, lines, returns int
	complete := len(h) == 0
	for rest := []byte(h); len(rest) > 0; lines++ {
		line, after, crlf, found := nextLine(rest)
		if complete || !found {
			return true, errChanged
		}
		rest = after
		if crlf {
			returns++
		}
		if len(line) == 0 {
			complete = true
			continue
		}
		if isBlank(line[0]) {
			return true, errFolded
		}
		colon := bytes.IndexByte(line, ':')
		if colon < 0 || !isToken(line[:colon]) {
			ends = true
			continue
		}
		name, untrimmed := line[:colon], line[colon+1:]
		value := trimmed(untrimmed)
		switch {
		case IsNamed(name, "Content-Length"):
			lengths++
			ends = ends || !isNumber(value)
		case IsNamed(name, "Transfer-Encoding"):
			codings++
			ends = ends || !IsNamed(value, "chunked")
		}
		// Two blanks behind a value may be all that is left of a fold without text.
		if last := len(untrimmed) - 1; last > 0 && isBlank(untrimmed[last]) && isBlank(untrimmed[last-1]) {
			ends = true
		}
		ends = ends || mayBeJoined(value) && lines < maxLines && h.count(name, value) > countEqual(parsed(string(name)), value)
	}
	if !complete {
		return true, errChanged
	}
	// Every line must end in CRLF, and no carriage return may be elsewhere.
	ends = ends || returns != lines || bytes.Count(h, []byte{'\r'}) != lines
	return ends || lines > maxLines || lengths+codings > 1 || codings == 1 && !http11, nil
}

// maxLines limits the cost of Check. A sender has about ten lines, and proxies add some.
const maxLines = 100

// mayBeJoined reports whether a value may be folded lines that were joined. Most values are
// not, which saves a search among the parsed fields. The parts of a fold are joined with a
// space, and the bytes left over repeat the end of the last part: a joined value without a
// blank ends with the same bytes twice.
func mayBeJoined(value []byte) bool {
	if bytes.IndexByte(value, ' ') >= 0 || bytes.IndexByte(value, '\t') >= 0 {
		return true
	}
	end := len(value)
	for n := 1; 2*n <= end; n++ {
		if value[end-1] == value[end-1-n] && bytes.Equal(value[end-n:], value[end-2*n:end-n]) {
			return true
		}
	}
	return false
}

// count returns how many lines have this name and this value. A joined line may equal
// another line, whose parsed field must not count for both.
func (h Header) count(name, value []byte) (n int) {
	for rest := []byte(h); len(rest) > 0; {
		var line []byte
		line, rest, _, _ = nextLine(rest)
		if end := len(name); len(line) > end && line[end] == ':' && IsNamed(line[:end], string(name)) {
			if bytes.Equal(trimmed(line[end+1:]), value) {
				n++
			}
		}
	}
	return n
}

func countEqual(values [][]byte, value []byte) (n int) {
	for _, other := range values {
		if bytes.Equal(other, value) {
			n++
		}
	}
	return n
}

// Lacks reports whether the framework has parsed a field for which h has no line: a
// trailer, or a field that a middleware added. visit calls its argument for each parsed
// field.
func (h Header) Lacks(visit func(field func(key, value []byte))) (lacks bool) {
	lines := map[string]int{}
	for rest := []byte(h); len(rest) > 0; {
		var line []byte
		line, rest, _, _ = nextLine(rest)
		name, _, _ := bytes.Cut(line, []byte{':'})
		switch key := string(bytes.ToLower(name)); key {
		case "host", "user-agent", "content-type", "cookie", "connection":
			lines[key] = 1 // fasthttp keeps one of them
		default:
			lines[key]++
		}
	}
	visit(func(key, _ []byte) {
		name := string(bytes.ToLower(key))
		lines[name]--
		// fasthttp adds a length itself if a chunked body is empty.
		lacks = lacks || lines[name] < 0 && name != "content-length"
	})
	return lacks
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func trimmed(value []byte) []byte {
	for len(value) > 0 && isBlank(value[0]) {
		value = value[1:]
	}
	for len(value) > 0 && isBlank(value[len(value)-1]) {
		value = value[:len(value)-1]
	}
	return value
}

func isNumber(value []byte) bool {
	for _, c := range value {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(value) > 0
}

// isToken reports whether name has the form of a field name in RFC 9110, 5.6.2.
func isToken(name []byte) bool {
	for _, c := range name {
		if !tokenBytes[c] {
			return false
		}
	}
	return len(name) > 0
}

var tokenBytes = func() (table [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		table[c] = true
	}
	return table
}()
