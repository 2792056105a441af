package webhooktest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// handleCases have a webhook.Handler behind the adapter, mounted with the adapter's Handle.
// Handle itself answers: 204, or one 500 and one log record of the failure.
func handleCases() []testCase {
	const group = "handle"
	var all []testCase
	add := func(name string, k kind, w want, send ...func(to target) message) *testCase {
		k.limit, k.handler = maxBody, true
		all = append(all, testCase{group: group, name: name, kind: k, named: true, want: w, send: func(to target) (messages []message) {
			for _, build := range send {
				messages = append(messages, build(to))
			}
			return messages
		}})
		return &all[len(all)-1]
	}
	of := func(body []byte) func(to target) message {
		return func(to target) message { return to.genuine(body) }
	}
	genuine, unsigned := of(sample), func(to target) message { return to.delivery(sample) }
	open := func(to target) message { return to.genuine(sample).at(to.open) }
	failing := errors.New("the handler fails")
	fails := undone(failureOf("message.created", sample, failing), sample)
	noEvent, odd := []byte("\xff no event"), []byte(`{"event":"Type \"of\" the client's"}`)

	add("done", kind{}, done(sample), genuine)
	add("done, twice on a connection", kind{}, done(sample, sample), genuine, genuine)
	add("done, an empty body", kind{}, done([]byte{}), of(nil))
	add("done, a body that is no event", kind{}, done(noEvent), of(noEvent))
	add("unsigned", kind{}, unauthorized().logged(), unsigned)
	add("forged", kind{}, unauthorized().logged(), func(to target) message { return to.forged(sample) })

	for _, one := range []struct {
		name  string
		body  []byte
		event string
		err   error
	}{
		{"fails", sample, "message.created", failing},
		{"fails, a body that is no event", noEvent, "", failing},
		{"fails, a type that may not be shown", odd, "", failing},
		{"fails with an error of package webhook", sample, "message.created", fmt.Errorf("wrapped: %w", webhook.ErrSignatureMismatch)},
		{"fails with a status of its own", sample, "message.created", acknowledgement{}},
	} {
		add(one.name, kind{}, undone(failureOf(one.event, one.body, one.err), one.body), of(one.body)).script.result = one.err
	}
	add("fails, beside an ErrorHandler", kind{onRefusal: OnlyLog}, fails.withoutError(), genuine).
		script.result = failing
	panicked := func(text string) want {
		f := failureOf("message.created", sample, errors.New(text))
		f.panics = true
		return undone(f, sample)
	}
	add("panics", kind{}, panicked("the handler panics"), genuine).script.fails = "the handler panics"
	add("panics with http.ErrAbortHandler", kind{}, panicked(http.ErrAbortHandler.Error()), genuine).script.fails = http.ErrAbortHandler
	add("fails with an error whose text panics", kind{}, panicked(""), genuine).script.result = (*unprintable)(nil)

	for _, status := range []int{http.StatusAccepted, http.StatusForbidden} {
		k := kind{earlierStatus: status}
		add(fmt.Sprintf("done, after a status of %d", status), k, done(sample), genuine)
		add(fmt.Sprintf("fails, after a status of %d", status), k, fails, genuine).
			script.result = failing
	}
	add("done, after a body", kind{earlierBody: "of an earlier middleware"}, done(sample), genuine)

	add("no adapter, genuine", kind{}, undelivered(), open)
	add("no adapter, unsigned", kind{}, undelivered(), func(to target) message { return to.delivery(sample).at(to.open) })
	add("no adapter, after a verified request on the same connection", kind{}, thenUndelivered(), genuine, open)
	add("skipped", kind{skipper: true}, either(undelivered(), unauthorized()), unsigned).script.skip = true

	inContext := func(o observed) string {
		if problem := o.seen[0].context; problem != "" {
			return "the handler's context " + problem
		}
		for _, one := range o.failures {
			if problem := unmarked(one.ctx); problem != "" {
				return "the record's context " + problem
			}
		}
		return ""
	}
	const theContext = "handler and record get the request's context"
	// net/http cancels the context when the client closes its side.
	add("done, the context", kind{context: true}, done(sample).and(theContext, inContext), genuine).stay = true
	c := add("fails, the context", kind{context: true}, fails.and(theContext, inContext), genuine)
	c.stay, c.script.result = true, failing
	return all
}

// acknowledgement is an error with a status that a framework would answer with.
type acknowledgement struct{}

func (acknowledgement) Error() string { return "an error with the status 202" }

func (acknowledgement) StatusCode() int { return http.StatusAccepted }

// unprintable is an error whose Error method panics on a nil pointer, a mistake that apps
// make.
type unprintable struct{ text string }

func (e *unprintable) Error() string { return e.text }

func failureOf(event string, body []byte, err error) failure {
	return failure{event: event, bytes: int64(len(body)), account: accountName, text: err.Error()}
}

var framingLine = regexp.MustCompile(`(?im)^(?:content-length|transfer-encoding):.*$`)

// done expects that each body is handled and answered with 204, and no failure is logged.
func done(bodies ...[]byte) want {
	return want{
		text: fmt.Sprintf("204 without a body for each, the handler runs %d times", len(bodies)),
		holds: func(o observed) string {
			return firstProblem(o.statusesAre(repeated(http.StatusNoContent, len(bodies))...), o.handledAre(bodies...), o.hasNoContent())
		},
	}.logged()
}

// hasNoContent reports a body, or a header line that a 204 must not have (RFC 9110, 8.6, and
// RFC 9112, 6.1).
func (o observed) hasNoContent() string {
	for _, r := range o.responses {
		if r.body != "" {
			return fmt.Sprintf("a %d has the body %q", r.status, r.body)
		}
	}
	if line := framingLine.Find(o.received); line != nil {
		return fmt.Sprintf("a 204 has the header line %q", bytes.TrimSpace(line))
	}
	return ""
}

// undone expects that the handler runs once for body and fails. The client learns only that.
func undone(f failure, body []byte) want {
	return want{
		text: "500, the handler runs once",
		holds: func(o observed) string {
			return firstProblem(o.statusesAre(http.StatusInternalServerError), o.handledAre(body), o.showsNothing())
		},
	}.publicly(errors.New("of a handler")).logged(f)
}

// undelivered is for a request without a delivery. The handler does not run.
func undelivered() want {
	return refused(http.StatusInternalServerError).publicly(errors.New("without a delivery")).logged(failure{missing: true})
}

// thenUndelivered is for two requests, the second of them without a delivery.
func thenUndelivered() want {
	return want{
		text: "204 and 500, the handler runs once",
		holds: func(o observed) string {
			return firstProblem(o.statusesAre(http.StatusNoContent, http.StatusInternalServerError), o.handledAre(sample))
		},
	}.logged(failure{missing: true})
}

// logged adds the records of failed handlers that slog's default logger must get.
func (w want) logged(failures ...failure) want {
	return w.and(fmt.Sprintf("slog.Default gets %d records %q", len(failures), handlerFailed), func(o observed) string {
		if len(o.failures) != len(failures) {
			return fmt.Sprintf("slog.Default got %d records %q, not %d", len(o.failures), handlerFailed, len(failures))
		}
		for i, f := range failures {
			if problem := o.failures[i].flaw(f); problem != "" {
				return "the record of the failure " + problem
			}
		}
		return ""
	})
}
