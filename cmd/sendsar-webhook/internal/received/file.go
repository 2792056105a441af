package received

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// File returns the delivery as one .http file, which http.ReadRequest reads: the request
// line, Host, the other header fields in alphabetical order, and the body as it arrived.
// The Content-Length is always that of the body, and there is no Transfer-Encoding.
func (d Delivery) File() []byte {
	var file bytes.Buffer
	file.Grow(len(d.Body) + 1024)
	proto := d.Proto
	if _, _, ok := http.ParseHTTPVersion(proto); !ok {
		proto = "HTTP/1.1"
	}
	_, _ = fmt.Fprintf(&file, "%s %s %s\r\n", oneLine.Replace(d.Method), oneLine.Replace(d.Target), proto)
	if d.Host != "" {
		_, _ = fmt.Fprintf(&file, "Host: %s\r\n", oneLine.Replace(d.Host))
	}
	for _, name := range slices.Sorted(maps.Keys(d.Header)) {
		switch http.CanonicalHeaderKey(name) {
		case "Host", "Content-Length", "Transfer-Encoding":
			continue
		}
		for _, value := range d.Header[name] {
			_, _ = fmt.Fprintf(&file, "%s: %s\r\n", oneLine.Replace(name), oneLine.Replace(value))
		}
	}
	_, _ = fmt.Fprintf(&file, "Content-Length: %d\r\n\r\n", len(d.Body))
	file.Write(d.Body)
	return file.Bytes()
}

// net/http accepts no line break in a head. If one came from elsewhere, it would start
// another header field.
var oneLine = strings.NewReplacer("\r", " ", "\n", " ")
