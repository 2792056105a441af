// Command benchmarks measures this project beside what else a Go team would use, and
// writes RESULTS.md and chart.svg.
//
// Run it with `make bench` from the repository's root. `go test -bench . -cpu 1` in this
// folder measures the same receivers in the form that benchstat reads.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/measure"
	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/report"
)

func main() {
	out := flag.String("out", ".", "the folder that the results are written to")
	quick := flag.Bool("quick", false, "measure next to nothing, to see that everything runs")
	hold := flag.String("hold", "", "serve this framework and answer questions about memory: for the command's own use")
	flag.Parse()
	var err error
	if *hold != "" {
		err = serveHeld(*hold)
	} else {
		err = measureAll(*out, *quick)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

// run is what one run does and what it found out.
type run struct {
	plan   measure.Plan  // without a network
	rounds int           // over loopback
	turn   time.Duration // of each side there
	fewer  int           // the number of connections that are held is divided by this
	still  int           // how often in a row the memory that they hold must not have grown
	report report.Report
	chart  report.Chart
}

func measureAll(out string, quick bool) error {
	r := &run{
		plan:   measure.Plan{Rounds: 36, Batch: 10 * time.Millisecond},
		rounds: 12, turn: 60 * time.Millisecond, fewer: 1, still: 10,
		report: report.Report{Command: "make bench", Date: time.Now(), Facts: facts()},
	}
	if quick {
		r.plan = measure.Plan{Rounds: 1, Batch: time.Microsecond}
		r.rounds, r.turn, r.fewer, r.still = 1, time.Millisecond, 100, 1
	}

	// One processor, as `go test -cpu 1`: the collector's work is then part of what is
	// timed, and not done elsewhere for nothing.
	processors := runtime.GOMAXPROCS(1)
	for _, section := range []struct {
		name       string
		processors int
		measure    func() error
	}{
		{"verifying a body", 1, r.measureVerify},
		{"verifying a request", 1, r.measureRequest},
		{"in parallel", processors, r.measureParallel},
		{"refusing a header", 1, r.measureRefusal},
		{"several secrets", 1, r.measureSecrets},
		{"body sizes", 1, r.measureSizes},
		{"handler chains", 1, r.measureChains},
		{"over loopback", processors, r.measureLoopback},
		{"many connections", processors, r.measureConnections},
		{"held connections", processors, r.measureHeld},
	} {
		runtime.GOMAXPROCS(section.processors)
		start := time.Now()
		if err := section.measure(); err != nil {
			return fmt.Errorf("%s: %w", section.name, err)
		}
		fmt.Fprintf(os.Stderr, "%-20s %s\n", section.name, time.Since(start).Round(time.Second))
	}

	const chartName = "chart.svg"
	for name, content := range map[string]string{chartName: r.chart.SVG(), "RESULTS.md": r.report.Markdown(chartName)} {
		if err := os.WriteFile(filepath.Join(out, name), []byte(content), 0o644); err != nil { //nolint:gosec // for everybody to read
			return err
		}
	}
	return nil
}
