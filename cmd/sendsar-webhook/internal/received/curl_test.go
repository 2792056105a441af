//go:build unix

package received_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
)

// recorder replaces curl. It records its arguments, each followed by a NUL, and its input.
const recorder = `#!/bin/sh
for argument; do printf '%s\0' "$argument"; done > "$RECORD.args"
case "$*" in *'--data-binary @-'*) cat > "$RECORD.stdin" ;; esac
`

// pasted runs a command in a shell in which curl is the recorder.
func pasted(t *testing.T, command string) (args []string, stdin string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "curl"), []byte(recorder), 0o755); err != nil {
		t.Fatal(err)
	}
	shell := exec.CommandContext(t.Context(), "sh", "-s")
	shell.Stdin = strings.NewReader(command + "\n")
	shell.Dir = dir
	shell.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "RECORD=" + filepath.Join(dir, "record")}
	if out, err := shell.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	recorded, err := os.ReadFile(filepath.Join(dir, "record.args"))
	if err != nil {
		t.Fatal(err)
	}
	input, err := os.ReadFile(filepath.Join(dir, "record.stdin"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(recorded), "\x00"), "\x00"), string(input)
}

// values returns the arguments that follow an option.
func values(args []string, option string) []string {
	var all []string
	for i, arg := range args[:len(args)-1] {
		if arg == option {
			all = append(all, args[i+1])
		}
	}
	return all
}

var bodies = map[string]string{
	"empty":         "",
	"JSON":          `{"event":"console.test"}`,
	"a line feed":   "{\n}\n",
	"quotes":        `'"` + "`$(touch here)`" + `$HOME \ \n !! %s '\''`,
	"a file's name": "@/etc/hostname",
	"a flag":        "--output x",
	"text":          "grüß dich 👋",
	"CRLF":          "a\r\nb\r\n",
	"NUL":           "a\x00b",
	"not UTF-8":     "\xff\xfe\x80",
	"end of paste":  "\x1b[201~\ntouch here\n",
	"bidi":          "a\u202eb",
	"a tab":         "a\tb",
	"large text":    strings.Repeat("x'y\n", 40_000),
	"large binary":  strings.Repeat("\x00\xff", 80_000),
}

func TestCurlSendsTheBodyByteForByte(t *testing.T) {
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			d := example()
			d.Body = []byte(body)
			args, stdin := pasted(t, d.Curl("http://127.0.0.1:1/"))
			got := stdin
			if raw := values(args, "--data-raw"); len(raw) > 0 {
				got = strings.Join(raw, "&")
			}
			if got != body {
				t.Errorf("got %.200q, want %.200q", got, body)
			}
		})
	}
}

func TestCurlCanBePasted(t *testing.T) {
	for name, body := range bodies {
		d := example()
		d.Body = []byte(body)
		d.Header = http.Header{"X-Hostile": {"\u202e\x1b[201~'; touch here; '"}, "X-Tab": {"a\tb%s\\n\xff"}}
		command := d.Curl("http://127.0.0.1:1/\u202e'#\x1b")
		for _, r := range command {
			if r != '\n' && !strconv.IsPrint(r) {
				t.Errorf("%s: the command has %q", name, r)
			}
		}
		if name == "JSON" {
			args, _ := pasted(t, command)
			headers := values(args, "--header")
			if headers[0] != "X-Hostile: "+d.Header.Get("X-Hostile") || headers[1] != "X-Tab: "+d.Header.Get("X-Tab") {
				t.Errorf("got %q", headers)
			}
		}
	}
}

// The real curl sends the delivery. Only what belongs to the client may differ.
func TestCurlSendsTheDelivery(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed: the other tests use a stand-in")
	}
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	for name, change := range map[string]func(*received.Delivery){
		"as it is":        func(*received.Delivery) {},
		"large":           func(d *received.Delivery) { d.Body = []byte(bodies["large text"]) },
		"another method":  func(d *received.Delivery) { d.Method = "PUT" },
		"an empty header": func(d *received.Delivery) { d.Header["X-Empty"] = []string{""} },
		"no content type": func(d *received.Delivery) { d.Header.Del("Content-Type") },
		"hop by hop": func(d *received.Delivery) {
			d.Header["Connection"], d.Header["Expect"], d.Header["Accept-Encoding"] = []string{"close"}, []string{"100-continue"}, []string{"br"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := example()
			change(&d)
			shell := exec.CommandContext(t.Context(), "sh", "-s")
			shell.Stdin = strings.NewReader(d.Curl(server.URL + "/a/../b?x=[1-2]{y}"))
			if out, err := shell.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			want := d.Header.Clone()
			for _, name := range []string{"Transfer-Encoding", "Connection", "Expect", "Accept-Encoding"} {
				want.Del(name)
			}
			want.Set("Content-Length", strconv.Itoa(len(d.Body)))
			got.Header.Del("User-Agent") // curl's
			if got.Method != d.Method || got.RequestURI != "/a/../b?x=[1-2]{y}" || string(body) != string(d.Body) {
				t.Errorf("got %s %s %.200q", got.Method, got.RequestURI, body)
			}
			if !equal(got.Header, want) {
				t.Errorf("got the header %v, want %v", got.Header, want)
			}
		})
	}
}

func equal(a, b http.Header) bool {
	var first, second strings.Builder
	_ = a.Write(&first)
	_ = b.Write(&second)
	return first.String() == second.String()
}
