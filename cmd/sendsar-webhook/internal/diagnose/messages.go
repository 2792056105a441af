package diagnose

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

var (
	startLine  = regexp.MustCompile(`^(?:[><*+] ?)?(?:[A-Z]{3,10} \S+ HTTP/[0-9.]+|HTTP/[0-9.]+ \d{3}.*|[A-Z]{3,7} https?://\S+)\s*$`)
	headerName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*:\s?[^{\["]*`)
	fieldName  = regexp.MustCompile(`^[A-Za-z0-9_.%+\[\]-]{1,100}$`)
	chunkSize  = regexp.MustCompile(`^([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n`)
)

// fromHTTP returns what follows the head, or a part of the head, of an HTTP message.
func fromHTTP(b []byte) []change {
	line := bytes.TrimRight(firstLine(b), "\r")
	if !startLine.Match(line) && !headerName.Match(line) {
		return nil
	}
	var all []change
	for rest, n := b, 0; n < 4; n++ {
		at, width := headEnd(rest)
		if at < 0 {
			break
		}
		rest = rest[at+width:]
		all = append(all, change{rest, bodyHTTP})
		next := bytes.TrimRight(firstLine(rest), "\r")
		if !startLine.Match(next) && !headerName.Match(next) {
			break
		}
	}
	return all
}

// headEnd finds the first empty line.
func headEnd(b []byte) (at, width int) {
	lf := bytes.Index(b, []byte("\n\n"))
	crlf := bytes.Index(b, []byte("\r\n\r\n"))
	if crlf >= 0 && (lf < 0 || crlf < lf) {
		return crlf, 4
	}
	return lf, 2
}

// fromChunks removes the framing of chunked transfer encoding, even if a tool converted its
// line ends to LF.
func fromChunks(b []byte) []change {
	var out []byte
	rest := b
	for chunks := 0; ; chunks++ {
		m := chunkSize.FindSubmatch(rest[:min(len(rest), 512)])
		if m == nil {
			if chunks == 0 || len(bytes.TrimSpace(rest)) > 0 {
				return nil
			}
			break // the last chunk is missing
		}
		n, err := strconv.ParseUint(string(m[1]), 16, 32)
		rest = rest[len(m[0]):]
		if err != nil || n > uint64(len(rest)) && chunks == 0 && !bytes.HasPrefix(rest, []byte("{")) {
			return nil
		}
		n = min(n, uint64(len(rest))) // cut off
		if n == 0 {
			if len(out) == 0 {
				return nil
			}
			break
		}
		out, rest = append(out, rest[:n]...), rest[n:]
		rest = bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte("\r")), []byte("\n"))
	}
	return []change{{out, bodyChunked}}
}

const maxFields = 32

// fromForm returns the values of a form's fields, and the name of one without a value.
func fromForm(b []byte) []change {
	text := strings.TrimRight(string(b), "\r\n")
	if !strings.Contains(text, "=") || strings.ContainsAny(text[:1], "{[\"<") && !strings.HasSuffix(text, "=") {
		return nil
	}
	var all []change
	add := func(s string) {
		if s == "" || len(all) >= maxFields {
			return
		}
		if decoded, err := url.QueryUnescape(s); err == nil {
			all = append(all, change{[]byte(decoded), bodyForm})
		}
		all = append(all, change{[]byte(s), bodyForm})
	}
	for _, field := range strings.SplitN(text, "&", maxFields+1) {
		name, value, _ := strings.Cut(field, "=")
		switch {
		case value == "":
			add(name)
		case fieldName.MatchString(name):
			add(value)
		}
	}
	// A value that was not encoded may have & and = in it.
	if name, value, found := strings.Cut(text, "="); found && fieldName.MatchString(name) {
		add(value)
	}
	add(strings.TrimSuffix(text, "="))
	return all
}

// fromMultipart returns the parts of a multipart message.
func fromMultipart(b []byte) []change {
	start := bytes.Index(b[:min(len(b), 1024)], []byte("--"))
	if start != 0 && (start < 0 || b[start-1] != '\n') {
		return nil
	}
	line := bytes.TrimRight(firstLine(b[start:]), "\r")
	boundary := string(bytes.TrimPrefix(line, []byte("--")))
	if boundary == "" || len(boundary) > 200 {
		return nil
	}
	body := b[start:]
	if !bytes.Contains(firstLine(body), []byte("\r")) {
		body = bytes.ReplaceAll(body, []byte("\n"), []byte("\r\n"))
	}
	var all []change
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for len(all) < maxFields {
		part, err := reader.NextRawPart()
		if err != nil {
			break
		}
		content, err := io.ReadAll(part)
		if err != nil {
			break
		}
		all = append(all, change{content, bodyMultipart})
	}
	return all
}
