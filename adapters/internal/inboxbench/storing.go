package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/report"
	"github.com/sendsar-community/webhooks-go/adapters/internal/inboxbench/turns"
)

// measureStoring measures the three ways to store.
func (r *run) measureStoring(ctx context.Context, e *engine) (err error) {
	ways, closeWays, err := openWays(ctx, e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeWays()) }()
	turn := func(w way, senders int) (turns.Turn, error) {
		return turns.Send(senders, func() error { return w.store(ctx, newDelivery()) }, turns.During(r.turn))
	}
	for _, w := range ways { // opens the connections
		if _, err := turn(w, 64); err != nil {
			return err
		}
	}
	table := report.Table{
		Title: "Storing on " + e.name,
		Note: "Grouped is the inbox: senders at the same time share a transaction. One transaction each is the same work by hand, in the same tables: " +
			"begin, insert the key and the body, insert River's job, commit. The table by hand has the key and the body, no job, and each insert commits by itself. " +
			fmt.Sprintf("Connections in the pool of each way: %d. ", e.connections) +
			"The ratios are to one transaction each (that for p99 is better below 1) and to the table by hand.",
		Header: []string{"senders and way", "deliveries/s", "p50", "p99", "to one each", "p99 to one each", "to by hand"},
	}
	for _, senders := range []int{1, 8, 64, 256} {
		all, err := turns.Interleaved(ctx, r.rounds, len(ways), func(i int) (turns.Turn, error) { return turn(ways[i], senders) })
		if err != nil {
			return err
		}
		toOneEach := func(i int, figure func(turns.Turn) float64) float64 { return all[i].Ratio(all[oneEach], figure) }
		toByHand := func(i int) float64 { return all[i].Ratio(all[byHand], turns.Turn.PerSecond) }
		for i, w := range ways {
			table.Rows = append(table.Rows, []string{
				fmt.Sprintf("%d, %s", senders, w.name),
				fmt.Sprintf("%.0f", all[i].Median(turns.Turn.PerSecond)), wait(all[i].Median(turns.Turn.P50)), wait(all[i].Median(turns.Turn.P99)),
				fmt.Sprintf("%.2f", toOneEach(i, turns.Turn.PerSecond)), fmt.Sprintf("%.2f", toOneEach(i, turns.Turn.P99)), fmt.Sprintf("%.2f", toByHand(i)),
			})
		}
		name := fmt.Sprintf("%s, %d senders", e.name, senders)
		if senders == 1 {
			r.target("deliveries/s, to one transaction each", e.name+", 1 sender", 0.9, toOneEach(grouped, turns.Turn.PerSecond))
		}
		if senders >= 64 {
			r.target("deliveries/s, to one transaction each", name, 4, toOneEach(grouped, turns.Turn.PerSecond))
			r.target("deliveries/s, to a table by hand", name, 1, toByHand(grouped))
		}
	}
	r.report.Tables = append(r.report.Tables, table)
	return nil
}
