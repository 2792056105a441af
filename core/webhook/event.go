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

// Event is the envelope of a delivery. The fields of Message are not documented by
// Sendsar; decode them from the raw JSON as far as you rely on them. Everything else of
// the event is in Delivery.Body.
//
// Printing or logging an Event shows sizes and its type, the latter only if it has at most 64
// bytes of a-z, 0-9, ., _ and -. What fmt cannot be kept from is said at [Delivery]. As JSON it
// encodes as usual, without the Delivery: also where slog's JSONHandler meets one inside a
// slice, a map or a struct.
type Event struct {
	Type     EventType       `json:"event"`
	RoomID   string          `json:"roomId"`  // empty if absent or not a string
	Message  json.RawMessage `json:"message"` // nil if absent
	Delivery Delivery        `json:"-"`       // what it was read from
}

// Event parses the body's envelope as JSON, whatever the Content-Type, which is not
// signed. Keys match exactly; of duplicates the last one counts.
//
// It returns an error, which quotes nothing of the body, unless the body is one JSON
// object whose "event" is a non-empty string. A body that is no event was signed all
// the same: answer 2xx, or Sendsar counts the delivery as failed.
func (d Delivery) Event() (Event, error) {
	// A struct would match keys without regard to case. The decoder's own errors quote
	// the body and are dropped.
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

// printable returns t, or "" if showing it could show a part of a body: the type of an event
// is as long, and has the characters, that its sender likes.
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

// Format prints the type, if it may be shown, and sizes, for every verb.
func (e Event) Format(f fmt.State, _ rune) {
	var name string
	if t := e.Type.printable(); t != "" {
		name = " " + t
	}
	_, _ = fmt.Fprintf(f, "webhook.Event{type%s of %d bytes, room of %d, message of %d}", name, len(e.Type), len(e.RoomID), len(e.Message))
}

// LogValue is the type, if it may be shown, and sizes.
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
