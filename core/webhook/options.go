package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

// DefaultMaxBodyBytes is the body limit of a Verifier without [WithMaxBodyBytes]:
// 1 MiB.
const DefaultMaxBodyBytes = 1 << 20

// Option configures a Verifier in [New]. A nil Option is an error there.
type Option func(*config) error

// config is what the options set. It does not outlive New.
type config struct {
	previous  []string
	limit     int64
	unchecked bool
	account   string
	observers []func(ctx context.Context, d Delivery, err error)
	logger    *slog.Logger
}

// WithPreviousSecrets sets secrets that are accepted besides the current one while a
// rotation settles: Sendsar replaces the secret at once, but for up to about five minutes
// deliveries may still be signed with the old one. Give the newest first. They are tried in
// that order, and [Delivery.SecretIndex] is the number of the one that matched. Repeated
// calls accumulate.
//
// An empty string is skipped, so you can pass an environment variable that may not be set.
// Equal secrets count once. Every other secret must pass the checks of [New], and at most
// four different ones may be accepted in all, the current one included.
//
// All secrets must belong to one account: in one list, each account could sign for the
// others. For several accounts on one endpoint, pick a Verifier for each request
// ([MiddlewareFor]).
func WithPreviousSecrets(secrets ...string) Option {
	return func(cfg *config) error {
		cfg.previous = append(cfg.previous, secrets...)
		return nil
	}
}

// WithUncheckedSecrets accepts secrets of any form, for other senders that sign as Sendsar
// does and for test vectors. Without it, [New] accepts only what can be a Sendsar secret.
// An empty secret is still an error, and so are more than four different ones. In FIPS
// 140-only mode a secret of fewer than 14 bytes is an error too, because crypto/hmac
// refuses it.
func WithUncheckedSecrets() Option {
	return func(cfg *config) error {
		cfg.unchecked = true
		return nil
	}
}

// WithMaxBodyBytes sets how many bytes a body may have; the default is
// [DefaultMaxBodyBytes]. n must be positive: there is no value for "unlimited". If it is
// given more than once, the last value counts.
func WithMaxBodyBytes(n int64) Option {
	return func(cfg *config) error {
		if n <= 0 {
			return fmt.Errorf("webhook: WithMaxBodyBytes(%d): the limit must be positive", n)
		}
		cfg.limit = n
		return nil
	}
}

// WithAccount sets the name of the account that the secrets belong to, for an endpoint with
// several accounts ([MiddlewareFor]). The name becomes [Delivery.Account] and appears in
// logs and metrics: use an identifier of your own, and nothing secret. If it is given more
// than once, the last name counts; "" is an error.
func WithAccount(name string) Option {
	return func(cfg *config) error {
		if name == "" {
			return errors.New(`webhook: WithAccount(""): the account has no name`)
		}
		cfg.account = name
		return nil
	}
}

// WithLogger logs every refusal to l. The middleware answers a refusal itself, so an
// operator needs the log to see the reason.
//
// A refusal is one record with the message "webhook refused" and the attributes "reason"
// ([Reason]), "error" (the error's text) and, if it is set, "account" ([WithAccount]). Its
// level is Warn, or Error if [StatusCode] is 500 or more. The record has the context that
// an observer gets, so a slog handler can read trace ids from it. No attribute contains a
// secret, a signature or a part of a body.
//
// Nothing is logged for an accepted delivery, for [Verifier.Verify], or for a nil or zero
// Verifier. A [Handler] that fails is logged to [slog.Default]. WithLogger(slog.Default())
// uses the default logger of that moment: call slog.SetDefault first. If several loggers
// are given, the last one counts; nil and a zero Logger are errors.
func WithLogger(l *slog.Logger) Option {
	return func(cfg *config) error {
		if l == nil || l.Handler() == nil { // a zero Logger panics when it logs
			return errors.New("webhook: WithLogger(nil): there is no logger to write to")
		}
		cfg.logger = l
		return nil
	}
}

// WithObserver calls fn once for every request that is verified or refused, with the error
// that VerifyRequest or VerifyReader returns: nil for an accepted delivery. Use it for
// counters ([Reason] labels the error). With an error, only the Account of d is set.
//
// fn runs on the request's goroutine before the handler, so a slow fn delays the answer. It
// must be safe for concurrent use. ctx is the request's context as the framework's adapter
// documents it. fn is not called by [Verifier.Verify], nor for a nil or zero Verifier. If
// several observers are given, all are called, in that order; nil is an error.
func WithObserver(fn func(ctx context.Context, d Delivery, err error)) Option {
	return func(cfg *config) error {
		if fn == nil {
			return errors.New("webhook: WithObserver(nil): there is no function to call")
		}
		cfg.observers = append(cfg.observers, fn)
		return nil
	}
}
