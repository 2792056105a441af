package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// records is a slog.Handler that keeps the contexts that it gets.
type records struct {
	slog.Handler
	t    *testing.T
	ctxs []context.Context
}

// Handle also checks that no attribute is an error: a slog handler could print the error's
// chain, in which a foreign cause may quote the request.
func (r *records) Handle(ctx context.Context, record slog.Record) error {
	r.ctxs = append(r.ctxs, ctx)
	record.Attrs(func(a slog.Attr) bool {
		if a.Value.Kind() == slog.KindAny {
			r.t.Errorf("%q has %q as a %T, not as text", record.Message, a.Key, a.Value.Any())
		}
		return true
	})
	return r.Handler.Handle(ctx, record)
}

// logged returns a logger, and a function that returns its records and forgets them.
func logged(t *testing.T) (*slog.Logger, func() (lines []map[string]any, ctxs []context.Context)) {
	t.Helper()
	var out bytes.Buffer
	handler := &records{Handler: slog.NewJSONHandler(&out, nil), t: t}
	return slog.New(handler), func() (lines []map[string]any, ctxs []context.Context) {
		for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
			if line == "" {
				continue
			}
			var record map[string]any
			if err := json.Unmarshal([]byte(line), &record); err != nil {
				t.Fatal(err)
			}
			delete(record, "time")
			lines = append(lines, record)
		}
		ctxs = handler.ctxs
		out.Reset()
		handler.ctxs = nil
		return lines, ctxs
	}
}

func TestLoggerHasOneRecordForEachRefusal(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(context.Background(), key{}, "request 7")
	logger, taken := logged(t)
	v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(100), webhook.WithLogger(logger))
	genuine := webhook.Sign(currentSecret, []byte(eventBody))
	foreign := errors.New("reading quokka: " + genuine)
	type row struct {
		body          io.Reader
		size          int64
		header        func(string) []string
		level, reason string
	}
	eachOf(t, map[string]row{
		"missing":                        {strings.NewReader(eventBody), 84, signed(), "WARN", "missing_signature"},
		"malformed":                      {strings.NewReader(eventBody), 84, signed("sha256=" + genuine), "WARN", "malformed_signature"},
		"mismatch":                       {strings.NewReader(eventBody), 84, signed(webhook.Sign(foreignSecret, nil)), "WARN", "signature_mismatch"},
		"mismatch of an unknown length":  {strings.NewReader(eventBody), -1, signed(webhook.Sign(foreignSecret, nil)), "WARN", "signature_mismatch"},
		"too large":                      {strings.NewReader(eventBody), 101, signed(genuine), "WARN", "body_too_large"},
		"a reader that quotes the body":  {&script{{err: foreign}}, 84, signed(genuine), "WARN", "body_read"},
		"altered, which is our own side": {strings.NewReader(eventBody), 83, signed(genuine), "ERROR", "body_altered"},
	}, func(t *testing.T, c row) {
		_, err := v.VerifyReader(ctx, c.body, c.size, c.header)
		lines, ctxs := taken()
		want := map[string]any{"level": c.level, "msg": "webhook refused", "reason": c.reason, "error": err.Error()}
		if len(lines) != 1 || !maps.Equal(lines[0], want) {
			t.Fatalf("logged %v, want %v", lines, want)
		}
		if ctxs[0] != ctx {
			t.Error("the record's context is not the request's")
		}
		for _, part := range []string{"quokka", genuine, "sha256=", currentSecret} {
			if strings.Contains(lines[0]["error"].(string), part) {
				t.Errorf("%q shows %q", lines[0]["error"], part)
			}
		}
	})
	for name, use := range map[string]func() error{
		"an accepted delivery": func() error {
			_, err := v.VerifyReader(ctx, strings.NewReader(eventBody), 84, signed(genuine))
			return err
		},
		"Verify": func() error {
			if err := v.Verify(nil, ""); !errors.Is(err, webhook.ErrMissingSignature) {
				return err
			}
			return nil
		},
	} {
		t.Run("none for "+name, func(t *testing.T) {
			checkError(t, use(), nil)
			if lines, _ := taken(); len(lines) > 0 {
				t.Errorf("logged %v", lines)
			}
		})
	}
}

func TestLoggerGetsTheRequestsContext(t *testing.T) {
	type key struct{}
	logger, taken := logged(t)
	r := newRequest(t, http.NoBody, 0, "")
	r = r.WithContext(context.WithValue(r.Context(), key{}, "trace"))
	_, err := webhook.MustNew(currentSecret, webhook.WithLogger(logger)).VerifyRequest(nil, r)
	checkError(t, err, webhook.ErrMissingSignature)
	if _, ctxs := taken(); len(ctxs) != 1 || ctxs[0].Value(key{}) != "trace" {
		t.Errorf("got %d records, want one with the request's context", len(ctxs))
	}
}

func TestLoggerBesideAnObserver(t *testing.T) {
	logger, taken := logged(t)
	first, forgotten := logged(t)
	observed := 0
	v := webhook.MustNew(currentSecret, webhook.WithLogger(first), webhook.WithLogger(logger),
		webhook.WithObserver(func(context.Context, webhook.Delivery, error) { observed++ }))
	_, err := v.VerifyRequest(nil, newRequest(t, http.NoBody, 0, ""))
	checkError(t, err, webhook.ErrMissingSignature)
	lines, _ := taken()
	none, _ := forgotten()
	if len(lines) != 1 || len(none) != 0 || observed != 1 {
		t.Errorf("the last logger has %d records, the one before %d, and the observer was called %d times", len(lines), len(none), observed)
	}
}

func TestLoggerNamesTheAccount(t *testing.T) {
	logger, taken := logged(t)
	v := webhook.MustNew(currentSecret, webhook.WithAccount("another"), webhook.WithAccount("acme"), webhook.WithLogger(logger))
	_, err := v.VerifyRequest(nil, newRequest(t, http.NoBody, 0, ""))
	checkError(t, err, webhook.ErrMissingSignature)
	want := map[string]any{"level": "WARN", "msg": "webhook refused", "reason": "missing_signature", "error": err.Error(), "account": "acme"}
	if lines, _ := taken(); len(lines) != 1 || !maps.Equal(lines[0], want) {
		t.Errorf("logged %v, want %v", lines, want)
	}
}

func TestNilLoggerIsRefused(t *testing.T) {
	for _, l := range []*slog.Logger{nil, {}} {
		if _, err := webhook.New(currentSecret, webhook.WithLogger(l)); err == nil || !strings.Contains(err.Error(), "WithLogger(nil)") {
			t.Errorf("%v", err)
		}
	}
}
