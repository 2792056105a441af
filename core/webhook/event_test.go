package webhook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

func TestEventTypes(t *testing.T) {
	for constant, name := range map[webhook.EventType]string{
		webhook.EventMessageCreated: "message.created",
		webhook.EventMessageUpdated: "message.updated",
		webhook.EventMessageDeleted: "message.deleted",
		webhook.EventCallStarted:    "call.started",
		webhook.EventCallEnded:      "call.ended",
		webhook.EventCallMissed:     "call.missed",
		webhook.EventConsoleTest:    "console.test",
	} {
		if string(constant) != name {
			t.Errorf("%q, want %q", string(constant), name)
		}
		e, err := webhook.Delivery{Body: []byte(`{"event":"` + name + `"}`)}.Event()
		if err != nil || e.Type != constant {
			t.Errorf("%s: parsed as %q, %v", name, string(e.Type), err)
		}
	}
}

func TestEventOfABody(t *testing.T) {
	type row struct{ body, event, room, message string }
	eachOf(t, map[string]row{
		"the console's test": {
			`{"event":"console.test","roomId":"console-test","message":{"id":"test_1","text":"hi","source":"sendsar-console"}}`,
			"console.test", "console-test", `{"id":"test_1","text":"hi","source":"sendsar-console"}`,
		},
		"an event that nobody knows":      {`{"event":"room.archived"}`, "room.archived", "", ""},
		"other fields":                    {`{"v":2,"event":"e","extra":{"event":"inner"},"list":[{"event":"x"}]}`, "e", "", ""},
		"white space around everything":   {" \r\n\t{ \"event\" : \"e\" , \"roomId\" : \"r\" } \n", "e", "r", ""},
		"an escaped key":                  {`{"\u0065vent":"e","room\u0049d":"r"}`, "e", "r", ""},
		"escapes in the values":           {`{"event":"a\u002fb","roomId":"\u00e4\n"}`, "a/b", "ä\n", ""},
		"a duplicated event, last counts": {`{"event":"first","event":"last"}`, "last", "", ""},
		"a last event after a wrong one":  {`{"event":1,"event":"last"}`, "last", "", ""},
		"a duplicated room, last counts":  {`{"event":"e","roomId":"first","roomId":"last"}`, "e", "last", ""},
		"a last room of another type":     {`{"event":"e","roomId":"first","roomId":7}`, "e", "", ""},
		"a last room of null":             {`{"event":"e","roomId":"first","roomId":null}`, "e", "", ""},
		"a last room after a wrong one":   {`{"event":"e","roomId":7,"roomId":"last"}`, "e", "last", ""},
		"a duplicated message":            {`{"event":"e","message":{"id":1},"message":[2]}`, "e", "", `[2]`},
		"a room that is a number":         {`{"event":"e","roomId":7}`, "e", "", ""},
		"a room that is true":             {`{"event":"e","roomId":true}`, "e", "", ""},
		"a room that is null":             {`{"event":"e","roomId":null}`, "e", "", ""},
		"a room that is a list":           {`{"event":"e","roomId":["r"]}`, "e", "", ""},
		"a room that is an object":        {`{"event":"e","roomId":{"id":"r"}}`, "e", "", ""},
		"an empty room":                   {`{"event":"e","roomId":""}`, "e", "", ""},
		"a room under another key":        {`{"event":"e","roomID":"r","room_id":"r","RoomId":"r","roomid":"r"}`, "e", "", ""},
		"a message under another key":     {`{"event":"e","Message":1,"MESSAGE":2}`, "e", "", ""},
		"other keys do not override":      {`{"event":"e","Event":"x","EVENT":"y","roomId":"r","ROOMID":"x"}`, "e", "r", ""},
		"the long s is no s":              {`{"event":"e","roomId":"r","me\u017f\u017fage":1}`, "e", "r", ""},
		"a message that is null":          {`{"event":"e","message":null}`, "e", "", `null`},
		"a message that is a string":      {`{"event":"e","message":"m"}`, "e", "", `"m"`},
		"a message byte for byte":         {`{"event":"e","message":{ "b":1.0,"a" : 1e2,"a":"\u0041" }}`, "e", "", `{ "b":1.0,"a" : 1e2,"a":"\u0041" }`},
		"white space as a name":           {`{"event":" "}`, " ", "", ""},
		"a NUL as a name":                 {`{"event":"\u0000"}`, "\x00", "", ""},
	}, func(t *testing.T, c row) {
		body := []byte(c.body)
		d := webhook.Delivery{Body: body, SecretIndex: 2, Account: "acme"}
		e, err := d.Event()
		if err != nil {
			t.Fatal(err)
		}
		if string(e.Type) != c.event || e.RoomID != c.room || string(e.Message) != c.message {
			t.Errorf("got %q, %q, %q", string(e.Type), e.RoomID, string(e.Message))
		}
		if !bytes.Equal(e.Delivery.Body, body) || e.Delivery.SecretIndex != 2 || e.Delivery.Account != "acme" {
			t.Errorf("read from %v", e.Delivery)
		}
		if (e.Message == nil) != (c.message == "") {
			t.Errorf("a message that is nil: %t", e.Message == nil)
		}
		// The receiver of the event may write to the message; the body is read-only.
		clear(e.Message)
		if string(body) != c.body {
			t.Error("the message shares memory with the body")
		}
	})
}

func TestBodiesThatAreNoEvent(t *testing.T) {
	bodies := map[string]string{
		"empty":                       "",
		"white space":                 " \n",
		"null":                        "null",
		"true":                        "true",
		"a number":                    "7",
		"a string":                    `"event"`,
		"a list":                      "[]",
		"a list around an event":      `[{"event":"quokka"}]`,
		"an empty object":             "{}",
		"no event":                    `{"roomId":"quokka"}`,
		"an empty event":              `{"event":""}`,
		"an event that is null":       `{"event":null}`,
		"an event that is a number":   `{"event":7}`,
		"an event that is true":       `{"event":true}`,
		"an event that is a list":     `{"event":["quokka"]}`,
		"an event that is an object":  `{"event":{"event":"quokka"}}`,
		"a last event that is empty":  `{"event":"quokka","event":""}`,
		"a last event that is null":   `{"event":"quokka","event":null}`,
		"a last event, other type":    `{"event":"quokka","event":7}`,
		"the key in upper case":       `{"EVENT":"quokka"}`,
		"the key capitalised":         `{"Event":"quokka"}`,
		"the key with a space":        `{"event ":"quokka"}`,
		"the key one level down":      `{"data":{"event":"quokka"}}`,
		"a byte order mark":           "\xef\xbb\xbf" + `{"event":"quokka"}`,
		"UTF-16":                      "{\x00\"\x00e\x00v\x00e\x00n\x00t\x00\"\x00}\x00",
		"something behind":            `{"event":"quokka"} x`,
		"a second object":             `{"event":"quokka"}{"event":"quokka"}`,
		"a NUL behind":                `{"event":"quokka"}` + "\x00",
		"cut off":                     `{"event":"quokka"`,
		"cut off in the value":        `{"event":"quok`,
		"a trailing comma":            `{"event":"quokka",}`,
		"single quotes":               `{'event':'quokka'}`,
		"a comment":                   `{"event":"quokka"/* quokka */}`,
		"a raw newline in the value":  "{\"event\":\"quok\nka\"}",
		"a form":                      "event=quokka",
		"broken elsewhere":            `{"event":"quokka","message":{"id":}}`,
		"broken in a number":          `{"event":"quokka","n":01}`,
		"100000 lists":                strings.Repeat("[", 100_000),
		"100000 nested objects":       strings.Repeat(`{"event":`, 100_000),
		"an event, 100000 lists deep": `{"event":"quokka","message":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`,
	}
	for name, body := range storedBodies(t, "jsontestsuite") {
		bodies["JSONTestSuite "+name] = body
	}
	for name, body := range storedBodies(t, "octokit") {
		bodies["octokit "+name] = body
	}
	eachOf(t, bodies, func(t *testing.T, body string) {
		e, err := webhook.Delivery{Body: []byte(body)}.Event()
		if err == nil {
			t.Fatalf("parsed as %q", string(e.Type))
		}
		if e.Type != "" || e.RoomID != "" || e.Message != nil {
			t.Error("an error came with a part of an event")
		}
		for _, part := range []string{"quok", "offset", "character", "line"} {
			if strings.Contains(err.Error(), part) {
				t.Errorf("%q shows something of the body", err)
			}
		}
		if got := webhook.Reason(err); got != "other" {
			t.Errorf("reason %q", got)
		}
	})
}

func TestEventOfInvalidUTF8(t *testing.T) {
	e, err := webhook.Delivery{Body: []byte("{\"event\":\"e\",\"roomId\":\"a\xffb\",\"message\":\"\xff\",\"event\xff\":\"x\"}")}.Event()
	if err != nil || e.Type != "e" || e.RoomID != "a\ufffdb" || string(e.Message) != "\"\xff\"" {
		t.Errorf("got %q, %q, %q, %v", string(e.Type), e.RoomID, string(e.Message), err)
	}
}

func TestEventAsJSON(t *testing.T) {
	e, err := webhook.Delivery{Body: []byte(eventBody)}.Event()
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{e, &e} {
		encoded, err := json.Marshal(value)
		if err != nil || string(encoded) != eventBody {
			t.Errorf("got %s, %v", encoded, err)
		}
	}
	encoded, err := json.Marshal(webhook.Event{})
	if want := `{"event":"","roomId":"","message":null}`; err != nil || string(encoded) != want {
		t.Errorf("got %s, %v", encoded, err)
	}
}

// A type is shown only if it has the form that event names have.
func TestEventPrintsItsType(t *testing.T) {
	long := strings.Repeat("a", 64)
	type row struct{ event, shown string }
	eachOf(t, map[string]row{
		"a known one":                    {"message.created", "message.created"},
		"an unknown one":                 {"x-7_y.z", "x-7_y.z"},
		"of 64 bytes":                    {long, long},
		"of 65 bytes":                    {long + "a", ""},
		"with a capital":                 {"message.Created", ""},
		"with a blank":                   {"message created", ""},
		"with a line end":                {`message.created\n`, ""},
		"with a slash":                   {"message/created", ""},
		"with a letter that is no ASCII": {"grüße", ""},
		"a text":                         {"the secret is whsec_", ""},
	}, func(t *testing.T, c row) {
		e, err := webhook.Delivery{Body: []byte(`{"event":"` + c.event + `","roomId":"r","message":{}}`)}.Event()
		if err != nil {
			t.Fatal(err)
		}
		prints := fmt.Sprintf("webhook.Event{type of %d bytes, room of 1, message of 2}", len(e.Type))
		logs := fmt.Sprintf("[type_bytes=%d room_bytes=1 message_bytes=2]", len(e.Type))
		if c.shown != "" {
			prints = strings.Replace(prints, "type of", "type "+c.shown+" of", 1)
			logs = strings.Replace(logs, "[", "[type="+c.shown+" ", 1)
		}
		if got := fmt.Sprintf("%+v", e); got != prints {
			t.Errorf("prints %s, want %s", got, prints)
		}
		if got := e.LogValue().String(); got != logs {
			t.Errorf("logs %s, want %s", got, logs)
		}
	})
	if got := fmt.Sprint(webhook.Event{}); got != "webhook.Event{type of 0 bytes, room of 0, message of 0}" {
		t.Errorf("a zero Event prints %s", got)
	}
}

// readEnvelope parses an event token by token, as a check that is independent of the map in
// package webhook.
func readEnvelope(body []byte) (event, room any, message []byte, ok bool) {
	if !json.Valid(body) {
		return nil, nil, nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return nil, nil, nil, false
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, nil, nil, false
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, nil, nil, false
		}
		var decoded any
		if err := json.Unmarshal(value, &decoded); err != nil {
			decoded = err // a number that no float64 can hold
		}
		switch key {
		case "event":
			event = decoded
		case "roomId":
			room = decoded
		case "message":
			message = value
		}
	}
	_, err := dec.Token()
	return event, room, message, err == nil || errors.Is(err, io.EOF)
}

func FuzzEvent(f *testing.F) {
	f.Add([]byte(eventBody))
	f.Add([]byte(`{"event":"a","event":7,"Event":"b","roomId":null,"roomId":{},"message":null}`))
	f.Add([]byte("{\"\\u0065vent\":\"\xff\",\"roomId\":\"\\ud800\",\"message\":1e999}"))
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Add([]byte(strings.Repeat("[", 20_000)))
	for _, body := range storedBodies(f, "jsontestsuite") {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		kept := bytes.Clone(body)
		e, err := webhook.Delivery{Body: body}.Event()
		if !bytes.Equal(body, kept) {
			t.Error("the body was written to")
		}
		event, room, message, ok := readEnvelope(body)
		name, isString := event.(string)
		if accepted := ok && isString && name != ""; accepted != (err == nil) {
			t.Fatalf("accepted: %t, error %v", accepted, err)
		}
		if err != nil {
			return
		}
		roomID, _ := room.(string)
		if string(e.Type) != name || e.RoomID != roomID || !bytes.Equal(e.Message, message) {
			t.Errorf("got %q, %q, %q", string(e.Type), e.RoomID, string(e.Message))
		}
	})
}
