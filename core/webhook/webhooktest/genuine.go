package webhooktest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func (s *suite) genuineCases() []testCase {
	const group = "genuine"
	var all []testCase
	add := func(name string, body []byte, change func(s *suite, m message) message) {
		all = append(all, oneMessage(group, name, func(s *suite, r *receiver) message {
			m := s.genuine(r, body)
			if change != nil {
				m = change(s, m)
			}
			return m
		}, accepted(body)))
	}
	field := func(line string) func(*suite, message) message {
		return func(_ *suite, m message) message { return m.with(line) }
	}

	// SHA-256 pads differently around 55 to 64 bytes; the others are edges of the reading
	// rule and of the limit.
	sizes := []int{0, 1, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 4095, 4096, 4097, 65535, 65536, 65537, 262144, maxBody - 1, maxBody}
	for _, n := range sizes {
		body := filler(n)
		add(sizeName(n)+" announced", body, nil)
		add(sizeName(n)+" chunked", body, func(_ *suite, m message) message { return m.chunked(10_007) })
	}
	add("in chunks of one byte", sample, func(_ *suite, m message) message { return m.chunked(1) })
	add("chunked with a trailer", sample, func(_ *suite, m message) message { return m.chunked(16, "X-Checksum: 1") })
	// A trailer is no header: it neither counts as a second line nor replaces the first.
	add("chunked with another signature in a trailer", sample, func(_ *suite, m message) message {
		return m.chunked(16, webhook.SignatureHeader+": sha256="+strings.Repeat("0", 64))
	})
	add("no body and no length", nil, func(_ *suite, m message) message { return m.framed(nil) })

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

	// Content-Encoding is not undone, whether or not it is true.
	packed := gzipped(sample)
	add("gzip, left as it came", packed, field("Content-Encoding: gzip"))
	add("gzip in chunks, left as it came", packed, func(_ *suite, m message) message { return m.chunked(8).with("Content-Encoding: gzip") })
	for _, encoding := range []string{"gzip", "deflate", "br", "zstd", "identity", "gzip, deflate", "made-up"} {
		add("plain bytes that say Content-Encoding "+encoding, sample, field("Content-Encoding: "+encoding))
	}
	for _, contentType := range []string{"", "text/plain", "application/octet-stream", "application/json; charset=utf-16", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "not a type"} {
		add(fmt.Sprintf("Content-Type %q", contentType), sample, func(_ *suite, m message) message { return m.replaced("Content-Type", contentType) })
	}

	resigned := func(line func(signature string) string) func(*suite, message) message {
		return func(s *suite, m message) message {
			return m.without(webhook.SignatureHeader).with(line(webhook.Sign(s.secret, m.payload)))
		}
	}
	add("header name in lower case", sample, resigned(func(sig string) string { return "x-webhook-signature: " + sig }))
	add("header name in upper case", sample, resigned(func(sig string) string { return "X-WEBHOOK-SIGNATURE: " + sig }))
	add("no space after the colon", sample, resigned(func(sig string) string { return "X-Webhook-Signature:" + sig }))
	add("spaces and tabs around the value", sample, resigned(func(sig string) string { return "X-Webhook-Signature: \t  " + sig + " \t " }))
	add("under the previous secret", sample, func(s *suite, m message) message {
		return m.replaced(webhook.SignatureHeader, webhook.Sign(s.previous, m.payload))
	})
	all[len(all)-1].want = previousSecret(all[len(all)-1].want)
	add("a query in the target", sample, func(_ *suite, m message) message { m.target += "?event=message.deleted&text=x"; return m })
	add("HTTP/1.0", sample, func(_ *suite, m message) message { m.proto = "HTTP/1.0"; return m })
	add("many other headers", sample, func(_ *suite, m message) message {
		for i := range 30 {
			m = m.with(fmt.Sprintf("X-Other-%d: sha256=%s", i, strings.Repeat("0", 64)))
		}
		return m
	})
	all = append(all, oneMessage(group, "Expect 100-continue", func(s *suite, r *receiver) message {
		return s.genuine(r, sample).with("Expect: 100-continue")
	}, conversation([]int{http.StatusContinue, http.StatusOK}, sample)))
	return all
}

// previousSecret adds that SecretIndex tells the rotation.
func previousSecret(w want) want {
	return want{text: w.text + ", SecretIndex 1", holds: func(o observed) string {
		if problem := w.holds(o); problem != "" {
			return problem
		}
		if o.seen[0].delivery.SecretIndex != 1 {
			return fmt.Sprintf("SecretIndex is %d", o.seen[0].delivery.SecretIndex)
		}
		return ""
	}}
}

// frameworkAPICases read the verified body through what the framework offers.
func (s *suite) frameworkAPICases() []testCase {
	const group = "framework API"
	inspected := func(name string, m func(s *suite, r *receiver) message, body []byte, inspect func(Request) string) testCase {
		c := oneMessage(group, name, m, accepted(body))
		c.play = func(s *suite, r *receiver) observed {
			r.record.expect(func(request Request) (seen, string) {
				return seen{body: bytes.Clone(request.Delivery.Body), flaw: inspect(request)}, "inspected"
			})
			return s.exchange(r, m(s, r).wire(), false)
		}
		return c
	}
	const text = "grüß dich"
	field := func(request Request) string {
		if got := request.Form("text"); got != text {
			return fmt.Sprintf("the form field is %q, not %q", got, text)
		}
		return ""
	}
	form := []byte("event=message.created&text=gr%C3%BC%C3%9F+dich")
	multipart := []byte("--b\r\nContent-Disposition: form-data; name=\"event\"\r\n\r\nmessage.created\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n" + text + "\r\n--b--\r\n")
	ofType := func(body []byte, contentType string) func(s *suite, r *receiver) message {
		return func(s *suite, r *receiver) message {
			return s.genuine(r, body).replaced("Content-Type", contentType)
		}
	}
	json := ofType(sample, "application/json")
	decode := func(request Request) string {
		var event struct {
			RoomID string `json:"roomId"`
		}
		if err := request.JSON(&event); err != nil || event.RoomID != "room-7" {
			return fmt.Sprintf("JSON decoded to room %q: %v", event.RoomID, err)
		}
		return ""
	}
	chunked := func(m func(s *suite, r *receiver) message) func(s *suite, r *receiver) message {
		return func(s *suite, r *receiver) message { return m(s, r).chunked(11) }
	}
	return []testCase{
		inspected("JSON", json, sample, decode),
		inspected("JSON in chunks", chunked(json), sample, decode),
		inspected("a form", ofType(form, "application/x-www-form-urlencoded"), form, field),
		inspected("a form in chunks", chunked(ofType(form, "application/x-www-form-urlencoded")), form, field),
		inspected("multipart", ofType(multipart, "multipart/form-data; boundary=b"), multipart, field),
		inspected("multipart in chunks", chunked(ofType(multipart, "multipart/form-data; boundary=b")), multipart, field),
		inspected("the Delivery after the body was read", json, sample, func(request Request) string {
			first, err := request.Body()
			if err != nil || !slices.Equal(first, sample) {
				return fmt.Sprintf("the body has %d bytes: %v", len(first), err)
			}
			if event, err := request.Delivery.Event(); err != nil || event.Type != webhook.EventMessageCreated {
				return fmt.Sprintf("the event is %q: %v", event.Type, err)
			}
			return ""
		}),
		inspected("the body read twice", json, sample, func(request Request) string {
			first, err := request.Body()
			if err != nil || !slices.Equal(first, sample) {
				return fmt.Sprintf("the body has %d bytes: %v", len(first), err)
			}
			// A reader is at its end then, a buffer still holds the body.
			if again, err := request.Body(); err != nil || (len(again) > 0 && !slices.Equal(again, sample)) {
				return fmt.Sprintf("read again it has %d other bytes: %v", len(again), err)
			}
			return ""
		}),
	}
}
