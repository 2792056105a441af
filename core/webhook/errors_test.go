package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// answerTo is what StatusCode, PublicMessage and Reason return for err.
type answerTo struct {
	err            error
	status         int
	public, reason string
}

const (
	unauthorized = "invalid signature"
	internal     = "internal server error"
)

func TestStatusTextAndReason(t *testing.T) {
	timeout := &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
	foreign := errors.New("foreign")
	eachOf(t, map[string]answerTo{
		"no error":                       {nil, 200, "", ""},
		"missing signature":              {webhook.ErrMissingSignature, 401, unauthorized, "missing_signature"},
		"malformed signature":            {webhook.ErrMalformedSignature, 401, unauthorized, "malformed_signature"},
		"mismatch":                       {webhook.ErrSignatureMismatch, 401, unauthorized, "signature_mismatch"},
		"no verifier":                    {webhook.ErrNoVerifier, 401, unauthorized, "no_verifier"},
		"too large":                      {webhook.ErrBodyTooLarge, 413, "request body too large", "body_too_large"},
		"read error":                     {webhook.ErrBodyRead, 400, "request body could not be read", "body_read"},
		"altered":                        {webhook.ErrBodyAltered, 500, internal, "body_altered"},
		"invalid secret":                 {webhook.ErrInvalidSecret, 500, internal, "invalid_secret"},
		"foreign":                        {foreign, 500, internal, "other"},
		"the end of a body":              {io.EOF, 500, internal, "other"},
		"a timeout that is not ours":     {timeout, 500, internal, "other"},
		"another library's limit":        {&http.MaxBytesError{Limit: 1}, 500, internal, "other"},
		"an aborted handler":             {http.ErrAbortHandler, 500, internal, "other"},
		"joined foreign ones":            {errors.Join(foreign, io.EOF), 500, internal, "other"},
		"wrapped mismatch":               {fmt.Errorf("endpoint 7: %w", webhook.ErrSignatureMismatch), 401, unauthorized, "signature_mismatch"},
		"twice wrapped altered":          {fmt.Errorf("a: %w", fmt.Errorf("b: %w", webhook.ErrBodyAltered)), 500, internal, "body_altered"},
		"foreign joined with missing":    {errors.Join(foreign, webhook.ErrMissingSignature), 401, unauthorized, "missing_signature"},
		"malformed joined with foreign":  {errors.Join(webhook.ErrMalformedSignature, foreign), 401, unauthorized, "malformed_signature"},
		"too large and a foreign cause":  {fmt.Errorf("%w: %w", webhook.ErrBodyTooLarge, foreign), 413, "request body too large", "body_too_large"},
		"read error and a foreign cause": {fmt.Errorf("%w: %w", webhook.ErrBodyRead, foreign), 400, "request body could not be read", "body_read"},
		"read error by a timeout":        {fmt.Errorf("%w: %w", webhook.ErrBodyRead, timeout), 408, "request timed out", "timeout"},
		"read error joined with timeout": {errors.Join(os.ErrDeadlineExceeded, webhook.ErrBodyRead), 408, "request timed out", "timeout"},
		"read error, context's deadline": {fmt.Errorf("%w: %w", webhook.ErrBodyRead, context.DeadlineExceeded), 400, "request body could not be read", "body_read"},
		"too large by a timeout":         {fmt.Errorf("%w: %w", webhook.ErrBodyTooLarge, timeout), 413, "request body too large", "body_too_large"},
		"mismatch by a timeout":          {fmt.Errorf("%w: %w", webhook.ErrSignatureMismatch, timeout), 401, unauthorized, "signature_mismatch"},
		"a nil verifier's":               {(*webhook.Verifier)(nil).Verify(nil, ""), 401, unauthorized, "no_verifier"},
		"a zero verifier's":              {new(webhook.Verifier).Verify(nil, ""), 500, internal, "invalid_secret"},
		"a refused secret's":             {newError(" "), 500, internal, "invalid_secret"},
		"a refused option's":             {newError(currentSecret, nil), 500, internal, "other"},
	}, func(t *testing.T, want answerTo) {
		if got := webhook.StatusCode(want.err); got != want.status {
			t.Errorf("status %d, want %d", got, want.status)
		}
		if got := webhook.PublicMessage(want.err); got != want.public {
			t.Errorf("public message %q, want %q", got, want.public)
		}
		if got := webhook.Reason(want.err); got != want.reason {
			t.Errorf("reason %q, want %q", got, want.reason)
		}
	})
}

func newError(secret string, options ...webhook.Option) error {
	_, err := webhook.New(secret, options...)
	return err
}

func TestEveryErrorIsItsOwn(t *testing.T) {
	texts := map[string]string{}
	for name, sentinel := range sentinels {
		checkError(t, sentinel, sentinel)
		if other, taken := texts[sentinel.Error()]; taken {
			t.Errorf("%s and %s have the same text", name, other)
		}
		texts[sentinel.Error()] = name
		if !strings.HasPrefix(sentinel.Error(), "webhook: ") {
			t.Errorf("%q does not begin with the name of the package", sentinel)
		}
	}
	const order = "not the body that arrived: an earlier middleware consumed, inflated or re-made it; verify first"
	if !strings.Contains(webhook.ErrBodyAltered.Error(), order) {
		t.Errorf("%q", webhook.ErrBodyAltered)
	}
}

// quoting is a reader's error whose text and fields hold what was read.
type quoting struct{ read string }

func (q *quoting) Error() string { return "cannot parse " + q.read }

func TestReadersErrors(t *testing.T) {
	const quoted = "quokka"
	ours := func(sentinel error) error { return fmt.Errorf("adapter: %w", sentinel) }
	limit := &http.MaxBytesError{Limit: 7}
	type row struct {
		cause  error
		want   error
		status int
		asIs   bool
	}
	eachOf(t, map[string]row{
		"an early end":                  {io.ErrUnexpectedEOF, webhook.ErrBodyRead, 400, false},
		"a wrapped early end":           {fmt.Errorf("%s: %w", quoted, io.ErrUnexpectedEOF), webhook.ErrBodyRead, 400, false},
		"a plain text":                  {errors.New("bad chunk " + quoted), webhook.ErrBodyRead, 400, false},
		"a closed body":                 {http.ErrBodyReadAfterClose, webhook.ErrBodyAltered, 500, false},
		"a closed body, wrapped":        {fmt.Errorf("%s: %w", quoted, http.ErrBodyReadAfterClose), webhook.ErrBodyAltered, 500, false},
		"a closed connection":           {net.ErrClosed, webhook.ErrBodyRead, 400, false},
		"a cancelled context":           {context.Canceled, webhook.ErrBodyRead, 400, false},
		"a context's deadline":          {context.DeadlineExceeded, webhook.ErrBodyRead, 400, false},
		"one with fields":               {&quoting{quoted}, webhook.ErrBodyRead, 400, false},
		"joined ones":                   {errors.Join(errors.New(quoted), net.ErrClosed), webhook.ErrBodyRead, 400, false},
		"a read deadline":               {os.ErrDeadlineExceeded, webhook.ErrBodyRead, 408, false},
		"a connection's read deadline":  {&net.OpError{Op: quoted, Err: os.ErrDeadlineExceeded}, webhook.ErrBodyRead, 408, false},
		"a limiting reader's":           {limit, webhook.ErrBodyTooLarge, 413, false},
		"a limiting reader's, wrapped":  {fmt.Errorf("%s: %w", quoted, limit), webhook.ErrBodyTooLarge, 413, false},
		"ErrBodyTooLarge":               {webhook.ErrBodyTooLarge, webhook.ErrBodyTooLarge, 413, true},
		"ErrBodyTooLarge, wrapped":      {ours(webhook.ErrBodyTooLarge), webhook.ErrBodyTooLarge, 413, true},
		"ErrBodyRead":                   {webhook.ErrBodyRead, webhook.ErrBodyRead, 400, true},
		"ErrBodyRead, wrapped":          {ours(webhook.ErrBodyRead), webhook.ErrBodyRead, 400, true},
		"ErrBodyRead with a deadline":   {errors.Join(webhook.ErrBodyRead, os.ErrDeadlineExceeded), webhook.ErrBodyRead, 408, true},
		"ErrBodyRead with a limit":      {errors.Join(webhook.ErrBodyRead, limit), webhook.ErrBodyRead, 400, true},
		"ErrBodyAltered":                {webhook.ErrBodyAltered, webhook.ErrBodyAltered, 500, true},
		"ErrBodyAltered, wrapped":       {ours(webhook.ErrBodyAltered), webhook.ErrBodyAltered, 500, true},
		"ErrBodyAltered and foreign":    {errors.Join(webhook.ErrBodyAltered, net.ErrClosed), webhook.ErrBodyAltered, 500, true},
		"an error that is no pointer":   {valueError{quoted, nil}, webhook.ErrBodyRead, 400, false},
		"an error one cannot compare":   {valueError{quoted, []byte(quoted)}, webhook.ErrBodyRead, 400, false},
		"an error that says it is none": {silentError{}, webhook.ErrBodyRead, 400, false},
	}, func(t *testing.T, c row) {
		v := webhook.MustNew(currentSecret)
		for _, data := range []string{"", quoted} {
			answers := script{{data: data}, {data: data, err: c.cause}}
			d, err := v.VerifyReader(contextOf(t), &answers, -1, signed(webhook.Sign(currentSecret, []byte(data))))
			checkVerdict(t, d, err, c.want, "")
			if got := webhook.StatusCode(err); got != c.status {
				t.Errorf("status %d, want %d", got, c.status)
			}
			if got := err == c.cause; got != c.asIs { //nolint:errorlint // "as it is" means the same value
				t.Errorf("the reader's own error: %t, want %t", got, c.asIs)
			}
			if strings.Contains(err.Error(), quoted) {
				t.Errorf("%q quotes the reader's error", err)
			}
			if !strings.HasPrefix(err.Error(), c.want.Error()) && !c.asIs {
				t.Errorf("%q does not begin with %q", err, c.want)
			}
		}
	})
	t.Run("are reachable by errors.As", func(t *testing.T) {
		v := webhook.MustNew(currentSecret)
		cause := &quoting{quoted}
		_, err := v.VerifyReader(contextOf(t), &script{{err: cause}}, -1, signed(webhook.Sign(currentSecret, nil)))
		var reached *quoting
		if !errors.As(err, &reached) || reached != cause {
			t.Errorf("errors.As does not find the cause of %v", err)
		}
		if !errors.Is(err, cause) {
			t.Errorf("errors.Is does not find the cause of %v", err)
		}
	})
}

// valueError cannot be compared with == if it holds a slice.
type valueError struct {
	read string
	more any
}

func (e valueError) Error() string { return e.read }

type silentError struct{}

func (silentError) Error() string { return "" }

// A caller must be able to distinguish the kinds with errors.Is, whatever detail they have.
func TestDetailsKeepTheKind(t *testing.T) {
	v := webhook.MustNew(currentSecret, webhook.WithMaxBodyBytes(4))
	genuine := webhook.Sign(currentSecret, []byte("12345"))
	type row struct {
		size int64
		body string
		want error
	}
	eachOf(t, map[string]row{
		"too large as announced":   {5, "12345", webhook.ErrBodyTooLarge},
		"too large as it came":     {-1, "12345", webhook.ErrBodyTooLarge},
		"altered to fewer":         {4, "123", webhook.ErrBodyAltered},
		"altered to more":          {3, "1234", webhook.ErrBodyAltered},
		"mismatch, length unknown": {-1, "1234", webhook.ErrSignatureMismatch},
		"mismatch, length known":   {4, "1234", webhook.ErrSignatureMismatch},
	}, func(t *testing.T, c row) {
		d, err := v.VerifyReader(contextOf(t), strings.NewReader(c.body), c.size, signed(genuine))
		checkVerdict(t, d, err, c.want, "")
		if !strings.HasPrefix(err.Error(), c.want.Error()) {
			t.Errorf("%q does not begin with %q", err, c.want)
		}
	})
}

// A reader's error decides only that the body was not read.
func TestAReadersErrorIsNoVerdictOnTheSignature(t *testing.T) {
	v := webhook.MustNew(currentSecret)
	for _, cause := range []error{webhook.ErrSignatureMismatch, webhook.ErrNoVerifier, webhook.ErrInvalidSecret} {
		_, err := v.VerifyReader(contextOf(t), iotest.ErrReader(cause), -1, signed(webhook.Sign(currentSecret, nil)))
		if got := webhook.StatusCode(err); got != http.StatusBadRequest || webhook.Reason(err) != "body_read" {
			t.Errorf("a reader that fails with %q: status %d, reason %q", cause, got, webhook.Reason(err))
		}
	}
}
