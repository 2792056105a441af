package webhook

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

// SignatureHeader is the name of the header field that carries the signature.
const SignatureHeader = "X-Webhook-Signature"

// The errors of this package. Compare with errors.Is, because a returned error may add a
// detail. Their texts contain no secret, no signature and no part of a body. They also
// leave out the text of a reader's error, which may quote what it read; errors.Is and
// errors.As still find that error. Only an ErrBodyTooLarge, ErrBodyRead or ErrBodyAltered
// of an adapter's own reader is returned as it is.
var (
	// ErrInvalidSecret: New was given a secret that cannot be right, or more than four
	// different ones, or the Verifier is a zero one, which refuses everything.
	ErrInvalidSecret = errors.New("webhook: invalid secret")

	// ErrMissingSignature: the request has no signature header, or an empty one.
	ErrMissingSignature = errors.New("webhook: missing " + SignatureHeader + " header")

	// ErrMalformedSignature: the request has more than one signature header, or its value
	// is not "sha256=" and 64 lower-case hex digits.
	ErrMalformedSignature = errors.New("webhook: malformed " + SignatureHeader + " header")

	// ErrSignatureMismatch: no secret of the Verifier made this signature for this
	// body.
	ErrSignatureMismatch = errors.New("webhook: signature does not match the body")

	// ErrBodyTooLarge: the body, or its announced length, is over the limit.
	ErrBodyTooLarge = errors.New("webhook: request body too large")

	// ErrBodyRead: the body did not arrive completely. If os.ErrDeadlineExceeded is in its
	// chain, a read timeout was the cause.
	ErrBodyRead = errors.New("webhook: request body could not be read")

	// ErrBodyAltered: the body is not the one that arrived. Its length is not the announced
	// one and no read error explains that; or its signature does not match and the
	// request's Content-Length header disagrees with its ContentLength; or it was closed
	// before it was read.
	ErrBodyAltered = errors.New("webhook: not the body that arrived: " +
		"an earlier middleware consumed, inflated or re-made it; verify first")

	// ErrNoVerifier: the Verifier is nil, because none was picked for the request.
	ErrNoVerifier = errors.New("webhook: no verifier for this request")
)

// refusal adds a detail of our own to a sentinel error. Only Unwrap gives access to the
// foreign error that caused it.
type refusal struct {
	kind   error
	detail string
	cause  error
}

func (e *refusal) Error() string { return e.kind.Error() + ": " + e.detail }

func (e *refusal) Unwrap() []error {
	if e.cause == nil {
		return []error{e.kind}
	}
	return []error{e.kind, e.cause}
}

// Format prints Error() for every verb: %#v would print the cause's fields, and
// fasthttp's errors hold bytes of the request.
func (e *refusal) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.Error()) }

// Errors without numbers in their detail are made once: refusing a forged request must not
// cost an allocation.
var (
	errSeveralSignatures = &refusal{kind: ErrMalformedSignature, detail: "more than one header line"}
	errMismatchNoLength  = &refusal{kind: ErrSignatureMismatch, detail: "its length was not announced, so a body that an earlier " +
		"middleware consumed or inflated looks the same; if the delivery is genuine, check the secret and verify first"}
	errMismatchOtherLength = &refusal{kind: ErrBodyAltered, detail: "the signature does not match, and the request's " +
		"ContentLength is not the one in its Content-Length header"}
	errBodyOverLimit = &refusal{kind: ErrBodyTooLarge, detail: "more bytes than the limit arrived"}
	errZeroVerifier  = &refusal{kind: ErrInvalidSecret, detail: "zero Verifier; make it with New"}
)

// http2BodyClosed is the text of net/http's HTTP/2 counterpart of
// http.ErrBodyReadAfterClose, which is not exported.
const http2BodyClosed = "body closed by handler"

// readError turns a reader's error into one of ours. The text of the cause is left out,
// because fasthttp puts body and header bytes into its own. An error that is ours already
// is returned as it is.
func readError(cause error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(cause, ErrBodyTooLarge), errors.Is(cause, ErrBodyRead), errors.Is(cause, ErrBodyAltered):
		return cause
	case errors.As(cause, &tooLarge):
		return &refusal{kind: ErrBodyTooLarge, detail: "over the limit of an http.MaxBytesReader", cause: cause}
	case errors.Is(cause, http.ErrBodyReadAfterClose), cause.Error() == http2BodyClosed:
		return &refusal{kind: ErrBodyAltered, detail: "the body was closed before it was read, " +
			"by an earlier middleware or because a timeout ended the request", cause: cause}
	case errors.Is(cause, os.ErrDeadlineExceeded):
		return &refusal{kind: ErrBodyRead, detail: "timed out", cause: cause}
	case errors.Is(cause, io.ErrUnexpectedEOF):
		return &refusal{kind: ErrBodyRead, detail: "it ended early", cause: cause}
	default:
		return &refusal{kind: ErrBodyRead, detail: fmt.Sprintf("the reader failed with a %T", cause), cause: cause}
	}
}

// class is what the outside may learn about an error.
type class struct {
	status int
	public string
	reason string
}

// unauthorized is the one text of every 401: two texts would be an oracle.
const unauthorized = "invalid signature"

// classify is the one place that maps an error to a status, a text and a label.
func classify(err error) class {
	switch {
	case err == nil:
		return class{http.StatusOK, "", ""}
	// The body's errors come first: a reader's error in their chain must not decide.
	case errors.Is(err, ErrBodyTooLarge):
		return class{http.StatusRequestEntityTooLarge, "request body too large", "body_too_large"}
	case errors.Is(err, ErrBodyRead) && errors.Is(err, os.ErrDeadlineExceeded):
		return class{http.StatusRequestTimeout, "request timed out", "timeout"}
	case errors.Is(err, ErrBodyRead):
		return class{http.StatusBadRequest, "request body could not be read", "body_read"}
	case errors.Is(err, ErrBodyAltered):
		return class{http.StatusInternalServerError, "internal server error", "body_altered"}
	case errors.Is(err, ErrNoVerifier):
		return class{http.StatusUnauthorized, unauthorized, "no_verifier"}
	case errors.Is(err, ErrMissingSignature):
		return class{http.StatusUnauthorized, unauthorized, "missing_signature"}
	case errors.Is(err, ErrMalformedSignature):
		return class{http.StatusUnauthorized, unauthorized, "malformed_signature"}
	case errors.Is(err, ErrSignatureMismatch):
		return class{http.StatusUnauthorized, unauthorized, "signature_mismatch"}
	case errors.Is(err, ErrInvalidSecret):
		return class{http.StatusInternalServerError, "internal server error", "invalid_secret"}
	default:
		return class{http.StatusInternalServerError, "internal server error", "other"}
	}
}

// StatusCode returns the HTTP status for an error of this package: 401 for
// ErrMissingSignature, ErrMalformedSignature, ErrSignatureMismatch and
// ErrNoVerifier, 413 for ErrBodyTooLarge, 408 for an ErrBodyRead that a read
// timeout caused, 400 for any other ErrBodyRead, and 500 for ErrBodyAltered,
// ErrInvalidSecret and every error that is not this package's. StatusCode(nil)
// is 200.
func StatusCode(err error) int {
	return classify(err).status
}

// PublicMessage returns the one text that a client may see for err: "invalid
// signature" for everything that StatusCode maps to 401, "request body too large",
// "request timed out", "request body could not be read", or "internal server
// error". PublicMessage(nil) is "".
func PublicMessage(err error) string {
	return classify(err).public
}

// Reason returns a stable label of err for metrics and logs: missing_signature,
// malformed_signature, signature_mismatch, no_verifier, body_too_large, body_read,
// timeout, body_altered, invalid_secret, or other for an error that is not this
// package's. Reason(nil) is "".
func Reason(err error) string {
	return classify(err).reason
}
