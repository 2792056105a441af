package webhooktest

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// message is a request that is written out byte by byte, so that it may be wrong in any
// way. Every method returns a changed copy.
type message struct {
	method  string
	target  string
	proto   string
	fields  []string // "Name: value", as they stand on the wire
	framing []string // the same, for what tells the body's length
	payload []byte   // the body as it stands on the wire
}

// delivery is a well-formed request with body, and no signature.
func (r *receiver) delivery(body []byte) message {
	return message{
		method: "POST", target: r.path, proto: "HTTP/1.1",
		fields:  []string{"Host: " + r.addr, "Content-Type: application/json"},
		framing: []string{"Content-Length: " + strconv.Itoa(len(body))},
		payload: body,
	}
}

// genuine is delivery signed with the current secret.
func (s *suite) genuine(r *receiver, body []byte) message {
	return r.delivery(body).signed(webhook.Sign(s.secret, body))
}

// with adds field lines.
func (m message) with(lines ...string) message {
	m.fields = slices.Concat(m.fields, lines)
	return m
}

func (m message) signed(signature string) message {
	return m.with(webhook.SignatureHeader + ": " + signature)
}

// replaced changes a field line in place.
func (m message) replaced(name, value string) message {
	fields := slices.Clone(m.fields)
	for i, line := range fields {
		if strings.HasPrefix(line, name+":") {
			fields[i] = name + ": " + value
		}
	}
	m.fields = fields
	return m
}

// framed says how the payload is delimited, and what it is on the wire.
func (m message) framed(payload []byte, lines ...string) message {
	m.framing, m.payload = lines, payload
	return m
}

// chunked sends the body in chunks of size bytes, with trailer lines after the last.
func (m message) chunked(size int, trailers ...string) message {
	return m.framed(chunks(m.payload, size, trailers...), "Transfer-Encoding: chunked")
}

// in sends the body announced or chunked.
func (m message) in(framing string, chunkSize int) message {
	if framing == "chunked" {
		return m.chunked(chunkSize)
	}
	return m
}

func chunk(data []byte) []byte { return fmt.Appendf(nil, "%x\r\n%s\r\n", len(data), data) }

func chunks(body []byte, size int, trailers ...string) []byte {
	var b bytes.Buffer
	for len(body) > 0 {
		n := min(size, len(body))
		b.Write(chunk(body[:n]))
		body = body[n:]
	}
	b.WriteString("0\r\n")
	for _, line := range trailers {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// head is the message up to its payload.
func (m message) head() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s %s\r\n", m.method, m.target, m.proto)
	for _, line := range slices.Concat(m.fields, m.framing) {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// wire is the whole message.
func (m message) wire() []byte { return append(m.head(), m.payload...) }

// without removes a field's lines.
func (m message) without(name string) message {
	m.fields = slices.DeleteFunc(slices.Clone(m.fields), func(line string) bool { return strings.HasPrefix(line, name+":") })
	return m
}
