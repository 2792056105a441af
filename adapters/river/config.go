package sendsarriver

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// Config says how an inbox works. The zero Config is valid: such an inbox only stores.
type Config struct {
	// Handler works on a stored delivery. If it is nil, this process only stores, and
	// [Inbox.Run] returns an error.
	//
	// It runs at least once for each delivery, in any order, at most Workers at a time.
	// After an error or a panic, the delivery is tried again. What it writes with [Tx]
	// takes effect once. Its Delivery has the Body and the Account; SecretIndex is not
	// stored, and is 0.
	Handler webhook.Handler

	// Workers is how many deliveries this process works on at the same time, at most 10,000.
	// 0 means 10.
	Workers int

	// MaxAttempts is how often a delivery is tried before it is dead ([Inbox.Dead]), at
	// most 32,767. 0 means 25, which takes about three weeks: after the n-th failure River
	// waits n⁴ seconds, plus or minus a tenth. The number is fixed when a delivery is
	// stored.
	MaxAttempts int

	// Timeout is how long one attempt may take, at most 24 days. Then the Handler's context
	// ends. 0 means one minute. All processes of an inbox should have the same Timeout: 5
	// seconds after it, an attempt counts as lost, and another process may begin the next.
	Timeout time.Duration

	// StoreTimeout is how long [Inbox.Store] may take, at most 24 days. 0 means 8 seconds,
	// because Sendsar waits 10 seconds for an answer. On PostgreSQL a transaction that it
	// ends loses its connection, so it must be enough to open another and commit.
	StoreTimeout time.Duration

	// Retention is how long the body of a finished delivery is kept. 0 erases it when the
	// delivery finishes. The key, which is the account and the SHA-256, is kept for ever.
	Retention time.Duration

	// Schema is the PostgreSQL schema of the inbox's tables: a letter or underscore, then
	// letters, digits and underscores, at most 46 characters. "" means "sendsar". It is
	// ignored on SQLite, where each inbox has a file of its own.
	Schema string

	// Logger gets the inbox's records and River's. nil means slog.Default().
	Logger *slog.Logger

	// Middleware holds River's middlewares, for instance otelriver's.
	Middleware []rivertype.Middleware
}

// longest is the limit of timeouts: PostgreSQL's settings hold little more than 24 days.
const longest = 24 * 24 * time.Hour

// schemaName matches what River accepts.
var schemaName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,45}$`)

// withDefaults returns the configuration to run with, or an error that names every problem.
func (cfg Config) withDefaults() (Config, error) {
	var problems []error
	invalid := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("sendsarriver: Config."+format, args...))
	}
	if cfg.Workers < 0 || cfg.Workers > 10_000 {
		invalid("Workers is %d, not from 0 to 10,000", cfg.Workers)
	}
	if cfg.MaxAttempts < 0 || cfg.MaxAttempts > 32_767 {
		invalid("MaxAttempts is %d, not from 0 to 32,767", cfg.MaxAttempts)
	}
	if cfg.Timeout < 0 || cfg.Timeout > longest {
		invalid("Timeout is %v, not from 0 to %v", cfg.Timeout, longest)
	}
	if cfg.StoreTimeout < 0 || cfg.StoreTimeout > longest {
		invalid("StoreTimeout is %v, not from 0 to %v", cfg.StoreTimeout, longest)
	}
	if cfg.Retention < 0 {
		invalid("Retention is negative: %v", cfg.Retention)
	}
	if cfg.Schema != "" && !schemaName.MatchString(cfg.Schema) {
		invalid("Schema is not a name of at most 46 letters, digits and underscores: %q", cfg.Schema)
	}
	for i, m := range cfg.Middleware {
		if m == nil {
			invalid("Middleware has a nil at index %d", i)
		}
	}
	setDefault(&cfg.Workers, 10)
	setDefault(&cfg.MaxAttempts, 25)
	setDefault(&cfg.Timeout, time.Minute)
	setDefault(&cfg.StoreTimeout, 8*time.Second)
	setDefault(&cfg.Schema, "sendsar")
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return cfg, errors.Join(problems...)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
