package main

import (
	"fmt"
	"strings"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/apps"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/measure"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/receivers"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/report"
	"github.com/sendsar-community/webhooks-go/core/webhook"
)

// measureChains calls each framework's router, middleware and handler without a network.
func (r *run) measureChains() error {
	table := report.Table{
		Title: "The whole handler chain",
		Note: "Router, middleware and a handler that reads the body once more, without a connection. " +
			"By hand is the documented snippet with a limit and the body put back; in Fiber with a copy of the body instead.",
		Header: []string{"", "body", "webhooks-go", "by hand", "bare", "webhooks-go / by hand", "allocations", "by hand"},
	}
	for _, framework := range apps.Frameworks {
		for i, size := range sizes {
			body := receivers.Body(size)
			all := make([]measure.Case, len(apps.Kinds))
			for k, kind := range apps.Kinds {
				all[k] = measure.Case{Name: string(kind), Run: framework.New(kind).Chain(body, webhook.Sign(receivers.Secret, body))}
			}
			results, err := r.plan.Interleaved(all)
			if err != nil {
				return fmt.Errorf("%s: %w", framework.Name, err)
			}
			ours, byHand, bare := find(results, receivers.Ours), find(results, string(apps.ByHand)), find(results, string(apps.Bare))
			if most, ok := chainTarget(framework.Name, i); ok {
				r.report.Targets = append(r.report.Targets, report.Target{
					What: "handler chain in " + framework.Name + ", time against one by hand", Case: report.Size(size),
					Most: most, Got: ours.Ratio(byHand), Reason: chainReason(framework.Name, i),
				})
			}
			table.Rows = append(table.Rows, []string{
				framework.Name, report.Size(size), report.Duration(ours.Time), report.Duration(byHand.Time), report.Duration(bare.Time),
				fmt.Sprintf("%.2f", ours.Ratio(byHand)), fmt.Sprintf("%.0f", ours.Allocs), fmt.Sprintf("%.0f", byHand.Allocs),
			})
		}
	}
	r.report.Tables = append(r.report.Tables, table)
	return nil
}

// chainReason is what the profiles of both chains show.
func chainReason(framework string, size int) string {
	if !strings.HasPrefix(framework, "Fiber") {
		return ""
	}
	return "each header line is checked for what another server could read otherwise, about 0.3 µs that the chain by hand does not spend" +
		[]string{"", "; the hash and the copy of the body, which both need, are about three quarters of it"}[size]
}

// chainTarget is the most that our chain may take of the time of one by hand. There is a
// target for the first two sizes.
func chainTarget(framework string, size int) (most float64, ok bool) {
	switch {
	case size > 1 || framework == "net/http":
		return 0, false
	case strings.HasPrefix(framework, "Fiber"):
		return []float64{0.85, 0.95}[size], true
	default:
		return 0.92, true
	}
}
