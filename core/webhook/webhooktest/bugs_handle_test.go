package webhooktest_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// handleBugs are mistakes in Handle.
var handleBugs = []adapterBug{
	{name: "a failure goes to the framework", by: "handle/fails with a status of its own", says: "the statuses [202], not [500]", spoil: func(a *smallAdapter) {
		returnsCause(a)
		a.settle = func(c *call, err error) error {
			var own interface{ StatusCode() int }
			if errors.As(err, &own) { // as Echo does
				c.text(own.StatusCode(), "accepted")
				return nil
			}
			return err
		}
	}},
	{name: "a failure is acknowledged", by: "handle/fails", says: "the statuses [204], not [500]", spoil: settledBy(func(c *call, _ error) error {
		c.status, c.body = http.StatusNoContent, nil
		return nil
	})},
	{name: "a failure is a refusal", by: "handle/fails with an error of package webhook", says: "the statuses [401], not [500]", spoil: returnsCause},
	{name: "the client learns the error", by: "handle/fails", says: "where the public one is", spoil: func(a *smallAdapter) {
		returnsCause(a)
		a.reject = func(c *call, err error) { c.text(webhook.StatusCode(err), err.Error()) }
	}},
	{name: "a failure goes to the ErrorHandler", by: "handle/fails, beside an ErrorHandler", says: "the ErrorHandler got", spoil: func(a *smallAdapter) {
		a.settle = func(c *call, err error) error {
			if err != nil {
				if handler := errorHandlers[c.app]; handler != nil {
					_ = handler(c, err)
				}
				a.reject(c, err)
				return nil
			}
			c.status, c.body = http.StatusNoContent, nil
			return nil
		}
		a.check = func(smallConfig) error { return nil }
		refuse := a.passes
		a.passes = func(c *call) bool {
			errorHandlers[c.app] = a.ErrorHandler
			return refuse(c)
		}
	}},
	{name: "success is 200", by: "handle/done", says: "the statuses [200], not [204]", spoil: settledBy(func(c *call, err error) error {
		c.text(http.StatusOK, "")
		if err != nil {
			c.text(http.StatusInternalServerError, webhook.PublicMessage(err))
		}
		return nil
	})},
	{name: "success is the status that is there", by: "handle/done, after a status of 202", says: "the statuses [202], not [204]", spoil: settledBy(func(c *call, err error) error {
		if c.status == 0 {
			c.status = http.StatusNoContent
		}
		c.body = nil
		if err != nil {
			c.text(http.StatusInternalServerError, webhook.PublicMessage(err))
		}
		return nil
	})},
	{name: "the work is done after the answer", by: "handle/fails", says: "the statuses [204], not [500]", spoil: deliveredBy(func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error {
		done := make(chan struct{})
		go func() {
			_ = h(context.WithoutCancel(ctx), d)
			close(done)
		}()
		<-done // so that the case sees the handler's run
		return nil
	})},
	{name: "a 204 has a length", by: "handle/done", says: "a 204 has the header line", spoil: settledBy(func(c *call, _ error) error {
		conn, out, err := http.NewResponseController(c.writer).Hijack() // net/http would leave the line out
		if err != nil {
			return err
		}
		c.sent = true
		_, err = out.WriteString("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
		return errors.Join(err, out.Flush(), conn.Close())
	})},
	{name: "a panic goes to the framework", by: "handle/panics", says: "got 0 records", spoil: deliveredBy(runAlone)},
	{name: "the record of a panic does not tell it", by: "handle/panics", says: "without the text", spoil: deliveredBy(func(ctx context.Context, h webhook.Handler, d webhook.Delivery) (err error) {
		defer func() {
			if recover() != nil {
				err = logFailure(ctx, d, errors.New("a panic"), slog.LevelError)
			}
		}()
		return h(ctx, d)
	})},
	{name: "the text of an error is taken without care", by: "handle/fails with an error whose text panics", says: "got 0 records", spoil: failedAs(func(ctx context.Context, d webhook.Delivery, err error) {
		_ = logFailure(ctx, d, err, slog.LevelError)
	})},
	{name: "a panic is acknowledged", by: "handle/panics", says: "the statuses [204], not [500]", spoil: deliveredBy(func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error {
		defer func() { _ = recover() }()
		return h(ctx, d)
	})},
	{name: "nothing is logged", by: "handle/fails", says: `got 0 records`, spoil: deliveredBy(func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error {
		if d.Body == nil {
			return errors.New("no delivery")
		}
		return h(ctx, d)
	})},
	{name: "a failure is logged twice", by: "handle/fails", says: `got 2 records`, spoil: func(a *smallAdapter) {
		once := a.deliver
		a.deliver = func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error {
			err := once(ctx, h, d)
			if err != nil {
				slog.Error("webhook handler failed", "event", "", "bytes", 0, "account", "", "error", "again")
			}
			return err
		}
	}},
	{name: "success is logged as a failure", by: "handle/done", says: `got 1 records`, spoil: deliveredBy(func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error {
		return logFailure(ctx, d, h(ctx, d), slog.LevelError)
	})},
	{name: "a failure is a warning", by: "handle/fails", says: "has the level WARN", spoil: failedAs(func(ctx context.Context, d webhook.Delivery, err error) {
		_ = logFailure(ctx, d, err, slog.LevelWarn)
	})},
	{name: "the record has the error itself", by: "handle/fails", says: "lacks error", spoil: failedAs(func(ctx context.Context, d webhook.Delivery, err error) {
		e, _ := d.Event()
		slog.ErrorContext(ctx, "webhook handler failed", "event", string(e.Type), "bytes", len(d.Body), "account", d.Account, "error", err)
	})},
	{name: "the record has no account", by: "handle/fails", says: "lacks account", spoil: failedAs(func(ctx context.Context, d webhook.Delivery, err error) {
		e, _ := d.Event()
		slog.ErrorContext(ctx, "webhook handler failed", "event", string(e.Type), "bytes", len(d.Body), "error", err.Error())
	})},
	{name: "the record has the public text", by: "handle/fails", says: `has the error "internal server error"`, spoil: failedAs(func(ctx context.Context, d webhook.Delivery, _ error) {
		_ = logFailure(ctx, d, errors.New("internal server error"), slog.LevelError)
	})},
	{name: "the record has any event type", by: "handle/fails, a type that may not be shown", says: `has the event "Type`, spoil: failedAs(func(ctx context.Context, d webhook.Delivery, err error) {
		_ = logFailure(ctx, d, err, slog.LevelError)
	})},
	{name: "the record has the body", by: "handle/fails", says: "the log shows the body", spoil: failedAs(func(ctx context.Context, d webhook.Delivery, err error) {
		_ = logFailure(ctx, d, err, slog.LevelError)
		slog.ErrorContext(ctx, "failed", "body", string(d.Body))
	})},
	{name: "the record has no context", by: "handle/fails, the context", says: "the record's context is a", spoil: failedAs(func(_ context.Context, d webhook.Delivery, err error) {
		_ = logFailure(context.Background(), d, err, slog.LevelError)
	})},
	{name: "the handler gets another context", by: "handle/done, the context", says: "the handler's context is a", spoil: withDelivery(func(_ context.Context, d webhook.Delivery) (context.Context, webhook.Delivery) {
		return context.Background(), d
	})},
	{name: "the account is lost on the way", by: "handle/done", says: `Delivery.Account is ""`, spoil: withDelivery(func(ctx context.Context, d webhook.Delivery) (context.Context, webhook.Delivery) {
		return ctx, webhook.Delivery{Body: d.Body, SecretIndex: d.SecretIndex}
	})},
	{name: "the body is not the one that was signed", by: "handle/done", says: "the handler saw 93 bytes that were not signed", spoil: withDelivery(func(ctx context.Context, d webhook.Delivery) (context.Context, webhook.Delivery) {
		d.Body = slices.Concat(d.Body[:max(0, len(d.Body)-1)], []byte{' '})
		d.Body = d.Body[:len(d.Body):len(d.Body)]
		return ctx, d
	})},
	{name: "an empty body is taken for none", by: "handle/done, an empty body", says: "the statuses [500], not [204]", spoil: withDelivery(func(ctx context.Context, d webhook.Delivery) (context.Context, webhook.Delivery) {
		if len(d.Body) == 0 {
			d.Body = nil
		}
		return ctx, d
	})},
	{name: "only events are handled", by: "handle/done, a body that is no event", says: "the handler ran 0 times", spoil: deliveredBy(func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error {
		if _, err := d.Event(); err != nil {
			return nil
		}
		return h(ctx, d)
	})},
	{name: "the handler runs without a delivery", by: "handle/no adapter, unsigned", says: "the statuses [204], not [500]", spoil: deliveredBy(runAlone)},
	{name: "a missing delivery is acknowledged", by: "handle/no adapter, genuine", says: "the statuses [204], not [500]", spoil: deliveredBy(func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error {
		if d.Body == nil {
			return nil
		}
		return h(ctx, d)
	})},
	{name: "a missing delivery is not logged", by: "handle/no adapter, genuine", says: "got 0 records", spoil: deliveredBy(func(_ context.Context, _ webhook.Handler, d webhook.Delivery) error {
		if d.Body == nil {
			return errors.New("no delivery")
		}
		return nil
	})},
	{name: "the record does not name the middleware", by: "handle/skipped", says: "which does not name the missing middleware", spoil: func(a *smallAdapter) {
		logging := a.deliver
		a.deliver = func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error {
			if d.Body == nil {
				return logFailure(ctx, d, errors.New("no delivery"), slog.LevelError)
			}
			return logging(ctx, h, d)
		}
	}},
	{name: "the last delivery is found on a route without the adapter", by: "handle/no adapter, after a verified request on the same connection", says: "the statuses [204 204], not [204 500]", spoil: func(a *smallAdapter) {
		a.keep = func(c *call, d webhook.Delivery) { reused.Store(c, d) }
		a.fromContext = func(c *call) (webhook.Delivery, bool) {
			d, ok := reused.Load(c)
			if !ok {
				return webhook.Delivery{}, false
			}
			return d.(webhook.Delivery), true
		}
	}},
}

// errorHandlers has the ErrorHandler of each app, for a bug above.
var errorHandlers = make(map[*smallApp]func(c *call, err error) error)

func settledBy(settle func(c *call, err error) error) func(a *smallAdapter) {
	return func(a *smallAdapter) { a.settle = settle }
}

// returnsCause gives settle the error that the handler returned, after it was logged.
func returnsCause(a *smallAdapter) {
	logging := a.deliver
	a.deliver = func(ctx context.Context, h webhook.Handler, d webhook.Delivery) (failed error) {
		_ = logging(ctx, func(ctx context.Context, d webhook.Delivery) error { failed = h(ctx, d); return failed }, d)
		return failed
	}
}

// runAlone runs the handler and does nothing else.
func runAlone(ctx context.Context, h webhook.Handler, d webhook.Delivery) error { return h(ctx, d) }

func deliveredBy(deliver func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error) func(a *smallAdapter) {
	return func(a *smallAdapter) { a.deliver = deliver }
}

func withDelivery(change func(ctx context.Context, d webhook.Delivery) (context.Context, webhook.Delivery)) func(a *smallAdapter) {
	return func(a *smallAdapter) {
		before := a.deliver
		a.deliver = func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error {
			ctx, d = change(ctx, d)
			return before(ctx, h, d)
		}
	}
}

// failedAs logs a failure with log.
func failedAs(log func(ctx context.Context, d webhook.Delivery, err error)) func(a *smallAdapter) {
	return deliveredBy(func(ctx context.Context, h webhook.Handler, d webhook.Delivery) error {
		err := h(ctx, d)
		if err != nil {
			log(ctx, d, err)
			return errors.New("failed")
		}
		return nil
	})
}

func logFailure(ctx context.Context, d webhook.Delivery, err error, level slog.Level) error {
	e, _ := d.Event()
	text := "none"
	if err != nil {
		text = err.Error()
	}
	slog.Default().Log(ctx, level, "webhook handler failed", "event", string(e.Type), "bytes", len(d.Body), "account", d.Account, "error", text)
	return err
}
