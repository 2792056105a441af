// Package report writes results as Markdown and as a chart.
package report

import (
	"fmt"
	"strings"
	"time"
)

// Report is everything that one run found out.
type Report struct {
	Command string // that wrote it
	Date    time.Time
	Facts   []Fact
	Targets []Target
	Tables  []Table
}

// Fact is one line about the machine or a version.
type Fact struct{ Name, Value string }

// Target is a bound that the project set itself, and what was measured.
type Target struct {
	What, Case string
	Most, Got  float64
	Least      float64 // the bound is this one from below if it is not zero
	Unit       string  // behind the figures
	Reason     string  // why a bound is missed where it is, if that is known
}

// Met tells whether the figure keeps the bound.
func (t Target) Met() bool {
	if t.Least != 0 {
		return t.Got >= t.Least
	}
	return t.Got <= t.Most
}

func (t Target) bound() string {
	if t.Least != 0 {
		return "at least " + figure(t.Least) + t.Unit
	}
	return "at most " + figure(t.Most) + t.Unit
}

// Table is one table of results. The first cell of each row names it.
type Table struct {
	Title  string
	Note   string // a paragraph above the table
	Header []string
	Rows   [][]string
}

// Markdown returns the whole report. chart is the path of the chart's file, or "".
func (r Report) Markdown(chart string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Results\n\nWritten by `%s`. Everything in one section was measured side by side, in turn; "+
		"a ratio is the median of the rounds' ratios. "+
		"Machines differ, and so do two runs on one: compare ratios, not times.\n\n", r.Command)
	if chart != "" {
		fmt.Fprintf(&b, "![What verifying a request costs, in passes of SHA-256 over its body](%s)\n\n", chart)
	}
	b.WriteString("## Machine and versions\n\n")
	facts := Table{Header: []string{"", ""}, Rows: [][]string{{"date", r.Date.UTC().Format(time.DateOnly)}}}
	for _, fact := range r.Facts {
		facts.Rows = append(facts.Rows, []string{fact.Name, fact.Value})
	}
	facts.write(&b)

	missed := 0
	targets := Table{Header: []string{"", "", "bound", "measured", ""}}
	for _, target := range r.Targets {
		verdict := "met"
		if !target.Met() {
			missed++
			verdict = "**missed**"
			if target.Reason != "" {
				verdict += ": " + target.Reason
			}
		}
		targets.Rows = append(targets.Rows, []string{
			target.What, target.Case, target.bound(), figure(target.Got) + target.Unit, verdict,
		})
	}
	fmt.Fprintf(&b, "## Targets\n\n%d of %d are met.\n\n", len(r.Targets)-missed, len(r.Targets))
	targets.write(&b)

	for _, table := range r.Tables {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n", table.Title, table.Note)
		table.write(&b)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func (t Table) write(b *strings.Builder) {
	row := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	row(t.Header)
	rule := make([]string, len(t.Header))
	for i := range rule {
		rule[i] = "---:"
	}
	rule[0] = "---"
	row(rule)
	for _, cells := range t.Rows {
		row(cells)
	}
	b.WriteString("\n")
}

// figure keeps as many digits as such a measurement bears.
func figure(f float64) string {
	if f == float64(int64(f)) {
		return fmt.Sprint(int64(f))
	}
	if f < 10 {
		return fmt.Sprintf("%.2f", f)
	}
	return fmt.Sprintf("%.1f", f)
}

// Duration prints three digits.
func Duration(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d >= unit.size {
			f := float64(d) / float64(unit.size)
			switch {
			case f < 10:
				return fmt.Sprintf("%.2f %s", f, unit.name)
			case f < 100:
				return fmt.Sprintf("%.1f %s", f, unit.name)
			default:
				return fmt.Sprintf("%.0f %s", f, unit.name)
			}
		}
	}
	return fmt.Sprintf("%d ns", d.Nanoseconds())
}

// Size prints a power of 1024 as such.
func Size(bytes int) string {
	switch {
	case bytes >= 1<<20 && bytes%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", bytes>>20)
	case bytes >= 1<<10 && bytes%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", bytes>>10)
	default:
		return fmt.Sprintf("%d B", bytes)
	}
}
