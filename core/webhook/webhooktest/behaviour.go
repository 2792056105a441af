package webhooktest

import (
	"bytes"
	"fmt"
	"net/http"
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
	}{{"only logs", OnlyLog}, {"returns its error", ReturnError}, {"calls Next", CallNext}} {
		kind := receiverKind{limit: maxBody, onRefusal: on.is}
		add := func(name string, w want, make func(s *suite, r *receiver) message) {
			c := oneMessage(group, on.name+", "+name, make, w)
			c.receiver = kind
			all = append(all, c)
		}
		add("unsigned", refusedWith(s.unauthorized(), webhook.ErrMissingSignature), func(_ *suite, r *receiver) message { return r.delivery(sample) })
		add("forged", refusedWith(s.unauthorized(), webhook.ErrSignatureMismatch), func(_ *suite, r *receiver) message {
			return r.delivery(sample).signed(webhook.Sign(NewSecret(), sample))
		})
		add("genuine", accepted(sample), func(s *suite, r *receiver) message { return s.genuine(r, sample) })
	}
	return all
}

// orderCases have a middleware before the adapter that spoils the body.
func (s *suite) orderCases() []testCase {
	const group = "order"
	var all []testCase
	packed := gzipped(filler(2000))
	add := func(alter, name string, w want, make func(s *suite, r *receiver) message) {
		c := oneMessage(group, alter+" before us, "+name, make, w)
		c.receiver = receiverKind{limit: maxBody, alter: alter}
		all = append(all, c)
	}
	gzip := func(s *suite, r *receiver) message { return s.genuine(r, packed).with("Content-Encoding: gzip") }
	for _, alter := range []string{"drained", "inflated"} {
		// The announced length gives it away; it is our side's fault, hence no 401.
		add(alter, "announced", refused(http.StatusInternalServerError), gzip)
		add(alter, "chunked", s.unauthorized(), func(s *suite, r *receiver) message { return gzip(s, r).chunked(50) })
		add(alter, "unsigned", s.unauthorized(), func(_ *suite, r *receiver) message { return r.delivery(packed) })
	}
	return all
}

// concurrencyCases hold many deliveries inside the handler at a time, and then look once
// more at what each of them has in hand.
func (s *suite) concurrencyCases() []testCase {
	const (
		group   = "concurrency"
		clients = 100 // connections, each with several deliveries one after the other
		rounds  = 4
	)
	var all []testCase
	for _, framing := range []string{"announced", "chunked"} {
		all = append(all, testCase{
			group: group, name: fmt.Sprintf("%d deliveries, %d at a time, %s", clients*rounds, clients, framing), receiver: standard,
			want: want{
				text: "200 for each; every handler sees its own bytes, while the others run and after them",
				holds: func(o observed) string {
					if len(o.seen) != clients*rounds {
						return fmt.Sprintf("the handler ran %d times, not %d", len(o.seen), clients*rounds)
					}
					return ""
				},
			},
			play: func(s *suite, r *receiver) observed { return s.flood(r, clients, rounds, framing == "chunked") },
		})
	}
	return all
}

func (s *suite) flood(r *receiver, clients, rounds int, chunked bool) observed {
	gate := newGate(clients)
	var (
		mu   sync.Mutex
		kept []webhook.Delivery
		was  [][]byte
	)
	r.record.expect(func(request Request) (seen, string) {
		body, err := request.Body()
		if err != nil {
			return seen{flaw: "the handler could not read the body: " + err.Error()}, ""
		}
		before := bytes.Clone(body)
		gate.wait()
		one := seen{body: before}
		switch {
		case !bytes.Equal(body, before):
			one.flaw = "the body changed while other deliveries were handled"
		case !bytes.Equal(request.Delivery.Body, before):
			one.flaw = "the Delivery holds another body than the request"
		}
		mu.Lock()
		defer mu.Unlock()
		kept, was = append(kept, request.Delivery), append(was, before)
		return one, string(before[:min(len(before), 20)])
	})

	problems := make(chan string, clients)
	var done sync.WaitGroup
	for client := range clients {
		done.Add(1)
		go func() {
			defer done.Done()
			// One delivery after the other on a connection: a framework reuses its buffers.
			var wire []byte
			var bodies [][]byte
			for round := range rounds {
				name := fmt.Sprintf("client %03d round %02d, ", client, round)
				body := append([]byte(name), filler(100+client*97+round*1013)...)
				bodies = append(bodies, body)
				m := s.genuine(r, body)
				if chunked {
					m = m.chunked(700)
				}
				wire = append(wire, m.wire()...)
			}
			o := s.exchange(r, wire, false)
			if problem := firstProblem(o.problem, o.statusesAre(repeated(http.StatusOK, rounds)...)); problem != "" {
				gate.open() // the others need not wait for it
				problems <- problem
				return
			}
			for i, answer := range o.responses {
				if answer.body != string(bodies[i][:20]) {
					problems <- fmt.Sprintf("client %d got the answer to %q", client, answer.body)
					return
				}
			}
		}()
	}
	done.Wait()
	close(problems)
	var o observed
	for problem := range problems {
		o.problem = problem
	}
	for i, delivery := range kept {
		if !bytes.Equal(delivery.Body, was[i]) {
			o.problem = "a Delivery that was kept changed after its handler returned"
		}
	}
	o.seen, o.errs = r.record.snapshot()
	if gate.timedOut() {
		o.problem = firstProblem(o.problem, fmt.Sprintf("%d deliveries were never in the handler at the same time", clients))
	}
	return o
}

// gate lets nobody pass until n wait at it. Then it stays open.
type gate struct {
	mu      sync.Mutex
	missing int
	opened  chan struct{}
	late    bool
}

func newGate(n int) *gate { return &gate{missing: n, opened: make(chan struct{})} }

func (g *gate) wait() {
	g.mu.Lock()
	g.missing--
	if g.missing == 0 {
		close(g.opened)
	}
	g.mu.Unlock()
	select {
	case <-g.opened:
	case <-time.After(patience / 2):
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
