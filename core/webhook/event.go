package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

// EventType is the name of an event. Sendsar may send names that are not listed here:
// acknowledge them too.
type EventType string

// The event names that are publicly known (Sendsar JavaScript SDK 0.6.2 and console).
const (
	EventMessageCreated EventType = "message.created"
	EventMessageUpdated EventType = "message.updated"
	EventMessageDeleted EventType = "message.deleted"
	EventCallStarted    EventType = "call.started"
	EventCallEnded      EventType = "call.ended"
	EventCallMissed     EventType = "call.missed"
	// EventConsoleTest is what the console's "send test" button delivers.
	EventConsoleTest EventType = "console.test"
)

// Event is the envelope of a delivery. Sendsar does not document the fields of Message:
// decode only those that you rely on from the raw JSON. All other fields of the event are
// in Delivery.Body.
//
// Printing or logging an Event shows sizes and the type. The type is shown only if it has
// at most 64 bytes of a-z, 0-9, ., _ and -. For the exceptions in fmt, see [Delivery]. JSON
// encodes an Event as usual, with the message but without the Delivery. slog's JSONHandler
// does that too for an Event inside a slice, a map or a struct.
type Event struct {
	Type     EventType       `json:"event"`
	RoomID   string          `json:"roomId"`  // empty if absent or not a string
	Message  json.RawMessage `json:"message"` // nil if absent
	Delivery Delivery        `json:"-"`       // the delivery that was parsed
}

// Event parses the body's envelope as JSON. It ignores the Content-Type, which is not
// signed. Keys must match exactly; of duplicates the last one counts.
//
// Event returns an error unless the body is one JSON object whose "event" is a non-empty
// string. The error quotes nothing of the body. A body that is not an event was signed too:
// answer 2xx, or Sendsar counts the delivery as failed.
func (d Delivery) Event() (Event, error) {
	// A struct would match keys in any case. The decoder's own errors quote the body, so
	// they are dropped.
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(d.Body, &fields); err != nil || fields == nil {
		return Event{}, errors.New("webhook: the body is not a JSON object")
	}
	e := Event{Delivery: d}
	if err := json.Unmarshal(fields["event"], &e.Type); err != nil || e.Type == "" {
		return Event{}, errors.New(`webhook: the body's "event" is not a non-empty string`)
	}
	if err := json.Unmarshal(fields["roomId"], &e.RoomID); err != nil {
		e.RoomID = ""
	}
	e.Message = fields["message"]
	return e, nil
}

// printable returns t, or "" if showing it could reveal a part of a body: the sender
// chooses the length and the characters of a type.
func (t EventType) printable() string {
	if len(t) > 64 {
		return ""
	}
	for _, c := range []byte(t) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return ""
		}
	}
	return string(t)
}

// Format prints, for every verb, the type, if it may be shown, and sizes.
func (e Event) Format(f fmt.State, _ rune) {
	var name string
	if t := e.Type.printable(); t != "" {
		name = " " + t
	}
	_, _ = fmt.Fprintf(f, "webhook.Event{type%s of %d bytes, room of %d, message of %d}", name, len(e.Type), len(e.RoomID), len(e.Message))
}

// LogValue returns the type, if it may be shown, and sizes.
func (e Event) LogValue() slog.Value {
	sizes := []slog.Attr{
		slog.Int("type_bytes", len(e.Type)),
		slog.Int("room_bytes", len(e.RoomID)),
		slog.Int("message_bytes", len(e.Message)),
	}
	if t := e.Type.printable(); t != "" {
		sizes = append([]slog.Attr{slog.String("type", t)}, sizes...)
	}
	return slog.GroupValue(sizes...)
}
