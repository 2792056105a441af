package diagnose_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/diagnose"
)

// deliveries are valid bodies in many shapes, some of which look like a mistake.
func deliveries(t *testing.T, random *rand.Rand) []string {
	texts := []string{
		"grüß dich 👋", "a \ufffd b", b64(called), called, literal(called), "\x00\u2028", "<b>&amp;</b>", "%7B%22a%22%3A1%7D", "x=1&y=2",
		"2026/11/26 10:00:00 body: {}", "whsec_ and sha256=", "Ã¼", "e\u0301", "a\nb\r\n", "…", `\"\\n`, "\x1b[0m", "b'x'",
	}
	var all []string
	for i, text := range texts {
		value := map[string]any{
			"event": "message.created", "roomId": fmt.Sprint("r", random.Int()),
			"message": map[string]any{"text": text, "n": random.Float64() * 1e22, "list": []any{nil, true, 1.5, "x"}, "none": nil},
		}
		compact, err := json.Marshal(value) // sorted
		if err != nil {
			t.Fatal(err)
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, compact, "", strings.Repeat(" ", 1+i%4)); err != nil {
			t.Fatal(err)
		}
		ordered := fmt.Sprintf(`{"event":"message.created","roomId":"r%d","message":{"text":%s,"body":%s}}`, random.Int(), literal(text), literal(text))
		all = append(all, []string{string(compact), indented.String(), ordered}[i%3])
	}
	return append(all, "", "1", "{}", "[]", `"x"`, "null", "[1,2,3]", `{"body":"x"}`, `{"data":"eyJ4IjoxfQ=="}`, `{"message":{"data":"x"}}`)
}

func TestExplainNamesNothingForADeliveryOfAnotherAccount(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for i, body := range deliveries(t, random) {
		signature := sign(previous, body)
		if i%2 == 0 {
			signature = sign(secret, fmt.Sprintf(`{"event":"call.ended","roomId":"r%d"}`, random.Int()))
		}
		c := diagnose.Case{Body: []byte(body), Signature: signature, Secret: secret}
		got := explain(c)
		if len(got.Mistakes) > 0 || got.Proved || len(got.Tried) == 0 {
			t.Errorf("%q: got %q", body, ids(got.Mistakes))
		}
		checkSilence(t, c, got)
	}
}

func TestExplainSaysSoIfNotEverythingCouldBeTried(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	large := `{"event":"x","text":"` + strings.Repeat("ü<>/ ", 100_000) + `"}`
	got := explain(diagnose.Case{Body: []byte(large), Signature: sign(previous, "x"), Secret: secret})
	if last := got.Tried[len(got.Tried)-1]; len(got.Mistakes) > 0 || !strings.HasPrefix(last, "not every combination") {
		t.Errorf("got %q, %q", ids(got.Mistakes), last)
	}
}

func TestExplainReturnsNothingForAGenuineDelivery(t *testing.T) {
	t.Parallel()
	got := explain(diagnose.Case{Body: []byte(called), Signature: " " + sign(secret, called), Secret: secret})
	if got.Mistakes != nil || got.Proved || got.Tried != nil {
		t.Errorf("got %+v", got)
	}
}

func TestExplainStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	got := diagnose.Explain(ctx, diagnose.Case{Body: []byte(called), Signature: sign(previous, "x"), Secret: secret}, func(tried int) {
		calls++
		if tried <= 0 {
			t.Errorf("progress of %d", tried)
		}
		cancel()
	})
	if got.Mistakes != nil || got.Proved || got.Tried != nil || calls != 1 {
		t.Errorf("got %+v after %d calls of progress", got, calls)
	}
}

func TestExplainIsNamedOnlyForWhatIsPlainlyVisible(t *testing.T) {
	skipUnderRace(t)
	t.Parallel()
	for name, test := range map[string]struct{ body, want string }{
		"base64":                 {b64(called), "body_base64"},
		"a JSON string":          {literal(called), "body_json_string"},
		"a cut body":             {called[:60], "body_cut"},
		"a cut body, inside":     {called[:35], "body_cut"},
		"an HTTP message":        {"POST / HTTP/1.1\r\nHost: x\r\n\r\n" + called, "body_http"},
		"gzip":                   {gzipped(t, called), "body_compressed"},
		"UTF-16":                 {"\xff\xfe" + utf16le(called), "utf16"},
		"NULs":                   {called + "\x00", "nul_padding"},
		"an object's name":       {"[object Object]", "body_placeholder"},
		"an envelope":            {`{"requestContext":{},"body":"x","isBase64Encoded":false}`, "body_envelope"},
		"a log line":             {"2026/11/26 body: " + called, "body_in_text"},
		"gzip made text":         {strings.ToValidUTF8(gzipped(t, called), "\ufffd"), "body_compressed_text"},
		"base64 that is cut":     {b64(called)[:100], "body_base64"},
		"chunks that are cut":    {fmt.Sprintf("%x\r\n%s", len(called), called[:90]), "body_chunked"},
		"one byte":               {"{", "body_cut"},
		"a cut body, a line end": {called[:60] + "\n", "body_cut"},
		"its first half lost":    {called[60:], "body_beginning_lost"},
		"Java's map":             {"{event=call.ended, roomId=r-77}", "body_literal"},
		"Go's map":               {"map[event:call.ended roomId:r-77]", "body_literal"},
		"PHP's array":            {"Array\n(\n    [event] => call.ended\n)\n", "body_literal"},
		"a page":                 {"<!DOCTYPE html><title>502 Bad Gateway</title>", "body_page"},
		"None":                   {"None", "body_placeholder"},
		"a .NET array":           {"System.Byte[]", "body_placeholder"},
		"a shown buffer":         {"<Buffer 7b 22 65 ... 94 more bytes>", "body_placeholder"},
		"a file's name":          {"@body.json", "body_name"},
		"a variable":             {"${BODY}", "body_name"},
		"an unclear quote":       {`{"event":"x","with":["Jos" more \\ done"}`, ""},
		"some text":              {"hello", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := diagnose.Case{Body: []byte(test.body), Signature: sign(previous, "x"), Secret: secret}
			got := explain(c)
			if got.Proved || strings.Join(ids(got.Mistakes), " ") != test.want {
				t.Errorf("got %q", ids(got.Mistakes))
			}
			checkSilence(t, c, got)
		})
	}
}

// FuzzExplainIsSilent checks that no text shows a part of the secret, the signature or the body.
func FuzzExplainIsSilent(f *testing.F) {
	skipUnderRace(f)
	for _, seed := range []struct{ signature, body, secret string }{
		{sign(secret, called) + ",", called, secret},
		{"Bearer 0x" + strings.Repeat("4d", 32), called[:50], `"` + secret + `"`},
		{"x", literal(called), "SENDSAR_WEBHOOK_SECRET=" + secret},
	} {
		f.Add(seed.signature, []byte(seed.body), seed.secret)
	}
	f.Fuzz(func(t *testing.T, signature string, body []byte, key string) {
		c := diagnose.Case{Body: body, Signature: signature, Secret: key}
		shown := strings.ToLower(fmt.Sprint(explain(c)))
		for _, hidden := range []string{signature, string(body), key, sign(key, string(body)), sign(secret, string(body))} {
			hidden = strings.ToLower(strings.TrimPrefix(hidden, "sha256="))
			for i := 0; i+12 <= len(hidden); i++ {
				if part := hidden[i : i+12]; strings.ContainsAny(part, "0123456789") && strings.ContainsAny(part, "abcdef") && strings.Contains(shown, part) && !strings.Contains(texts, part) {
					t.Errorf("%q is shown", part)
				}
			}
		}
	})
}

// texts are the parts of our own sentences that have digits in them.
const texts = "x-webhook-signature sha256= and 64 lower-case hex digits isbase64encoded windows-1252 sha3-256 sha-512/256 hmac-sha256 records[0]"
