package diagnose

import (
	"bytes"
	"encoding/json"
	"regexp"
)

const (
	maxEmbedded      = 48
	maxEmbeddedDepth = 12
)

// fromEnvelope returns the strings, objects and arrays inside a JSON document.
func fromEnvelope(b []byte) []change {
	trimmed := bytes.TrimSpace(b)
	if len(trimmed) < 2 || trimmed[0] != '{' && trimmed[0] != '[' || !json.Valid(trimmed) {
		return nil
	}
	m := envelope(trimmed)
	var all []change
	depth := 0
	for i := 0; i < len(trimmed) && len(all) < maxEmbedded; {
		switch c := trimmed[i]; c {
		case '"':
			end := i + stringEnd(trimmed[i:])
			literal := trimmed[i:end]
			if !isKey(trimmed[end:]) && (len(literal) >= 20 || bytes.IndexAny(literal[1:2], "{[") == 0) {
				all = append(all, change{unescape(literal[1 : len(literal)-1]), m})
			}
			i = end
		case '{', '[':
			depth++
			if i > 0 && depth <= maxEmbeddedDepth {
				if end := valueEnd(trimmed[i:]); end > 2 {
					all = append(all, change{trimmed[i : i+end], m})
				}
			}
			i++
		case '}', ']':
			depth--
			i++
		default:
			i++
		}
	}
	return all
}

func isKey(rest []byte) bool {
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}

// valueEnd returns the length of the object or array that valid JSON starts with.
func valueEnd(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i += stringEnd(b[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// known lists envelopes by the top-level fields that they always have.
var known = []struct {
	name, field string
	fields      []string
}{
	{"an AWS API Gateway or Lambda Function URL event", "body", []string{"requestContext", "body"}},
	{"an AWS API Gateway or Lambda Function URL event", "body", []string{"isBase64Encoded", "body"}},
	{"an Amazon SQS, SNS or Kinesis event", "Records[0]", []string{"Records"}},
	{"an Amazon SNS notification", "Message", []string{"Type", "TopicArn"}},
	{"an Amazon SNS notification", "Message", []string{"Type", "MessageId", "Message"}},
	{"an Amazon SQS message", "Body", []string{"MessageId", "Body"}},
	{"an Amazon SQS message", "body", []string{"messageId", "body"}},
	{"an Amazon SQS message", "Body", []string{"Messages"}},
	{"an Amazon EventBridge event", "detail", []string{"detail-type", "detail"}},
	{"a CloudEvent", "data", []string{"specversion", "type"}},
	{"a Google Pub/Sub push message", "message.data (base64)", []string{"message", "subscription"}},
	{"an Azure Functions request", "rawBody", []string{"rawBody"}},
	{"an Azure Functions request", "Data.req.Body", []string{"Data", "Metadata"}},
	{"a Node.js Buffer as JSON", "data", []string{"type", "data"}},
	{"a log record", "body", []string{"level", "msg"}},
	{"a log record", "body", []string{"level", "message"}},
	{"a saved request with its headers", "body", []string{"headers", "body"}},
}

// envelope returns the mistake for JSON around the body, and names the envelope if it is known.
func envelope(b []byte) Mistake {
	m := bodyInJSON
	if name, field := knownEnvelope(b); name != "" {
		m.Text = "the body at hand is " + name + ", and what was signed is inside it"
		m.Fix = "verify what its field " + field + " has (decoded, if it is base64), not the JSON around it"
	}
	return m
}

func knownEnvelope(b []byte) (name, field string) {
	names := topLevel(b)
	if names["event"] {
		return "", "" // a delivery has this field, and no envelope does
	}
	for _, k := range known {
		all := true
		for _, f := range k.fields {
			all = all && names[f]
		}
		if all {
			return k.name, k.field
		}
	}
	return "", ""
}

// topLevel returns the names of the top-level fields of valid JSON.
func topLevel(b []byte) map[string]bool {
	names := map[string]bool{}
	depth := 0
	for i := 0; i < len(b) && len(names) < 256; i++ {
		switch b[i] {
		case '"':
			end := i + stringEnd(b[i:])
			if depth == 1 && isKey(b[end:]) && b[0] == '{' {
				names[string(b[i+1:end-1])] = true
			}
			i = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
	}
	return names
}

// fromText returns the parts of b that may be the body between other text: from a bracket to
// the last one, to its own closing one or to the end, and runs of base64 or hex.
func fromText(b []byte) []change {
	var all []change
	add := func(from, to int) {
		// Other steps remove invisible characters around the body.
		if from >= 0 && to > from && len(all) < maxEmbedded && (isVisible(b[:from]) || isVisible(b[to:])) {
			all = append(all, change{b[from:to], bodyInText})
		}
	}
	object := bytes.IndexByte(b, '{')
	add(object, bytes.LastIndexByte(b, '}')+1)
	if array := bytes.IndexByte(b, '['); array >= 0 && (object < 0 || array < object) {
		add(array, bytes.LastIndexByte(b, ']')+1)
	}
	if object >= 0 {
		add(object, len(b))
		if end := balancedEnd(b[object:]); end > 0 {
			add(object, object+end)
		}
		// A date or a level may be in braces or brackets before it.
		rest := object + 1
		for range 4 {
			next := bytes.IndexByte(b[rest:], '{')
			if next < 0 {
				break
			}
			rest += next + 1
			if before := b[max(rest-4, 0) : rest-1]; bytes.ContainsAny(before, " \t\n=:'\"`|{[") && !bytes.HasSuffix(bytes.TrimRight(before, " "), []byte(`":`)) {
				add(rest-1, bytes.LastIndexByte(b, '}')+1)
			}
		}
	}
	for _, m := range quotedBase64.FindAllSubmatchIndex(b[:min(len(b), 256<<10)], 8) {
		add(m[2], m[3])
	}
	return all
}

// isVisible reports whether b is more than white space, NULs and a byte order mark.
func isVisible(b []byte) bool {
	return len(bytes.Trim(bytes.TrimPrefix(b, []byte(bom)), " \t\r\n\x00")) > 0
}

var quotedBase64 = regexp.MustCompile(`(?:^|[=: \t"'` + "`" + `])((?:eyJ|H4sI|ewo|W3s|WyJ|IHs|7b22|7B22|\\x7b)[A-Za-z0-9+/_=-]{8,})`)

// balancedEnd returns the length of the object that b starts with, or 0 if it has no end.
// Other text may follow the object.
func balancedEnd(b []byte) int {
	_, _, end := brackets(b, true)
	return end
}

// fromLines returns single lines of b, b without the prefix that all its lines have, and b
// without its first or last line.
func fromLines(b []byte) []change {
	lines := bytes.Split(bytes.TrimRight(b, "\r\n"), []byte("\n"))
	var all []change
	for _, prefix := range []string{"> ", "< ", "* ", "| ", "+ ", "+", "- ", "# ", "// ", "$ ", "\t", "    ", "  ", " ", ">", "<", "}"} {
		matched := len(b) > len(prefix)
		for _, line := range lines {
			matched = matched && (bytes.HasPrefix(line, []byte(prefix)) || len(bytes.TrimSpace(line)) == 0)
			if !matched {
				break
			}
		}
		if matched {
			out := make([]byte, 0, len(b))
			for i, line := range lines {
				if i > 0 {
					out = append(out, '\n')
				}
				out = append(out, bytes.TrimPrefix(line, []byte(prefix))...)
			}
			all = append(all, change{out, bodyPrefixed})
		}
	}
	if len(lines) < 2 {
		return all
	}
	parts := 0
	for _, line := range lines {
		line = bytes.TrimRight(line, "\r")
		if parts < 16 && len(line) >= 2 && bytes.ContainsAny(line, "{[") && bytes.ContainsAny(line, "}]") {
			parts++
			all = append(all, change{line, bodyInText})
		}
	}
	// The payload lines of curl --trace or of a pager, joined.
	var marked []byte
	for _, line := range lines {
		if rest, found := bytes.CutPrefix(line, []byte("> ")); found {
			marked = append(append(marked, rest...), '\n')
		}
	}
	if len(marked) > 0 {
		all = append(all, change{marked, bodyPrefixed})
	}
	// All but a first or last line: a prompt, a status, a fence.
	_, behind, _ := bytes.Cut(b, []byte("\n"))
	all = append(all, change{behind, bodyInText})
	trimmed := bytes.TrimRight(b, "\r\n")
	if i := bytes.LastIndexByte(trimmed, '\n'); i > 0 {
		all = append(all, change{trimmed[:i], bodyInText})
	}
	return all
}
