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

// Values returns what follows the colon in each line of this name. A folded line is not
// joined to the one before: see Check.
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

// IsNamed compares header names without regard to the case of ASCII letters. Beyond ASCII,
// EqualFold also takes two longer letters for k and s, so the lengths must be equal.
func IsNamed(key []byte, name string) bool {
	return len(key) == len(name) && strings.EqualFold(string(key), name)
}

// Check reads the block once. fault is an error that matches webhook.ErrBodyRead if no part
// of the message should be believed: a line is folded, or the block is not what arrived.
// fasthttp joins folded lines in place when a middleware visits them, which can move a part
// of the block behind an empty line.
//
// ends reports whether the connection must end after the answer, because another server may
// disagree on where the message ends:
//
//   - there is a fault;
//   - there is a transfer coding beside a length, or several of one kind;
//   - a length or a coding has an unusual form, or a coding comes before HTTP/1.1;
//   - a line has no colon, another line end than CRLF, or a name that is no token;
//   - a line may have been folded before it was joined in place. parsed returns the
//     framework's values of a name; such a line is none of them;
//   - there are more than 100 lines, for which parsed would be called too often.
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
		// Two blanks behind a value may be all that is left of a fold without a text.
		if last := len(untrimmed) - 1; last > 0 && isBlank(untrimmed[last]) && isBlank(untrimmed[last-1]) {
			ends = true
		}
		ends = ends || mayBeJoined(value) && lines < maxLines && h.count(name, value) > countEqual(parsed(string(name)), value)
	}
	if !complete {
		return true, errChanged
	}
	// Each line feed and each carriage return is part of a line end.
	ends = ends || returns != lines || bytes.Count(h, []byte{'\r'}) != lines
	return ends || lines > maxLines || lengths+codings > 1 || codings == 1 && !http11, nil
}

// maxLines keeps the cost of Check small. Proxies add some to the ten that a sender has.
const maxLines = 100

// mayBeJoined spares most values a search among the parsed fields. The parts of a fold are
// joined with a space, and what is left over repeats the end of the last part: without a
// blank in it, a joined value ends with the same bytes twice.
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

// count returns how many lines of this name have this value. A line that was joined may equal
// another one, which must not vouch for it.
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

// Lacks reports whether the framework's parsed fields, each of which visit passes on,
// include one that has no line of its own: a trailer, or something that a middleware has
// added.
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
		// fasthttp adds a length of its own where a chunked body is empty.
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
