package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/report"
	"github.com/sendsar-community/webhooks-go/adapters/internal/inboxbench/turns"
)

// measureKeys measures an inbox that has many keys beside an empty one.
func (r *run) measureKeys(ctx context.Context, e *engine) (err error) {
	var offices [2]*office
	var perKey float64
	for i, name := range []string{"none", "many"} {
		s, err := e.open(ctx, name)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.db.Close()) }()
		if offices[i], err = openOffice(ctx, s); err != nil {
			return err
		}
		if name == "many" {
			if perKey, err = insertKeys(ctx, s, r.keys); err != nil {
				return err
			}
		}
	}
	table := report.Table{
		Title: fmt.Sprintf("%s keys on %s", thousands(r.keys), e.name),
		Note: fmt.Sprintf("An inbox with so many keys of deliveries that are done, beside an empty one: 64 senders store %d deliveries, and then ten workers work on them. "+
			"The keys were inserted by one statement. Each has %.0f bytes on disk, indexes included.", r.jobs, perKey),
		Header: []string{"", "stored/s", "p99", "worked/s", "stored, to empty", "worked, to empty"},
	}
	worked := make([]turns.Rounds, len(offices))
	stored, err := turns.Interleaved(ctx, max(1, r.rounds*2/3), len(offices), func(i int) (turns.Turn, error) {
		stored, err := offices[i].receive(ctx, r.jobs)
		if err != nil {
			return stored, err
		}
		t, err := offices[i].work(ctx, r.jobs)
		worked[i] = append(worked[i], t)
		return stored, err
	})
	if err != nil {
		return err
	}
	for i, name := range []string{"empty", thousands(r.keys) + " keys"} {
		table.Rows = append(table.Rows, []string{
			name,
			fmt.Sprintf("%.0f", stored[i].Median(turns.Turn.PerSecond)), wait(stored[i].Median(turns.Turn.P99)),
			fmt.Sprintf("%.0f", worked[i].Median(turns.Turn.PerSecond)),
			fmt.Sprintf("%.2f", stored[i].Ratio(stored[0], turns.Turn.PerSecond)), fmt.Sprintf("%.2f", worked[i].Ratio(worked[0], turns.Turn.PerSecond)),
		})
	}
	r.report.Tables = append(r.report.Tables, table)
	r.target("stored/s with "+thousands(r.keys)+" keys, to an empty inbox", e.name, 0.7, stored[1].Ratio(stored[0], turns.Turn.PerSecond))
	r.target("worked/s with "+thousands(r.keys)+" keys, to an empty inbox", e.name, 0.7, worked[1].Ratio(worked[0], turns.Turn.PerSecond))
	return nil
}

// insertKeys inserts n keys, and returns how many bytes each has on disk.
func insertKeys(ctx context.Context, s *store, n int) (float64, error) {
	before, err := read[float64](ctx, s, s.size)
	if err != nil {
		return 0, err
	}
	if err := s.exec(ctx, s.keys, n); err != nil {
		return 0, err
	}
	for _, query := range s.settle {
		if err := s.exec(ctx, query); err != nil {
			return 0, err
		}
	}
	after, err := read[float64](ctx, s, s.size)
	return (after - before) / float64(n), err
}

// thousands prints a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
