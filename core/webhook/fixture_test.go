package webhook_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Secrets of the form that the console shows: "whsec_" and 48 hex digits.
const (
	currentSecret  = "whsec_0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdef"
	previousSecret = "whsec_f00dcafe0123456789abcdef0f1e2d3c4b5a69788796a5b4"
	foreignSecret  = "whsec_5ca1ab1edeadbeef5ca1ab1edeadbeef5ca1ab1edeadbeef"
	thirdSecret    = "whsec_89abcdef0f1e2d3c4b5a69788796a5b4c3d2e1f001234567"
	fourthSecret   = "whsec_96a5b4c3d2e1f0f00dcafe0123456789abcdef0f1e2d3c4b"
)

const eventBody = `{"event":"message.created","roomId":"room_7","message":{"id":"m_1","text":"quokka"}}`

// signed returns the header of a request with these signature lines.
func signed(lines ...string) func(name string) []string {
	return http.Header{webhook.SignatureHeader: lines}.Values
}

// sentinels are all errors of the package. No error may match two of them.
var sentinels = map[string]error{
	"ErrInvalidSecret":      webhook.ErrInvalidSecret,
	"ErrMissingSignature":   webhook.ErrMissingSignature,
	"ErrMalformedSignature": webhook.ErrMalformedSignature,
	"ErrSignatureMismatch":  webhook.ErrSignatureMismatch,
	"ErrBodyTooLarge":       webhook.ErrBodyTooLarge,
	"ErrBodyRead":           webhook.ErrBodyRead,
	"ErrBodyAltered":        webhook.ErrBodyAltered,
	"ErrNoVerifier":         webhook.ErrNoVerifier,
}

// checkError fails unless got is want and none of the package's other errors.
func checkError(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error: got %v, want %v", got, want)
	}
	for name, sentinel := range sentinels {
		if errors.Is(got, sentinel) && !errors.Is(want, sentinel) {
			t.Errorf("error: %v is also %s", got, name)
		}
	}
}

// checkVerdict fails unless an accepted delivery has this body, and a refusal has a zero
// delivery.
func checkVerdict(t testing.TB, d webhook.Delivery, got, want error, body string) {
	t.Helper()
	checkError(t, got, want)
	switch {
	case want != nil:
		if d.Body != nil || d.SecretIndex != 0 {
			t.Errorf("a refusal came with a delivery of %d bytes, secret %d", len(d.Body), d.SecretIndex)
		}
	case string(d.Body) != body:
		t.Errorf("the delivery's body has %d bytes and is not the one of %d bytes that was sent", len(d.Body), len(body))
	case d.Body == nil:
		t.Error("a verified body is nil")
	case cap(d.Body) != len(d.Body):
		t.Errorf("the body's capacity is %d, its length %d", cap(d.Body), len(d.Body))
	}
}

// readAll reads a body to its end.
func readAll(t testing.TB, body io.Reader) string {
	t.Helper()
	read, err := io.ReadAll(body)
	if err != nil {
		t.Errorf("the body cannot be read: %v", err)
	}
	return string(read)
}

// panicValue returns the value that f panics with, or nil.
func panicValue(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

// checkPanic fails unless f panics with the error want.
func checkPanic(t testing.TB, f func(), want error) {
	t.Helper()
	value := panicValue(f)
	if err, isError := value.(error); !isError || !errors.Is(err, want) {
		t.Errorf("panicked with %v, want %v", value, want)
	}
}

func loadJSON(t testing.TB, path string, into any) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// storedBodies returns the bodies in a folder of testdata/bodies by file name.
func storedBodies(t testing.TB, folder string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "bodies", folder, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no bodies in %s: %v", folder, err)
	}
	bodies := make(map[string]string, len(paths))
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		bodies[filepath.Base(path)] = string(content)
	}
	return bodies
}

// allBodies returns bodies of every kind. Each can be signed.
func allBodies(t testing.TB) map[string]string {
	t.Helper()
	bodies := map[string]string{
		"empty":          "",
		"one byte":       "\x00",
		"an event":       eventBody,
		"every byte":     everyByte(),
		"not JSON":       "a=b&c=d",
		"64 KiB":         strings.Repeat("0123456789abcdef", 4<<10),
		"the full limit": strings.Repeat("x", webhook.DefaultMaxBodyBytes),
	}
	maps.Copy(bodies, storedBodies(t, "octokit"))
	maps.Copy(bodies, storedBodies(t, "jsontestsuite"))
	return bodies
}

func everyByte() string {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return string(all)
}

// eachOf runs a subtest for every entry of a table, in the order of its names.
func eachOf[T any](t *testing.T, table map[string]T, test func(t *testing.T, entry T)) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(table)) {
		t.Run(name, func(t *testing.T) { test(t, table[name]) })
	}
}
