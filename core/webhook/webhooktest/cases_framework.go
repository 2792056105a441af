package webhooktest

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// tidying is how long a framework may take to remove temporary files after its answer.
const tidying = 2 * time.Second

// handlerCases have a handler that panics. The result of such a delivery is unknown, so it
// must not be acknowledged.
func handlerCases() []testCase {
	c := oneMessage("handler", "panics", func(to target) message { return to.genuine(sample) }, failed(sample))
	c.named = true
	c.script.fails = "the handler panics"
	return []testCase{c}
}

// frameworkAPICases read the verified body through the framework's API.
func frameworkAPICases() []testCase {
	const group = "framework API"
	looked := func(name string, m func(to target) message, body []byte, look func(Request) seen) testCase {
		c := oneMessage(group, name, m, accepted(body).and("the framework's API gives the handler what was sent", func(o observed) string {
			return o.seen[0].misread
		}))
		c.script.inspect = func(request Request) (seen, string) {
			one := look(request)
			one.body = bytes.Clone(request.Delivery.Body)
			return one, "inspected"
		}
		return c
	}
	inspected := func(name string, m func(to target) message, body []byte, look func(Request) string) testCase {
		return looked(name, m, body, func(request Request) seen { return seen{misread: look(request)} })
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
	ofType := func(body []byte, contentType string) func(to target) message {
		return func(to target) message {
			return to.genuine(body).replaced("Content-Type", contentType)
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
	large := []byte("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n" + strings.Repeat("x", 100_000) + "\r\n--b--\r\n")
	keepsFile := func(request Request) seen {
		if request.Multipart == nil {
			return seen{}
		}
		form, err := request.Multipart(1)
		switch {
		case err != nil:
			return seen{misread: "the multipart form: " + err.Error()}
		case len(form.File["file"]) != 1:
			return seen{misread: fmt.Sprintf("the multipart form has %d files", len(form.File["file"]))}
		}
		file, err := form.File["file"][0].Open()
		if err != nil {
			return seen{misread: "the file of the multipart form: " + err.Error()}
		}
		defer func() { _ = file.Close() }() // it was only opened
		if onDisk, ok := file.(*os.File); ok {
			return seen{file: onDisk.Name()}
		}
		return seen{}
	}
	multipartFile := looked("a multipart file on the disk, which is removed afterwards", ofType(large, "multipart/form-data; boundary=b"), large, keepsFile)
	multipartFile.want = multipartFile.want.and("nothing is left", func(o observed) string {
		path := o.seen[0].file
		for deadline := time.Now().Add(tidying); path != "" && exists(path); {
			if time.Now().After(deadline) {
				return "the temporary file of a multipart form is still there after the request"
			}
			time.Sleep(time.Millisecond) // the server removes it after its answer, without notice
		}
		return ""
	})
	length := func(of func(n int64) bool) func(Request) string {
		return func(request Request) string {
			if request.Length == nil {
				return ""
			}
			if n := request.Length(); !of(n) {
				return fmt.Sprintf("the request's length is %d, and its body has %d bytes", n, len(sample))
			}
			return ""
		}
	}
	chunked := func(m func(to target) message) func(to target) message {
		return func(to target) message { return m(to).chunked(11) }
	}
	return []testCase{
		inspected("JSON", json, sample, decode),
		inspected("JSON in chunks", chunked(json), sample, decode),
		inspected("a form", ofType(form, "application/x-www-form-urlencoded"), form, field),
		inspected("a form in chunks", chunked(ofType(form, "application/x-www-form-urlencoded")), form, field),
		inspected("multipart", ofType(multipart, "multipart/form-data; boundary=b"), multipart, field),
		inspected("multipart in chunks", chunked(ofType(multipart, "multipart/form-data; boundary=b")), multipart, field),
		multipartFile,
		inspected("the length, announced", json, sample, length(func(n int64) bool { return n == int64(len(sample)) })),
		inspected("the length, chunked", chunked(json), sample, length(func(n int64) bool { return n < 0 || n == int64(len(sample)) })),
		inspected("the Delivery after the body was read", json, sample, func(request Request) string {
			first, err := request.Body()
			if err != nil || !bytes.Equal(first, sample) {
				return fmt.Sprintf("the body has %d bytes: %v", len(first), err)
			}
			if event, err := request.Delivery.Event(); err != nil || event.Type != webhook.EventMessageCreated {
				return fmt.Sprintf("the event is %q: %v", event.Type, err)
			}
			return ""
		}),
		inspected("the body read twice", json, sample, func(request Request) string {
			first, err := request.Body()
			if err != nil || !bytes.Equal(first, sample) {
				return fmt.Sprintf("the body has %d bytes: %v", len(first), err)
			}
			// A reader is at its end then, but a buffer still has the body.
			if again, err := request.Body(); err != nil || (len(again) > 0 && !bytes.Equal(again, sample)) {
				return fmt.Sprintf("read again it has %d other bytes: %v", len(again), err)
			}
			return ""
		}),
	}
}
