package webhooktest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// errorHandlerCases refuse deliveries before ErrorHandlers that do too little or too much.
func (s *suite) errorHandlerCases() []testCase {
	const group = "error handler"
	var all []testCase
	for _, on := range []struct {
		name string
		is   OnRefusal
	}{{"only logs", OnlyLog}, {"returns its error", ReturnError}, {"wraps its error", WrapError}, {"calls Next", CallNext}} {
		kind := receiverKind{limit: maxBody, onRefusal: on.is}
		add := func(name string, w want, make func(s *suite, r *receiver) message) {
			c := oneMessage(group, on.name+", "+name, make, w)
			c.receiver = kind
			all = append(all, c)
		}
		add("unsigned", s.refusedWith(webhook.ErrMissingSignature), func(_ *suite, r *receiver) message { return r.delivery(sample) })
		add("forged", s.refusedWith(webhook.ErrSignatureMismatch), func(_ *suite, r *receiver) message {
			return r.delivery(sample).signed(webhook.Sign(NewSecret(), sample))
		})
		add("over the limit", refused(http.StatusRequestEntityTooLarge), func(s *suite, r *receiver) message {
			return s.genuine(r, nil).framed(nil, fmt.Sprintf("Content-Length: %d", maxBody+1))
		})
		add("genuine", withoutError(accepted(sample)), func(s *suite, r *receiver) message { return s.genuine(r, sample) })
	}
	return all
}

// orderCases have a middleware before the adapter that spoils the body.
func (s *suite) orderCases() []testCase {
	const group = "order"
	var all []testCase
	packed, bomb := gzipped(filler(2000)), gzipped(make([]byte, maxBody+1))
	add := func(alter, name string, w want, make func(s *suite, r *receiver) message) {
		all = append(all, onAltered(alter, oneMessage(group, alter+" before us, "+name, make, w)))
	}
	genuine := func(body []byte) func(s *suite, r *receiver) message {
		return func(s *suite, r *receiver) message { return s.genuine(r, body).with("Content-Encoding: gzip") }
	}
	gzip := genuine(packed)
	// The announced length gives it away; it is our side's fault, hence no 401.
	altered := refused(http.StatusInternalServerError)
	for _, alter := range []string{"drained", "inflated", "shortened", "lengthened"} {
		add(alter, "announced", altered, gzip)
		add(alter, "chunked", unauthorized(), func(s *suite, r *receiver) message { return gzip(s, r).chunked(50) })
		add(alter, "unsigned", unauthorized(), func(_ *suite, r *receiver) message { return r.delivery(packed) })
	}
	// Whoever holds the signature of what is left must not be believed.
	add("drained", "announced, signed as nothing", altered, func(s *suite, r *receiver) message {
		return r.delivery(packed).signed(webhook.Sign(s.secret, nil))
	})
	add("shortened", "announced, signed as what is left", altered, func(s *suite, r *receiver) message {
		return r.delivery(packed).signed(webhook.Sign(s.secret, packed[:len(packed)-1]))
	})
	add("inflated", "over the limit, announced", altered, genuine(bomb))
	add("inflated", "over the limit, chunked", refused(http.StatusRequestEntityTooLarge), func(s *suite, r *receiver) message {
		return genuine(bomb)(s, r).chunked(50)
	})
	return all
}

func onAltered(alter string, c testCase) testCase {
	c.receiver = receiverKind{limit: maxBody, alter: alter}
	return c
}

// readErrorCases have a body whose bytes all come, and with them an error: there is no
// verdict on what was read until then, and the status tells what kind of error it was.
func (s *suite) readErrorCases() []testCase {
	const group = "read error"
	var all []testCase
	for _, fails := range []struct {
		alter, name string
		status      int
	}{
		{"failing", "after the body", http.StatusBadRequest},
		{"failing at once", "beside the last bytes", http.StatusBadRequest},
		{"timing out", "a timeout", http.StatusRequestTimeout},
		{"limited", "of an http.MaxBytesReader", http.StatusRequestEntityTooLarge},
		{"closed", "of a body that was closed", http.StatusInternalServerError},
	} {
		for _, framing := range []string{"announced", "chunked"} {
			all = append(all, onAltered(fails.alter, oneMessage(group, fails.name+", "+framing, func(s *suite, r *receiver) message {
				return s.genuine(r, sample).in(framing, 13)
			}, refused(fails.status))))
		}
	}
	return all
}

// concurrencyCases hold many deliveries inside the handler at a time.
func (s *suite) concurrencyCases() []testCase {
	const (
		group   = "concurrency"
		clients = 100 // connections, each with several deliveries one after the other
		rounds  = 4
	)
	var all []testCase
	add := func(what string, play func(s *suite, r *receiver) observed) {
		all = append(all, testCase{
			group: group, name: fmt.Sprintf("%d deliveries, %d at a time, %s", clients*rounds, clients, what), receiver: standard, play: play,
			want: want{
				text: "200 for each genuine one; every handler sees its own bytes, while the others run and after them",
				holds: func(o observed) string {
					if len(o.seen) != clients*rounds {
						return fmt.Sprintf("the handler ran %d times, not %d", len(o.seen), clients*rounds)
					}
					return ""
				},
			},
		})
	}
	for _, framing := range []string{"announced", "chunked"} {
		add(framing, func(s *suite, r *receiver) observed { return s.flood(r, clients, rounds, framing, false) })
	}
	add("forged ones between them", func(s *suite, r *receiver) observed { return s.flood(r, clients, rounds, "announced", true) })
	return all
}

// flood sends rounds deliveries on each of many connections, since a framework reuses its
// buffers on one, and keeps every first handler until all of them run. A forged delivery
// after each has the signature of the one before.
func (s *suite) flood(r *receiver, clients, rounds int, framing string, forged bool) observed {
	gate := newGate(clients, s.patience/2)
	r.record.expect(func(request Request) (seen, string) {
		body, err := request.Body()
		if err != nil {
			return seen{flaw: "the handler could not read the body: " + err.Error()}, ""
		}
		one := seen{body: bytes.Clone(body)}
		gate.wait()
		switch {
		case !slices.Equal(body, one.body):
			one.flaw = "the body changed while other deliveries were handled"
		case !slices.Equal(request.Delivery.Body, one.body):
			one.flaw = "the Delivery holds another body than the request"
		}
		return one, nameOf(one.body)
	})

	conversations := make([]observed, clients)
	var done sync.WaitGroup
	for client := range clients {
		done.Add(1)
		go func() {
			defer done.Done()
			var wire []byte
			var statuses []int
			for round := range rounds {
				body := floodBody(client, round)
				wire, statuses = append(wire, s.genuine(r, body).in(framing, 700).wire()...), append(statuses, http.StatusOK)
				if forged {
					wrong := r.delivery(floodBody(client, round+1)).signed(webhook.Sign(s.secret, body))
					wire, statuses = append(wire, wrong.wire()...), append(statuses, http.StatusUnauthorized)
				}
			}
			o := s.converse(r, wire, false)
			o.problem = firstProblem(o.problem, o.statusesAre(statuses...), o.namesAre(client))
			if o.problem != "" {
				gate.open() // the others need not wait for it
			}
			conversations[client] = o
		}()
	}
	done.Wait()

	var o observed
	if gate.timedOut() {
		o.problem = fmt.Sprintf("%d deliveries were never in the handler at the same time", clients)
		r.record.snapshot(&o)
		return o
	}
	for client, one := range conversations {
		if one.problem = firstProblem(one.problem, s.brokenRule(one)); one.problem != "" {
			// The report is about this one.
			r.record.snapshot(&one)
			one.seen = slices.DeleteFunc(one.seen, func(run seen) bool { return !bytes.HasPrefix(run.body, clientName(client)) })
			return one
		}
		o.sent, o.received = append(o.sent, one.sent...), append(o.received, one.received...)
	}
	r.record.snapshot(&o)
	return o
}

func clientName(client int) []byte { return fmt.Appendf(nil, "client %03d ", client) }

// floodBody starts with a name of its own.
func floodBody(client, round int) []byte {
	return append(fmt.Appendf(clientName(client), "round %02d, ", round), filler(100+client*97+round*1013)...)
}

func nameOf(body []byte) string { return string(body[:min(len(body), len("client 000 round 00"))]) }

// namesAre tells whether a client got the answers to its own deliveries, in their order.
func (o observed) namesAre(client int) string {
	round := 0
	for _, answer := range o.responses {
		if answer.status != http.StatusOK {
			continue
		}
		if want := nameOf(floodBody(client, round)); answer.body != want {
			return fmt.Sprintf("the answer to %q is %q", want, answer.body)
		}
		round++
	}
	return ""
}

// gate lets nobody pass until n wait at it. Then it stays open.
type gate struct {
	mu       sync.Mutex
	missing  int
	opened   chan struct{}
	late     bool
	patience time.Duration
}

func newGate(n int, patience time.Duration) *gate {
	return &gate{missing: n, opened: make(chan struct{}), patience: patience}
}

func (g *gate) wait() {
	g.mu.Lock()
	g.missing--
	if g.missing == 0 {
		close(g.opened)
	}
	g.mu.Unlock()
	select {
	case <-g.opened:
	case <-time.After(g.patience):
		g.mu.Lock()
		g.late = true
		g.mu.Unlock()
		g.open()
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.missing > 0 {
		g.missing = 0
		close(g.opened)
	}
}

func (g *gate) timedOut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.late
}
