package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/received"
	"github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook/internal/redact"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// patience is how long Sendsar waits for an answer (public console source).
const patience = 10 * time.Second

const notHTTP = "the reply is not HTTP"

const (
	// shownAnswer is how many bytes of an answer are shown.
	shownAnswer = 200
	// keptAnswer is how many bytes of it are kept and searched for secrets and signatures.
	keptAnswer = 64 << 10
)

// outcome is the result of sending one delivery.
type outcome struct {
	answered   bool
	status     int    // a server can send 0, although it is not a status
	unfinished string // why the answer did not end; empty if it did
	location   string // where a redirect points
	answer     string // the start of the answer's body
	cut        bool   // the body is longer than answer
	own        bool   // the body is a text of the middleware
	challenged bool   // the answer asks for a login
	took       time.Duration
	failure    failure  // if there was no answer
	hide       []string // secrets and signatures, which an endpoint may echo
}

// redacted returns o with texts that may be shown.
func (o outcome) redacted() outcome {
	foreign := redact.New(o.hide...)
	o.location, o.failure.detail = foreign.Text(o.location), foreign.Text(o.failure.detail)
	o.answer, o.cut = received.Start(foreign.Text(o.answer), shownAnswer)
	return o
}

// failure explains why there was no answer.
type failure struct {
	text   string // one of a few fixed texts, so that equal failures can be counted
	detail string // foreign text, may be empty
	fix    string
}

// newClient returns a client that keeps a connection open for each concurrent delivery.
func newClient(atOnce int) *http.Client {
	transport := newTransport()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = atOnce, atOnce
	return &http.Client{
		Transport: transport,
		Timeout:   patience,
		// Sendsar accepts only a 2xx, so a redirect is judged as the answer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// transport is an http.Transport whose errors report whether the connection had served
// another request before.
type transport struct{ *http.Transport }

func newTransport() transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableCompression = true // answers are shown as they arrive, and no Accept-Encoding is sent
	return transport{t}
}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	reused := false
	trace := httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }}
	response, err := t.Transport.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), &trace)))
	if err != nil && reused {
		err = reusedError{err}
	}
	return response, err
}

// reusedError is an error on a connection that had served another request.
type reusedError struct{ error }

func (e reusedError) Unwrap() error { return e.error }

// deliver sends one delivery. secret is the one that signed it, if it is known. The outcome
// has foreign text, which must go through redacted before it is shown.
func deliver(client *http.Client, r *http.Request, secret string) outcome {
	hide := []string{secret, r.Header.Get(webhook.SignatureHeader), os.Getenv(secretVariable), os.Getenv(previousVariable)}
	start := time.Now()
	response, err := client.Do(r)
	if err != nil {
		return outcome{took: time.Since(start), failure: explain(err), hide: hide}
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	o := outcome{
		answered: true, status: response.StatusCode,
		location:   response.Header.Get("Location"),
		challenged: response.Header.Get("WWW-Authenticate") != "",
		hide:       hide,
	}
	if o.status == http.StatusSwitchingProtocols { // what follows is another protocol
		o.took = time.Since(start)
		return o
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, keptAnswer))
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	o.took = time.Since(start)
	o.own = isOwnText(o.status, answer)
	o.answer = string(answer)
	switch timeout := (interface{ Timeout() bool })(nil); {
	case err == nil:
	case errors.As(err, &timeout) && timeout.Timeout():
		o.unfinished = "the answer did not end within " + patience.String()
	default:
		o.unfinished = "the answer was cut off"
	}
	return o
}

// isOwnText reports whether an answer is the middleware's rejection, plain or in one of the
// JSON shapes of the frameworks.
func isOwnText(status int, answer []byte) bool {
	text := strings.TrimSpace(string(answer))
	var shape map[string]string
	if json.Unmarshal(answer, &shape) == nil && len(shape) == 1 {
		text = shape["error"] + shape["message"]
	}
	for _, refusal := range []error{webhook.ErrMissingSignature, webhook.ErrBodyAltered} {
		if webhook.StatusCode(refusal) == status {
			return text == webhook.PublicMessage(refusal)
		}
	}
	return false
}

// explain describes an error of the client. It uses the cause, because an error of net/http
// quotes the URL.
func explain(err error) failure {
	var sending *url.Error
	if errors.As(err, &sending) {
		if sending.Timeout() {
			return failure{"nothing came within " + patience.String(), "", "that is a failed delivery: store the event, answer, and do slow work behind a queue"}
		}
		err = sending.Err
	}
	var (
		operation   *net.OpError
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		otherHost   x509.HostnameError
		noTLS       tls.RecordHeaderError
		reused      reusedError
	)
	switch {
	case errors.As(err, &name):
		return failure{"the host name cannot be resolved", "", "check it in the URL"}
	case errors.As(err, &otherHost): // its text quotes the name, which is a part of the URL
		return failure{"the certificate is for another host name", "", "use the name that the certificate is for"}
	case errors.As(err, &certificate):
		return failure{
			"the certificate is not accepted", certificate.Err.Error(),
			"Sendsar needs one that is publicly trusted; on your own machine use http",
		}
	case errors.As(err, &noTLS), strings.Contains(err.Error(), "gave HTTP response to HTTPS client"):
		return failure{"the server does not speak TLS there", "", "use http:// in the URL, or the port for https"}
	case errors.As(err, &operation) && operation.Op == "dial":
		return failure{"cannot connect: " + withoutCall(operation.Err).Error(), "", "is the server running, and listening on this address and port?"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.As(err, &operation) && (operation.Op == "read" || operation.Op == "write"):
		return failure{"the connection was closed without an answer", "", "the server's log says why (a panic? a limit of its own?)"}
	case errors.As(err, &reused):
		// The bytes can belong to an earlier answer and quote the signature of its
		// delivery, so they are not shown.
		return failure{notHTTP, "", "look at the endpoint's earlier answers: one may be longer than its Content-Length"}
	default:
		return failure{notHTTP, err.Error(), "check the URL's port: is it this server's?"}
	}
}

// withoutCall removes the name of the system call from an error.
func withoutCall(err error) error {
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}
