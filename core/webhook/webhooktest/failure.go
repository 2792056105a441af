package webhooktest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// handlerFailed is the message of the log record for a failure.
const handlerFailed = "webhook handler failed"

// failure is a record of slog's default logger about a handler that failed.
type failure struct {
	ctx     context.Context
	level   slog.Level
	event   string
	bytes   int64
	account string
	text    string // the error's text
	missing bool   // expect a text about a missing delivery
	panics  bool   // expect a text that contains the panic's text
	lacks   string // the missing attributes
}

func newFailure(ctx context.Context, r slog.Record) failure {
	attrs := make(map[string]slog.Value)
	r.Attrs(func(a slog.Attr) bool {
		attrs[a.Key] = a.Value.Resolve()
		return true
	})
	f := failure{ctx: ctx, level: r.Level}
	var lacking []string
	text := func(key string) string {
		if attrs[key].Kind() != slog.KindString {
			lacking = append(lacking, key)
			return ""
		}
		return attrs[key].String()
	}
	f.event, f.account, f.text = text("event"), text("account"), text("error")
	if value := attrs["bytes"]; value.Kind() == slog.KindInt64 {
		f.bytes = value.Int64()
	} else {
		lacking = append(lacking, "bytes")
	}
	f.lacks = strings.Join(lacking, ", ")
	return f
}

// flaw returns how f differs from the expected failure, or "".
func (f failure) flaw(expected failure) string {
	switch {
	case f.level != slog.LevelError:
		return fmt.Sprintf("has the level %v", f.level)
	case f.lacks != "":
		return "lacks " + f.lacks + ", or has them as another kind of value"
	case expected.missing && !strings.Contains(f.text, "middleware"):
		return fmt.Sprintf("has the error %q, which does not name the missing middleware", f.text)
	case expected.panics && !strings.Contains(f.text, expected.text):
		return fmt.Sprintf("has the error %q, without the text %q of the panic", f.text, expected.text)
	case !expected.missing && !expected.panics && f.text != expected.text:
		return fmt.Sprintf("has the error %q, not %q", f.text, expected.text)
	case f.event != expected.event || f.bytes != expected.bytes || f.account != expected.account:
		return fmt.Sprintf("has the event %q, %d bytes and the account %q, not %q, %d and %q",
			f.event, f.bytes, f.account, expected.event, expected.bytes, expected.account)
	}
	return ""
}
