package diagnose

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strconv"
)

// fromBOM removes a byte order mark.
func fromBOM(b []byte) []change {
	if rest, found := bytes.CutPrefix(b, []byte(bom)); found {
		return []change{{rest, bomAdded}}
	}
	return nil
}

// withoutPadding removes NULs and white space from the ends.
func withoutPadding(b []byte) []change {
	var all []change
	if rest := bytes.TrimRight(b, "\x00"); len(rest) != len(b) {
		all = append(all, change{rest, nulsBehind})
	}
	if rest := bytes.TrimLeft(b, "\x00"); len(rest) != len(b) {
		all = append(all, change{rest, nulsInside})
	}
	ended := b
	for _, end := range []string{"\r\n", "\n"} {
		if rest, found := bytes.CutSuffix(b, []byte(end)); found {
			all = append(all, change{rest, newlineAdded})
			ended = rest
			break
		}
	}
	if rest := bytes.TrimSpace(b); len(rest) != len(b) && len(rest) != len(ended) {
		all = append(all, change{rest, spaceAround})
		if rest := bytes.TrimRight(b, " \t\r\n"); len(rest) != len(b) {
			all = append(all, change{rest, spaceAround})
		}
	}
	return all
}

func fromUnicodeForms(b []byte) []change {
	if text, ok := fromUTF32(b); ok {
		return []change{{text, utf16Made}}
	}
	if text, ok := fromUTF16(b); ok {
		return []change{{text, utf16Made}}
	}
	return nil
}

const minEncoded = 4

// fromBase64 decodes base64 in both alphabets, with or without padding, line ends, quotes
// or a data URL's head, and base32.
func fromBase64(b []byte) []change {
	b = bytes.Trim(b, " \t\r\n\x00\"'`,;")
	if i := bytes.Index(b[:min(len(b), 80)], []byte(";base64,")); i > 0 {
		b = b[i+len(";base64,"):]
	}
	if len(b) < minEncoded || bytes.IndexAny(b[:1], "{[<") == 0 {
		return nil
	}
	packed := make([]byte, 0, len(b))
	url, upper := false, true
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '\n', c == '\r', c == ' ', c == '\t':
		case c == '\\' && i+1 < len(b) && (b[i+1] == 'n' || b[i+1] == 'r'):
			i++
		case c == '\\' && i+1 < len(b) && b[i+1] == '/':
		case c == '-', c == '_':
			url = true
			packed = append(packed, c)
		case c >= 'a' && c <= 'z':
			upper = false
			packed = append(packed, c)
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '+', c == '/', c == '=':
			packed = append(packed, c)
		default:
			return nil
		}
	}
	var all []change
	padded := len(packed)
	packed = bytes.TrimRight(packed, "=")
	encoding := base64.RawStdEncoding
	if url {
		encoding = base64.RawURLEncoding
	}
	if out, err := decodeParts(encoding, packed); err == nil {
		all = append(all, change{out, bodyBase64})
	}
	if upper && padded%8 == 0 {
		if out, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(string(packed)); err == nil {
			all = append(all, change{out, bodyBase64})
		}
	}
	return all
}

// decodeParts decodes base64 that may consist of several padded parts.
func decodeParts(encoding *base64.Encoding, packed []byte) ([]byte, error) {
	var out []byte
	for _, part := range bytes.FieldsFunc(packed, func(r rune) bool { return r == '=' }) {
		decoded, err := encoding.AppendDecode(out, part)
		if err != nil {
			return nil, err
		}
		out = decoded
	}
	return out, nil
}

// fromHex decodes hex digits, with a prefix, separators or line ends.
func fromHex(b []byte) []change {
	b = bytes.Trim(b, " \t\r\n\x00\"'`,;[]<>")
	for _, prefix := range []string{`\x`, "0x", "x'", "X'", "Buffer "} {
		b = bytes.TrimPrefix(b, []byte(prefix))
	}
	packed := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
			if c == '0' && i+1 < len(b) && (b[i+1] == 'x' || b[i+1] == 'X') {
				i++
				continue
			}
			packed = append(packed, c)
		case bytes.IndexByte([]byte(" \t\r\n:,-%\\xX"), c) >= 0:
		default:
			return nil
		}
	}
	if len(packed) < minEncoded || len(packed)%2 != 0 {
		return nil
	}
	out := make([]byte, len(packed)/2)
	if _, err := hex.Decode(out, packed); err != nil {
		return nil
	}
	return []change{{out, bodyHex}}
}

var (
	bufferHead = regexp.MustCompile(`^\s*(?:(?:new )?(?:\[\]byte|\[\]uint8|byte\[\d*\])\s*\{|(?:static )?(?:const )?(?:unsigned )?(?:char|uint8_t|byte) \w+\[\w*\]\s*=\s*\{|\{\s*"type"\s*:\s*"Buffer"\s*,\s*"data"\s*:\s*\[|(?:bytearray|bytes|Uint8Array|Buffer|array|\[\]byte|\[\]uint8)?\s*(?:\(\d+\))?\s*[({]?\s*\[)\s*`)
	indexed    = regexp.MustCompile(`^\s*\{\s*"0"\s*:`)
)

// fromByteList reads the numbers of bytes, as Node, Go, Python or Java print them.
func fromByteList(b []byte) []change {
	rest := b
	keyed := indexed.Match(b[:min(len(b), 200)])
	if !keyed {
		head := bufferHead.Find(b[:min(len(b), 200)])
		if head != nil {
			rest = b[len(head):]
		} else if c := bytes.TrimLeft(b, " \t\r\n"); len(c) == 0 || c[0] != '-' && (c[0] < '0' || c[0] > '9') {
			return nil
		}
	}
	var out []byte
	for i := 0; i < len(rest); {
		c := rest[i]
		switch {
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(rest) && (isHexBytes(rest[end:end+1]) || rest[end] == 'x') {
				end++
			}
			n, err := strconv.ParseInt(string(rest[i:end]), base(rest[i:end]), 16)
			if err != nil || n < -128 || n > 255 {
				return nil
			}
			out = append(out, byte(n))
			i = end
		case keyed && c == '"':
			end := bytes.IndexByte(rest[i+1:], ':')
			if end < 0 || end > 12 {
				return nil
			}
			i += end + 2
		case bytes.IndexByte([]byte(" \t\r\n,;{"), c) >= 0:
			i++
		case c == ']' || c == '}' || c == ')':
			i = len(rest)
		default:
			return nil
		}
	}
	if len(out) < 2 {
		return nil
	}
	return []change{{out, bodyByteList}}
}

// base returns the base with which to parse a number in a program's list. 0 accepts 0x. A
// leading zero alone means nothing.
func base(number []byte) int {
	if bytes.HasPrefix(number, []byte("0x")) {
		return 0
	}
	return 10
}

var dumpLine = regexp.MustCompile(`^(?:0x)?[0-9a-fA-F]{4,16}(?::|\s)\s*((?:[0-9a-fA-F]{2,4}[ -]{1,2})*[0-9a-fA-F]{2,4})?(?:\s{2,}.*|\s*\|.*|\s*)$`)

// fromDump reads a hex dump: lines of an offset, bytes in hex, and perhaps the text.
func fromDump(b []byte) []change {
	if len(b) < 12 || !dumpLine.Match(bytes.TrimRight(firstLine(b), "\r")) {
		return nil
	}
	var out, before []byte
	repeated := false
	for _, line := range bytes.Split(bytes.TrimRight(b, "\r\n"), []byte("\n")) {
		line = bytes.TrimRight(line, "\r")
		if string(line) == "*" {
			repeated = true
			continue
		}
		m := dumpLine.FindSubmatch(line)
		if m == nil {
			return nil
		}
		if len(m[1]) == 0 {
			continue
		}
		decoded, err := hex.DecodeString(string(bytes.Map(func(r rune) rune {
			if r == ' ' || r == '-' {
				return -1
			}
			return r
		}, m[1])))
		if err != nil {
			return nil
		}
		if offset, err := strconv.ParseInt(string(bytes.TrimPrefix(bytes.FieldsFunc(line, func(r rune) bool { return r == ':' || r == ' ' })[0], []byte("0x"))), 16, 32); err == nil && repeated {
			for len(before) > 0 && len(out) < int(offset) && len(out) < maxOpenedBytes {
				out = append(out, before...)
			}
		}
		repeated = false
		out, before = append(out, decoded...), decoded
	}
	return []change{{out, bodyDump}}
}

func firstLine(b []byte) []byte {
	line, _, _ := bytes.Cut(b[:min(len(b), 4096)], []byte("\n"))
	return line
}
