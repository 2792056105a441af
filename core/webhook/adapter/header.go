package adapter

import (
	"bytes"
	"fmt"
	"iter"
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

// lines yields the lines without their line ends.
func (h Header) lines(yield func(line []byte) bool) {
	for len(h) > 0 {
		line, rest, _ := bytes.Cut(h, []byte{'\n'})
		if !yield(bytes.TrimSuffix(line, []byte{'\r'})) {
			return
		}
		h = rest
	}
}

// Values returns what follows the colon in each line of this name. A folded line is not
// joined to the one before: see Fault.
func (h Header) Values(name string) (values []string) {
	for line := range h.lines {
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

// Fault returns an error that matches webhook.ErrBodyRead if no part of the message should
// be believed: a line is folded, or the block is not what arrived. fasthttp joins folded
// lines in place when a middleware visits them, which can move a part of the block behind
// an empty line.
func (h Header) Fault() error {
	ended := len(h) == 0
	for line := range h.lines {
		switch {
		case ended:
			return errChanged
		case len(line) == 0:
			ended = true
		case isBlank(line[0]):
			return errFolded
		}
	}
	if !ended || len(h) > 0 && h[len(h)-1] != '\n' {
		return errChanged
	}
	return nil
}

// Ambiguous reports whether another server may disagree on where the message ends: it has
// a transfer coding and a length, several of one kind, one of an unusual form, a transfer
// coding in a version before HTTP/1.1, or a line that not everyone reads in the same way.
func (h Header) Ambiguous(http11 bool) bool {
	ends := bytes.Count(h, []byte("\r\n"))
	if h.Fault() != nil || bytes.Count(h, []byte{'\n'}) != ends || bytes.Count(h, []byte{'\r'}) != ends {
		return true
	}
	lengths, codings := 0, 0
	for line := range h.lines {
		name, value, found := bytes.Cut(line, []byte{':'})
		value = bytes.Trim(value, " \t")
		switch {
		case len(line) == 0:
		case !found || !isToken(name):
			return true
		case IsNamed(name, "Content-Length"):
			lengths++
			if !isNumber(value) {
				return true
			}
		case IsNamed(name, "Transfer-Encoding"):
			codings++
			if !IsNamed(value, "chunked") {
				return true
			}
		}
	}
	return lengths+codings > 1 || codings == 1 && !http11
}

// Lacks reports whether fields, the framework's parsed ones, include a field that has no
// line of its own: a trailer, or something that a middleware has added.
func (h Header) Lacks(fields iter.Seq2[[]byte, []byte]) bool {
	lines := map[string]int{}
	for line := range h.lines {
		name, _, _ := bytes.Cut(line, []byte{':'})
		lines[string(bytes.ToLower(name))]++
	}
	for key := range fields {
		name := string(bytes.ToLower(key))
		lines[name]--
		// fasthttp adds a length of its own where a chunked body is empty.
		if lines[name] < 0 && name != "content-length" {
			return true
		}
	}
	return false
}

// Joined reports whether a folded line may have been joined in place. The joined line then
// ends with what the shorter text left over, so that it is longer than the value that the
// framework parsed. parsed returns the framework's values of a name. It is called for each
// line, so a block with very many lines is not looked at, and reported as well.
func (h Header) Joined(parsed func(name string) [][]byte) bool {
	if bytes.Count(h, []byte{'\n'}) > maxLines {
		return true
	}
	for line := range h.lines {
		name, value, _ := bytes.Cut(line, []byte{':'})
		value = bytes.Trim(value, " \t")
		longer := false
		for _, other := range parsed(string(name)) {
			if bytes.Equal(other, value) {
				longer = false
				break
			}
			longer = longer || bytes.HasPrefix(value, other)
		}
		if longer {
			return true
		}
	}
	return false
}

// maxLines keeps the cost of Joined small. Proxies add some to the ten that a sender has.
const maxLines = 100

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

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
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return len(name) > 0
}
