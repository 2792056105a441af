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

// config is what the options write; it does not outlive New.
type config struct {
	previous  []string
	limit     int64
	unchecked bool
	account   string
	observers []func(ctx context.Context, d Delivery, err error)
	logger    *slog.Logger
}

// WithPreviousSecrets names secrets that are accepted beside the current one while a
// rotation settles: Sendsar replaces the secret at once, but for up to about five minutes
// deliveries may still be signed with the old one. Give the newest first; they are tried
// in that order, and [Delivery.SecretIndex] is the number of the one that matched.
// Repeated calls accumulate.
//
// An empty string is skipped, so an environment variable that is not set can be
// passed as it is; equal secrets count once. Otherwise each must pass the checks of
// [New], and at most four different ones may be accepted in all, the current one
// included.
//
// All of them belong to one account. For several accounts on one endpoint pick a
// Verifier for each request ([MiddlewareFor]): in one list, each account could sign
// for the others.
func WithPreviousSecrets(secrets ...string) Option {
	return func(cfg *config) error {
		cfg.previous = append(cfg.previous, secrets...)
		return nil
	}
}

// WithUncheckedSecrets takes secrets of any form: those of other senders that sign as
// Sendsar does, or of test vectors. Without it [New] takes only what can be a secret of
// Sendsar's. An empty secret is still an error, and so are more than four different ones.
// In FIPS 140-only mode crypto/hmac refuses one of fewer than 14 bytes, which is an error
// as well.
func WithUncheckedSecrets() Option {
	return func(cfg *config) error {
		cfg.unchecked = true
		return nil
	}
}

// WithMaxBodyBytes sets how many bytes a body may have; the default is
// [DefaultMaxBodyBytes]. n must be positive: there is no value for "unlimited".
// The last one given counts.
func WithMaxBodyBytes(n int64) Option {
	return func(cfg *config) error {
		if n <= 0 {
			return fmt.Errorf("webhook: WithMaxBodyBytes(%d): the limit must be positive", n)
		}
		cfg.limit = n
		return nil
	}
}

// WithAccount names the account whose secrets these are, for an endpoint of several accounts
// ([MiddlewareFor]). The name is [Delivery.Account], and is shown in logs and metrics: use an
// identifier of your own, and nothing secret. The last one given counts; "" is an error.
func WithAccount(name string) Option {
	return func(cfg *config) error {
		if name == "" {
			return errors.New(`webhook: WithAccount(""): the account has no name`)
		}
		cfg.account = name
		return nil
	}
}

// WithLogger logs every refusal to l: the middleware answers a refusal itself, so the log
// is where an operator reads why a delivery was refused.
//
// A refusal is one record with the message "webhook refused" and the attributes "reason"
// ([Reason]), "error" (the error's text) and, if it is named, "account" ([WithAccount]). Its
// level is Warn, or Error where [StatusCode] is 500 or more. The record's context is the one
// that an observer gets, so a handler that reads trace ids from it finds them. No attribute
// contains a secret, a signature or a part of a body.
//
// Nothing is logged for an accepted delivery, for [Verifier.Verify], or for a nil or zero
// Verifier. What a [Handler] fails with goes to [slog.Default]. WithLogger(slog.Default())
// takes the default logger of that moment: call slog.SetDefault before it. If several loggers
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

// WithObserver calls fn once for every request that is verified or refused, with the
// error that VerifyRequest or VerifyReader returns: nil for an accepted delivery. Use it
// for counters ([Reason] labels the error). With an error, nothing of d is set but its
// Account.
//
// fn runs on the request's goroutine before the handler does: a slow one delays the
// answer. It must be safe for concurrent use. ctx is the request's context as the
// framework's adapter documents it. fn is not called by [Verifier.Verify], nor for a nil
// or zero Verifier. If several observers are given, all are called, in that order; nil is an
// error.
func WithObserver(fn func(ctx context.Context, d Delivery, err error)) Option {
	return func(cfg *config) error {
		if fn == nil {
			return errors.New("webhook: WithObserver(nil): there is no function to call")
		}
		cfg.observers = append(cfg.observers, fn)
		return nil
	}
}
