package webhooktest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func genuineCases() []testCase {
	const group = "genuine"
	var all []testCase
	add := func(name string, body []byte, change func(to target, m message) message) {
		all = append(all, oneMessage(group, name, func(to target) message {
			m := to.genuine(body)
			if change != nil {
				m = change(to, m)
			}
			return m
		}, accepted(body)))
	}
	field := func(line string) func(target, message) message {
		return func(_ target, m message) message { return m.with(line) }
	}

	// SHA-256's padding changes between 55 and 64 bytes. The other sizes are edge cases of
	// reading and of the limit.
	sizes := []int{0, 1, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 4095, 4096, 4097, 65535, 65536, 65537, 262144, maxBody - 1, maxBody}
	for _, n := range sizes {
		body := filler(n)
		add(sizeName(n)+" announced", body, nil)
		add(sizeName(n)+" chunked", body, func(_ target, m message) message { return m.chunked(10_007) })
	}
	add("in chunks of one byte", sample, func(_ target, m message) message { return m.chunked(1) })
	add("chunked with a trailer", sample, func(_ target, m message) message { return m.chunked(16, "X-Checksum: 1") })
	// A trailer is not a header: it must neither count as a second line nor replace the first.
	add("chunked with another signature in a trailer", sample, func(_ target, m message) message {
		return m.chunked(16, webhook.SignatureHeader+": sha256="+strings.Repeat("0", 64))
	})
	add("no body and no length", nil, func(_ target, m message) message { return m.framed(nil) })

	all256 := make([]byte, 256)
	for i := range all256 {
		all256[i] = byte(i)
	}
	add("every byte value", all256, nil)
	add("invalid UTF-8", []byte("{\"event\":\"\xff\xfe\xc0\x80\"}"), nil)
	add("a byte order mark", append([]byte("\xef\xbb\xbf"), sample...), nil)
	add("line ends of both kinds", []byte("{\r\n\"event\":\n\"x\"}\r\n\n"), nil)
	add("only line ends", []byte("\r\n\r\n"), nil)
	add("NUL bytes", []byte("\x00\x00\x00"), nil)
	add("a body that looks like a request", []byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"), nil)
	add("a body that looks like chunks", []byte("5\r\nhello\r\n0\r\n\r\n"), nil)

	// The body must not be decoded, whether or not Content-Encoding is true.
	packed := gzipped(sample)
	add("gzip, left as it came", packed, field("Content-Encoding: gzip"))
	add("gzip in chunks, left as it came", packed, func(_ target, m message) message { return m.chunked(8).with("Content-Encoding: gzip") })
	for _, encoding := range []string{"gzip", "deflate", "br", "zstd", "identity", "gzip, deflate", "made-up"} {
		add("plain bytes that say Content-Encoding "+encoding, sample, field("Content-Encoding: "+encoding))
	}
	for _, contentType := range []string{"", "text/plain", "application/octet-stream", "application/json; charset=utf-16", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "not a type"} {
		add(fmt.Sprintf("Content-Type %q", contentType), sample, func(_ target, m message) message { return m.replaced("Content-Type", contentType) })
	}

	resigned := func(line func(signature string) string) func(target, message) message {
		return func(to target, m message) message {
			return m.without(webhook.SignatureHeader).with(line(webhook.Sign(to.secret, m.payload)))
		}
	}
	add("header name in lower case", sample, resigned(func(sig string) string { return "x-webhook-signature: " + sig }))
	add("header name in upper case", sample, resigned(func(sig string) string { return "X-WEBHOOK-SIGNATURE: " + sig }))
	add("no space after the colon", sample, resigned(func(sig string) string { return "X-Webhook-Signature:" + sig }))
	add("spaces and tabs around the value", sample, resigned(func(sig string) string { return "X-Webhook-Signature: \t  " + sig + " \t " }))
	add("under the previous secret", sample, func(to target, m message) message {
		return m.replaced(webhook.SignatureHeader, webhook.Sign(to.previous, m.payload))
	})
	all[len(all)-1].want = previousSecret(all[len(all)-1].want)
	add("a query in the target", sample, func(_ target, m message) message { m.target += "?event=message.deleted&text=x"; return m })
	add("HTTP/1.0", sample, func(_ target, m message) message { m.proto = "HTTP/1.0"; return m })
	add("many other headers", sample, func(_ target, m message) message {
		for i := range 30 {
			m = m.with(fmt.Sprintf("X-Other-%d: sha256=%s", i, strings.Repeat("0", 64)))
		}
		return m
	})
	all = append(all, oneMessage(group, "Expect 100-continue", func(to target) message {
		return to.genuine(sample).with("Expect: 100-continue")
	}, conversation([]int{http.StatusContinue, http.StatusOK}, sample)))
	return all
}
