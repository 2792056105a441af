package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// events are those whose names are publicly known.
var events = []webhook.EventType{
	webhook.EventConsoleTest,
	webhook.EventMessageCreated,
	webhook.EventMessageUpdated,
	webhook.EventMessageDeleted,
	webhook.EventCallStarted,
	webhook.EventCallEnded,
	webhook.EventCallMissed,
}

func eventNames() string {
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = string(e)
	}
	return strings.Join(names, ", ")
}

func parseEvent(name string) (webhook.EventType, error) {
	event := webhook.EventType(name)
	if !slices.Contains(events, event) {
		return "", fmt.Errorf("-event: no known event: use one of %s, or -data for a body of your own", eventNames())
	}
	return event, nil
}

// payload is the console's test delivery (public console source). The fields of the
// other events are not documented, so that they get the same ones.
type payload struct {
	Event   webhook.EventType `json:"event"`
	RoomID  string            `json:"roomId"`
	Message payloadMessage    `json:"message"`
}

type payloadMessage struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	Source string `json:"source"`
}

// newPayload has an id of its own, so that no receiver takes it for a duplicate.
func newPayload(event webhook.EventType) []byte {
	message := payloadMessage{"test_" + rand.Text(), "Hello from sendsar-webhook", "sendsar-console"}
	encoded, _ := json.Marshal(payload{event, "console-test", message}) // strings do not fail
	return encoded
}

// tampered is body with one byte changed and the same length, so that nothing but the
// MAC can tell. The byte is a letter or digit if there is one: JSON mostly stays JSON.
func tampered(body []byte) []byte {
	changed := bytes.Clone(body)
	if len(changed) == 0 {
		return []byte(" ")
	}
	i := bytes.LastIndexFunc(changed, func(r rune) bool {
		return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	})
	changed[max(i, 0)] ^= 1
	return changed
}
