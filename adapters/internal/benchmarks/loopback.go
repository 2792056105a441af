package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/apps"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/load"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/measure"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/report"
)

// measureLoopback has client and server in one process, on the same processors.
func (r *run) measureLoopback() error {
	const connections, size = 16, 300
	table := report.Table{
		Title: "Over loopback",
		Note: fmt.Sprintf("Deliveries of %s a second, over %d connections that are kept alive. "+
			"The load runs in the same process and takes its share of every figure.", report.Size(size), connections),
		Header: []string{"", "bare", "by hand", "webhooks-go", "webhooks-go / bare", "webhooks-go / by hand"},
	}
	for _, framework := range apps.Frameworks {
		turns, err := r.deliver(framework, connections, r.turn, receivers.Body(size))
		if err != nil {
			return fmt.Errorf("%s: %w", framework.Name, err)
		}
		rate := func(kind apps.Kind) string { return fmt.Sprintf("%.0f", measure.Median(rates(turns[kind]))) }
		table.Rows = append(table.Rows, []string{
			framework.Name, rate(apps.Bare), rate(apps.ByHand), rate(apps.Ours),
			fmt.Sprintf("%.2f", rateRatio(turns[apps.Ours], turns[apps.Bare])),
			fmt.Sprintf("%.2f", rateRatio(turns[apps.Ours], turns[apps.ByHand])),
		})
	}
	r.report.Tables = append(r.report.Tables, table)
	return nil
}

// measureConnections follows the cost from one connection to a thousand.
func (r *run) measureConnections() error {
	counts := []int{1, 10, 100, 1000}
	const size = 4 << 10
	table := report.Table{
		Title: "Many connections",
		Note: "Deliveries of " + report.Size(size) + " over connections that are all busy: deliveries a second, against the bare framework, " +
			"and the median and 99th percentile of how long one takes.",
		Header: []string{"", "connections", "webhooks-go", "webhooks-go / bare", "median", "99 %", "bare: median", "99 %"},
	}
	for _, framework := range apps.Frameworks {
		for _, n := range counts {
			turns, err := r.deliver(framework, n, r.turn/2, receivers.Body(size), apps.Ours, apps.Bare)
			if err != nil {
				return fmt.Errorf("%s, %d connections: %w", framework.Name, n, err)
			}
			ours, bare := latencies(turns[apps.Ours]), latencies(turns[apps.Bare])
			table.Rows = append(table.Rows, []string{
				framework.Name, fmt.Sprint(n), fmt.Sprintf("%.0f", measure.Median(rates(turns[apps.Ours]))),
				fmt.Sprintf("%.2f", rateRatio(turns[apps.Ours], turns[apps.Bare])),
				report.Duration(percentile(ours, 50)), report.Duration(percentile(ours, 99)),
				report.Duration(percentile(bare, 50)), report.Duration(percentile(bare, 99)),
			})
		}
	}
	r.report.Tables = append(r.report.Tables, table)
	return nil
}

// deliver gives the kinds of a framework's application their turns (all kinds if none is
// named).
func (r *run) deliver(framework apps.Framework, connections int, while time.Duration, body []byte, kinds ...apps.Kind) (turns map[apps.Kind][]load.Turn, err error) {
	if len(kinds) == 0 {
		kinds = apps.Kinds
	}
	clients := map[apps.Kind]*load.Connections{}
	for _, kind := range kinds {
		app := framework.New(kind)
		addr, stop, err := serve(app)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, stop()) }()
		client, err := load.Dial(addr, connections, body)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, client.Close()) }()
		clients[kind] = client
		if _, err := client.Run(while / 2); err != nil { // warms up
			return nil, err
		}
	}
	turns = map[apps.Kind][]load.Turn{}
	for round := range r.rounds {
		for _, i := range measure.Order(round, len(kinds)) {
			kind := kinds[i]
			turn, err := clients[kind].Run(while)
			if err != nil {
				return nil, err
			}
			turns[kind] = append(turns[kind], turn)
		}
	}
	return turns, nil
}

// serve starts an application on a free port.
func serve(app apps.App) (addr string, stop func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	served := make(chan error, 1)
	go func() { served <- app.Serve(listener) }()
	return listener.Addr().String(), func() error { return errors.Join(app.Stop(), <-served) }, nil
}

func rates(turns []load.Turn) []float64 {
	all := make([]float64, len(turns))
	for i, turn := range turns {
		all[i] = turn.Rate()
	}
	return all
}

// rateRatio is the median of the rounds' ratios.
func rateRatio(turns, base []load.Turn) float64 {
	ratios := make([]float64, len(turns))
	for i := range turns {
		ratios[i] = turns[i].Rate() / base[i].Rate()
	}
	return measure.Median(ratios)
}

// latencies are those of all turns, sorted.
func latencies(turns []load.Turn) []time.Duration {
	var all []time.Duration
	for _, turn := range turns {
		all = append(all, turn.Latencies...)
	}
	slices.Sort(all)
	return all
}

// percentile of sorted values: the smallest that p percent of them do not exceed.
func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}
