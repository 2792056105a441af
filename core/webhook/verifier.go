package webhook

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
)

// Verifier decides whether a body was signed with one of its secrets. Make it with
// [New] or [MustNew]. It is immutable and safe for concurrent use.
//
// A zero Verifier refuses everything with [ErrInvalidSecret], a nil one with
// [ErrNoVerifier]. Printing, logging or marshalling a Verifier shows no secret.
type Verifier struct {
	macs      []keyedMAC // the current secret's first; closures, so that no field holds a key
	limit     int64
	account   string
	observers []func(ctx context.Context, d Delivery, err error)
	logger    *slog.Logger
}

// New returns a Verifier for the secret that the Sendsar console shows: the whole
// string, "whsec_" included.
//
// New checks the form of a secret, because a wrong one would otherwise show up only later,
// as refusals. A secret is "whsec_" and at least 16 of the characters 0-9, A-Z, a-z, _, +,
// / and -, with at most two = at the end. At least 8 of the characters must be different. A
// secret must not contain one of the words your, example, changeme, replace, placeholder
// and xxxx (in any case, _ and - left out), a second whsec, an API key (sk_live_), a
// signature (sha256) or the name of a variable (webhook_secret). Nothing is trimmed. For
// any other secret, and for more than four different ones in all, the error matches
// [ErrInvalidSecret]. It names every problem of every secret and option at once and never
// shows a secret.
//
// [WithUncheckedSecrets] accepts secrets of any form. To make a secret for local use, print
// whsec_ and then the output of `openssl rand -hex 24`.
func New(secret string, opts ...Option) (*Verifier, error) {
	cfg := config{limit: DefaultMaxBodyBytes}
	var errs []error
	for i, opt := range opts {
		if opt == nil {
			errs = append(errs, fmt.Errorf("webhook: option %d is nil", i+1))
			continue
		}
		if err := opt(&cfg); err != nil {
			errs = append(errs, err)
		}
	}
	macs, problems := keyedMACs(secret, cfg)
	if err := errors.Join(append(problems, errs...)...); err != nil {
		return nil, err
	}
	return &Verifier{macs: macs, limit: cfg.limit, account: cfg.account, observers: cfg.observers, logger: cfg.logger}, nil
}

// MustNew is New for package-level variables and one-liners: it panics if New returns an
// error, so that a bad secret stops the program at start-up.
func MustNew(secret string, opts ...Option) *Verifier {
	v, err := New(secret, opts...)
	if err != nil {
		panic(err)
	}
	return v
}

// usable returns an error if v can never accept a delivery.
func (v *Verifier) usable() error {
	switch {
	case v == nil:
		return ErrNoVerifier
	case len(v.macs) == 0:
		return errZeroVerifier
	default:
		return nil
	}
}

// Verify returns nil if signature, exactly as given, is "sha256=" and the lower-case hex
// HMAC-SHA256 of body under one of the secrets. Otherwise the error is
// [ErrMissingSignature] for an empty signature, [ErrMalformedSignature] for one of another
// form, or [ErrSignatureMismatch]. A zero Verifier returns [ErrInvalidSecret], a nil one
// [ErrNoVerifier].
//
// Verify applies no body limit and calls no observer. In the steady state it does not
// allocate.
func (v *Verifier) Verify(body []byte, signature string) error {
	if err := v.usable(); err != nil {
		return err
	}
	received, err := parseSignature(signature)
	if err != nil {
		return err
	}
	_, err = v.match(body, received)
	return err
}

// match returns the index of the secret that made the received MAC.
func (v *Verifier) match(body []byte, received mac) (int, error) {
	for i, compute := range v.macs {
		expected := compute(body)
		if hmac.Equal(expected[:], received[:]) {
			return i, nil
		}
	}
	return 0, ErrSignatureMismatch
}

// VerifyReader reads a body and verifies it. Use it in adapters and in servers that are
// not net/http. For an *http.Request, use [Verifier.VerifyRequest].
//
// header returns the value of every field line with a name, as http.Header.Values does. It
// must ignore the case of ASCII letters in the name. size is the announced length in bytes,
// negative if none was announced. A nil body is an empty one. ctx goes to the observer and
// the logger only; it does not interrupt Read.
//
// VerifyReader checks in this order:
//
//  1. The Verifier: a nil one returns [ErrNoVerifier], a zero one [ErrInvalidSecret].
//  2. The signature header: [ErrMissingSignature] if it is absent or empty,
//     [ErrMalformedSignature] if it is repeated or malformed.
//  3. size: [ErrBodyTooLarge] if it is over the limit. Up to here, no byte of the body is
//     read.
//  4. The body, which is read to its end: [ErrBodyAltered] if size is not negative and the
//     body does not have exactly size bytes (at most one byte more is read),
//     [ErrBodyTooLarge] if it is over the limit.
//  5. The MAC: [ErrSignatureMismatch] if no secret matches.
//
// Any error from body except io.EOF refuses the request, even if all bytes were read. An
// [ErrBodyTooLarge], [ErrBodyRead] or [ErrBodyAltered] of an adapter's reader is returned as
// it is. An *http.MaxBytesError becomes ErrBodyTooLarge. An http.ErrBodyReadAfterClose, or
// net/http's error for the same in HTTP/2, becomes ErrBodyAltered. Every other error becomes
// ErrBodyRead.
//
// VerifyReader holds at most 4 KiB before the first byte of the body has arrived, and at
// most 64 KiB before 64 KiB have. A *bytes.Buffer, whose bytes are all in memory, is copied
// in one step. With an error, the Delivery is zero.
func (v *Verifier) VerifyReader(ctx context.Context, body io.Reader, size int64, header func(name string) []string) (Delivery, error) {
	out, err := v.verify(body, size, header)
	v.report(ctx, out.delivery, err)
	return out.delivery, err
}

// judgement is what verify returns besides its error.
type judgement struct {
	delivery Delivery // zero unless verified
	body     []byte   // the whole body, if its MAC was compared; nil otherwise
	ended    bool     // the body was read to its end
}

// verify is the engine of VerifyReader and VerifyRequest. It calls no observer and no
// logger.
func (v *Verifier) verify(body io.Reader, size int64, header func(name string) []string) (judgement, error) {
	if err := v.usable(); err != nil {
		return judgement{}, err
	}
	received, err := signatureFrom(header)
	if err != nil {
		return judgement{}, err
	}
	if size > v.limit {
		return judgement{}, &refusal{
			kind:   ErrBodyTooLarge,
			detail: fmt.Sprintf("%d bytes announced, the limit is %d", size, v.limit),
		}
	}
	read, ended, err := readBody(body, size, v.limit)
	if err != nil {
		return judgement{ended: ended}, err
	}
	index, err := v.match(read, received)
	if err != nil {
		if size < 0 {
			err = errMismatchNoLength
		}
		return judgement{body: read, ended: ended}, err
	}
	return judgement{delivery: Delivery{Body: read, SecretIndex: index, Account: v.account}, body: read, ended: ended}, nil
}

// report must not be deferred: after a reader's panic a deferred call would report a nil
// error, which means accepted.
func (v *Verifier) report(ctx context.Context, d Delivery, err error) {
	if v == nil {
		return
	}
	if err != nil {
		d = Delivery{Account: v.account}
		v.log(ctx, err)
	}
	for _, observe := range v.observers {
		observe(ctx, d, err)
	}
}

// log writes the record of a refusal.
func (v *Verifier) log(ctx context.Context, err error) {
	if v.logger == nil {
		return
	}
	level := slog.LevelWarn
	if StatusCode(err) >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	// Log the text, not the error: a slog handler could print a foreign cause, which may
	// quote the request.
	attrs := []slog.Attr{slog.String("reason", Reason(err)), slog.String("error", err.Error())}
	if v.account != "" {
		attrs = append(attrs, slog.String("account", v.account))
	}
	v.logger.LogAttrs(ctx, level, "webhook refused", attrs...)
}

// Format prints the number of secrets and the limit, for every verb.
func (v Verifier) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "webhook.Verifier{%d secrets, at most %d bytes}", len(v.macs), v.limit)
}
