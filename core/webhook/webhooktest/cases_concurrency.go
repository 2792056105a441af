package webhooktest

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// concurrencyCases have many deliveries in the handler at the same time.
func concurrencyCases() []testCase {
	const (
		group   = "concurrency"
		clients = 100 // connections, each with several deliveries one after the other
		rounds  = 4
	)
	var all []testCase
	add := func(what string, play func(p player, to target) observed) {
		all = append(all, testCase{
			group: group, name: fmt.Sprintf("%d deliveries, %d at a time, %s", clients*rounds, clients, what), kind: standard, play: play,
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
		add(framing, func(p player, to target) observed { return p.flood(to, clients, rounds, framing, false) })
	}
	add("forged ones between them", func(p player, to target) observed { return p.flood(to, clients, rounds, "announced", true) })
	return all
}

// flood sends several deliveries on each of many connections, as a framework may reuse the
// buffers of a connection. The first handler of each connection waits until all of them run.
// If forged is set, a forged delivery follows each, with the signature of the one before.
func (p player) flood(to target, clients, rounds int, framing string, forged bool) observed {
	gate := newGate(clients, p.client.patience/2)
	p.begin(func(request Request) (seen, string) {
		body, err := request.Body()
		if err != nil {
			return seen{flaw: "the handler could not read the body: " + err.Error()}, ""
		}
		one := seen{body: bytes.Clone(body)}
		gate.wait()
		switch {
		case !bytes.Equal(body, one.body):
			one.flaw = "the body changed while other deliveries were handled"
		case !bytes.Equal(request.Delivery.Body, one.body):
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
			var messages []message
			var statuses []int
			for round := range rounds {
				body := floodBody(client, round)
				messages, statuses = append(messages, to.genuine(body).in(framing, 700)), append(statuses, http.StatusOK)
				if forged {
					wrong := to.delivery(floodBody(client, round+1)).signed(webhook.Sign(to.secret, body))
					messages, statuses = append(messages, wrong), append(statuses, http.StatusUnauthorized)
				}
			}
			o := p.client.converse(all(messages))
			o.problem = firstProblem(o.problem, o.statusesAre(statuses...), o.namesAre(client))
			if o.problem != "" {
				gate.open() // the others need not wait for this one
			}
			conversations[client] = o
		}()
	}
	done.Wait()

	var o observed
	if gate.timedOut() {
		o.problem = fmt.Sprintf("%d deliveries were never in the handler at the same time", clients)
		return o
	}
	for client, one := range conversations {
		if one.problem != "" {
			// Report only this conversation.
			one.about = clientName(client)
			return one
		}
		o.sent, o.received = append(o.sent, one.sent...), append(o.received, one.received...)
		o.bodies, o.others = append(o.bodies, one.bodies...), append(o.others, one.responses...)
	}
	return o
}

func clientName(client int) []byte { return fmt.Appendf(nil, "client %03d ", client) }

// floodBody returns a body that begins with a unique name.
func floodBody(client, round int) []byte {
	return append(fmt.Appendf(clientName(client), "round %02d, ", round), filler(100+client*97+round*1013)...)
}

func nameOf(body []byte) string { return string(body[:min(len(body), len("client 000 round 00"))]) }

// namesAre checks that a client got the answers to its own deliveries, in their order.
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

// gate blocks until n goroutines wait at it, or until none arrived for patience. Then it
// stays open.
type gate struct {
	mu       sync.Mutex
	missing  int
	last     time.Time // of the last arrival
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
	g.last = time.Now()
	if g.missing == 0 {
		close(g.opened)
	}
	g.mu.Unlock()
	for {
		select {
		case <-g.opened:
			return
		case <-time.After(g.patience):
			g.giveUp()
		}
	}
}

func (g *gate) giveUp() {
	g.mu.Lock()
	waited := time.Since(g.last) >= g.patience
	g.late = g.late || waited && g.missing > 0
	g.mu.Unlock()
	if waited {
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
