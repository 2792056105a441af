package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// The parts of quietBody that must never be shown.
const (
	quietEvent, quietRoom, quietMessage = "Quokka-Numbat-Quoll", "wallaby-bilby-potoroo", "bandicoot-dunnart-kowari"

	quietBody = `{"event":"` + quietEvent + `","roomId":"` + quietRoom + `","message":{"text":"` + quietMessage + `"}}`
)

// keyForms returns a secret without the prefix of all secrets, and the two forms in which
// an HMAC keeps it: the key mixed with each of the pads.
func keyForms(secret string) []string {
	var block [sha256.BlockSize]byte
	n := copy(block[:], secret)
	return []string{
		strings.TrimPrefix(secret, "whsec_"),
		string(pad(block, 0x36)[:n]),
		string(pad(block, 0x5c)[:n]),
	}
}

// quietDetectors returns a detector of keys and signatures, and one that also finds parts
// of quietBody.
func quietDetectors() (secrets, everything *detector) {
	var sensitive []string
	for _, secret := range []string{currentSecret, previousSecret, foreignSecret} {
		mac := straightHMAC(secret, quietBody)
		sensitive = append(sensitive, keyForms(secret)...)
		sensitive = append(sensitive, string(mac), digits(signatureOf(string(mac))))
	}
	return newDetector(sensitive...), newDetector(append(sensitive, quietEvent, quietRoom, quietMessage)...)
}

func quietVerifier(t testing.TB) *webhook.Verifier {
	t.Helper()
	v := webhook.MustNew(currentSecret, webhook.WithPreviousSecrets(previousSecret), webhook.WithMaxBodyBytes(1000),
		webhook.WithObserver(func(context.Context, webhook.Delivery, error) {}))
	// A state that is kept for the next call must show as little as a fresh one.
	checkError(t, v.Verify([]byte(quietBody), webhook.Sign(previousSecret, []byte(quietBody))), nil)
	return v
}

// quietValues returns all values that a program may print or log.
func quietValues(t testing.TB) map[string]any {
	v := quietVerifier(t)
	d, err := v.VerifyReader(contextOf(t), strings.NewReader(quietBody), -1, signed(webhook.Sign(previousSecret, []byte(quietBody))))
	checkVerdict(t, d, err, nil, quietBody)
	e, err := d.Event()
	checkError(t, err, nil)
	previous := webhook.WithPreviousSecrets(currentSecret, previousSecret)
	values := map[string]any{
		"a Verifier":                     *v,
		"a Verifier's pointer":           v,
		"a nil Verifier":                 (*webhook.Verifier)(nil),
		"a zero Verifier":                webhook.Verifier{},
		"a Verifier in a struct":         struct{ V webhook.Verifier }{*v},
		"a pointer in a struct":          struct{ V *webhook.Verifier }{v},
		"a Verifier in a private field":  struct{ v webhook.Verifier }{*v},
		"a pointer in a private field":   struct{ v *webhook.Verifier }{v},
		"a pointer to such a struct":     &struct{ v webhook.Verifier }{*v},
		"Verifiers in a list":            []webhook.Verifier{*v, *v},
		"Verifiers in a map":             map[string]*webhook.Verifier{"v": v},
		"an Option with secrets":         previous,
		"Options in a list":              []webhook.Option{previous, webhook.WithMaxBodyBytes(5)},
		"a Delivery":                     d,
		"a Delivery's pointer":           &d,
		"a nil Delivery":                 (*webhook.Delivery)(nil),
		"a Delivery in a struct":         struct{ D webhook.Delivery }{d},
		"Deliveries in a list":           []webhook.Delivery{d, d},
		"Deliveries' pointers in a list": []*webhook.Delivery{&d},
		"Deliveries in a map":            map[string]webhook.Delivery{"d": d},
		"an Event":                       e,
		"an Event's pointer":             &e,
		"a nil Event":                    (*webhook.Event)(nil),
		"a method of the Verifier's":     v.Middleware,
		"a middleware around a handler":  v.Middleware(never(nil)),
	}
	for name, err := range quietErrors(t, v) {
		values["the error of "+name] = err
		values["the wrapped error of "+name] = fmt.Errorf("wrapped: %w", err)
		values["the joined error of "+name] = errors.Join(err, err)
		values["a struct with the error of "+name] = struct{ Err error }{err}
	}
	return values
}

// quietErrors returns errors of every kind, about requests full of sensitive data.
func quietErrors(t testing.TB, v *webhook.Verifier) map[string]error {
	genuine := webhook.Sign(currentSecret, []byte(quietBody))
	forged := webhook.Sign(foreignSecret, []byte(quietBody))
	verify := func(body io.Reader, size int64, lines ...string) error {
		_, err := v.VerifyReader(contextOf(t), body, size, signed(lines...))
		return err
	}
	quoting := fmt.Errorf("malformed chunk %q of %w", quietBody, &quoting{quietBody})
	return map[string]error{
		"nothing signed":         verify(strings.NewReader(quietBody), -1),
		"a malformed signature":  verify(strings.NewReader(quietBody), -1, genuine+"0"),
		"two signatures":         verify(strings.NewReader(quietBody), -1, genuine, forged),
		"a mismatch":             verify(strings.NewReader(quietBody), int64(len(quietBody)), forged),
		"a mismatch, unknown":    verify(strings.NewReader(quietBody), -1, forged),
		"an announced length":    verify(strings.NewReader(quietBody), 1001, genuine),
		"a body too large":       verify(strings.NewReader(strings.Repeat(quietBody, 20)), -1, genuine),
		"a body too short":       verify(strings.NewReader(quietBody), 999, genuine),
		"a body too long":        verify(strings.NewReader(quietBody), 20, genuine),
		"a reader that quotes":   verify(&script{{data: quietBody, err: quoting}}, -1, genuine),
		"a timeout that quotes":  verify(&script{{data: quietBody, err: errors.Join(quoting, os.ErrDeadlineExceeded)}}, -1, genuine),
		"an end that quotes":     verify(&script{{data: quietBody, err: errors.Join(quoting, io.ErrUnexpectedEOF)}}, -1, genuine),
		"a reader that lies":     verify(&script{{data: quietBody, n: 1 << 20}}, -1, genuine),
		"Verify":                 v.Verify([]byte(quietBody), forged),
		"Verify of no form":      v.Verify([]byte(quietBody), forged+genuine),
		"a nil Verifier":         (*webhook.Verifier)(nil).Verify([]byte(quietBody), genuine),
		"a zero Verifier":        new(webhook.Verifier).Verify([]byte(quietBody), genuine),
		"an event of no JSON":    eventError(quietBody + quietBody),
		"an event of no string":  eventError(`{"event":["` + quietEvent + `"]}`),
		"an event that is cut":   eventError(quietBody[:len(quietBody)-9]),
		"white space":            newError(currentSecret+"\n", webhook.WithPreviousSecrets(" "+previousSecret)),
		"quotes":                 newError(`"`+currentSecret+`"`, webhook.WithPreviousSecrets(`'`+previousSecret+`'`)),
		"control characters":     newError(currentSecret + "\x00" + foreignSecret),
		"API keys":               newError("sk_" + currentSecret),
		"more than four secrets": newError(currentSecret, webhook.WithPreviousSecrets(previousSecret, foreignSecret, currentSecret[6:], previousSecret[6:])),
		"bad options":            newError(currentSecret, nil, webhook.WithObserver(nil), webhook.WithMaxBodyBytes(-1)),
		"marshalling a Delivery": marshalError(webhook.Delivery{Body: []byte(quietBody)}),
	}
}

func eventError(body string) error {
	_, err := webhook.Delivery{Body: []byte(body)}.Event()
	return err
}

func marshalError(value any) error {
	_, err := json.Marshal(value)
	return err
}

func TestNothingIsToldByFmt(t *testing.T) {
	_, everything := quietDetectors()
	eachOf(t, quietValues(t), func(t *testing.T, value any) {
		texts := map[string]bool{fmt.Sprint(value): true, fmt.Sprintln(value): true}
		for _, verb := range append([]string{"no verb, and so one value too many"}, verbs...) {
			texts[fmt.Sprintf(verb, value)] = true
		}
		for text := range texts {
			if found := everything.in(text); found != "" {
				t.Errorf("%q shows %q", text, found)
			}
		}
	})
}

// Printing a context prints its fields, without calling their methods.
func TestAContextTellsNothing(t *testing.T) {
	_, everything := quietDetectors()
	ctx := webhook.NewContext(contextOf(t), webhook.Delivery{Body: []byte(quietBody)})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if text := fmt.Sprintf(verb, ctx); everything.in(text) != "" {
			t.Errorf("%s: %q shows %q", verb, text, everything.in(text))
		}
	}
}

func TestNothingIsToldBySlog(t *testing.T) {
	_, everything := quietDetectors()
	eachOf(t, quietValues(t), func(t *testing.T, value any) {
		var logged strings.Builder
		for _, handler := range []slog.Handler{slog.NewJSONHandler(&logged, nil), slog.NewTextHandler(&logged, nil)} {
			logger := slog.New(handler)
			logger.Info("m", "value", value)
			logger.With("value", value).WithGroup("group").Info("m", slog.Group("inner", slog.Any("value", value)))
		}
		if strings.Count(logged.String(), "\n") != 4 {
			t.Fatalf("logged %q", logged.String())
		}
		if found := everything.in(logged.String()); found != "" {
			t.Errorf("%q shows %q", logged.String(), found)
		}
	})
}

func TestAVerifierIsAnEmptyObjectInJSON(t *testing.T) {
	v := quietVerifier(t)
	type row struct {
		value any
		want  string
	}
	eachOf(t, map[string]row{
		"itself":                 {*v, `{}`},
		"its pointer":            {v, `{}`},
		"a zero one":             {webhook.Verifier{}, `{}`},
		"in a struct":            {struct{ V webhook.Verifier }{*v}, `{"V":{}}`},
		"its pointer in a field": {struct{ V *webhook.Verifier }{v}, `{"V":{}}`},
		"in a list":              {[]webhook.Verifier{*v, {}}, `[{},{}]`},
		"in a map":               {map[string]webhook.Verifier{"v": *v}, `{"v":{}}`},
	}, func(t *testing.T, c row) {
		got, err := json.Marshal(c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
	})
}

func TestSizesAndIndexesAreTold(t *testing.T) {
	v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(12345))
	d := webhook.Delivery{Body: []byte(strings.Repeat("x", 12345)), SecretIndex: 67}
	e := webhook.Event{Type: "type", RoomID: "room", Message: json.RawMessage(`"` + strings.Repeat("x", 12343) + `"`)}
	for name, value := range map[string]any{"a Verifier": v, "a Delivery": d, "an Event": e} {
		var asText, asJSON strings.Builder
		slog.New(slog.NewTextHandler(&asText, nil)).Info("m", "value", value)
		texts := []string{fmt.Sprint(value), asText.String()}
		if name != "a Verifier" { // in JSON a Verifier is empty
			slog.New(slog.NewJSONHandler(&asJSON, nil)).Info("m", "value", value)
			texts = append(texts, asJSON.String())
		}
		for _, text := range texts {
			if !strings.Contains(text, "12345") || strings.Contains(text, "0x") || name == "a Delivery" && !strings.Contains(text, "67") {
				t.Errorf("%s is shown as %q", name, text)
			}
		}
	}
}

// Printers and assertion libraries follow pointers and read unexported fields.
func TestNoKeyCanBeReachedByReflection(t *testing.T) {
	secrets, everything := quietDetectors()
	v := quietVerifier(t)
	for name, value := range map[string]any{
		"a Verifier": v,
		"an Option":  webhook.WithPreviousSecrets(currentSecret, previousSecret),
		"Options":    []webhook.Option{webhook.WithPreviousSecrets(currentSecret)},
		"a handler":  v.Middleware(never(nil)),
	} {
		if found := secrets.inMemory(value); found != "" {
			t.Errorf("%s: %q is in a field", name, found)
		}
	}
	for name, err := range quietErrors(t, v) {
		if found := secrets.inMemory(err); found != "" {
			t.Errorf("the error of %s: %q is in a field", name, found)
		}
	}
	t.Run("and would be found", func(t *testing.T) {
		type keyed struct{ mac hash.Hash }
		for name, careless := range map[string]any{
			"a key in a field":        struct{ secret string }{currentSecret},
			"a MAC in a field":        &keyed{hmac.New(sha256.New, []byte(currentSecret))},
			"a key behind a map":      map[string]any{"k": &struct{ key []byte }{[]byte(previousSecret)}},
			"a key in an array":       [1][64]byte{[64]byte(append([]byte(currentSecret), make([]byte, 64)...))},
			"a signature in an error": fmt.Errorf("got %s", webhook.Sign(currentSecret, []byte(quietBody))),
		} {
			if secrets.inMemory(careless) == "" {
				t.Errorf("%s is not found", name)
			}
		}
		for _, verb := range verbs[:len(verbs)-1] {
			if everything.in(fmt.Sprintf(verb, []byte(quietBody))) == "" {
				t.Errorf("a body printed with %s is not found", verb)
			}
		}
	})
}

func TestPanicsTellNothing(t *testing.T) {
	secrets, _ := quietDetectors()
	for name, build := range map[string]func(){
		"MustNew":       func() { webhook.MustNew(currentSecret+"\n", webhook.WithPreviousSecrets(`"`+previousSecret+`"`), nil) },
		"Middleware":    func() { quietVerifier(t).Middleware(nil) },
		"MiddlewareFor": func() { webhook.MiddlewareFor(nil) },
	} {
		value := panicValue(build)
		for _, verb := range verbs {
			if found := secrets.in(fmt.Sprintf(verb, value)); value == nil || found != "" {
				t.Errorf("%s panics with %v, which shows %q", name, value, found)
			}
		}
	}
}
