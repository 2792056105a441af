// Command inboxbench measures the inbox of adapters/river on SQLite and PostgreSQL beside what
// a team would write instead, and writes RESULTS.md.
//
// Run it with `make bench-inbox` from the repository's root. PostgreSQL must be installed; the
// command starts a server of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/report"
)

func main() {
	out := flag.String("out", ".", "the folder that the results are written to")
	quick := flag.Bool("quick", false, "measure next to nothing, to see that everything runs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measureAll(ctx, *out, *quick); err != nil {
		fmt.Fprintln(os.Stderr, "inboxbench:", err)
		os.Exit(1)
	}
}

// run is what one run does and what it found out.
type run struct {
	rounds int           // how often each way has its turn
	turn   time.Duration // how long a turn of storing lasts
	jobs   int           // how many deliveries a turn of working has
	keys   int           // how many there are in the full inbox
	report report.Report
	worked report.Table
}

func measureAll(ctx context.Context, out string, quick bool) error {
	r := &run{rounds: 15, turn: 400 * time.Millisecond, jobs: 1000, keys: 1_000_000}
	if quick {
		r = &run{rounds: 1, turn: time.Millisecond, jobs: 20, keys: 1000}
	}
	r.worked = worked(r.jobs)
	r.report = report.Report{Command: "make bench-inbox", Date: time.Now(), Facts: facts()}
	for _, open := range []func(context.Context) (*engine, error){openSQLite, openPostgres} {
		e, err := open(ctx)
		if err != nil {
			return err
		}
		if err := errors.Join(r.measure(ctx, e), e.close()); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	r.report.Tables = append(r.report.Tables, r.worked)
	return os.WriteFile(filepath.Join(out, "RESULTS.md"), []byte(r.report.Markdown("")), 0o644) //nolint:gosec // for everybody to read
}

func (r *run) measure(ctx context.Context, e *engine) error {
	s, err := e.open(ctx, "version")
	if err != nil {
		return err
	}
	version, err := read[string](ctx, s, e.version)
	if err := errors.Join(err, s.db.Close()); err != nil {
		return err
	}
	r.report.Facts = append(r.report.Facts, report.Fact{Name: e.name, Value: version})
	for _, section := range []struct {
		name    string
		measure func(context.Context, *engine) error
	}{
		{"storing", r.measureStoring},
		{"working", r.measureWorking},
		{"many keys", r.measureKeys},
	} {
		start := time.Now()
		if err := section.measure(ctx, e); err != nil {
			return fmt.Errorf("%s: %w", section.name, err)
		}
		fmt.Fprintf(os.Stderr, "%-12s%-12s%s\n", e.name, section.name, time.Since(start).Round(time.Second))
	}
	return nil
}

// target records a ratio that has to be at least so much.
func (r *run) target(what, of string, least, got float64) {
	r.report.Targets = append(r.report.Targets, report.Target{What: what, Case: of, Least: least, Got: got})
}

// wait prints seconds.
func wait(seconds float64) string {
	return report.Duration(time.Duration(seconds * float64(time.Second)))
}
