package diagnose

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

const notEnough = ", but with that undone the signature is still not right: something else is wrong too, or it belongs to another body or secret"

// visibleInBody returns what is plainly wrong with a body that no undoing made right. It
// is silent about everything that could be a delivery: JSON in any form.
func visibleInBody(b []byte) []Mistake {
	m := plainFault(b)
	if m.ID == "" {
		return nil
	}
	return []Mistake{m}
}

func plainFault(b []byte) Mistake {
	trimmed := bytes.TrimSpace(b)
	seen := func(m Mistake, text string) Mistake {
		m.Text = "the body at hand " + text + notEnough
		return m
	}
	switch {
	case len(trimmed) < 2:
		return Mistake{}
	case string(trimmed) == "[object Object]", string(trimmed) == "undefined", string(trimmed) == "[object Promise]", string(trimmed) == "[object ReadableStream]":
		return Mistake{
			"body_placeholder", "a word in place of the body",
			"the body at hand is not JSON but the word that JavaScript has in place of an object or of no value",
			"use the raw bytes of the request, not the parsed object turned into a string",
		}
	case json.Valid(trimmed):
		return validFault(trimmed, seen)
	case bytes.HasPrefix(b, []byte(bom)) && json.Valid(bytes.TrimPrefix(b, []byte(bom))):
		return seen(bomAdded, "starts with a byte order mark")
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}), bytes.HasPrefix(b, []byte("BZh")), bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return seen(bodyCompressed, "is compressed")
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}), utf16JSON(b):
		return seen(utf16Made, "is UTF-16 or UTF-32, where Sendsar sends UTF-8")
	case bytes.HasSuffix(b, []byte{0}) && json.Valid(bytes.TrimSpace(bytes.TrimRight(b, "\x00"))):
		return seen(nulsBehind, "has NULs at its end")
	case startLine.Match(bytes.TrimRight(firstLine(b), "\r")):
		return seen(bodyHTTP, "is a whole HTTP message with its head")
	case isJSON(fromChunks(b)):
		return seen(bodyChunked, "has chunk framing in it")
	case isJSON(fromBase64(b)):
		return seen(bodyBase64, "is base64")
	case isJSON(fromHex(b)):
		return seen(bodyHex, "is written in hex digits")
	case isJSON(fromDump(b)):
		return seen(bodyDump, "is a hex dump")
	case isJSON(fromByteList(b)):
		return seen(bodyByteList, "is a list of numbers")
	case isJSON(fromForm(b)):
		return seen(bodyForm, "is a form")
	case isJSON(fromMultipart(b)):
		return seen(bodyMultipart, "is a multipart message")
	case isJSON(fromPercent(b)):
		return seen(bodyPercent, "is percent-encoded")
	case isJSON(fromEntities(b)) && bytes.Contains(b, []byte("&quot;")):
		return seen(bodyEntities, "is escaped for HTML")
	case isJSON(fromStringLiteral(b)):
		return seen(bodyString, "is a string literal in quotes")
	case isJSON(fromEscapes(b)):
		return seen(bodyEscaped, "has its quotes escaped with backslashes")
	case isJSON(fromLiteral(b)):
		return seen(bodyLiteral, "is not JSON but what a program prints for the parsed value")
	case isJSON(withoutBreaks(b)):
		return seen(bodyBroken, "has line ends inside its strings, where JSON can have none")
	}
	if open, inString, ok := unfinished(b); ok && len(trimmed) >= 8 && (len(open) > 0 || inString) {
		if inString {
			return bodyCut(len(b), "inside a string")
		}
		return bodyCut(len(b), "before its last bracket")
	}
	if !utf8.Valid(b) && isJSON(fromCharset(b)) && trimmed[0] == '{' {
		return seen(otherCharset, "is not UTF-8")
	}
	if utf8.Valid(b) && isJSON(fromText(b)) {
		return seen(bodyInText, "has other text before or behind its JSON")
	}
	return Mistake{}
}

// validFault returns what shows that JSON is not a delivery but something around one.
func validFault(trimmed []byte, seen func(Mistake, string) Mistake) Mistake {
	if trimmed[0] == '"' && isJSON(fromStringLiteral(trimmed)) {
		return seen(bodyString, "is a string literal in quotes, and its content is a JSON object")
	}
	if trimmed[0] == '"' && isJSON(fromBase64(trimmed)) {
		return seen(bodyBase64, "is base64 in quotes")
	}
	if trimmed[0] == '[' && isJSON(fromByteList(trimmed)) {
		return seen(bodyByteList, "is a list of numbers")
	}
	if trimmed[0] == '{' {
		if name, _ := knownEnvelope(trimmed); name != "" {
			return seen(envelope(trimmed), "is "+name)
		}
	}
	return Mistake{}
}

func utf16JSON(b []byte) bool {
	text, ok := fromUTF16(b)
	return ok && json.Valid(bytes.TrimSpace(text))
}

// isJSON reports whether one of the bodies is a JSON object.
func isJSON(changes []change) bool {
	for _, c := range changes {
		text := bytes.TrimSpace(c.bytes)
		if len(text) >= 2 && text[0] == '{' && json.Valid(text) {
			return true
		}
	}
	return false
}
