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
// A zero Verifier rejects everything with [ErrInvalidSecret], a nil one with
// [ErrNoVerifier]. Printing, logging or marshalling one shows no secret.
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
// The form is checked, because a wrong secret would only show as refused deliveries
// later on: "whsec_" and at least 16 of the characters 0-9, A-Z, a-z, _, +, / and -,
// with at most two = at the end. At least 8 of them must be different, and none of the
// words your, example, changeme, replace, placeholder and xxxx may be in it (in any
// case, _ and - left out), nor a second whsec, an API key (sk_live_), a signature
// (sha256) or the name of a variable (webhook_secret). Nothing is trimmed. Every other
// secret is an error that matches [ErrInvalidSecret], as are more than four different
// ones in all. The error names every problem of every secret and option at once and
// never shows a secret.
//
// [WithUncheckedSecrets] takes secrets of any form. For a secret of your own for local
// use print whsec_ and then the output of `openssl rand -hex 24`.
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

// MustNew is New for package-level variables and one-liners: it panics where New
// returns an error, so that a bad secret stops the program at start-up.
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

// Verify reports whether signature, exactly as given, is "sha256=" and the
// lower-case hex HMAC-SHA256 of body under one of the secrets: nil if it is.
// Otherwise the error is [ErrMissingSignature] for an empty signature,
// [ErrMalformedSignature] for one of another form, [ErrSignatureMismatch], or, for
// a Verifier that accepts nothing, [ErrInvalidSecret] or [ErrNoVerifier].
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
// header returns every field line of a name, as http.Header.Values does. It must
// compare names without regard to the case of ASCII letters. size is the announced length
// in bytes, negative if none was announced. A nil body is an empty one. ctx goes to the
// observer and the logger only; it does not interrupt Read.
//
// The signature header is judged first: no byte of the body is read when it is
// absent, repeated or malformed, nor when size is over the limit. Then the body is
// read to its end. It must have exactly size bytes if size is not negative
// ([ErrBodyAltered] otherwise; at most one byte more than size is read), and no
// more than the limit ([ErrBodyTooLarge]). Any error from body but io.EOF refuses
// the delivery, whatever was read: an [ErrBodyTooLarge], [ErrBodyRead] or
// [ErrBodyAltered] of an adapter's reader as it is, an *http.MaxBytesError as
// ErrBodyTooLarge, an http.ErrBodyReadAfterClose as ErrBodyAltered, every other one as
// ErrBodyRead. Then the MAC is compared
// ([ErrSignatureMismatch]). A nil Verifier returns [ErrNoVerifier] and a zero one
// [ErrInvalidSecret], both before anything is read.
//
// No more than 4 KiB is held before the first byte of the body has arrived, and no
// more than 64 KiB before 64 KiB have; a *bytes.Buffer, whose bytes are all there, is
// copied in one step. With an error the Delivery is zero.
func (v *Verifier) VerifyReader(ctx context.Context, body io.Reader, size int64, header func(name string) []string) (Delivery, error) {
	out, err := v.verify(body, size, header)
	v.report(ctx, out.delivery, err)
	return out.delivery, err
}

// judgement is the result of verify beside its error.
type judgement struct {
	delivery Delivery // zero unless verified
	body     []byte   // what was read, if it was read whole and judged; nil otherwise
	ended    bool     // the body was read to its end
}

// verify is the engine behind every way in. It reports to no observer.
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

// report is called in line, never deferred: after a reader's panic a deferred call
// would report a nil error, which reads as accepted.
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
	// The text, not the error: a handler could print a foreign cause, which may quote the
	// request.
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
