package frameworks_test

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A reading is what a strict reader of RFC 9112 finds in the bytes of one connection. Where
// the RFC permits more than one reading, as for lines that end with LF alone, it is the one
// with the most messages. Bytes that are no message count as one: they may be answered 400.
type reading struct {
	messages int    // so many final answers are allowed
	others   int    // of them, those that do not ask for POST /hook
	body     []byte // of the first message
}

// readAll reads the bytes that a client sends. With seesHead the connection ends behind a
// head that two readers could take differently; without it, behind one that is invalid.
func readAll(raw []byte, seesHead bool) (r reading) {
	for len(raw) > 0 {
		m := readMessage(raw, seesHead)
		if r.messages == 0 {
			r.body = m.body
		}
		r.messages++
		if !m.hook {
			r.others++
		}
		if m.cut {
			r.messages++ // streaming, fasthttp answers what is left of them 400
		}
		if m.unknown {
			r.messages, r.others = math.MaxInt, math.MaxInt
		}
		if m.last {
			break
		}
		raw = m.rest
	}
	return r
}

type message struct {
	hook    bool // it asks for POST /hook
	last    bool // a server must close behind it, because nobody knows where it ends
	unknown bool // another route's framing, where no adapter can do anything
	cut     bool // the connection ends before the CRLF CRLF that ends trailers in fasthttp
	body    []byte
	rest    []byte
}

var requestLine = regexp.MustCompile(`^\S+ \S+ HTTP/1\.([0-9])$`)

func readMessage(raw []byte, seesHead bool) (m message) {
	head, folded, body, ok := readLines(bytes.TrimLeft(raw, "\r\n")) // empty lines may come before
	if !ok {
		return message{last: true}
	}
	version := requestLine.FindStringSubmatch(head[0])
	m.hook = version != nil && strings.HasPrefix(head[0], "POST "+hookPath+" ")

	codings, coded, codingsOK := fields(head[1:], "transfer-encoding")
	lengths, measured, lengthsOK := fields(head[1:], "content-length")
	old := version != nil && version[1] == "0"
	if !m.hook && (version == nil || folded || coded || measured) {
		return message{last: true, unknown: true}
	}

	ignored := coded && old && !seesHead // so does net/http
	m.body, m.rest = body, nil
	switch {
	case !codingsOK || !lengthsOK,
		seesHead && (folded || coded && (old || measured)):
		m.last = true
	case coded && !ignored:
		if len(codings) != 1 || !strings.EqualFold(codings[0], "chunked") {
			m.last = true
			return m
		}
		m.body, m.rest, m.cut, ok = readChunks(body)
		m.last = !ok
	case measured:
		n, ok := oneLength(lengths)
		if !ok || n > len(body) {
			m.last = true
			return m
		}
		m.body, m.rest = body[:n], body[n:]
	default:
		m.body, m.rest = nil, body
	}
	return m
}

// readLines reads up to an empty line. A line that begins with white space belongs to the
// one before; behind the first line it is ignored.
func readLines(raw []byte) (lines []string, folded bool, rest []byte, ok bool) {
	for {
		line, after, found := bytes.Cut(raw, []byte("\n"))
		if !found {
			return nil, false, nil, false
		}
		raw = after
		line = bytes.TrimSuffix(line, []byte("\r"))
		switch {
		case len(line) == 0:
			return lines, folded, raw, true
		case len(lines) == 0 || (line[0] != ' ' && line[0] != '\t'):
			lines = append(lines, string(line))
		default:
			folded = true
			if last := len(lines) - 1; last > 0 {
				lines[last] += " " + string(line)
			}
		}
	}
}

var token = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

// fields returns the values of the lines with the name, in lower case. ok is false if a
// lax parser could take another line for one of them, as with white space before the colon.
func fields(lines []string, name string) (values []string, found, ok bool) {
	ok = true
	for _, line := range lines {
		key, value, _ := strings.Cut(line, ":")
		switch {
		case strings.EqualFold(key, name):
			values = append(values, strings.Trim(value, " \t"))
		case !token.MatchString(key) && letters(key) == letters(name):
			ok = false
		}
	}
	return values, len(values) > 0 || !ok, ok
}

// letters leaves out everything else, and the case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// oneLength returns the length that all the values agree on.
func oneLength(values []string) (length int, ok bool) {
	for i, value := range strings.Split(strings.Join(values, ","), ",") {
		n, err := strconv.ParseUint(strings.Trim(value, " \t"), 10, 62)
		if err != nil || (i > 0 && int(n) != length) {
			return 0, false
		}
		length = int(n)
	}
	return length, true
}

var chunkSize = regexp.MustCompile(`^([0-9A-Fa-f]+)[ \t]*(;[^\r\n]*)?\r$`)

func readChunks(raw []byte) (body, rest []byte, cut, ok bool) {
	for {
		line, after, found := bytes.Cut(raw, []byte("\n"))
		size := chunkSize.FindSubmatch(line)
		if !found || size == nil {
			return body, nil, false, false
		}
		n, err := strconv.ParseUint(string(size[1]), 16, 62)
		if err != nil {
			return body, nil, false, false
		}
		if n == 0 {
			_, _, rest, ok = readLines(after) // the trailers
			cut = !bytes.HasPrefix(after, []byte("\r\n")) && !bytes.Contains(after, []byte("\r\n\r\n"))
			return body, rest, cut, ok
		}
		if n > uint64(len(after)) || !bytes.HasPrefix(after[n:], []byte("\r\n")) {
			return body, nil, false, false
		}
		body, raw = append(body, after[:n]...), after[n+2:]
	}
}

func TestReader(t *testing.T) {
	t.Parallel()
	const (
		post  = "POST /hook HTTP/1.1\r\nHost: x\r\n"
		coded = post + "Transfer-Encoding: chunked\r\n\r\n"
		other = "GET /other HTTP/1.1\r\nHost: x\r\n\r\n"
	)
	for _, test := range []struct {
		name   string
		raw    string
		head   int // messages for a server whose adapter sees the head
		plain  int // messages for net/http
		others int // the same for both
		body   string
	}{
		{"no body", post + "\r\n" + other, 2, 2, 1, ""},
		{"a length", post + "Content-Length: 3\r\n\r\nabc" + other, 2, 2, 1, "abc"},
		{"a length that covers a message", post + "content-length: 35\r\n\r\n" + other, 1, 1, 0, other},
		{"a length beyond the end", post + "Content-Length: 99\r\n\r\nabc", 1, 1, 0, "abc"},
		{"the same length twice", post + "Content-Length: 3, 3\r\nContent-Length: 3\r\n\r\nabc" + other, 2, 2, 1, "abc"},
		{"two lengths", post + "Content-Length: 3\r\nContent-Length: 0\r\n\r\nabc" + other, 1, 1, 0, "abc" + other},
		{"a length with a sign", post + "Content-Length: +3\r\n\r\nabc" + other, 1, 1, 0, "abc" + other},
		{"an empty length", post + "Content-Length:\r\n\r\n" + other, 1, 1, 0, other},
		{"a huge length", post + "Content-Length: 99999999999999999999\r\n\r\n" + other, 1, 1, 0, other},
		{"white space before the colon", post + "Content-Length : 3\r\n\r\nabc" + other, 1, 1, 0, "abc" + other},
		{"another name", post + "Transfer-Encoding+: chunked\r\n\r\n" + other, 2, 2, 1, ""},
		{"a NUL in a name", post + "Transfer-\x00Encoding: chunked\r\n\r\n" + other, 1, 1, 0, other},
		{"chunks", coded + "2;a=b\r\nab\r\n1 \r\nc\r\n0\r\nX-T: 1\r\n\r\n" + other, 2, 2, 1, "abc"},
		{"a folded trailer", coded + "0\r\nX-T: 1\r\n b\r\n\t\r\n\r\n", 1, 1, 0, ""},
		{"a carriage return within a trailer", coded + "0\r\nX-T: 1\r\r\n" + other, 1, 1, 0, ""},
		{"lines that end with LF", "POST /hook HTTP/1.1\nHost: x\n\n" + other, 2, 2, 1, ""},
		{"a chunk size that ends with LF", coded + "0\n\r\n" + other, 1, 1, 0, ""},
		{"a chunk extension with LF", coded + "2;\nxx\r\n0\r\n\r\n" + other, 1, 1, 0, ""},
		{"a chunk size with 0x", coded + "0x0\r\n\r\n" + other, 1, 1, 0, ""},
		{"a chunk size beyond the end", coded + "ff\r\nabc", 1, 1, 0, ""},
		{"a huge chunk size", coded + "f0000000000000003\r\nabc\r\n0\r\n\r\n", 1, 1, 0, ""},
		{"a chunk that is too short", coded + "2\r\nabc\r\n0\r\n\r\n" + other, 1, 1, 0, ""},
		{"trailers without an end", coded + "0\r\nX-T: 1\r\n", 2, 2, 0, ""},
		{"trailers that end with LF", coded + "0\r\nX-T: 1\n\r\n", 2, 2, 0, ""},
		{"trailers that end with LF before a message", coded + "0\r\nX-T: 1\n\n" + other, 2, 2, 1, ""},
		{"an unknown coding", post + "Transfer-Encoding: x\r\n\r\n" + other, 1, 1, 0, other},
		{"an empty coding", post + "Transfer-Encoding:\r\n\r\n" + other, 1, 1, 0, other},
		{"two codings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + other, 1, 1, 0, "0\r\n\r\n" + other},
		{"a length and a coding", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + other, 1, 2, -1, ""},
		{"an old version with a coding", "POST /hook HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + other, 1, 2, -1, ""},
		{"a folded header", post + "X-A: 1\r\n b\r\n\r\n" + other, 1, 2, -1, ""},
		{"a folded length", post + "Content-Length:\r\n 3\r\n\r\nabc" + other, 1, 2, -1, "abc"},
		{"a head without an end", post, 1, 1, 1, ""},
		{"another route", other + other, 2, 2, 2, ""},
		{"another route with a length", "GET /other HTTP/1.1\r\nContent-Length: 0\r\n\r\n", math.MaxInt, math.MaxInt, math.MaxInt, ""},
		{"no version", "POST /hook\r\n\r\n", math.MaxInt, math.MaxInt, math.MaxInt, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			head, plain := readAll([]byte(test.raw), true), readAll([]byte(test.raw), false)
			assert.Equal(t, test.head, head.messages, "where the head is seen")
			assert.Equal(t, test.plain, plain.messages, "in net/http")
			if test.others >= 0 {
				assert.Equal(t, test.others, head.others)
				assert.Equal(t, test.others, plain.others)
			}
			assert.Equal(t, test.body, string(plain.body))
		})
	}
}
