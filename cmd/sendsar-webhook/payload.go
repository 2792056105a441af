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

// events are the event types that are publicly known.
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

// payload is the body of the console's test delivery (public console source). The fields of
// the other events are not documented, so they get the same ones.
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

// newPayload returns a body with a new id, so that no receiver takes it for a duplicate.
func newPayload(event webhook.EventType) []byte {
	message := payloadMessage{"test_" + rand.Text(), "Hello from sendsar-webhook", "sendsar-console"}
	encoded, _ := json.Marshal(payload{event, "console-test", message}) // strings can always be encoded
	return encoded
}

// tampered returns body with one byte changed, or a blank for an empty body. The length stays
// the same, so only the MAC reveals the change. The byte is a letter or a digit if there is
// one, so JSON mostly stays JSON.
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
