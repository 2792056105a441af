package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

// patience is how long Sendsar waits for an answer (public console source).
const patience = 10 * time.Second

// shownAnswer is how much of an answer is kept, in bytes.
const shownAnswer = 200

// outcome is what became of one delivery.
type outcome struct {
	status   int    // 0: there was no answer
	location string // where a redirect points
	answer   string // its start
	cut      bool   // there was more of it
	took     time.Duration
	failure  failure // if there was no answer
}

// failure is why there was no answer.
type failure struct {
	text   string // one of a few
	detail string // may be empty, and foreign text
	mend   string
}

// newClient keeps one connection for each delivery at a time.
func newClient(atOnce int) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = atOnce, atOnce
	transport.DisableCompression = true // the answer is shown as it came
	return &http.Client{
		Transport: transport,
		Timeout:   patience,
		// Only a 2xx counts for Sendsar: a redirect is an answer like another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// deliver sends one delivery.
func deliver(ctx context.Context, client *http.Client, m maker) outcome {
	r, err := m.request(ctx)
	if err != nil {
		return outcome{failure: explain(err)}
	}
	start := time.Now()
	response, err := client.Do(r) //nolint:gosec // to the URL that the user named
	if err != nil {
		return outcome{took: time.Since(start), failure: explain(err)}
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	// The status counts, whatever becomes of the rest of the answer.
	answer, _ := io.ReadAll(io.LimitReader(response.Body, shownAnswer+1))
	took := time.Since(start)
	// Read on, within reason, so that the connection can be used again.
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	o := outcome{status: response.StatusCode, took: took, location: response.Header.Get("Location")}
	o.answer, o.cut = firstBytes(string(answer))
	return o
}

// firstBytes cuts no character in two.
func firstBytes(answer string) (start string, cut bool) {
	if len(answer) <= shownAnswer {
		return answer, false
	}
	end := shownAnswer
	for end > shownAnswer-utf8.UTFMax && !utf8.RuneStart(answer[end]) {
		end--
	}
	return answer[:end], true
}

// explain says what failed. Errors of net/http repeat the request; their cause does not.
func explain(err error) failure {
	var sending *url.Error
	if errors.As(err, &sending) {
		if sending.Timeout() {
			return failure{"no answer within " + patience.String(), "", "that is a failed delivery: store the event, answer, and do slow work behind a queue"}
		}
		err = sending.Err
	}
	var (
		operation   *net.OpError
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		noTLS       tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &name):
		return failure{"the host name cannot be resolved", "", "check it in the URL"}
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
	default:
		return failure{"no answer that is HTTP", err.Error(), "check the URL's port: is it this server's?"}
	}
}

// withoutCall drops the name of the system call.
func withoutCall(err error) error {
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}
