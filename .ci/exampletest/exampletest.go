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
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// runMain in the environment makes the test binary be the example.
const runMain = "WEBHOOKS_GO_RUN_MAIN"

// The secrets of the examples that Accepted's deliveries are for.
const (
	Secret   = "whsec_0123456789abcdef0123456789abcdef0123456789abcdef"
	Previous = "whsec_fedcba9876543210fedcba9876543210fedcba9876543210"
)

// Secrets is the environment with them.
var Secrets = []string{"SENDSAR_WEBHOOK_SECRET=" + Secret, "SENDSAR_WEBHOOK_PREVIOUS_SECRET=" + Previous}

// Main is an example's TestMain: it runs the example's main in the processes that Run
// starts, and the tests otherwise.
func Main(m interface{ Run() int }, main func()) {
	if os.Getenv(runMain) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Run tests the example.
func Run(t *testing.T) {
	t.Run("answers deliveries and stops on SIGTERM with exit status 0", testDeliveries)
	RunStart(t)
}

// RunStart tests how the example starts and stops. env is its environment beside its secrets.
func RunStart(t *testing.T, env ...string) {
	t.Run("stops on SIGINT with exit status 0", func(t *testing.T) {
		p := Start(t, append(env, "SENDSAR_WEBHOOK_SECRET="+Secret)...)
		p.Stop(t, syscall.SIGINT)
	})
	for name, secret := range map[string]string{
		"without a secret":        "SENDSAR_WEBHOOK_SECRET=",
		"with a quoted secret":    `SENDSAR_WEBHOOK_SECRET="` + Secret + `"`,
		"with an API key":         "SENDSAR_WEBHOOK_SECRET=sk_live_0123456789abcdef0123456789abcdef0123456789abcdef",
		"with a trailing newline": "SENDSAR_WEBHOOK_SECRET=" + Secret + "\n",
	} {
		t.Run(name+" exits 1 with a clear message", func(t *testing.T) {
			log := RunRefused(t, append(env, secret)...)
			assert.Regexp(t, `SENDSAR_WEBHOOK_SECRET is not set|invalid secret: the secret (is|has|contains)`, log)
			if _, value, _ := strings.Cut(secret, "="); value != "" {
				assert.NotContains(t, log, strings.Trim(value, "\"\n"))
			}
		})
	}
}

// RunRefused starts the example, which must exit with status 1 before it listens, and returns
// its log.
func RunRefused(t *testing.T, env ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := Command(env...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 1, exit.ExitCode())
	assert.Empty(t, stdout.String())
	assert.NotContains(t, stderr.String(), "goroutine")
	return stderr.String()
}

// Delivery is one that the example gets.
type Delivery struct {
	Name      string
	Body      []byte
	Signature string
	Event     string // which the example must find in the body
	Change    func(r *http.Request)
}

var (
	event    = []byte(`{"event":"message.created","roomId":"room-7","message":{"id":"m1","text":"grüß dich 👋"}}`)
	tampered = bytes.Replace(event, []byte("created"), []byte("deleted"), 1)
)

// Accepted are deliveries with a valid signature. Some have the same body.
func Accepted() []Delivery {
	signed := func(name, secret string, body []byte, event string, change func(r *http.Request)) Delivery {
		return Delivery{Name: name, Body: body, Signature: webhook.Sign(secret, body), Event: event, Change: change}
	}
	const created = "message.created"
	return []Delivery{
		signed("an event", Secret, event, created, nil),
		signed("under the previous secret", Previous, event, created, nil),
		signed("chunked", Secret, event, created, func(r *http.Request) { r.ContentLength = -1 }),
		signed("JSON that says it is a form", Secret, event, created, contentType("application/x-www-form-urlencoded")),
		signed("JSON that says it is multipart", Secret, event, created, contentType("multipart/form-data; boundary=x")),
		signed("bytes that say they are gzip", Secret, event, created, func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }),
		signed("no event", Secret, []byte(`["event"]`), "", nil),
		signed("an empty body", Secret, []byte{}, "", nil),
		signed("invalid UTF-8", Secret, []byte{0xff, 0xfe, 0x00, 0x80}, "", nil),
		signed("the largest body", Secret, bytes.Repeat([]byte{'x'}, webhook.DefaultMaxBodyBytes), "", nil),
	}
}

func contentType(value string) func(r *http.Request) {
	return func(r *http.Request) { r.Header.Set("Content-Type", value) }
}

// RunRefusals sends what the example must refuse.
func RunRefusals(t *testing.T, p *Process) {
	for _, d := range []Delivery{
		{Name: "a forged delivery", Body: event, Signature: webhook.Sign("whsec_e379b379a282924ccfcf54cb4b0ec58ff999469442993a86", event)},
		{Name: "a tampered delivery", Body: tampered, Signature: webhook.Sign(Secret, event)},
		{Name: "an unsigned one", Body: event},
	} {
		t.Run("refuses "+d.Name, func(t *testing.T) {
			status, _, answer := p.Deliver(t, d)
			assert.Equal(t, http.StatusUnauthorized, status)
			assert.Contains(t, string(answer), "invalid signature")
		})
	}
	t.Run("refuses a delivery over the limit", func(t *testing.T) {
		body := bytes.Repeat([]byte{'x'}, webhook.DefaultMaxBodyBytes+1)
		response, err := p.Client.Do(p.Request(t, body, webhook.Sign(Secret, body)))
		if err != nil {
			return // fasthttp closes the connection while the body still comes
		}
		defer func() { assert.NoError(t, response.Body.Close()) }()
		assert.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
	})
}

// CheckLog checks the log of a process that got the deliveries of Accepted and RunRefusals.
func CheckLog(t *testing.T, log string) {
	t.Helper()
	for _, reason := range []string{"signature_mismatch", "missing_signature"} {
		assert.Contains(t, log, `"reason":"`+reason+`"`)
	}
	for _, confidential := range []string{Secret, Previous, webhook.Sign(Secret, event), webhook.Sign(Secret, tampered), "grüß"} {
		assert.NotContains(t, log, confidential)
	}
	for line := range strings.Lines(log) {
		assert.True(t, json.Valid([]byte(line)), "stderr holds JSON lines only: %s", line)
	}
}

func testDeliveries(t *testing.T) {
	p := Start(t, Secrets...)
	for _, d := range Accepted() {
		t.Run("accepts "+d.Name, func(t *testing.T) {
			status, header, answer := p.Deliver(t, d)
			require.Equal(t, http.StatusOK, status)
			assert.Contains(t, header.Get("Content-Type"), "application/json")
			sum := sha256.Sum256(d.Body)
			want, err := json.Marshal(map[string]any{"event": d.Event, "bytes": len(d.Body), "sha256": hex.EncodeToString(sum[:])})
			require.NoError(t, err)
			assert.JSONEq(t, string(want), string(answer))
		})
	}
	RunRefusals(t, p)
	log := p.Stop(t, syscall.SIGTERM)
	assert.Equal(t, len(Accepted()), strings.Count(log, `"delivery verified"`), "the handler ran for the accepted ones only")
	assert.Equal(t, 1, strings.Count(log, `"secret_index":1`))
	CheckLog(t, log)
}

// Process is a running example.
type Process struct {
	Client *http.Client
	URL    string // of its server

	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr string // the path of a file
}

// Command is the example's, on a free port.
func Command(env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append([]string{runMain + "=1", "ADDR=127.0.0.1:0"}, env...)
	return cmd
}

// Start starts the example and waits until it listens.
func Start(t *testing.T, env ...string) *Process {
	t.Helper()
	p, err := TryStart(t, Command(env...))
	require.NoError(t, err)
	return p
}

// TryStart is Start for what Command returned, and for any goroutine.
func TryStart(t *testing.T, cmd *exec.Cmd) (*Process, error) {
	t.Helper()
	p := &Process{cmd: cmd, stderr: filepath.Join(t.TempDir(), "stderr"), Client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}}
	stderr, err := os.Create(p.stderr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stderr.Close() }() // the process has its own
	p.cmd.Stderr = stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	t.Cleanup(func() { // if the test failed before Stop or Kill
		p.Client.CloseIdleConnections()
		p.Kill()
	})
	p.stdout = bufio.NewReader(stdout)
	line, err := p.stdout.ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		return nil, fmt.Errorf("it does not listen: stdout: %q (%w), stderr: %s", line, err, p.Log())
	}
	p.URL = "http://" + addr
	return p, nil
}

// Request returns a request for the example's endpoint.
func (p *Process) Request(t *testing.T, body []byte, signature string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/webhooks/sendsar", io.NopCloser(bytes.NewReader(body)))
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

// Deliver sends d and returns the answer.
func (p *Process) Deliver(t *testing.T, d Delivery) (status int, header http.Header, answer []byte) {
	t.Helper()
	r := p.Request(t, d.Body, d.Signature)
	if d.Change != nil {
		d.Change(r)
	}
	response, err := p.Client.Do(r)
	require.NoError(t, err)
	answer, err = io.ReadAll(response.Body)
	require.NoError(t, errors.Join(err, response.Body.Close()))
	return response.StatusCode, response.Header, answer
}

// Log returns what the process has written to its standard error.
func (p *Process) Log() string {
	log, _ := os.ReadFile(p.stderr) // empty if it cannot be read, which every caller notices
	return string(log)
}

// Signal sends a signal, and does not wait for what it does.
func (p *Process) Signal(t *testing.T, signal os.Signal) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(signal))
}

// Kill ends the process as a crash would. It does nothing if the process has ended.
func (p *Process) Kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill() // it may have ended by itself
		_ = p.cmd.Wait()         // it was killed; there is nothing else to learn
	}
}

// Stop ends the process, which must have exit status 0, and returns its log.
func (p *Process) Stop(t *testing.T, signal os.Signal) string {
	t.Helper()
	p.Signal(t, signal)
	rest, err := io.ReadAll(p.stdout) // before Wait, which closes the pipe
	require.NoError(t, err)
	require.NoError(t, p.cmd.Wait(), "exit status 0, stderr: %s", p.Log())
	assert.Empty(t, string(rest), "stdout holds one line")
	return p.Log()
}
