package frameworks_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

const (
	hidden        = "GET /other HTTP/1.1\r\nHost: xx\r\n\r\n"
	hiddenTrailer = "GET /other HTTP/1.1\r\nX-Yy: xx\r\n\r\n" // Host may not be a trailer

	dummy     = "GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG" // as long as a signature
	dummyRest = "RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR"
)

var placeholders = strings.NewReplacer(
	"{HIDDEN}", hidden,
	"{HIDDEN-T}", hiddenTrailer,
	"{FOLDS}", "a"+strings.Repeat("\r\n b", len(hidden)/2), // unfolding shifts it by len(hidden)
	"{PAD}", strings.Repeat("p", len(hidden)+30),
	"{FORGED}", signatureOf("another secret", []byte("abc")),
	"{GENUINE}", dummy,
	"{GENUINE-REST}", dummyRest,
)

// render makes a message of a template, so that a mutated message still has lengths and
// signatures that are right.
//
//	{LEN}                        the number of bytes behind the head
//	{HEX}                        the number, in hexadecimal, of the bytes from the next line to {/}
//	{GENUINE}, {GENUINE-REST}    the signature of the body, of all bytes behind the head
//	{FORGED}                     a signature by another secret
//	{HIDDEN}, {HIDDEN-T}         a request for GET /other
//	{FOLDS}, {PAD}               a value with many folds, a long value
func render(template string) []byte {
	s := placeholders.Replace(template)
	for {
		at := strings.LastIndex(s, "{HEX}")
		if at < 0 {
			break
		}
		before, after := s[:at], s[at+len("{HEX}"):]
		size, data, _ := strings.Cut(after, "\n")
		data, rest, _ := strings.Cut(data, "{/}")
		s = fmt.Sprintf("%s%x%s\n%s%s", before, len(data), size, data, rest)
	}
	raw := []byte(strings.ReplaceAll(s, "{/}", ""))

	_, _, rest, _ := readLines(raw)
	raw = bytes.ReplaceAll(raw, []byte("{LEN}"), fmt.Append(nil, len(rest)))
	_, _, rest, _ = readLines(raw)
	raw = bytes.ReplaceAll(raw, []byte(dummyRest), []byte(signatureOf(secret, rest)))
	return bytes.ReplaceAll(raw, []byte(dummy), []byte(signatureOf(secret, readAll(raw, false).body)))
}

// edit makes up to three changes to the lines of a template, and none without dice, which
// choose them. The fuzzer's own mutations know nothing of lines. The dice are hashed, so
// that each of its mutations throws them anew.
func edit(template string, dice []byte) string {
	random := rand.New(rand.NewChaCha8(sha256.Sum256(dice)))
	lines := strings.SplitAfter(template, "\n")
	for range min(len(dice), 1+random.IntN(3)) {
		if len(lines) == 0 {
			break
		}
		at := random.IntN(len(lines))
		line := lines[at]
		text := strings.TrimRight(line, "\r\n")
		end := line[len(text):]
		switch random.IntN(8) {
		case 0: // fold it, up to the number of times that shifts it by a whole hidden request
			lines[at] = text + strings.Repeat(oneOf(random, "\r\n b", "\r\n\t", "\n "), 1+random.IntN(24)) + end
		case 1: // fold it behind its name
			lines[at] = strings.Replace(line, ":", oneOf(random, ":\r\n ", ":\r\n\t", ":\n ", ":\r\n \r\n "), 1)
		case 2: // move it to the end, among the trailers
			lines = slices.Delete(lines, at, at+1)
			lines = slices.Insert(lines, max(0, len(lines)-1-random.IntN(3)), line)
		case 3: // repeat it somewhere
			lines = slices.Insert(lines, random.IntN(len(lines)+1), line)
		case 4:
			lines = slices.Delete(lines, at, at+1)
		case 5: // end it otherwise
			lines[at] = text + oneOf(random, "\n", "\r\n", "\r", "\r\r\n", "\n\r\n", "\r\n\r\n", "")
		case 6: // put something odd before it, behind it, before or behind its colon
			odd := oneOf(random, oddities...)
			lines[at] = oneOf(random, odd+line, text+odd+end,
				strings.Replace(line, ":", odd+":", 1), strings.Replace(line, ":", ":"+odd, 1))
		case 7: // put another line there
			lines = slices.Insert(lines, at, oneOf(random, otherLines...))
		}
	}
	return strings.Join(lines, "")
}

func oneOf(random *rand.Rand, values ...string) string { return values[random.IntN(len(values))] }

var oddities = []string{
	" ", "\t", "\v", "\x00", "\r", "\n", "0x", "0X", "+", "-", "_", ",", ";", ";a=b", ";\n", ";\r", ";\"", ", 0", " 0",
	"0", "0000000000000000000", "ffffffffffffffff", "1", "chunked,", ", chunked", "identity", "\x80", "{HIDDEN}", "{HEX}", "{LEN}", "{/}",
}

var otherLines = []string{
	"\r\n", "\n", "0\r\n", "{HEX}\r\n", "{HIDDEN}{/}\r\n", "{HIDDEN-T}", "abc\r\n", "X-T: a\r\n",
	"Content-Length: {LEN}\r\n", "Content-Length: 0\r\n", "Content-Length: 0, {LEN}\r\n", "Content-Length: 3\r\n",
	"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: x\r\n", "Transfer-Encoding: identity\r\n", "Transfer-Encoding:\r\n",
	"Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding: CHUNKED\r\n",
	"Connection: close\r\n", "Connection: keep-alive\r\n", "Connection: Transfer-Encoding\r\n", "Expect: 100-continue\r\n", "Upgrade: h2c\r\n",
	"Trailer: X-Webhook-Signature\r\n", "X-Webhook-Signature: {FORGED}\r\n", "X-Webhook-Signature: {GENUINE}\r\n", "X-Webhook-Signature: {GENUINE-REST}\r\n",
	"POST /hook HTTP/1.1\r\n", "POST /hook HTTP/1.0\r\n", "GET /other HTTP/1.1\r\n", "Content-Type: multipart/form-data; boundary=b\r\n",
}
