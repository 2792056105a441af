package diagnose

import (
	"bytes"
	"encoding/json"
	"regexp"
	"unicode/utf8"
)

const notEnough = ", but with that undone the signature is still not right: something else is wrong too, or it belongs to another body or secret"

// visibleInBody returns what is plainly wrong with a body if the search found no match. It
// returns nothing for a body that could be a delivery: JSON in any form.
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
	case len(trimmed) == 0:
		return Mistake{}
	case bodyWord.Match(trimmed):
		return Mistake{
			"body_placeholder", "a word in place of the body",
			"the body at hand is not JSON but what a program writes in place of an object, a buffer or no value",
			"use the raw bytes of the request, not the parsed object or a buffer turned into a string",
		}
	case bodyName.Match(trimmed):
		return Mistake{
			"body_name", "a variable or a file's name in place of the body",
			"the body at hand is not JSON but the name of a variable, a template or a file, which nothing replaced by its content",
			"give the content (in a shell: double quotes around $BODY, --data-binary @body.json with curl, < body.json)",
		}
	case json.Valid(trimmed):
		return validFault(trimmed, seen)
	case bytes.HasPrefix(b, []byte(bom)) && json.Valid(bytes.TrimPrefix(b, []byte(bom))):
		return seen(bomAdded, "starts with a byte order mark")
	case bytes.HasPrefix(b, []byte("\x1f\ufffd\x08")), bytes.HasPrefix(b, []byte("\x1f?\x08")):
		return Mistake{
			"body_compressed_text", "a compressed body turned into text",
			"the body at hand was compressed and then turned into text, which destroys it: its bytes that are no UTF-8 were replaced",
			"read and save it as bytes (Node: a Buffer, not a string; Python: content, not text), and inflate it before it is verified",
		}
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}), bytes.HasPrefix(b, []byte("BZh")), bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return seen(bodyCompressed, "is compressed")
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}), utf16JSON(b):
		return seen(utf16Made, "is UTF-16 or UTF-32, where Sendsar sends UTF-8")
	case bytes.HasSuffix(b, []byte{0}) && json.Valid(bytes.TrimSpace(bytes.TrimRight(b, "\x00"))):
		return seen(nulsBehind, "has NULs at its end")
	case startLine.Match(bytes.TrimRight(firstLine(b), "\r")):
		return seen(bodyHTTP, "is a whole HTTP message with its head")
	case holdsJSON(fromChunks(b)):
		return seen(bodyChunked, "has chunk framing in it")
	case holdsJSON(fromBase64(b)):
		return seen(bodyBase64, "is base64")
	case holdsJSON(fromHex(b)):
		return seen(bodyHex, "is written in hex digits")
	case holdsJSON(fromDump(b)):
		return seen(bodyDump, "is a hex dump")
	case holdsJSON(fromByteList(b)):
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
	case isJSON(fromLiteral(b)) && likeLiteral.Match(trimmed):
		return seen(bodyLiteral, "is not JSON but another notation of the parsed value, such as a Python dict, a Ruby hash or a JavaScript object")
	case printed.Match(trimmed):
		m := bodyLiteral
		m.Text = "the body at hand is not JSON but a map or an array as a program prints it (Java, Go, PHP and others), from which the signed bytes cannot be made again"
		return m
	case page.Match(trimmed):
		return bodyPage
	case isJSON(withoutBreaks(b)):
		return seen(bodyBroken, "has line ends inside its strings, where JSON can have none")
	}
	if open, inString, ok := unfinished(b); ok && (len(open) > 0 || inString) {
		if inString {
			return bodyCut(len(b), "inside a string")
		}
		return bodyCut(len(b), "before its last bracket")
	}
	if bytes.HasPrefix(trimmed, []byte("{")) && !utf8.Valid(b) && isJSON(fromCharset(b)) {
		return seen(otherCharset, "is not UTF-8")
	}
	if headless(b) {
		m := bodyBeginningLost
		m.Text += notEnough
		return m
	}
	if utf8.Valid(b) && isJSON(fromText(b)) {
		return seen(bodyInText, "has other text before or behind its JSON")
	}
	return Mistake{}
}

// validFault returns the mistake of JSON that is not a delivery but something around one.
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

// What programs write in place of a body.
var (
	bodyWord    = regexp.MustCompile(`^(?:\[object \w+\]|undefined|None|nil|<nil>|NaN|Array|\(null\)|System\.Byte\[\]|\[[BCIL][\w.;]*@[0-9a-f]+|[\w.$]+@[0-9a-f]{5,8}|<[\w. ]+ at 0x[0-9a-fA-F]+>|&?\{0x[0-9a-f]+[^"]*\}|0x[0-9a-f]{6,16}|<Buffer(?: [0-9a-f]{2})*(?: \.\.\. \d+ more bytes?)?>|b''|#<[\w:]+(?: .*)?>)$`)
	bodyName    = regexp.MustCompile(`^(?:@?[\w./\\~-]+\.(?:json|txt|bin|log)|@[\w./~-]+|\$\{?\w+\}?|\$env:\w+|\$\(.*\)|%\w+%|\{\{.*\}\}|<%.*%>|\$\{\{.*\}\})$`)
	printed     = regexp.MustCompile(`^(?:map\[[^\s\]]|\{\w+=[^=]|%\{|[Aa]rray\s*\(\s|array\(\d+\) \{|OrderedDict\(|stdClass |object\()`)
	likeLiteral = regexp.MustCompile(`^(?:\[\s*)*[{%]?\{?\s*(?:'|[A-Za-z_$][\w$]*\s*:|:\w+|"[^"]*"\s*=>|u'|b')`)
	page        = regexp.MustCompile(`^<[!?a-zA-Z][^>]*>`)
)

func utf16JSON(b []byte) bool {
	text, ok := fromUTF16(b)
	return ok && json.Valid(bytes.TrimSpace(text))
}

// holdsJSON reports whether one of the bodies is a JSON object, which may be cut off.
func holdsJSON(changes []change) bool {
	for _, c := range changes {
		text := bytes.TrimSpace(c.bytes)
		if _, _, ok := unfinished(text); ok && len(text) >= 8 && text[0] == '{' {
			return true
		}
	}
	return isJSON(changes)
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
