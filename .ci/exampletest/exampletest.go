//go:build unix

// Package exampletest is the test that every example passes: started as a process, as a
// user would, it gets deliveries over TCP and is stopped with SIGTERM.
package exampletest

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// runMain in the environment makes the test binary be the example.
const runMain = "WEBHOOKS_GO_RUN_MAIN"

const (
	secret   = "whsec_0123456789abcdef0123456789abcdef0123456789abcdef"
	previous = "whsec_fedcba9876543210fedcba9876543210fedcba9876543210"
)

// Main is an example's TestMain: it runs the example's main in the processes that Run
// starts, and the tests otherwise.
func Main(m *testing.M, main func()) {
	if os.Getenv(runMain) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Run tests the example.
func Run(t *testing.T) {
	t.Run("answers deliveries and stops on SIGTERM with exit status 0", testDeliveries)
	t.Run("stops on SIGINT with exit status 0", func(t *testing.T) {
		p := start(t, "SENDSAR_WEBHOOK_SECRET="+secret)
		p.stop(t, syscall.SIGINT)
	})
	for name, env := range map[string]string{
		"without a secret":        "SENDSAR_WEBHOOK_SECRET=",
		"with a quoted secret":    `SENDSAR_WEBHOOK_SECRET="` + secret + `"`,
		"with an API key":         "SENDSAR_WEBHOOK_SECRET=sk_live_0123456789abcdef0123456789abcdef0123456789abcdef",
		"with a trailing newline": "SENDSAR_WEBHOOK_SECRET=" + secret + "\n",
	} {
		t.Run(name+" exits 1 with a clear message", func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			cmd := command(env)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			assert.Equal(t, 1, exit.ExitCode())
			assert.Empty(t, stdout.String())
			assert.Regexp(t, `SENDSAR_WEBHOOK_SECRET is not set|invalid secret: the secret (is|has|contains)`, stderr.String())
			assert.NotContains(t, stderr.String(), "goroutine")
			if _, value, _ := strings.Cut(env, "="); value != "" {
				assert.NotContains(t, stderr.String(), strings.Trim(value, "\"\n"))
			}
		})
	}
}

func testDeliveries(t *testing.T) {
	p := start(t, "SENDSAR_WEBHOOK_SECRET="+secret, "SENDSAR_WEBHOOK_PREVIOUS_SECRET="+previous)
	event := []byte(`{"event":"message.created","roomId":"room-7","message":{"id":"m1","text":"grüß dich 👋"}}`)

	accepted := []struct {
		name   string
		secret string
		body   []byte
		event  string
		change func(r *http.Request)
	}{
		{name: "an event", secret: secret, body: event, event: "message.created"},
		{name: "under the previous secret", secret: previous, body: event, event: "message.created"},
		{name: "chunked", secret: secret, body: event, event: "message.created", change: func(r *http.Request) { r.ContentLength = -1 }},
		{name: "JSON that says it is a form", secret: secret, body: event, event: "message.created", change: contentType("application/x-www-form-urlencoded")},
		{name: "JSON that says it is multipart", secret: secret, body: event, event: "message.created", change: contentType("multipart/form-data; boundary=x")},
		{name: "bytes that say they are gzip", secret: secret, body: event, event: "message.created", change: func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }},
		{name: "no event", secret: secret, body: []byte(`["event"]`)},
		{name: "an empty body", secret: secret, body: []byte{}},
		{name: "invalid UTF-8", secret: secret, body: []byte{0xff, 0xfe, 0x00, 0x80}},
		{name: "the largest body", secret: secret, body: bytes.Repeat([]byte{'x'}, webhook.DefaultMaxBodyBytes)},
	}
	for _, test := range accepted {
		t.Run("accepts "+test.name, func(t *testing.T) {
			status, header, answer := p.deliver(t, test.body, webhook.Sign(test.secret, test.body), test.change)
			require.Equal(t, http.StatusOK, status)
			assert.Contains(t, header.Get("Content-Type"), "application/json")
			sum := sha256.Sum256(test.body)
			want, err := json.Marshal(map[string]any{"event": test.event, "bytes": len(test.body), "sha256": hex.EncodeToString(sum[:])})
			require.NoError(t, err)
			assert.JSONEq(t, string(want), string(answer))
		})
	}

	tampered := bytes.Replace(event, []byte("created"), []byte("deleted"), 1)
	refused := map[string]struct {
		body      []byte
		signature string
	}{
		"a forged delivery":   {event, webhook.Sign("whsec_e379b379a282924ccfcf54cb4b0ec58ff999469442993a86", event)},
		"a tampered delivery": {tampered, webhook.Sign(secret, event)},
		"an unsigned one":     {event, ""},
	}
	for name, test := range refused {
		t.Run("refuses "+name, func(t *testing.T) {
			status, _, answer := p.deliver(t, test.body, test.signature, nil)
			assert.Equal(t, http.StatusUnauthorized, status)
			assert.Contains(t, string(answer), "invalid signature")
		})
	}
	t.Run("refuses a delivery over the limit", func(t *testing.T) {
		body := bytes.Repeat([]byte{'x'}, webhook.DefaultMaxBodyBytes+1)
		response, err := p.client.Do(p.request(t, body, webhook.Sign(secret, body)))
		if err != nil {
			return // fasthttp closes the connection while the body still comes
		}
		defer func() { assert.NoError(t, response.Body.Close()) }()
		assert.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
	})

	log := p.stop(t, syscall.SIGTERM)
	assert.Equal(t, len(accepted), strings.Count(log, `"delivery verified"`), "the handler ran for the accepted ones only")
	assert.Equal(t, 1, strings.Count(log, `"secret_index":1`))
	for _, reason := range []string{"signature_mismatch", "missing_signature"} {
		assert.Contains(t, log, `"reason":"`+reason+`"`)
	}
	for _, confidential := range []string{secret, previous, webhook.Sign(secret, event), webhook.Sign(secret, tampered), "grüß"} {
		assert.NotContains(t, log, confidential)
	}
	for line := range strings.Lines(log) {
		assert.True(t, json.Valid([]byte(line)), "stderr holds JSON lines only: %s", line)
	}
}

func contentType(value string) func(r *http.Request) {
	return func(r *http.Request) { r.Header.Set("Content-Type", value) }
}

// process is a running example.
type process struct {
	cmd    *exec.Cmd
	client *http.Client
	url    string
	stdout *bufio.Reader
	stderr *lockedBuffer
}

func command(env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append([]string{runMain + "=1", "ADDR=127.0.0.1:0"}, env...)
	return cmd
}

func start(t *testing.T, env ...string) *process {
	t.Helper()
	p := &process{cmd: command(env...), stderr: new(lockedBuffer), client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}}
	p.cmd.Stderr = p.stderr
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() {
		p.client.CloseIdleConnections()
		if p.cmd.ProcessState == nil { // the test failed before stop
			assert.NoError(t, p.cmd.Process.Kill())
			_ = p.cmd.Wait() // it was killed; there is nothing else to learn
		}
	})
	p.stdout = bufio.NewReader(stdout)
	line, err := p.stdout.ReadString('\n')
	require.NoError(t, err, "stderr: %s", p.stderr)
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	require.True(t, ok, "stdout: %s", line)
	p.url = "http://" + addr + "/webhooks/sendsar"
	return p
}

func (p *process) request(t *testing.T, body []byte, signature string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url, io.NopCloser(bytes.NewReader(body)))
	require.NoError(t, err)
	r.ContentLength = int64(len(body))
	if len(body) == 0 {
		r.Body = http.NoBody
	}
	r.Header.Set("Content-Type", "application/json")
	if signature != "" {
		r.Header.Set(webhook.SignatureHeader, signature)
	}
	return r
}

func (p *process) deliver(t *testing.T, body []byte, signature string, change func(r *http.Request)) (status int, header http.Header, answer []byte) {
	t.Helper()
	r := p.request(t, body, signature)
	if change != nil {
		change(r)
	}
	response, err := p.client.Do(r)
	require.NoError(t, err)
	answer, err = io.ReadAll(response.Body)
	require.NoError(t, errors.Join(err, response.Body.Close()))
	return response.StatusCode, response.Header, answer
}

// stop ends the process and returns its log.
func (p *process) stop(t *testing.T, signal os.Signal) string {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(signal))
	rest, err := io.ReadAll(p.stdout) // before Wait, which closes the pipe
	require.NoError(t, err)
	require.NoError(t, p.cmd.Wait(), "exit status 0")
	assert.Empty(t, string(rest), "stdout holds one line")
	return p.stderr.String()
}

// lockedBuffer is read while the process still writes.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
