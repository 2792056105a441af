package webhooktest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// target is the destination of messages: a receiver, the secrets that it accepts, and the ID
// of their case.
type target struct {
	addr, path string
	open       string // path of the route without the adapter
	secret     string
	previous   string
	outer      string // secret of an instance before the one under test
	id         string
}

// message is a request that is written byte by byte, so that it can be wrong in any way.
// Methods that change it return a changed copy.
type message struct {
	method  string
	target  string
	proto   string
	fields  []string // "Name: value", as on the wire
	framing []string // the same for the lines that announce the body's length
	payload []byte   // the body as on the wire
	body    []byte   // the body before it was framed
	secret  string   // the current secret
}

// delivery returns a well-formed request with body and without a signature.
func (to target) delivery(body []byte) message {
	return message{
		method: "POST", target: to.path, proto: "HTTP/1.1",
		fields:  []string{"Host: " + to.addr, IDHeader + ": " + to.id, "Content-Type: application/json"},
		framing: []string{"Content-Length: " + strconv.Itoa(len(body))},
		payload: body,
		body:    body,
		secret:  to.secret,
	}
}

// signedWith returns a delivery signed with a secret.
func (to target) signedWith(secret string, body []byte) message {
	return to.delivery(body).signed(webhook.Sign(secret, body))
}

// genuine returns a delivery signed with the current secret.
func (to target) genuine(body []byte) message { return to.signedWith(to.secret, body) }

// forged returns a delivery signed with a new secret that no receiver has.
func (to target) forged(body []byte) message { return to.signedWith(NewSecret(), body) }

// with adds header lines.
func (m message) with(lines ...string) message {
	m.fields = slices.Concat(m.fields, lines)
	return m
}

func (m message) signed(signature string) message {
	return m.with(webhook.SignatureHeader + ": " + signature)
}

// signedAs replaces the signature with that of another body.
func (m message) signedAs(body []byte) message {
	return m.replaced(webhook.SignatureHeader, webhook.Sign(m.secret, body))
}

// replaced changes a header line in place.
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

// without removes the lines of a header.
func (m message) without(name string) message {
	m.fields = slices.DeleteFunc(slices.Clone(m.fields), func(line string) bool { return strings.HasPrefix(line, name+":") })
	return m
}

// at sends the message to another target.
func (m message) at(target string) message {
	m.target = target
	return m
}

// by sends the message with another method.
func (m message) by(method string) message {
	m.method = method
	return m
}

// framed sets the payload on the wire and the lines that delimit it.
func (m message) framed(payload []byte, lines ...string) message {
	m.framing, m.payload = lines, payload
	return m
}

// cut keeps the first n bytes of the payload.
func (m message) cut(n int) message {
	m.payload = m.payload[:n]
	return m
}

// chunked sends the body in chunks of size bytes, with trailer lines after the last.
func (m message) chunked(size int, trailers ...string) message {
	return m.framed(chunks(m.payload, size, trailers...), "Transfer-Encoding: chunked")
}

// in sends the body in chunks if framing is "chunked", otherwise with its length announced.
func (m message) in(framing string, chunkSize int) message {
	if framing == "chunked" {
		return m.chunked(chunkSize)
	}
	return m
}

// head returns the message up to its payload.
func (m message) head() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s %s\r\n", m.method, m.target, m.proto)
	for _, line := range slices.Concat(m.fields, m.framing) {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

func (m message) wire() []byte { return m.appendTo(nil) }

// appendTo copies a large payload once.
func (m message) appendTo(wire []byte) []byte {
	return append(append(wire, m.head()...), m.payload...)
}

// whole reports whether the message is complete, so that a server need not wait for more.
func (m message) whole() bool {
	if slices.Equal(m.framing, []string{"Transfer-Encoding: chunked"}) {
		return bytes.HasSuffix(m.payload, []byte("0\r\n\r\n"))
	}
	return slices.Equal(m.framing, []string{"Content-Length: " + strconv.Itoa(len(m.payload))})
}

func chunk(data []byte) []byte { return appendChunk(nil, data) }

func appendChunk(wire, data []byte) []byte {
	wire = append(fmt.Appendf(wire, "%x\r\n", len(data)), data...)
	return append(wire, "\r\n"...)
}

func chunks(body []byte, size int, trailers ...string) []byte {
	overhead := len(strconv.FormatInt(int64(size), 16)) + len("\r\n\r\n") // of a chunk, at most
	wire := make([]byte, 0, len(body)+(len(body)/size+1)*overhead)
	for data := range slices.Chunk(body, size) {
		wire = appendChunk(wire, data)
	}
	wire = append(wire, "0\r\n"...)
	for _, line := range trailers {
		wire = append(wire, line+"\r\n"...)
	}
	return append(wire, "\r\n"...)
}

// sampleRoom is in sample and nowhere else: a text that contains it quotes the body.
const sampleRoom = "room-7"

// sample is a body as Sendsar sends it, with text that is not ASCII.
var sample = []byte(`{"event":"message.created","roomId":"` + sampleRoom + `","message":{"id":"m1","text":"grüß dich 👋"}}`)

// filler returns a body of n bytes. It has no period that could hide a mix-up at a buffer's
// size. The bytes are shared: do not write to them.
func filler(n int) []byte { return longest()[:n:n] }

var longest = sync.OnceValue(func() []byte {
	body := make([]byte, 5_000_001)
	for i := range body {
		body[i] = byte(i*7 + i>>8*13 + i>>16)
	}
	return body
})

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // a bytes.Buffer never fails to write
	_ = w.Close()
	return b.Bytes()
}

func sizeName(n int) string { return fmt.Sprintf("%d bytes", n) }
